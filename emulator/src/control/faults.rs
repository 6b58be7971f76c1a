//! `/_emulator/faults`: rules are added, replaced, switched and removed.

use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, bad, parse};
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
pub(super) fn add(shared: &Shared, call: &Call) -> Outcome {
    let (replaces, given) = match parse(call)? {
        FaultsCall::All(all) => (true, all),
        FaultsCall::One(one) => (false, vec![one]),
    };
    let mut rules = Vec::with_capacity(given.len());
    for (at, value) in given.into_iter().enumerate() {
        let rule: Fault =
            serde_json::from_value(value).map_err(|error| bad(&format!("rule {}: {error}", at + 1)))?;
        if let Some(complaint) = rule.complaint() {
            return Err(bad(&format!("rule {}: {complaint}", at + 1)));
        }
        rules.push(rule);
    }
    let mut board = shared.faults();
    if replaces {
        board.clear();
    }
    for rule in rules {
        board.add(rule);
    }
    Ok(json!({"faults": board.all()}))
}

/// `POST faults/ID {"enabled": false}`.
pub(super) fn switch(shared: &Shared, call: &Call, id: &str) -> Outcome {
    let SwitchCall { enabled } = parse(call)?;
    let mut board = shared.faults();
    let found = id.parse().is_ok_and(|id| board.set_enabled(id, enabled));
    if found { Ok(json!({"faults": board.all()})) } else { Err(unknown(id)) }
}

/// `DELETE faults/ID`; `DELETE faults` removes all.
pub(super) fn remove(shared: &Shared, name: &str) -> Outcome {
    let mut board = shared.faults();
    match name.strip_prefix("faults/") {
        Some(id) if id.parse().is_ok_and(|id| board.remove(id)) => {}
        Some(id) => return Err(unknown(id)),
        None if name == "faults" => board.clear(),
        None => {
            let sentence = format!("{} is for faults and faults/ID only", Method::DELETE);
            return Err((StatusCode::METHOD_NOT_ALLOWED, sentence));
        }
    }
    Ok(json!({"faults": board.all()}))
}

fn unknown(id: &str) -> super::Refusal {
    (StatusCode::NOT_FOUND, format!("there is no fault rule {id:?}; GET faults lists them with their ids"))
}
