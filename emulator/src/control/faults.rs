//! Adds, replaces, enables, disables and removes fault rules: `/_emulator/faults`.

use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{ControlError, ControlResult, bad_request, parse};
use crate::faults::Fault;
use crate::state::Shared;
use crate::wire::Call;

#[derive(Deserialize)]
#[serde(untagged)]
enum FaultsCall {
    All(Vec<Value>),
    One(Value),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SwitchCall {
    enabled: bool,
}

/// Adds one rule (object) or replaces all rules (array). An empty array removes all rules.
pub(super) fn add(shared: &Shared, call: &Call) -> ControlResult {
    let (replaces, given) = match parse(call)? {
        FaultsCall::All(all) => (true, all),
        FaultsCall::One(one) => (false, vec![one]),
    };
    let mut added = Vec::with_capacity(given.len());
    for (at, value) in given.into_iter().enumerate() {
        let rule = serde_json::from_value::<Fault>(value);
        added.push(rule.map_err(|error| bad_request(&format!("rule {}: {error}", at + 1)))?);
    }
    let mut rules = shared.faults();
    if replaces {
        rules.clear();
    }
    for rule in added {
        rules.add(rule);
    }
    Ok(json!({"faults": rules.all()}))
}

/// Enables or disables a rule: `POST faults/ID {"enabled": false}`.
pub(super) fn switch(shared: &Shared, call: &Call, id: &str) -> ControlResult {
    let SwitchCall { enabled } = parse(call)?;
    let mut rules = shared.faults();
    let found = id.parse().is_ok_and(|id| rules.set_enabled(id, enabled));
    if found { Ok(json!({"faults": rules.all()})) } else { Err(unknown(id)) }
}

/// Removes one rule (`DELETE faults/ID`) or all rules (`DELETE faults`).
pub(super) fn remove(shared: &Shared, name: &str) -> ControlResult {
    let mut rules = shared.faults();
    match name.strip_prefix("faults/") {
        Some(id) if id.parse().is_ok_and(|id| rules.remove(id)) => {}
        Some(id) => return Err(unknown(id)),
        None if name == "faults" => rules.clear(),
        None => {
            let message = format!("{} is only allowed for faults and faults/ID", Method::DELETE);
            return Err((StatusCode::METHOD_NOT_ALLOWED, message));
        }
    }
    Ok(json!({"faults": rules.all()}))
}

fn unknown(id: &str) -> ControlError {
    (
        StatusCode::NOT_FOUND,
        format!("fault rule {id:?} does not exist; GET faults lists all rules with their IDs"),
    )
}
