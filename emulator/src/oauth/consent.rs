//! The authorize page: consent form, error page, redirects (docs/tiktok-api.md 1.1, 1.3).

use std::collections::BTreeSet;

use hyper::StatusCode;

use super::authorize::{AuthorizeRequest, browser_user, session_cookie};
use super::pages::{escape, page};
use super::scopes::{BASIC, describe};
use crate::model::{User, World};
use crate::wire::{Call, Reply, pairs};

/// Shows the page, or redirects immediately if the user has a session and has already granted all scopes.
pub(crate) fn show(world: &mut World, call: &mut Call) -> Reply {
    let request = match AuthorizeRequest::parse(world, &call.raw_query) {
        Ok(request) => request,
        Err(parameter) => return error_page(parameter),
    };
    call.details.client_key = Some(request.client_key.clone());
    if let Some(username) = world.settings.auto_consent.clone() {
        let scopes = request.scopes.clone();
        return consent(world, call, &request, &username, scopes);
    }
    let user = browser_user(call).filter(|user| request.already_granted(world, user));
    if let Some(username) = user {
        call.details.username = Some(username.clone());
        let scopes = request.scopes.clone();
        return Reply::redirect(&request.allow(world, &username, scopes));
    }
    Reply::html(StatusCode::OK, form(world, &request, browser_user(call).as_deref()))
}

/// Handles the submitted form.
pub(crate) fn decide(world: &mut World, call: &mut Call) -> Reply {
    let request = match AuthorizeRequest::parse(world, &call.raw_query) {
        Ok(request) => request,
        Err(parameter) => return error_page(parameter),
    };
    call.details.client_key = Some(request.client_key.clone());
    let form = pairs(&call.body);
    let get = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if get("decision") != Some("allow") {
        return Reply::redirect(&request.deny());
    }
    let username = get("username").unwrap_or_default().to_owned();
    let ticked: BTreeSet<&str> =
        form.iter().filter(|(key, _)| key == "scope").map(|(_, v)| v.as_str()).collect();
    let scopes = request
        .scopes
        .iter()
        .filter(|scope| *scope == BASIC || ticked.contains(scope.as_str()))
        .cloned()
        .collect();
    consent(world, call, &request, &username, scopes)
}

/// Redirects with a code for `scopes`, if the user exists and may log in to the app.
fn consent(
    world: &mut World,
    call: &mut Call,
    request: &AuthorizeRequest,
    username: &str,
    scopes: BTreeSet<String>,
) -> Reply {
    if world.user(username).is_none() {
        return error_page("username");
    }
    if !world.app(&request.client_key).is_some_and(|app| app.admits(username)) {
        return error_page("client_key");
    }
    call.details.username = Some(username.to_owned());
    Reply::redirect(&request.allow(world, username, scopes)).with("set-cookie", session_cookie(username))
}

/// Shows the error page, which names the parameter and never redirects (1.3).
fn error_page(parameter: &str) -> Reply {
    let body = format!(
        "<h1>Something went wrong</h1><p>We couldn't log in with TikTok. This may be due to specific app settings.</p>\
         <p>If you're a developer, correct the following and try again:</p><ul><li id=\"bad-parameter\"><code>{}</code></li></ul>",
        escape(parameter)
    );
    Reply::html(StatusCode::BAD_REQUEST, page("Something went wrong", &body))
}

fn form(world: &World, request: &AuthorizeRequest, logged_in: Option<&str>) -> String {
    let app = world.app(&request.client_key);
    let may_log_in = |user: &&User| app.is_none_or(|app| app.admits(&user.username));
    let users: Vec<String> =
        world.users.values().filter(may_log_in).map(|user| option(user, logged_in)).collect();
    let boxes: Vec<String> = request.scopes.iter().map(|scope| scope_line(scope)).collect();
    let (users, boxes) = (users.concat(), boxes.concat());
    let app = escape(&request.app_name);
    let body = format!(
        "<h1>Authorize {app}</h1><form id=\"consent\" method=\"post\">\
         <label for=\"username\">Continue as</label><select id=\"username\" name=\"username\">{users}</select>\
         <p>{app} wants to:</p><ul class=\"scopes\">{boxes}</ul>\
         <p class=\"buttons\"><button id=\"allow\" name=\"decision\" value=\"allow\" class=\"primary\">Authorize</button>\
         <button id=\"deny\" name=\"decision\" value=\"deny\">Cancel</button></p></form>\
         <p class=\"hint\">This is an emulator on your machine, not TikTok. You then return to {}.</p>",
        escape(&request.redirect_uri)
    );
    page("Log in with TikTok (emulator)", &body)
}

fn option(user: &User, logged_in: Option<&str>) -> String {
    let note = match (user.private, user.banned, user.capped) {
        (true, ..) => ", private account",
        (_, true, _) => ", banned from posting",
        (.., true) => ", daily cap reached",
        _ => "",
    };
    let (name, display) = (escape(&user.username), escape(&user.display_name));
    let selected = if logged_in == Some(user.username.as_str()) { " selected" } else { "" };
    format!("<option value=\"{name}\"{selected}>{display} (@{name}{note})</option>")
}

fn scope_line(scope: &str) -> String {
    let (name, words) = (escape(scope), escape(describe(scope)));
    if scope == BASIC {
        return format!("<li>{words} <small>{name}, always</small></li>");
    }
    format!(
        "<li><label><input type=\"checkbox\" name=\"scope\" value=\"{name}\" checked> {words} <small>{name}</small></label></li>"
    )
}
