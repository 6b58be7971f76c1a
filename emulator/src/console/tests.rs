//! Tests the pages with states that no client could create: hostile text in all names, and the maximum number of
//! requests.

use hyper::{HeaderMap, Method};
use serde_json::json;

use super::layout::Section;
use super::query::ROWS;
use super::*;
use crate::config::EmulatorConfig;
use crate::faults::Fault;
use crate::lifecycle;
use crate::model::task::{Mode, PostInfo, Source, Task};
use crate::model::{App, User};
use crate::requests::RecordedRequest;
use crate::wire::CallDetails;

const HOSTILE: &str = "\"><img src=x onerror=alert(1)><script>alert('x')</script>&amp;\u{202e}\0";

fn shared() -> Shared {
    let config =
        EmulatorConfig { start_ms: Some(1_795_372_800_000), frozen_clock: true, ..EmulatorConfig::default() };
    Shared::new(config, "http://127.0.0.1:4010".to_owned())
}

fn get(shared: &Shared, path_and_query: &str) -> Reply {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let call = Call {
        method: Method::GET,
        path: path.to_owned(),
        raw_query: query.to_owned(),
        headers: HeaderMap::new(),
        body: bytes::Bytes::new(),
        details: CallDetails::default(),
    };
    let name = path.trim_start_matches("/_emulator").trim_matches('/');
    assert!(owns(name), "{name}");
    answer(shared, &call, name)
}

fn html_of(shared: &Shared, path_and_query: &str) -> String {
    let reply = get(shared, path_and_query);
    assert_eq!(reply.status, StatusCode::OK, "{path_and_query}");
    String::from_utf8(reply.body.to_vec()).unwrap()
}

fn recorded(text: &str) -> RecordedRequest {
    RecordedRequest {
        seq: 0,
        at_ms: 1_795_372_800_000,
        method: text.to_owned(),
        path: text.to_owned(),
        query: text.to_owned(),
        endpoint: None,
        status: 404,
        error_code: Some(text.to_owned()),
        client_key: Some(text.to_owned()),
        username: Some(text.to_owned()),
        publish_id: Some(text.to_owned()),
        body_bytes: u64::MAX,
        content_range: Some(text.to_owned()),
        faulted: true,
        log_id: Some(text.to_owned()),
    }
}

/// Returns a `World` with hostile text in every field that an app or a user can set.
fn hostile_world() -> Shared {
    let shared = shared();
    let text = HOSTILE.to_owned();
    {
        let mut world = shared.world();
        let scopes = world.apps[0].scopes.clone();
        let redirects = vec![crate::model::redirect::RedirectRule::Exact(text.clone())];
        world.apps.push(App {
            client_key: text.clone(),
            client_secret: text.clone(),
            name: text.clone(),
            audited: false,
            active_user_cap: Some(5),
            target_users: Some(vec![text.clone()]),
            redirects,
            scopes,
            webhook_url: Some(text.clone()),
            url_properties: vec![text.clone()],
        });
        let user = User { username: text.clone(), display_name: text.clone(), ..User::default() };
        world.users.insert(text.clone(), user);
        world.grants.insert((text.clone(), text.clone()), [text.clone()].into());
        world.settings.pull_from = Some(text.clone());
        let info = PostInfo {
            title: text.clone(),
            description: text.clone(),
            privacy_level: text.clone(),
            ..PostInfo::default()
        };
        let owner = (HOSTILE, HOSTILE);
        let now_ms = world.now_ms;
        let task = Task::new(&mut world.ids, now_ms, owner, Mode::Direct, Source::File, info, (0, 0, 0));
        world.tasks.push(task);
        lifecycle::revoke(&mut world, HOSTILE, HOSTILE, crate::model::RemovalReason::ByUser);
        world.grants.insert((text.clone(), text.clone()), [text.clone()].into());
    }
    shared.log().add(recorded(HOSTILE));
    let mut fault = Fault::on("upload").raw(500, HOSTILE, HOSTILE);
    fault.calls.username = Some(text.clone());
    fault.calls.client_key = Some(text.clone());
    fault.calls.publish_id = Some(text);
    shared.faults().add(fault);
    shared
}

#[test]
fn hostile_names_and_titles_are_escaped_on_every_page() {
    let shared = hostile_world();
    let encoded = url::form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect::<String>();
    let with_query = [
        format!("/_emulator/console/requests?text={encoded}&endpoint={encoded}&answer={encoded}"),
        format!(
            "/_emulator/console/consent?client_key={encoded}&scope={encoded}&redirect_uri={encoded}&state={encoded}"
        ),
        format!("/_emulator/console/callback?code=c&scopes={encoded}"),
        format!("/_emulator/console/callback?error={encoded}&error_description={encoded}"),
    ];
    let sections = Section::ALL.map(|section| section.path().to_owned());
    for path in sections.into_iter().chain(with_query) {
        let html = html_of(&shared, &path);
        assert!(!html.contains("<img") && !html.contains("alert('x')</script>"), "{path}");
        assert_eq!(html.matches("<script").count(), 1, "{path}: only the console's own script");
    }
    for section in [
        Section::Apps,
        Section::Users,
        Section::Grants,
        Section::Posts,
        Section::Requests,
        Section::Faults,
        Section::Webhooks,
    ] {
        assert!(html_of(&shared, section.path()).contains("&lt;img src=x"), "{section:?} shows the name");
    }
}

#[test]
fn pages_contain_no_inline_code_and_their_policy_forbids_it() {
    let shared = hostile_world();
    for section in Section::ALL {
        let reply = get(&shared, section.path());
        let header =
            |name: &str| reply.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        let policy = header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"));
        assert_eq!(
            header("referrer-policy"),
            Some("no-referrer"),
            "the URL of the callback page contains a code"
        );
        let html = String::from_utf8(reply.body.to_vec()).unwrap();
        for inline in [" style=", " onclick=", "javascript:", "<style"] {
            assert!(!html.contains(inline), "{section:?} has {inline}");
        }
        assert!(
            !html.contains("http://") || !html.contains("src=\"http"),
            "nothing is loaded from other hosts"
        );
    }
}

#[test]
fn paging_reaches_all_10_000_requests() {
    let shared = shared();
    for _ in 0..10_500 {
        shared.log().add(recorded("GET"));
    }
    let first = html_of(&shared, "/_emulator/console/requests");
    assert_eq!(first.matches("data-label=\"Log ID\"").count(), ROWS);
    assert!(first.len() < 100_000, "{} bytes", first.len());
    assert!(
        first.contains("data-since=\"10500\"") && first.contains(">10500<") && !first.contains(">10450<")
    );
    let (mut path, mut pages) = ("/_emulator/console/requests".to_owned(), 1);
    while let Some(older) = html_of(&shared, &path)
        .split("href=\"")
        .find_map(|part| part.split_once("\">Older").map(|(link, _)| link.to_owned()))
    {
        path = older;
        pages += 1;
    }
    assert_eq!(pages, 200, "10,000 requests are stored");
    assert!(!html_of(&shared, &path).contains("data-live"), "older pages do not update");
}

#[test]
fn poll_without_new_requests_gets_an_empty_response() {
    let shared = shared();
    shared.log().add(recorded("GET"));
    let reply = get(&shared, "/_emulator/console/requests?since=1");
    assert_eq!((reply.status, reply.body.len()), (StatusCode::NO_CONTENT, 0));
    for since in ["0", "2", "x", "-1", ""] {
        html_of(&shared, &format!("/_emulator/console/requests?since={since}"));
    }
}

#[test]
fn requests_can_be_filtered_by_endpoint_response_and_text() {
    let shared = shared();
    let add = |endpoint: &'static str, status: u16, faulted: bool| {
        let entry = RecordedRequest {
            endpoint: Some(endpoint),
            status,
            faulted,
            error_code: (status == 429).then(|| "rate_limit_exceeded".to_owned()),
            ..recorded("plain")
        };
        shared.log().add(entry);
    };
    add("user_info", 200, false);
    add("video_list", 429, true);
    add("upload", 0, true);
    let rows = |query: &str| {
        html_of(&shared, &format!("/_emulator/console/requests?{query}"))
            .matches("data-label=\"Log ID\"")
            .count()
    };
    for (query, expected) in [
        ("", 3),
        ("endpoint=upload", 1),
        ("answer=2xx", 1),
        ("answer=4xx", 1),
        ("answer=none", 1),
        ("answer=fault", 2),
        ("answer=error", 2),
        ("text=rate_limit", 1),
        ("text=nothing+such", 0),
        ("endpoint=upload&answer=2xx", 0),
        ("answer=nonsense", 3),
    ] {
        assert_eq!(rows(query), expected, "{query}");
    }
}

#[test]
fn every_form_preset_is_a_valid_rule() {
    for (words, fields) in faults::presets() {
        let mut rule = fields;
        rule["endpoint"] = json!("*");
        assert!(serde_json::from_value::<Fault>(rule).is_ok(), "{words}");
    }
}

#[test]
fn empty_pages_suggest_the_next_step() {
    let shared = shared();
    for (section, words) in [
        (Section::Requests, "Connect your app"),
        (Section::Posts, "An init call"),
        (Section::Faults, "Add one above"),
        (Section::Webhooks, "Set one above"),
        (Section::Grants, "log in manually"),
    ] {
        let html = html_of(&shared, section.path());
        assert!(html.contains("class=\"empty\"") && html.contains(words), "{section:?}");
    }
}

#[test]
fn every_setting_has_a_label_and_a_field() {
    let shared = shared();
    let settings = serde_json::to_value(&shared.world().settings).unwrap();
    let html = html_of(&shared, "/_emulator/");
    for name in settings.as_object().unwrap().keys() {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name} has no field");
        assert!(!html.contains(&format!(">{name}</label>")), "{name} has no label");
    }
}

#[test]
fn unusual_urls_get_a_response() {
    let shared = hostile_world();
    for path in [
        "/_emulator/console/posts?before=0",
        "/_emulator/console/posts?before=99999999999999999999999",
        "/_emulator/console/webhooks?before=-1",
        "/_emulator/console/requests?before=0",
        "/_emulator/console",
    ] {
        html_of(&shared, path);
    }
    for path in [
        "/_emulator/console/nothing",
        "/_emulator/console/console.css/x",
        "/_emulator/console/consoleconsole",
    ] {
        assert_eq!(get(&shared, path).status, StatusCode::NOT_FOUND, "{path}");
    }
}
