//! Page for the webhooks: target URLs, deliveries, the apps' responses, next attempts.

use maud::{Markup, html};

use super::apps::address;
use super::form::{badge, pager};
use super::layout::Section;
use super::query::ROWS;
use super::text;
use crate::model::App;
use crate::model::webhook_queue::WebhookDelivery;
use crate::state::Shared;

/// Renders the newest deliveries, or those older than delivery number `before`.
pub(super) fn page(shared: &Shared, before: Option<u64>) -> Markup {
    let (now_ms, apps, mut rows) = {
        let world = shared.world();
        let all = world.webhook_queue.all().iter().rev();
        let matching = all.filter(|one| before.is_none_or(|before| one.seq < before));
        (world.now_ms, world.apps.clone(), matching.take(ROWS + 1).cloned().collect::<Vec<_>>())
    };
    let has_older = rows.len() > ROWS;
    rows.truncate(ROWS);
    let older = rows.last().filter(|_| has_older).map(|last| last.seq);
    html! {
        h1 { "Webhooks" }
        p.lead { "The emulator sends a webhook when a post finishes or a user disconnects. It signs webhooks as TikTok does and retries them for 72 hours of virtual time." }
        section.card aria-labelledby="targets-title" #targets data-live {
            h2 #targets-title { "Target URLs" }
            @for (at, app) in apps.iter().enumerate() {
                (address(&format!("target-{at}"), app, "webhook", &app.name, "http URL; leave empty to stop webhooks", app.webhook_url.as_deref().unwrap_or_default(), "Save"))
            }
        }
        div #webhooks data-live[before.is_none()] {
            @if rows.is_empty() { (empty_list(&apps)) } @else {
                table {
                    thead { tr { th.number { "#" } th { "Event" } th { "App" } th { "State" } th { "Attempts" } } }
                    tbody { @for delivery in &rows { (row(delivery, now_ms)) } }
                }
            }
            (pager(Section::Webhooks.path(), "", before.is_none(), older))
        }
    }
}

fn empty_list(apps: &[App]) -> Markup {
    html! {
        p.empty {
            @if apps.iter().all(|app| app.webhook_url.is_none()) {
                "No app has a webhook URL, so nothing is sent. Set one above, then finish a post or disconnect a user."
            } @else { "No webhooks yet. They are sent when a post finishes or a user disconnects." }
        }
    }
}

fn row(delivery: &WebhookDelivery, now_ms: i64) -> Markup {
    let tone = match delivery.state {
        "delivered" => "good",
        "dropped" => "bad",
        _ => "wait",
    };
    html! {
        tr {
            td.number data-label="#" { (delivery.seq) }
            td data-label="Event" {
                b { (delivery.event) }
                div.hint { (text::utc(delivery.created_ms)) }
                details id={ "body-" (delivery.seq) } { summary { "Body" } pre { (delivery.body) } }
            }
            td data-label="App" { code { (delivery.client_key) } }
            td data-label="State" {
                (badge(tone, delivery.state))
                @if let Some(next) = delivery.next_attempt_ms {
                    div.hint { @if next <= now_ms { "due now" } @else { "next attempt in " (text::span(next - now_ms)) } }
                }
            }
            td data-label="Attempts" {
                @if delivery.attempts.is_empty() { "none yet" }
                ol.plain { @for attempt in &delivery.attempts {
                    li {
                        time title=(text::utc(attempt.at_ms)) { (text::time_of_day(attempt.at_ms)) } " "
                        @if attempt.status == 0 { (badge("bad", "no response")) }
                        @else { (badge(if attempt.status == 200 { "good" } else { "bad" }, &attempt.status.to_string())) }
                        @if let Some(error) = &attempt.error { div.hint { (error) } }
                    }
                } }
            }
        }
    }
}
