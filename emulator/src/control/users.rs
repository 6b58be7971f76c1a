//! Creates many users in one call, each with tokens for one app, for tests with many accounts.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{ControlResult, bad_request, parse};
use crate::model::World;
use crate::oauth::token::{grant_tokens, join_scopes};
use crate::scenario::seed;
use crate::state::Shared;
use crate::wire::Call;

/// Maximum number of users per call; the response contains the tokens of all of them.
const MAX_USERS: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateUsersCall {
    client_key: String,
    count: usize,
    /// Granted scopes; all of the app's scopes by default.
    scopes: Option<BTreeSet<String>>,
    #[serde(default)]
    videos: u8,
}

/// Creates users. Responds with one account per user: the fields of a token exchange and the username.
pub(super) fn create(shared: &Shared, call: &Call) -> ControlResult {
    let request: CreateUsersCall = parse(call)?;
    if request.count == 0 || request.count > MAX_USERS {
        return Err(bad_request(&format!("count must be 1 to {MAX_USERS}")));
    }
    let mut world = shared.world();
    let app = world
        .app(&request.client_key)
        .ok_or_else(|| bad_request("no app has this client_key; GET /_emulator/state lists all apps"))?;
    let allowed: BTreeSet<String> = app.scopes.iter().map(|&scope| scope.to_owned()).collect();
    let scopes = request.scopes.unwrap_or_else(|| allowed.clone());
    if let Some(unknown) = scopes.difference(&allowed).next() {
        return Err(bad_request(&format!(
            "the app has no scope {unknown:?}; it has {}",
            join_scopes(&allowed)
        )));
    }
    let accounts: Vec<Value> = (0..request.count)
        .map(|_| create_user(&mut world, &request.client_key, &scopes, request.videos))
        .collect();
    Ok(json!({ "accounts": accounts }))
}

fn create_user(world: &mut World, client_key: &str, scopes: &BTreeSet<String>, videos: u8) -> Value {
    let username = format!("user.{}", world.users.len());
    let user = seed::generated_user(&username, &mut world.ids, world.now_ms, videos);
    world.users.insert(username.clone(), user);
    world.grants.insert((client_key.to_owned(), username.clone()), scopes.clone());
    let mut account = grant_tokens(world, client_key, &username, scopes.clone());
    account["username"] = json!(username);
    account
}
