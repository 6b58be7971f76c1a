//! The control API and the console under `/_emulator/`.

mod call;
mod faults;
pub(crate) mod report;
pub(crate) mod user_actions;
mod users;

use std::time::Duration;

use hyper::{Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console;
use crate::model::redirect::RedirectRule;
use crate::oauth::authorize;
use crate::requests::expected::{self, ExpectedRequest};
use crate::scenario::{Scenario, ScenarioError, is_property};
use crate::settings::Settings;
use crate::state::Shared;
use crate::wire::{Call, Reply};
use call::{ControlError, ControlResult, bad_request, parse};
use report::state;
use user_actions::UserAction;

pub(crate) fn answer(shared: &Shared, call: &Call) -> Reply {
    // A web page that rebinds its host name to loopback still sends that name in the `Host` header.
    if !call.header(header::HOST).is_some_and(is_loopback_host) {
        let message = "/_emulator/ is only served for a loopback Host header; use 127.0.0.1 or localhost";
        return Reply::json(StatusCode::FORBIDDEN, &json!({"error": message}));
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
        Err((StatusCode::METHOD_NOT_ALLOWED, "method not allowed; use GET, POST or DELETE".to_owned()))
    };
    match outcome {
        Ok(body) => Reply::json(StatusCode::OK, &body),
        Err((status, message)) => Reply::json(status, &json!({"error": message})),
    }
}

fn not_found(name: &str) -> ControlError {
    (StatusCode::NOT_FOUND, format!("unknown control {name:?}; docs/EMULATOR.md lists all controls"))
}

fn post(shared: &Shared, call: &Call, name: &str) -> ControlResult {
    // A page from another site can send neither this `Origin` nor, without a preflight request, this content type.
    if !has_own_origin(call) {
        return Err((
            StatusCode::FORBIDDEN,
            "control calls from a browser are only accepted from the emulator's own pages".to_owned(),
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
            "unsupported content type; use Content-Type: application/json".to_owned(),
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
        "users" => users::create(shared, call),
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
    let text = std::str::from_utf8(&call.body).map_err(|error| bad_request(&error.to_string()))?;
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

/// Returns true if the call comes from outside a browser or from a page of this emulator. Any loopback origin is not
/// sufficient, because other ports belong to other programs.
fn has_own_origin(call: &Call) -> bool {
    let Some(origin) = call.headers.get(header::ORIGIN) else { return true };
    let host = call.header(header::HOST).unwrap_or_default();
    origin.to_str().is_ok_and(|origin| origin.strip_prefix("http://") == Some(host))
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

/// Changes the given settings and keeps the values of the others.
fn settings(shared: &Shared, call: &Call) -> ControlResult {
    let given: serde_json::Map<String, Value> = parse(call)?;
    let mut world = shared.world();
    let mut merged =
        serde_json::to_value(&world.settings).map_err(|error| bad_request(&error.to_string()))?;
    if let Some(merged) = merged.as_object_mut() {
        merged.extend(given);
    }
    let settings: Settings =
        serde_json::from_value(merged).map_err(|error| bad_request(&error.to_string()))?;
    world.settings = settings.clone();
    Ok(json!(settings))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsCall {
    on: bool,
}

/// Enables or disables the limits until the next reset.
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
        return Err(bad_request("url must be an http or https URL, or null"));
    }
    let mut world = shared.world();
    let app = world
        .app_mut(&client_key)
        .ok_or_else(|| bad_request("no app has this client_key; GET /_emulator/state lists all apps"))?;
    app.webhook_url = url;
    Ok(json!({"client_key": app.client_key, "webhook_url": app.webhook_url}))
}

fn property(shared: &Shared, call: &Call) -> ControlResult {
    let UrlCall { client_key, url } = parse(call)?;
    let url = url.filter(|url| is_property(url));
    let url =
        url.ok_or_else(|| bad_request("url must be an https prefix that ends in /, or a domain name"))?;
    let mut world = shared.world();
    let app = world
        .app_mut(&client_key)
        .ok_or_else(|| bad_request("no app has this client_key; GET /_emulator/state lists all apps"))?;
    if !app.url_properties.contains(&url) {
        app.url_properties.push(url);
    }
    Ok(json!({"client_key": app.client_key, "url_properties": app.url_properties}))
}

fn redirect(shared: &Shared, call: &Call) -> ControlResult {
    let UrlCall { client_key, url } = parse(call)?;
    let rule = url.as_deref().and_then(|url| RedirectRule::web(url).or_else(|| RedirectRule::desktop(url)));
    let rule = rule.ok_or_else(|| {
        bad_request("url must be an https URL, or a localhost or 127.0.0.1 URL with a port or *; it must have no query and no fragment")
    })?;
    let mut world = shared.world();
    let app = world
        .app_mut(&client_key)
        .ok_or_else(|| bad_request("no app has this client_key; GET /_emulator/state lists all apps"))?;
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
    let request: GrantCall = parse(call)?;
    let scopes: Vec<&str> = request.scopes.iter().map(String::as_str).collect();
    let challenge = request.code_challenge.as_deref();
    let mut world = shared.world();
    authorize::grant(
        &mut world,
        &request.client_key,
        &request.username,
        &scopes,
        &request.redirect_uri,
        challenge,
    )
    .map(|code| json!({"code": code}))
    .map_err(|error| bad_request(&error.to_string()))
}

fn act(shared: &Shared, call: &Call) -> ControlResult {
    let request: UserAction = parse(call)?;
    user_actions::perform(&mut shared.world(), &request).map_err(|error| bad_request(&error.to_string()))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectCall {
    requests: Option<Vec<ExpectedRequest>>,
    count: Option<ExpectedRequest>,
}

/// Compares the recorded requests with an expected sequence, an expected count, or both.
fn expect(shared: &Shared, call: &Call) -> ControlResult {
    let request: ExpectCall = parse(call)?;
    let recorded = shared.log().all();
    let order = request.requests.map_or(Ok(()), |expected| expected::compare(&recorded, &expected));
    let number = request.count.map_or(Ok(()), |expected| expected::count(&recorded, &expected));
    let difference = order.and(number).err().map(|mismatch| mismatch.to_string());
    Ok(json!({"met": difference.is_none(), "difference": difference}))
}
