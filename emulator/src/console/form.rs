//! Buttons and forms that call the control API. The script sends their fields as JSON and shows errors next to them.

use maud::{Markup, html};
use serde_json::Value;

/// A form without visible fields: a button that posts a fixed body to a control, or sends DELETE when the body is null.
pub(super) struct ActionButton<'a> {
    /// Element ID, unique on the page.
    pub(super) id: &'a str,
    pub(super) control: &'a str,
    pub(super) body: &'a Value,
    pub(super) label: &'a str,
    /// Message shown after success.
    pub(super) done: &'a str,
    /// Confirmation question before an action that cannot be undone.
    pub(super) confirm: Option<&'a str>,
}

impl ActionButton<'_> {
    pub(super) fn show(&self) -> Markup {
        html! {
            form.press id=(self.id) data-control=(self.control) data-done=(self.done) data-confirm=[self.confirm]
                data-method=[self.body.is_null().then_some("DELETE")] {
                input type="hidden" name="fixed" data-as="json" value=(self.body);
                button id={ (self.id) "-press" } { (self.label) }
                (error_output(self.id))
            }
        }
    }
}

/// Renders the element that shows a form's error message.
pub(super) fn error_output(form_id: &str) -> Markup {
    html! { output id={ (form_id) "-answer" } role="alert" {} }
}

/// Renders a coloured label; `tone` is `good`, `bad`, `wait` or `plain`.
pub(super) fn badge(tone: &str, words: &str) -> Markup {
    html! { span class={ "badge " (tone) } { (words) } }
}

/// Renders text with a button that copies it.
pub(super) fn copyable(id: &str, text: &str) -> Markup {
    html! {
        span.copyable { code id=(id) { (text) } button.small type="button" data-copy=(id) { "Copy" } }
    }
}

/// Renders a list's links to older rows and to the newest rows. `path` and `query` identify the list, without `before`.
pub(super) fn pager(path: &str, query: &str, is_newest: bool, older_than: Option<u64>) -> Markup {
    let joined = |more: String| match (query.is_empty(), more.is_empty()) {
        (true, true) => path.to_owned(),
        (true, false) => format!("{path}?{more}"),
        (false, true) => format!("{path}?{query}"),
        (false, false) => format!("{path}?{query}&{more}"),
    };
    html! {
        @if !is_newest || older_than.is_some() {
            p.pager {
                @if !is_newest { a href=(joined(String::new())) { "Newest" } }
                @if let Some(last) = older_than { a href=(joined(format!("before={last}"))) { "Older" } }
            }
        }
    }
}
