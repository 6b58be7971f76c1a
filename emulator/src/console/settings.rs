//! The switches of `/_emulator/settings`, each with its words.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::form::answer;
use super::text;
use crate::server::Shared;

/// A closed list of values with their words; everything else is shown by the type of its value.
type Choices = &'static [(&'static str, &'static str)];

struct Known {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    choices: Choices,
}

const KNOWN: [Known; 13] = [
    known(
        "oauth_errors",
        "OAuth errors",
        "HTTP status of a refused token call",
        &[("200", "200, with the error in the body"), ("4xx", "400, and 401 for the client")],
    ),
    known(
        "token_regime",
        "Token lifetimes",
        "access and refresh token",
        &[("2h", "2 hours and 180 days"), ("24h", "24 hours and 365 days")],
    ),
    known(
        "rotation",
        "Rotation",
        "what a refresh does to the refresh token",
        &[("always", "replaced each time"), ("sometimes", "replaced every second time"), ("never", "stays")],
    ),
    known("strict_pkce", "Strict PKCE", "refuse a challenge that is not lowercase hex, on https too", &[]),
    known("short_pages", "Short pages", "pages of video/list are one shorter than asked", &[]),
    known(
        "content_range_counts",
        "Content-Range counts",
        "the answer to a PUT carries a count, not the last index",
        &[],
    ),
    known("strict_media", "Strict media", "a video whose index cannot be read fails", &[]),
    known("webhook_duplicates", "Webhooks twice", "each webhook is delivered twice", &[]),
    known("webhook_reorder", "Webhooks out of order", "every other one is held back for 30 s", &[]),
    known("code_lifetime_ms", "Lifetime of a code", "milliseconds", &[]),
    known("processing_delay_ms", "Processing", "milliseconds after the last byte", &[]),
    known("moderation_delay_ms", "Moderation", "milliseconds until a public post shows its id", &[]),
    known(
        "pull_from",
        "Pulls go to",
        "http address that stands for every verified host; empty for none",
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
        p.hint { "Each change counts at once. A reset brings back what the emulator was started with." }
        div.settings {
            form.setting #limits data-control="limits" data-auto data-done="Saved." {
                label for="limits-field" { "Rate limits and caps" small { "windows per minute, daily posts, pending drafts" } }
                input #limits-field .switch role="switch" type="checkbox" name="on" checked[limits_on];
                (answer("limits"))
            }
            @for (known, value) in known { (setting(known.name, known.label, known.hint, known.choices, &value)) }
            (unknown(&left))
        }
    }
}

/// A setting that this page has no words for yet is still one that can be turned.
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
            (answer(&id))
        }
    }
}
