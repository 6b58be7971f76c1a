//! Parses `tests/scenarios.json`: the acts of all hosts and their expected results.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt::Display;
use std::fs;

/// The parsed file.
#[derive(Deserialize)]
struct Table {
    scenarios: Vec<Scenario>,
}

/// A scenario: acts that run in order, with their own emulator and store.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
}

/// One act and its expected result.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) act: String,
    #[serde(default)]
    pub(crate) with: Map<String, Value>,
    #[serde(default)]
    pub(crate) gives: Map<String, Value>,
}

impl Step {
    /// Returns an argument in the format for hosts without JSON: a string unchanged, any other value as JSON.
    pub(crate) fn argument(&self, name: &str) -> Option<String> {
        self.with.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    /// Returns the expected result lines.
    pub(crate) fn wanted(&self) -> String {
        let mut lines = Lines::default();
        for (name, value) in &self.gives {
            lines.add(name, text_of(value));
        }
        lines.finish()
    }
}

pub(crate) fn scenarios() -> Vec<Scenario> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios.json");
    let table: Table = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    table.scenarios
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Result of an act as lines of `name: value`, sorted by bytes, in the format that all hosts use.
#[derive(Default)]
pub(crate) struct Lines(Vec<String>);

impl Lines {
    pub(crate) fn add(&mut self, name: &str, value: impl Display) {
        self.0.push(format!("{name}: {value}\n"));
    }

    /// Adds a line if `value` is present.
    pub(crate) fn add_some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// Adds a line if `value` is true.
    pub(crate) fn add_if(&mut self, name: &str, value: bool) {
        self.add_some(name, value.then_some(true));
    }

    pub(crate) fn add_list(&mut self, name: &str, items: impl IntoIterator<Item = impl Display>) {
        let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
        self.add(name, items.join(", "));
    }

    pub(crate) fn finish(mut self) -> String {
        self.0.sort();
        self.0.concat()
    }
}
