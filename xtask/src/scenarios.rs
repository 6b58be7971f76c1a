//! Converts `tests/scenarios.json` to a C table, for hosts without a JSON parser.

use crate::fault::{Context, Result};
use crate::project;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// File that the programs include; `tests/c/scenario.h` declares its types.
const FILE: &str = "scenarios_table.h";

#[derive(Deserialize)]
struct Table {
    scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
struct Scenario {
    name: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    act: String,
    #[serde(default)]
    with: Map<String, Value>,
    #[serde(default)]
    gives: Map<String, Value>,
}

/// Writes the table into `folder`, which is then an include path.
pub(crate) fn write(folder: &Path) -> Result<()> {
    let table = as_c(&project::read("tests/scenarios.json")?)?;
    fs::write(folder.join(FILE), table).context(format_args!("cannot write {FILE}"))
}

fn as_c(json: &str) -> Result<String> {
    let table: Table = serde_json::from_str(json).context("tests/scenarios.json is invalid")?;
    let (mut parts, mut list) =
        (String::from("/* Written by xtask from tests/scenarios.json. */\n"), String::new());
    for (place, scenario) in table.scenarios.iter().enumerate() {
        let mut steps = String::new();
        for (number, step) in scenario.steps.iter().enumerate() {
            let words = format!("WORDS_{place}_{number}");
            let pairs: Vec<_> = step
                .with
                .iter()
                .map(|(name, value)| format!("{{{}, {}}}", quoted(name), quoted(&argument(value))))
                .collect();
            let (count, act, gives) = (pairs.len(), quoted(&step.act), quoted(&lines(&step.gives)));
            if pairs.is_empty() {
                line(&mut steps, format_args!("    {{{act}, NULL, 0, {gives}}},"));
            } else {
                let pairs = pairs.join(", ");
                line(&mut parts, format_args!("static const scenario_word {words}[] = {{{pairs}}};"));
                line(&mut steps, format_args!("    {{{act}, {words}, {count}, {gives}}},"));
            }
        }
        line(&mut parts, format_args!("static const scenario_step STEPS_{place}[] = {{\n{steps}}};"));
        let (name, count) = (quoted(&scenario.name), scenario.steps.len());
        line(&mut list, format_args!("    {{{name}, STEPS_{place}, {count}}},"));
    }
    line(&mut parts, format_args!("static const scenario SCENARIOS[] = {{\n{list}}};"));
    line(&mut parts, format_args!("#define SCENARIO_COUNT {}u", table.scenarios.len()));
    Ok(parts)
}

fn line(text: &mut String, written: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{written}");
}

/// Formats a string as it is, and anything else as JSON.
fn argument(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Formats lines of `name: value` in byte order, as every host writes the result of a step.
fn lines(gives: &Map<String, Value>) -> String {
    let item = |value: &Value| match value {
        Value::Array(items) => items.iter().map(argument).collect::<Vec<_>>().join(", "),
        other => argument(other),
    };
    let mut lines: Vec<_> = gives.iter().map(|(name, value)| format!("{name}: {}\n", item(value))).collect();
    lines.sort();
    lines.concat()
}

/// Formats a C literal. Three octal digits end an escape regardless of the next character.
fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => literal.extend(['\\', char::from(byte)]),
            b' '..=b'~' if byte != b'?' => literal.push(char::from(byte)),
            // Escape question marks too: two of them could start a trigraph.
            other => {
                let _ = write!(literal, "\\{other:03o}");
            }
        }
    }
    literal + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_is_converted_to_sorted_lines() {
        let json = r#"{"scenarios": [{"name": "n", "steps": [
            {"act": "a", "with": {"body": {"ms": 1}, "title": "x\"é?"}, "gives": {"b": [1, "c"], "a": true}},
            {"act": "nothing"}]}]}"#;
        let table = as_c(json).unwrap();
        assert!(
            table.contains(r#"WORDS_0_0[] = {{"body", "{\"ms\":1}"}, {"title", "x\"\303\251\077"}};"#),
            "{table}"
        );
        assert!(table.contains(r#"{"a", WORDS_0_0, 2, "a: true\012b: 1, c\012"},"#), "{table}");
        assert!(table.contains(r#"{"nothing", NULL, 0, ""},"#), "{table}");
        assert!(table.contains(r#"{"n", STEPS_0, 2},"#) && table.ends_with("SCENARIO_COUNT 1u\n"), "{table}");
        assert!(as_c("{}").is_err());
    }
}
