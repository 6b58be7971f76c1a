//! The overview page: clock, settings, counts, and the base URL for apps.

use maud::{Markup, html};
use serde_json::json;

use super::form::{ActionButton, badge, copyable, error_output};
use super::layout::Section;
use super::{settings, text};
use crate::state::Shared;

pub(super) fn page(shared: &Shared) -> Markup {
    html! {
        h1 { "Overview" }
        p.lead { "Emulates TikTok for tests and demos. It never sends a request to TikTok." }
        div.columns {
            section.card aria-labelledby="clock-title" { (clock(shared)) }
            section.card aria-labelledby="here-title" #here data-live { (state(shared)) }
            section.card aria-labelledby="point-title" { (connect(shared)) }
            section.card aria-labelledby="reset-title" { (reset()) }
        }
        section.card aria-labelledby="settings-title" #settings data-live { (settings::list(shared)) }
    }
}

fn clock(shared: &Shared) -> Markup {
    let steps = [(60_000, "+1 min"), (3_600_000, "+1 h"), (86_400_000, "+1 day")];
    let units =
        [(1, "ms"), (1000, "seconds"), (60_000, "minutes"), (3_600_000, "hours"), (86_400_000, "days")];
    html! {
        h2 #clock-title { "Clock" }
        p {
            @if shared.clock.is_running() { "Virtual time follows the real clock. Advance it to jump ahead. " }
            @else { "Virtual time is frozen and only moves when you advance it. " }
            "As it moves, tokens expire, posts finish and webhooks are sent."
        }
        form.row #advance data-control="clock" data-done="The clock was advanced." {
            @for (ms, label) in steps { button name="advance_ms" data-as="number" value=(ms) { (label) } }
            (error_output("advance"))
        }
        form.row #advance-by data-control="clock" data-done="The clock was advanced." {
            label for="advance-amount" { "Advance by" }
            input.short #advance-amount type="number" name="advance_ms" data-as="number" data-unit="advance-unit" min="0" step="any" required value="90";
            label.unseen for="advance-unit" { "Unit" }
            select #advance-unit { @for (ms, name) in units { option value=(ms) selected[ms == 1000] { (name) } } }
            button { "Advance" }
            (error_output("advance-by"))
        }
    }
}

fn state(shared: &Shared) -> Markup {
    let faults = shared.faults().all().len();
    let requests = shared.log().last_seq();
    let world = shared.world();
    let open = world.tasks.iter().filter(|task| task.is_open()).count();
    let drafts = world.tasks.iter().filter(|task| task.status() == "SEND_TO_USER_INBOX").count();
    let waiting = world.webhook_queue.all().iter().filter(|one| one.state == "waiting").count();
    let lines = [
        (Section::Requests, format!("{requests} since the start or the last reset")),
        (Section::Posts, format!("{}, {open} in progress, {drafts} in the inbox", world.tasks.len())),
        (Section::Faults, text::count(faults, "rule", "rules")),
        (Section::Webhooks, format!("{} in total, {waiting} waiting", world.webhook_queue.all().len())),
        (Section::Grants, text::count(world.grants.len(), "user grant to an app", "user grants to apps")),
        (Section::Users, world.users.len().to_string()),
        (Section::Apps, world.apps.len().to_string()),
    ];
    html! {
        h2 #here-title { "State" }
        dl.facts {
            @for (section, words) in lines {
                dt { a href=(section.path()) { (section.label()) } }
                dd { (words) }
            }
        }
    }
}

fn connect(shared: &Shared) -> Markup {
    html! {
        h2 #point-title { "Connect your app" }
        p { "Use this URL for the API, the authorize page and the upload host:" }
        p { (copyable("base-url", &shared.base_url)) }
        p {
            "The client keys are on the " a href=(Section::Apps.path()) { "Apps" } " page; the client secret is in docs/EMULATOR.md. To get a code without an app, "
            a href=(Section::Consent.path()) { "log in manually" } "."
        }
        p.hint { "JSON for scripts: " a href="/_emulator/state" { "state" } ", " a href="/_emulator/requests" { "requests" } ", "
            a href="/_emulator/faults" { "faults" } ", " a href="/_emulator/settings" { "settings" } ", " a href="/_emulator/webhooks" { "webhooks" } "." }
    }
}

fn reset() -> Markup {
    let button = ActionButton {
        id: "reset",
        control: "reset",
        body: &json!({}),
        label: "Reset everything",
        done: "The emulator was reset.",
        confirm: Some("Delete all grants, posts, requests, faults and settings, and reset the clock?"),
    };
    html! {
        h2 #reset-title { "Reset" }
        p { "Restores the initial state: users, posts, settings, fault rules, recorded requests and clock. All tokens become invalid. " (badge("bad", "cannot be undone")) }
        (button.show())
    }
}
