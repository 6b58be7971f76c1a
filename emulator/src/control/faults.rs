//! `/_emulator/faults`: rules are added, replaced, switched and removed.

use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ControlResult, bad, parse};
use crate::faults::Fault;
use crate::server::Shared;
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

/// An object adds a rule; an array replaces all of them, an empty one clears.
pub(super) fn add(shared: &Shared, call: &Call) -> ControlResult {
    let (replaces, given) = match parse(call)? {
        FaultsCall::All(all) => (true, all),
        FaultsCall::One(one) => (false, vec![one]),
    };
    let mut added = Vec::with_capacity(given.len());
    for (at, value) in given.into_iter().enumerate() {
        let rule: Fault =
            serde_json::from_value(value).map_err(|error| bad(&format!("rule {}: {error}", at + 1)))?;
        if let Some(problem) = rule.problem() {
            return Err(bad(&format!("rule {}: {problem}", at + 1)));
        }
        added.push(rule);
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

/// `POST faults/ID {"enabled": false}`.
pub(super) fn switch(shared: &Shared, call: &Call, id: &str) -> ControlResult {
    let SwitchCall { enabled } = parse(call)?;
    let mut rules = shared.faults();
    let found = id.parse().is_ok_and(|id| rules.set_enabled(id, enabled));
    if found { Ok(json!({"faults": rules.all()})) } else { Err(unknown(id)) }
}

/// `DELETE faults/ID`; `DELETE faults` removes all.
pub(super) fn remove(shared: &Shared, name: &str) -> ControlResult {
    let mut rules = shared.faults();
    match name.strip_prefix("faults/") {
        Some(id) if id.parse().is_ok_and(|id| rules.remove(id)) => {}
        Some(id) => return Err(unknown(id)),
        None if name == "faults" => rules.clear(),
        None => {
            let sentence = format!("{} is for faults and faults/ID only", Method::DELETE);
            return Err((StatusCode::METHOD_NOT_ALLOWED, sentence));
        }
    }
    Ok(json!({"faults": rules.all()}))
}

fn unknown(id: &str) -> super::ControlError {
    (StatusCode::NOT_FOUND, format!("there is no fault rule {id:?}; GET faults lists them with their ids"))
}
