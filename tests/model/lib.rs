//! Explores the refresh protocol completely, for three processes with crashes, expired leases, lost responses,
//! transient rejections, re-encryption and new logins.
//!
//! The model uses stateright instead of loom or spin. Loom only covers memory accesses, but these processes interleave
//! over a database row and a lease. A Rust model can use the core's own list of steps, which a model in spin's language
//! could not.
#![cfg(test)]
#![expect(clippy::print_stdout, reason = "the number of explored states is part of the proof")]

mod model;
mod publish;

use model::{Action, At, Budget, Mutation, Outcome, PROCESSES, State};
use stateright::{Checker as _, Expectation, Model, Property};
use toklink::session::failpoints::Failpoint;

/// The refresh protocol with one set of faults.
struct Refresh {
    budget: Budget,
    mutation: Mutation,
    /// If true, every refresh ends before its intent is as old as a lease, and its first read and write together take
    /// less time than a lease. If false, a process may be suspended anywhere for any time.
    timely: bool,
}

impl Model for Refresh {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::first(self.budget)]
    }

    fn actions(&self, _: &State, actions: &mut Vec<Action>) {
        for p in 0..PROCESSES {
            actions.extend([
                Action::Next(p),
                Action::Handle(p),
                Action::Refuse(p),
                Action::Lose(p),
                Action::Crash(p),
                Action::Again(p),
            ]);
        }
        actions.extend([Action::HandleStray, Action::ExpireLease, Action::Reseal, Action::Login]);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        match action {
            Action::Next(p) => last.clone().protocol(p, self.mutation, self.timely),
            action => last.clone().environment(action, self.timely),
        }
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(LOST, |_: &Self, state: &State| !state.is_lost() || state.answer_lost),
            Property::always(TRUE, |model: &Self, state: &State| {
                let is_true = !state.row.expired || state.is_lost();
                // A process that is suspended for longer than an intent is valid may mark the account as expired. Its
                // token pair later overrides that.
                is_true || (!model.timely && !state.all_over())
            }),
            Property::always(DURABLE, |_: &Self, state: &State| {
                state.processes.iter().all(|process| match process.outcome {
                    Some(Outcome::Got(token)) => token > 0 && state.row.token >= token,
                    _ => true,
                })
            }),
            Property::always(WHY, |model: &Self, state: &State| {
                let silent = Some(Outcome::Told { concluded: true, why: false });
                !model.timely || state.processes.iter().all(|process| process.outcome != silent)
            }),
            Property::always(FEW, |_: &Self, state: &State| {
                state.requests <= 1 + state.expiries + state.errors
            }),
        ];
        properties.extend(EVERY_FAILPOINT);
        properties
    }
}

const LOST: &str = "an account is only lost if TikTok's response is lost";
const TRUE: &str = "an account is only marked as expired if it is lost";
const DURABLE: &str = "callers only receive durable and current tokens";
const WHY: &str = "every error about a lost account contains the reason";
const FEW: &str = "at most one request, and one more for each expired lease or error";

macro_rules! reached {
    ($($step:ident),*) => {
        [$(Property {
            expectation: Expectation::Sometimes,
            name: Failpoint::$step.name(),
            condition: |_: &Refresh, state: &State| {
                state.processes.iter().any(|process| process.at == At::Passed(Failpoint::$step))
            },
        }),*]
    };
}

/// The model must reach every step of the code. A step that this list lacks fails the build.
const EVERY_FAILPOINT: [Property<Refresh>; Failpoint::ALL.len()] = reached!(
    Started,
    LeaseAcquired,
    RowRead,
    IntentWritten,
    ReplyRead,
    PairEncrypted,
    SwapLost,
    PairWritten,
    InvalidGrantRead,
    ExpiredWritten,
    ReasonWritten,
    IntentCleared,
    LeaseReleased
);

const NOTHING: Budget = Budget { crashes: 0, expiries: 0, losses: 0, refusals: 0, reseals: 0, logins: 0 };

/// Explores all states and returns the number of states.
fn explore(budget: Budget, timely: bool) -> usize {
    let checker =
        Refresh { budget, mutation: Mutation::None, timely }.checker().threads(2).spawn_bfs().join();
    for property in checker.model().properties() {
        if property.expectation == Expectation::Always {
            checker.assert_no_discovery(property.name);
        }
    }
    let count = checker.unique_state_count();
    println!("{count} states");
    count
}

/// Returns the properties that the checker found violated.
fn violated(mutation: Mutation, budget: Budget) -> Vec<&'static str> {
    let checker = Refresh { budget, mutation, timely: true }.checker().threads(2).spawn_bfs().join();
    [LOST, TRUE, DURABLE, WHY, FEW].into_iter().filter(|name| checker.discovery(name).is_some()).collect()
}

#[test]
fn crashes_and_expired_leases_lose_at_most_one_response() {
    assert!(explore(Budget { crashes: 1, expiries: 1, ..NOTHING }, true) > 1000);
}

#[test]
fn lost_responses_and_transient_rejections_lose_no_other_token() {
    assert!(explore(Budget { losses: 1, expiries: 1, ..NOTHING }, true) > 1000);
    assert!(explore(Budget { refusals: 1, expiries: 1, ..NOTHING }, true) > 1000);
    assert!(explore(Budget { losses: 1, refusals: 1, ..NOTHING }, true) > 1000);
}

#[test]
fn concurrent_reseal_and_login_lose_no_token() {
    assert!(explore(Budget { reseals: 1, logins: 1, expiries: 1, ..NOTHING }, true) > 1000);
}

#[test]
fn suspended_process_loses_no_token() {
    assert!(explore(Budget { crashes: 1, expiries: 1, ..NOTHING }, false) > 1000);
}

#[test]
fn model_contains_every_step_of_the_implementation() {
    let budget = Budget { crashes: 1, expiries: 1, refusals: 1, reseals: 1, ..NOTHING };
    let model = Refresh { budget, mutation: Mutation::None, timely: true };
    let checker = model.checker().threads(2).spawn_bfs().join();
    for step in Failpoint::ALL {
        checker.assert_any_discovery(step.name());
    }
}

#[test]
fn model_checker_detects_each_injected_refresh_fault() {
    let crash = Budget { crashes: 1, expiries: 1, ..NOTHING };
    for (mutation, budget, found) in [
        (Mutation::WriteWithoutCompare, Budget { logins: 1, ..NOTHING }, LOST),
        (Mutation::ExpireWithoutCompare, Budget { logins: 1, ..crash }, TRUE),
        (Mutation::BelieveAtOnce, Budget { expiries: 1, ..NOTHING }, TRUE),
        (Mutation::HandOutFirst, crash, DURABLE),
        (Mutation::NoIntent, crash, WHY),
        (Mutation::ReadBeforeLease, NOTHING, FEW),
    ] {
        let violated = violated(mutation, budget);
        assert!(violated.contains(&found), "{mutation:?}: {violated:?}");
        let sound = Refresh { budget, mutation: Mutation::None, timely: true }.checker().spawn_bfs().join();
        for name in [LOST, TRUE, DURABLE, WHY, FEW] {
            assert!(sound.discovery(name).is_none(), "{mutation:?} causes the violation");
        }
    }
}
