//! Page that lists the registered apps: keys, scopes, URLs.

use maud::{Markup, html};

use super::form::{badge, copyable, error_output};
use super::layout::Section;
use crate::model::App;
use crate::model::redirect::RedirectRule;
use crate::state::Shared;

pub(super) fn page(shared: &Shared) -> Markup {
    let apps = shared.world().apps.clone();
    html! {
        h1 { "Apps" }
        p.lead { "Apps registered with the emulated TikTok. The client secret is in docs/EMULATOR.md; it only works with this emulator." }
        div #apps data-live {
            @if apps.is_empty() { p.empty { "No apps. Add apps with a scenario file, or reset to restore the seeded apps." } }
            @for (at, app) in apps.iter().enumerate() { (card(at, app)) }
        }
    }
}

fn card(at: usize, app: &App) -> Markup {
    let id = format!("app-{at}");
    let title = format!("{id}-name");
    html! {
        section.card aria-labelledby=(title) {
            h2 id=(title) { (app.name) " " @if app.audited { (badge("good", "audited")) } @else { (badge("wait", "not audited")) } }
            @if !app.audited { p.hint { "Posts must be SELF_ONLY on private accounts, and only a few users can post each day." } }
            dl.facts {
                dt { "client_key" } dd { (copyable(&format!("{id}-key"), &app.client_key)) }
                dt { "Scopes" } dd { @for scope in &app.scopes { code { (scope) } " " } }
                dt { "Redirect URIs" } dd { ul.plain { @for rule in &app.redirects { li { code { (rule_text(rule)) } } } } }
                @if let Some(cap) = app.active_user_cap { dt { "Creators per day" } dd { "at most " (cap) } }
                @if let Some(users) = &app.target_users {
                    dt { "Sandbox users" } dd { @if users.is_empty() { "none" } @for user in users { "@" (user) " " } }
                }
                dt { "Verified URL prefixes" }
                dd { @if app.url_properties.is_empty() { "none: pulls are rejected" } ul.plain { @for url in &app.url_properties { li { code { (url) } } } } }
            }
            (address(&format!("{id}-webhook"), app, "webhook", "Webhook URL", "http URL; leave empty to stop webhooks", app.webhook_url.as_deref().unwrap_or_default(), "Save"))
            (address(&format!("{id}-redirect"), app, "redirect", "Add a redirect URI", "https, or loopback with a port; no query", "", "Register"))
            (address(&format!("{id}-property"), app, "property", "Add a URL prefix", "https and ends in /, or a domain", "", "Verify"))
            p { a href={ (Section::Consent.path()) "?app=" (app.client_key) } { "Log in to this app manually" } }
        }
    }
}

/// Renders a form that sets one URL of an app.
pub(super) fn address(
    id: &str,
    app: &App,
    control: &str,
    label: &str,
    hint: &str,
    value: &str,
    button: &str,
) -> Markup {
    let field = format!("{id}-url");
    html! {
        form.row id=(id) data-control=(control) data-done={ (label) ": saved for " (app.name) "." } {
            input type="hidden" name="client_key" value=(app.client_key);
            label for=(field) { (label) small { (hint) } }
            input.wide id=(field) type="text" inputmode="url" name="url" data-as="text-or-null" value=(value) required[control != "webhook"];
            button { (button) }
            (error_output(id))
        }
    }
}

fn rule_text(rule: &RedirectRule) -> String {
    match rule {
        RedirectRule::Exact(uri) => uri.clone(),
        RedirectRule::Loopback { origin, path: None } => format!("{origin}:*/ (any port and path)"),
        RedirectRule::Loopback { origin, path: Some(path) } => format!("{origin}:*{path} (any port)"),
    }
}
