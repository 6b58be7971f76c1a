//! Page that lists the recorded requests, newest first, with a filter. Recording has already masked secrets.

use maud::{Markup, html};
use url::form_urlencoded::Serializer;

use super::form::{badge, pager};
use super::layout::Section;
use super::query::{ROWS, number};
use super::text;
use crate::requests::RecordedRequest;
use crate::state::Shared;
use crate::wire::Call;
use crate::wire::Endpoint;

const ANSWERS: [(&str, &str); 7] = [
    ("", "any response"),
    ("error", "with an error"),
    ("2xx", "status 2xx"),
    ("4xx", "status 4xx"),
    ("5xx", "status 5xx"),
    ("none", "no response"),
    ("fault", "changed by a fault rule"),
];

/// Values of the filter; an empty value matches every request.
#[derive(Debug, Default)]
pub(super) struct Filter {
    endpoint: String,
    answer: String,
    text: String,
}

impl Filter {
    fn of(call: &Call) -> Self {
        let get = |name: &str| call.query(name).unwrap_or_default().trim().to_owned();
        Self { endpoint: get("endpoint"), answer: get("answer"), text: get("text") }
    }

    fn is_set(&self) -> bool {
        !self.endpoint.is_empty() || !self.answer.is_empty() || !self.text.is_empty()
    }

    fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in [("endpoint", &self.endpoint), ("answer", &self.answer), ("text", &self.text)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }

    pub(super) fn matches(&self, request: &RecordedRequest) -> bool {
        let endpoint = self.endpoint.is_empty() || request.endpoint.unwrap_or("unknown") == self.endpoint;
        let answer = match self.answer.as_str() {
            "error" => is_error(request),
            "2xx" => request.status / 100 == 2,
            "4xx" => request.status / 100 == 4,
            "5xx" => request.status / 100 == 5,
            "none" => request.status == 0,
            "fault" => request.faulted,
            _ => true,
        };
        endpoint && answer && (self.text.is_empty() || texts(request).any(|text| text.contains(&self.text)))
    }
}

/// Returns the fields that the text filter searches.
fn texts(request: &RecordedRequest) -> impl Iterator<Item = &str> {
    let optional = [
        &request.error_code,
        &request.client_key,
        &request.username,
        &request.publish_id,
        &request.content_range,
        &request.log_id,
    ];
    [&request.method, &request.path, &request.query]
        .into_iter()
        .chain(optional.into_iter().flatten())
        .map(String::as_str)
}

fn is_error(request: &RecordedRequest) -> bool {
    request.error_code.is_some() || request.status == 0 || request.status >= 400
}

pub(super) fn page(shared: &Shared, call: &Call) -> Markup {
    let filter = Filter::of(call);
    let before = number(call, "before");
    let (seen, mut rows) = {
        let log = shared.log();
        let matching =
            log.newest().filter(|one| before.is_none_or(|before| one.seq < before) && filter.matches(one));
        // Fetches one row more than the page shows, to detect whether an older page exists.
        (log.last_seq(), matching.take(ROWS + 1).cloned().collect::<Vec<_>>())
    };
    let has_older = rows.len() > ROWS;
    rows.truncate(ROWS);
    let older = rows.last().filter(|_| has_older).map(|last| last.seq);
    html! {
        h1 { "Requests" }
        p.lead { "The last 10,000 requests to TikTok's endpoints, newest first. Tokens, codes and secrets are masked." }
        (filter_form(&filter, before.is_none()))
        div #requests data-live[before.is_none()] data-since=[before.is_none().then_some(seen)] {
            @if rows.is_empty() { (empty_list(&filter)) } @else {
                table.requests {
                    thead { tr { th.number { "#" } th { "Time" } th { "Request" } th { "Response" } th.number { "Body" } th { "Caller" } th { "Log ID" } } }
                    tbody { @for request in &rows { (row(request)) } }
                }
            }
            (pager(Section::Requests.path(), &filter.query(), before.is_none(), older))
        }
    }
}

fn filter_form(filter: &Filter, is_live: bool) -> Markup {
    html! {
        form.row.bar #filter method="get" action=(Section::Requests.path()) role="search" {
            label.unseen for="filter-endpoint" { "Endpoint" }
            select #filter-endpoint name="endpoint" {
                option value="" { "any endpoint" }
                @for name in Endpoint::ALL.iter().map(|each| each.name()).chain(["unknown"]) {
                    option value=(name) selected[filter.endpoint == name] { (name) }
                }
            }
            label.unseen for="filter-answer" { "Response" }
            select #filter-answer name="answer" {
                @for (value, words) in ANSWERS { option value=(value) selected[filter.answer == value] { (words) } }
            }
            label.unseen for="filter-text" { "Text" }
            input #filter-text type="search" name="text" value=(filter.text) placeholder="user, error code, log ID …";
            button { "Filter" }
            @if filter.is_set() { a href=(Section::Requests.path()) { "Show all" } }
            @if is_live { button.pause type="button" data-pause aria-pressed="false" { "Pause" } }
        }
    }
}

fn empty_list(filter: &Filter) -> Markup {
    html! {
        p.empty {
            @if filter.is_set() { "No matching requests. " a href=(Section::Requests.path()) { "Show all requests" } "." }
            @else { "No requests yet. Connect your app to the URL on the " a href=(Section::Overview.path()) { "overview" }
                "; its requests then appear here immediately." }
        }
    }
}

fn row(request: &RecordedRequest) -> Markup {
    let tone = if is_error(request) { "bad" } else { "good" };
    html! {
        tr {
            td.number data-label="#" { (request.seq) }
            td data-label="Time" { time title=(text::utc(request.at_ms)) { (text::time_of_day(request.at_ms)) } }
            td data-label="Request" {
                b { (request.method) } " " (request.endpoint.unwrap_or("unknown path"))
                div.hint.path { (request.path) @if !request.query.is_empty() { "?" (request.query) } }
            }
            td data-label="Response" {
                @if request.status == 0 { (badge("bad", "no response")) } @else { (badge(tone, &request.status.to_string())) }
                @if let Some(code) = &request.error_code { " " code { (code) } }
                @if request.faulted { " " (badge("wait", "fault rule")) }
            }
            td.number data-label="Body" {
                (text::bytes(request.body_bytes))
                @if let Some(range) = &request.content_range { div.hint { (range) } }
            }
            td data-label="Caller" {
                @if let Some(username) = &request.username { "@" (username) }
                @if let Some(client_key) = &request.client_key { div.hint { (client_key) } }
                @if let Some(publish_id) = &request.publish_id { div.hint { (publish_id) } }
            }
            td data-label="Log ID" { @if let Some(log_id) = &request.log_id { code.small { (log_id) } } }
        }
    }
}
