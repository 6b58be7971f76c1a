//! What is not TikTok's: `/_emulator/`.

mod crowd;
mod faults;

use std::time::Duration;

use hyper::{Method, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::config::Settings;
use crate::console;
use crate::oauth::authorize;
use crate::oauth::redirect::RedirectRule;
use crate::oauth::token::joined;
use crate::requests::expected::{self, ExpectedRequest};
use crate::scenario::{Scenario, ScenarioError, is_property};
use crate::server::Shared;
use crate::user_actions::{self, UserAction};
use crate::wire::{Call, Reply};

/// A control call was refused: status and sentence.
type ControlError = (StatusCode, String);
type ControlResult = Result<Value, ControlError>;

pub(crate) fn answer(shared: &Shared, call: &Call) -> Reply {
    // A web page that rebinds its own name to loopback could read and act here, but its requests still carry that name.
    if !call.header(header::HOST).is_some_and(is_loopback_host) {
        let sentence = "what is under /_emulator/ is answered for a loopback Host header only";
        return Reply::json(StatusCode::FORBIDDEN, &json!({"error": sentence}));
    }
    let name = call.path.trim_start_matches("/_emulator").trim_matches('/');
    let outcome = if call.method == Method::GET {
        match name {
            name if console::owns(name) => return console::answer(shared, call, name),
            "state" => Ok(state(shared)),
            "requests" => Ok(json!({"requests": shared.log().all()})),
            "faults" => Ok(json!({"faults": shared.faults().all()})),
            "settings" => Ok(json!(shared.world().settings)),
            "webhooks" => Ok(json!({"webhooks": shared.world().webhook_queue.all()})),
            _ => Err(not_found(name)),
        }
    } else if call.method == Method::POST || call.method == Method::DELETE {
        post(shared, call, name)
    } else {
        Err((StatusCode::METHOD_NOT_ALLOWED, "only GET, POST and DELETE are served here".to_owned()))
    };
    match outcome {
        Ok(body) => Reply::json(StatusCode::OK, &body),
        Err((status, sentence)) => Reply::json(status, &json!({"error": sentence})),
    }
}

fn not_found(name: &str) -> ControlError {
    (StatusCode::NOT_FOUND, format!("there is no control called {name:?}; docs/EMULATOR.md lists them"))
}

fn post(shared: &Shared, call: &Call, name: &str) -> ControlResult {
    // A web page of another site can send neither this content type without asking first nor this Origin.
    if !has_own_origin(call) {
        return Err((
            StatusCode::FORBIDDEN,
            "control calls from a web page are answered for the emulator's own pages only".to_owned(),
        ));
    }
    if call.method == Method::DELETE {
        return faults::remove(shared, name);
    }
    if name == "scenario" && call.is_content_type("application/yaml") {
        return scenario(shared, call, Scenario::from_yaml);
    }
    if !call.is_content_type("application/json") {
        return Err((
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send control calls with Content-Type: application/json".to_owned(),
        ));
    }
    match name {
        "reset" => {
            shared.reset();
            Ok(json!({"now_ms": shared.clock.now_ms()}))
        }
        "scenario" => scenario(shared, call, Scenario::from_json),
        "clock" => clock(shared, call),
        "faults" => faults::add(shared, call),
        "settings" => settings(shared, call),
        "limits" => limits(shared, call),
        "webhook" => webhook(shared, call),
        "property" => property(shared, call),
        "redirect" => redirect(shared, call),
        "grant" => grant(shared, call),
        "crowd" => crowd::crowd(shared, call),
        "act" => act(shared, call),
        "expect" => expect(shared, call),
        _ => match name.strip_prefix("faults/") {
            Some(id) => faults::switch(shared, call, id),
            None => Err(not_found(name)),
        },
    }
}

fn scenario(
    shared: &Shared,
    call: &Call,
    read: impl Fn(&str) -> Result<Scenario, ScenarioError>,
) -> ControlResult {
    let text = std::str::from_utf8(&call.body).map_err(|error| bad(&error.to_string()))?;
    let scenario = read(text).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    shared.load_scenario(scenario);
    Ok(json!({"now_ms": shared.clock.now_ms()}))
}

fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    matches!(name, "127.0.0.1" | "localhost" | "::1")
}

/// Whether the call is no browser's, or that of a page of this emulator. An address of loopback is not enough: other ports
/// of it are other programs.
fn has_own_origin(call: &Call) -> bool {
    let Some(origin) = call.headers.get(header::ORIGIN) else { return true };
    let host = call.header(header::HOST).unwrap_or_default();
    origin.to_str().is_ok_and(|origin| origin.strip_prefix("http://") == Some(host))
}

/// serde's message names the field, the line and the column.
fn parse<T: DeserializeOwned>(call: &Call) -> Result<T, ControlError> {
    serde_json::from_slice(&call.body).map_err(|error| bad(&error.to_string()))
}

fn bad(reason: &str) -> ControlError {
    (StatusCode::BAD_REQUEST, format!("the control call was not understood: {reason}"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockCall {
    advance_ms: u64,
}

fn clock(shared: &Shared, call: &Call) -> ControlResult {
    let ClockCall { advance_ms } = parse(call)?;
    shared.clock.advance(Duration::from_millis(advance_ms));
    Ok(json!({"now_ms": shared.world().now_ms}))
}

/// Fields that are not given keep their value.
fn settings(shared: &Shared, call: &Call) -> ControlResult {
    let given: serde_json::Map<String, Value> = parse(call)?;
    let mut world = shared.world();
    let mut merged = serde_json::to_value(&world.settings).map_err(|error| bad(&error.to_string()))?;
    if let Some(merged) = merged.as_object_mut() {
        merged.extend(given);
    }
    let settings: Settings = serde_json::from_value(merged).map_err(|error| bad(&error.to_string()))?;
    world.settings = settings.clone();
    Ok(json!(settings))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsCall {
    on: bool,
}

/// Until the next reset, which brings back what the emulator was started with.
fn limits(shared: &Shared, call: &Call) -> ControlResult {
    let LimitsCall { on } = parse(call)?;
    shared.world().limits_on = on;
    Ok(json!({"limits": on}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UrlCall {
    client_key: String,
    url: Option<String>,
}

fn webhook(shared: &Shared, call: &Call) -> ControlResult {
    let UrlCall { client_key, url } = parse(call)?;
    if let Some(url) = &url
        && !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    {
        return Err(bad("url must be an http or https address, or null"));
    }
    let mut world = shared.world();
    let app = world.app_mut(&client_key).ok_or_else(|| bad("no app has this client_key"))?;
    app.webhook_url = url;
    Ok(json!({"client_key": app.client_key, "webhook_url": app.webhook_url}))
}

fn property(shared: &Shared, call: &Call) -> ControlResult {
    let UrlCall { client_key, url } = parse(call)?;
    let url = url.filter(|url| is_property(url));
    let url =
        url.ok_or_else(|| bad("url must be an https prefix that ends in /, or the name of a domain"))?;
    let mut world = shared.world();
    let app = world.app_mut(&client_key).ok_or_else(|| bad("no app has this client_key"))?;
    if !app.url_properties.contains(&url) {
        app.url_properties.push(url);
    }
    Ok(json!({"client_key": app.client_key, "url_properties": app.url_properties}))
}

fn redirect(shared: &Shared, call: &Call) -> ControlResult {
    let UrlCall { client_key, url } = parse(call)?;
    let rule = url.as_deref().and_then(|url| RedirectRule::web(url).or_else(|| RedirectRule::desktop(url)));
    let rule = rule.ok_or_else(|| {
        bad("url must be an https address, or one of localhost or 127.0.0.1 with a port or *, without query and fragment")
    })?;
    let mut world = shared.world();
    let app = world.app_mut(&client_key).ok_or_else(|| bad("no app has this client_key"))?;
    app.redirects.push(rule);
    Ok(json!({"client_key": app.client_key, "redirect_uri": url}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantCall {
    client_key: String,
    username: String,
    scopes: Vec<String>,
    redirect_uri: String,
    #[serde(default)]
    code_challenge: Option<String>,
}

fn grant(shared: &Shared, call: &Call) -> ControlResult {
    let asked: GrantCall = parse(call)?;
    let scopes: Vec<&str> = asked.scopes.iter().map(String::as_str).collect();
    let challenge = asked.code_challenge.as_deref();
    let mut world = shared.world();
    authorize::grant(&mut world, &asked.client_key, &asked.username, &scopes, &asked.redirect_uri, challenge)
        .map(|code| json!({"code": code}))
        .map_err(|error| bad(&error.to_string()))
}

fn act(shared: &Shared, call: &Call) -> ControlResult {
    let asked: UserAction = parse(call)?;
    user_actions::perform(&mut shared.world(), &asked).map_err(|error| bad(&error.to_string()))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectCall {
    requests: Option<Vec<ExpectedRequest>>,
    count: Option<ExpectedRequest>,
}

/// Holds the record against an order of requests, a number of them, or both.
fn expect(shared: &Shared, call: &Call) -> ControlResult {
    let asked: ExpectCall = parse(call)?;
    let came = shared.log().all();
    let order = asked.requests.map_or(Ok(()), |expected| expected::compare(&came, &expected));
    let number = asked.count.map_or(Ok(()), |expected| expected::count(&came, &expected));
    let difference = order.and(number).err().map(|mismatch| mismatch.to_string());
    Ok(json!({"met": difference.is_none(), "difference": difference}))
}

/// Everything but secrets.
pub(crate) fn state(shared: &Shared) -> Value {
    let faults = json!(shared.faults().all());
    let world = shared.world();
    let now_ms = world.now_ms;
    let apps: Vec<Value> = world
        .apps
        .iter()
        .map(|app| {
            json!({
                "client_key": app.client_key, "name": app.name, "audited": app.audited,
                "webhook_url": app.webhook_url, "url_properties": app.url_properties,
            })
        })
        .collect();
    let users: Vec<Value> = world
        .users
        .values()
        .map(|user| {
            json!({
                "username": user.username, "display_name": user.display_name, "private": user.private,
                "banned": user.banned, "capped": user.capped, "public_videos": user.public_videos(now_ms).len(),
            })
        })
        .collect();
    let mut grants: Vec<Value> = Vec::new();
    for ((client_key, username), scopes) in &world.grants {
        grants.push(json!({"client_key": client_key, "username": username, "scope": joined(scopes)}));
    }
    grants.sort_by_key(Value::to_string);
    let posts: Vec<_> = world.tasks.iter().map(|task| task.summary(now_ms)).collect();
    json!({
        "now_ms": now_ms, "limits": world.limits_on, "settings": world.settings, "faults": faults,
        "apps": apps, "users": users, "grants": grants, "posts": posts,
    })
}
