//! The console: what a person sees and does at `/_emulator/`. Pages are made here; what their buttons do is the control API.

mod apps;
mod assets;
mod consent;
mod faults;
mod form;
mod grants;
mod layout;
mod overview;
mod posts;
mod requests;
mod settings;
mod text;
mod users;
mod webhooks;

use hyper::StatusCode;
use maud::{Markup, html};

use crate::server::Shared;
use crate::wire::{Call, Reply};
use layout::Section;

/// Rows of a list on one page.
const ROWS: usize = 50;

/// Own script and style only, and no page of another site may frame a button of this one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Whether the console answers a GET of this name, which has no slash at its ends.
pub(crate) fn owns(name: &str) -> bool {
    name.is_empty() || name == "console" || name.starts_with("console/")
}

/// Answers a GET that the console owns.
pub(crate) fn answer(shared: &Shared, call: &Call, name: &str) -> Reply {
    let reply = match name.strip_prefix("console").unwrap_or(name).trim_start_matches('/') {
        "" => show(shared, Section::Overview, &overview::page(shared)),
        "apps" => show(shared, Section::Apps, &apps::page(shared)),
        "users" => show(shared, Section::Users, &users::page(shared)),
        "grants" => show(shared, Section::Grants, &grants::page(shared)),
        "posts" => show(shared, Section::Posts, &posts::page(shared, before(call))),
        "requests" if is_up_to_date(shared, call) => Reply::empty(StatusCode::NO_CONTENT),
        "requests" => show(shared, Section::Requests, &requests::page(shared, call)),
        "faults" => show(shared, Section::Faults, &faults::page(shared)),
        "webhooks" => show(shared, Section::Webhooks, &webhooks::page(shared, before(call))),
        "consent" => show(shared, Section::Consent, &consent::page(shared, call)),
        "callback" => show(shared, Section::Consent, &consent::callback(shared, call)),
        "console.css" => Reply::text(StatusCode::OK, "text/css; charset=utf-8", assets::STYLE),
        "console.js" => Reply::text(StatusCode::OK, "text/javascript; charset=utf-8", assets::SCRIPT),
        _ => Reply::html(StatusCode::NOT_FOUND, layout::frame(shared, None, &nothing_here())),
    };
    reply
        .with("content-security-policy", POLICY.to_owned())
        .with("cache-control", "no-store".to_owned())
        .with("referrer-policy", "no-referrer".to_owned())
        .with("x-content-type-options", "nosniff".to_owned())
        .with("x-emulator-now", shared.clock.now_ms().to_string())
}

fn show(shared: &Shared, section: Section, body: &Markup) -> Reply {
    Reply::html(StatusCode::OK, layout::frame(shared, Some(section), body))
}

/// Whether the caller has seen the newest request already, so that nothing has to be made or sent.
fn is_up_to_date(shared: &Shared, call: &Call) -> bool {
    number(call, "since").is_some_and(|seen| seen == shared.log().last_seq())
}

/// The row that an older page of a list ends before.
fn before(call: &Call) -> Option<u64> {
    number(call, "before")
}

fn number(call: &Call, name: &str) -> Option<u64> {
    call.query(name).and_then(|text| text.parse().ok())
}

fn nothing_here() -> Markup {
    html! {
        h1 { "There is no such page" }
        p { "The sections of the console are on the left, or at the top of a narrow window. " a href="/_emulator/" { "Go to the overview" } "." }
    }
}

#[cfg(test)]
mod tests;
