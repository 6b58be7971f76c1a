//! Lists the settings of `/_emulator/settings` with their labels.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::form::error_output;
use super::text;
use crate::state::Shared;

/// Allowed values of a setting with their labels. A setting without choices gets a field that matches the type of its
/// value.
type Choices = &'static [(&'static str, &'static str)];

struct Known {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    choices: Choices,
}

const KNOWN: [Known; 14] = [
    known(
        "oauth_errors",
        "OAuth errors",
        "HTTP status of OAuth errors",
        &[("200", "200, with the error in the body"), ("4xx", "400, and 401 for an invalid client")],
    ),
    known(
        "token_regime",
        "Token lifetimes",
        "how long access and refresh tokens stay valid",
        &[("2h", "2 hours and 180 days"), ("24h", "24 hours and 365 days")],
    ),
    known(
        "rotation",
        "Rotation",
        "how often a refresh replaces the refresh token",
        &[("always", "every time"), ("sometimes", "every other time"), ("never", "never")],
    ),
    known(
        "strict_pkce",
        "Strict PKCE",
        "reject challenges that are not lowercase hex, even for https redirects",
        &[],
    ),
    known(
        "auto_consent",
        "Automatic consent",
        "username that completes every authorize request; leave empty to show the page",
        &[],
    ),
    known("short_pages", "Short pages", "pages of video/list contain one video fewer than requested", &[]),
    known(
        "content_range_counts",
        "Content-Range counts",
        "PUT responses contain the number of stored bytes instead of the last index",
        &[],
    ),
    known("strict_media", "Strict media", "reject videos with an unreadable index", &[]),
    known("webhook_duplicates", "Duplicate webhooks", "deliver each webhook twice", &[]),
    known("webhook_reorder", "Webhooks out of order", "delay every other webhook by 30 s", &[]),
    known("code_lifetime_ms", "Code lifetime", "milliseconds", &[]),
    known("processing_delay_ms", "Processing time", "milliseconds after the last byte", &[]),
    known("moderation_delay_ms", "Moderation time", "milliseconds until a public post shows its ID", &[]),
    known(
        "pull_from",
        "Pull from",
        "http URL that replaces every verified host; leave empty to fail all pulls",
        &[],
    ),
];

const fn known(name: &'static str, label: &'static str, hint: &'static str, choices: Choices) -> Known {
    Known { name, label, hint, choices }
}

pub(super) fn list(shared: &Shared) -> Markup {
    let (settings, limits_on) = {
        let world = shared.world();
        (serde_json::to_value(&world.settings).unwrap_or_default(), world.limits_on)
    };
    let mut left = settings.as_object().cloned().unwrap_or_default();
    let known: Vec<(&Known, Value)> =
        KNOWN.iter().filter_map(|known| left.remove(known.name).map(|value| (known, value))).collect();
    html! {
        h2 #settings-title { "Limits and settings" }
        p.hint { "Changes apply immediately. A reset restores the initial values." }
        div.settings {
            form.setting #limits data-control="limits" data-auto data-done="Saved." {
                label for="limits-field" { "Rate limits and caps" small { "requests per minute, daily posts, pending drafts" } }
                input #limits-field .switch role="switch" type="checkbox" name="on" checked[limits_on];
                (error_output("limits"))
            }
            @for (known, value) in known { (setting(known.name, known.label, known.hint, known.choices, &value)) }
            (unknown(&left))
        }
    }
}

/// Renders the settings that have no label, so that new settings can be changed too.
fn unknown(left: &Map<String, Value>) -> Markup {
    html! { @for (name, value) in left { (setting(name, name, "", &[], value)) } }
}

fn setting(name: &str, label: &str, hint: &str, choices: Choices, value: &Value) -> Markup {
    let id = format!("set-{name}");
    let field = format!("{id}-field");
    html! {
        form.setting id=(id) data-control="settings" data-auto data-done="Saved." {
            label for=(field) { (label) @if !hint.is_empty() { small { (hint) } } }
            @match value {
                Value::Bool(on) => { input.switch id=(field) role="switch" type="checkbox" name=(name) checked[*on]; }
                Value::Number(number) => {
                    span.with-words {
                        input.short id=(field) type="number" min="0" step="1" required name=(name) data-as="number" value=(number);
                        @if name.ends_with("_ms") { small { (text::span(number.as_i64().unwrap_or_default())) } }
                    }
                }
                Value::String(chosen) if !choices.is_empty() => {
                    select id=(field) name=(name) { @for (value, words) in choices { option value=(value) selected[chosen == value] { (words) } } }
                }
                Value::Null | Value::String(_) => {
                    input id=(field) type="text" name=(name) data-as="text-or-null" value=(value.as_str().unwrap_or_default());
                }
                Value::Array(_) | Value::Object(_) => { code id=(field) { (value) } }
            }
            (error_output(&id))
        }
    }
}
