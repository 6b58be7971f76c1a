//! Runs the scenarios that all hosts share, from Rust. The results are the same in each language. The other hosts are
//! `tests/js/scenarios.test.ts`, `tests/c/scenarios.c` and `tests/c/scenarios.cpp`.
#![expect(clippy::unwrap_used, reason = "a test fails if its setup fails")]

mod host;
mod publishing;
mod reading;
mod result_lines;
mod sealing;
mod table;

use host::Host;
use std::fmt::Write;

#[tokio::test]
async fn every_scenario_produces_the_expected_result() {
    let mut differences = String::new();
    let scenarios = table::scenarios();
    for scenario in &scenarios {
        let mut host = Host::open().await;
        for (number, step) in scenario.steps.iter().enumerate() {
            let (came, wanted) = (host.act(step).await, step.wanted());
            if came != wanted {
                let (name, act) = (&scenario.name, &step.act);
                writeln!(differences, "{name}: step {number}, {act} returned\n{came}instead of\n{wanted}")
                    .unwrap();
            }
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
    assert!(scenarios.len() > 20, "only {} scenarios were found", scenarios.len());
}
