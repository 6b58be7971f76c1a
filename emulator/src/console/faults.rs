//! Page for the fault rules: their effects, a form with presets, and a switch for each rule.

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::form::{ActionButton, badge, error_output};
use crate::state::Shared;
use crate::wire::Endpoint;

/// Returns the presets that the form offers: a label and the rule's fields.
pub(super) fn presets() -> [(&'static str, Value); 14] {
    [
        ("500 internal_error", json!({"status": 500})),
        ("500 after the request took effect", json!({"status": 500, "after": true})),
        ("429 rate_limit_exceeded", json!({"status": 429, "code": "rate_limit_exceeded"})),
        ("401 access_token_invalid", json!({"status": 401, "code": "access_token_invalid"})),
        ("502 with a proxy's HTML page", json!({"preset": "proxy_html"})),
        ("Truncated JSON", json!({"corrupt": "truncated"})),
        ("Garbled JSON", json!({"corrupt": "garbled"})),
        ("Connection reset before the body is read", json!({"reset": true})),
        ("Connection reset after 1,000 bytes of the request", json!({"reset": true, "body_bytes": 1000})),
        ("Connection reset after the request took effect", json!({"reset": true, "after": true})),
        ("Connection reset during the response", json!({"reset": true, "answer_bytes": 10})),
        ("Delay of 3 s", json!({"delay_ms": 3000})),
        ("Slow response, 16 bytes per second", json!({"throttle": {"bytes": 16, "every_ms": 1000}})),
        ("Wrong Content-Range (upload)", json!({"content_range": "bytes 0-0/1"})),
    ]
}

pub(super) fn page(shared: &Shared) -> Markup {
    let rules = serde_json::to_value(shared.faults().all()).unwrap_or_default();
    let rules: Vec<&Map<String, Value>> =
        rules.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
    html! {
        h1 { "Faults" }
        p.lead { "Rules that change responses or reset connections. Each rule counts the matching calls since it was added." }
        section.card aria-labelledby="add-title" { h2 #add-title { "Add a rule" } (add(shared)) }
        div #faults data-live {
            @if rules.is_empty() { p.empty { "No rules: everything works as documented. Add one above and watch how your app reacts." } }
            @else {
                table {
                    thead { tr { th { "Rule" } th { "Calls" } th { "Effect" } th.number { "Matched" } th.number { "Changed" } th { "Actions" } } }
                    tbody { @for rule in &rules { (row(rule)) } }
                }
            }
        }
    }
}

fn add(shared: &Shared) -> Markup {
    html! {
        form.grid #add data-control="faults" data-done="The rule was added." {
            div {
                label for="add-endpoint" { "Endpoint" }
                select #add-endpoint name="endpoint" {
                    option value="*" { "every endpoint" }
                    @for each in Endpoint::ALL { option value=(each.name()) { (each.name()) } }
                }
            }
            div {
                label for="add-preset" { "Effect" }
                select #add-preset name="preset" data-as="json" { @for (words, fields) in presets() { option value=(fields) { (words) } } }
            }
            div {
                label for="add-user" { "User" }
                select #add-user name="username" data-as="text-or-null" {
                    option value="" { "every user" }
                    @for user in shared.world().users.values() { option value=(user.username) { "@" (user.username) } }
                }
            }
            div {
                label for="add-nth" { "First call" }
                input #add-nth type="number" name="nth" data-as="number" min="1" step="1" value="1" required;
            }
            div {
                label for="add-times" { "Number of calls" small { "0: no limit" } }
                input #add-times type="number" name="times" data-as="number" min="0" step="1" value="1" required;
            }
            div {
                label for="add-chance" { "Probability" small { "empty: always" } }
                input #add-chance type="number" name="probability" data-as="number" min="0" max="1" step="any";
            }
            div.end { button.primary { "Add" } (error_output("add")) }
        }
    }
}

fn row(rule: &Map<String, Value>) -> Markup {
    let text = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| rule.get(name).and_then(Value::as_u64).unwrap_or_default();
    let is_on = rule.get("enabled").and_then(Value::as_bool).unwrap_or_default();
    html! {
        tr.off[!is_on] {
            td data-label="Rule" {
                @if text("endpoint") == "*" { b { "every endpoint" } } @else { b { (text("endpoint")) } }
                @for (field, words) in [("username", "user"), ("client_key", "app"), ("publish_id", "post"), ("token", "token")] {
                    @if !text(field).is_empty() { div.hint { (words) " " (text(field)) } }
                }
            }
            td data-label="Calls" {
                (calls(number("nth"), number("times")))
                @if let Some(chance) = rule.get("probability").and_then(Value::as_f64) { div.hint { "with probability " (chance) } }
            }
            td data-label="Effect" { (effect(rule)) }
            td.number data-label="Matched" { (number("seen")) }
            td.number data-label="Changed" { @if number("hits") > 0 { (badge("bad", &number("hits").to_string())) } @else { "0" } }
            td data-label="Actions" { div { (switch(number("id"), is_on)) } }
        }
    }
}

fn calls(nth: u64, times: u64) -> String {
    match times {
        0 if nth <= 1 => "every call".to_owned(),
        0 => format!("call {nth} and later"),
        1 => format!("call {nth}"),
        _ => format!("{times} calls, starting with call {nth}"),
    }
}

/// Describes a rule's effects.
fn effect(rule: &Map<String, Value>) -> Markup {
    let is = |name: &str| rule.get(name).and_then(Value::as_bool).unwrap_or_default();
    let described = [
        ("status", "status "),
        ("code", "error "),
        ("preset", "preset "),
        ("body", "body "),
        ("corrupt", "JSON "),
        ("content_range", "Content-Range "),
        ("body_bytes", "after request bytes: "),
        ("answer_bytes", "after response bytes: "),
    ];
    let mut words: Vec<String> = Vec::new();
    if is("reset") {
        words.push("connection reset".to_owned());
    }
    for (field, before) in described {
        match rule.get(field) {
            Some(Value::String(text)) => words.push(format!("{before}{}", shortened(text))),
            Some(Value::Number(number)) => words.push(format!("{before}{number}")),
            _ => {}
        }
    }
    if let Some(throttle) = rule.get("throttle").and_then(Value::as_object) {
        let of = |name: &str| throttle.get(name).cloned().unwrap_or_default();
        words.push(format!("{} bytes every {} ms", of("bytes"), of("every_ms")));
    }
    if let Some(ms) = rule.get("delay_ms").and_then(Value::as_u64).filter(|ms| *ms > 0) {
        words.push(format!("delay of {ms} ms"));
    }
    html! {
        @if words.is_empty() { "none" } @else { (words.join(", ")) }
        @if is("after") { div.hint { "after the request has taken effect" } }
    }
}

fn shortened(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    if start.len() == text.len() { start } else { format!("{start}…") }
}

fn switch(id: u64, is_on: bool) -> Markup {
    let control = format!("faults/{id}");
    let toggle = ActionButton {
        id: &format!("switch-{id}"),
        control: &control,
        body: &json!({"enabled": !is_on}),
        label: if is_on { "Switch off" } else { "Switch on" },
        done: if is_on { "The rule is off." } else { "The rule is on." },
        confirm: None,
    };
    let remove = ActionButton {
        id: &format!("remove-{id}"),
        control: &control,
        body: &Value::Null,
        label: "Remove",
        done: "The rule was removed.",
        confirm: None,
    };
    html! { (toggle.show()) (remove.show()) }
}
