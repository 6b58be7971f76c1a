//! The console at `/_emulator/`. This module renders the pages; their buttons call the control API.

mod apps;
mod assets;
mod consent;
mod faults;
mod form;
mod grants;
mod layout;
mod overview;
mod posts;
mod query;
mod requests;
mod settings;
mod text;
mod users;
mod webhooks;

use hyper::StatusCode;
use maud::{Markup, html};

use crate::state::Shared;
use crate::wire::{Call, Reply};
use layout::Section;
use query::{before, number};

/// Allows only the console's own script and style, and forbids other sites to frame the console.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Returns true if the console serves GET requests for `name`, a path without leading or trailing slash.
pub(crate) fn owns(name: &str) -> bool {
    name.is_empty() || name == "console" || name.starts_with("console/")
}

/// Handles a GET request for a page of the console.
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
        _ => Reply::html(StatusCode::NOT_FOUND, layout::frame(shared, None, &not_found_page())),
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

/// Returns true if the caller already has the newest request, so that the response can be empty.
fn is_up_to_date(shared: &Shared, call: &Call) -> bool {
    number(call, "since").is_some_and(|seen| seen == shared.log().last_seq())
}

fn not_found_page() -> Markup {
    html! {
        h1 { "Page not found" }
        p { "The menu lists all pages of the console. " a href="/_emulator/" { "Go to the overview" } "." }
    }
}

#[cfg(test)]
mod tests;
