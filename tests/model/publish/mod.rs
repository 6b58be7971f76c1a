//! Explores publishing under one idempotency key completely. Two processes may be suspended anywhere, crash, or resume
//! late. The journal has conditional writes, there are no leases, and TikTok may receive requests late.

mod environment;
mod protocol;
mod state;

use environment::Action;
use state::{At, Budget, Kind, Mutation, Outcome, PROCESSES, State, TaskState};
use stateright::{Checker as _, Model, Property};

/// Publishing with one set of faults.
struct Publish {
    kind: Kind,
    budget: Budget,
    mutation: Mutation,
}

impl Model for Publish {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::first(self.budget)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for p in 0..PROCESSES {
            actions.extend([
                Action::Next(p),
                Action::Refuse(p),
                Action::Lose(p),
                Action::Crash(p),
                Action::Again(p),
            ]);
        }
        for n in 0..state.messages.len() {
            actions.extend([Action::Handle(n), Action::Drop(n)]);
        }
        for task in 0..state.tasks.len() {
            actions.extend([Action::Expire(task), Action::Fail(task)]);
        }
        actions.extend([Action::Receive, Action::Settle, Action::Abandon, Action::RequestCancel]);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        match action {
            Action::Next(p) => last.clone().protocol(p, self.kind, self.mutation),
            action => last.clone().environment(action, self.kind),
        }
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE, |_: &Self, state: &State| state.posts() <= 1),
            Property::always(INITS, |model: &Self, state: &State| {
                model.kind == Kind::File || state.inits <= 1 + state.abandoned + failed(state)
            }),
            Property::always(TRUE, |_: &Self, state: &State| {
                state.outcomes().all(|outcome| match outcome {
                    Outcome::Posted(task) => state.tasks[task].state != TaskState::Open,
                    _ => true,
                })
            }),
            Property::always(FAILED, |_: &Self, state: &State| {
                state.row.is_none_or(|row| row.phase != state::Phase::Failed) || state.posts() == 0
            }),
            Property::sometimes(FOLLOWED, |_: &Self, state: &State| {
                state.processes.iter().all(|process| matches!(process.at, At::Over(Outcome::Posted(_))))
            }),
            Property::sometimes(TAKEN_OVER, |_: &Self, state: &State| {
                let conflict = state.outcomes().any(|outcome| outcome == Outcome::Conflict);
                conflict && state.outcomes().any(|outcome| matches!(outcome, Outcome::Posted(_)))
            }),
            Property::sometimes(UNCLEAR, |_: &Self, state: &State| {
                state.outcomes().any(|outcome| outcome == Outcome::Unclear)
            }),
        ]
    }
}

const ONE: &str = "a key posts at most once";
const INITS: &str = "the init of a pulled post is sent once, and again only after a caller decides";
const TRUE: &str = "a process only reports success if there is a post";
const FAILED: &str = "a publish that failed in the journal has no post";
const FOLLOWED: &str = "both processes report the post";
const TAKEN_OVER: &str = "a process posts a publish that it took over, and the other detects it";
const UNCLEAR: &str = "a process does not continue an unclear publish";
const ALWAYS: [&str; 4] = [ONE, INITS, TRUE, FAILED];

/// Returns the number of tasks that TikTok itself ended without a post.
fn failed(state: &State) -> u8 {
    let failed = state.tasks.iter().filter(|task| task.state == TaskState::Failed).count();
    u8::try_from(failed).unwrap_or(u8::MAX)
}

const NOTHING: Budget = Budget {
    crashes: 0,
    losses: 0,
    refusals: 0,
    expiries: 0,
    failures: 0,
    webhooks: 0,
    abandons: 0,
    cancels: 0,
};

/// Explores all states. Checks that the properties in `reached` occur.
fn explore(kind: Kind, budget: Budget, reached: &[&'static str]) {
    let checker = Publish { kind, budget, mutation: Mutation::None }.checker().threads(2).spawn_bfs().join();
    for name in ALWAYS {
        checker.assert_no_discovery(name);
    }
    for name in reached {
        checker.assert_any_discovery(name);
    }
    println!("publish model: {} states", checker.unique_state_count());
}

fn violations(kind: Kind, mutation: Mutation, budget: Budget) -> Vec<&'static str> {
    let checker = Publish { kind, budget, mutation }.checker().threads(2).spawn_bfs().join();
    ALWAYS.into_iter().filter(|name| checker.discovery(name).is_some()).collect()
}

#[test]
fn file_is_posted_once_when_processes_crash() {
    explore(Kind::File, Budget { crashes: 1, losses: 1, ..NOTHING }, &[FOLLOWED, TAKEN_OVER]);
}

#[test]
fn file_is_posted_once_when_upload_urls_expire() {
    explore(Kind::File, Budget { crashes: 1, expiries: 1, ..NOTHING }, &[FOLLOWED, TAKEN_OVER, UNCLEAR]);
    explore(Kind::File, Budget { losses: 1, expiries: 1, ..NOTHING }, &[FOLLOWED, TAKEN_OVER, UNCLEAR]);
}

#[test]
fn file_is_posted_once_when_tiktok_rejects_chunks() {
    explore(Kind::File, Budget { failures: 1, webhooks: 1, ..NOTHING }, &[FOLLOWED, TAKEN_OVER]);
    explore(Kind::File, Budget { crashes: 1, refusals: 1, webhooks: 1, ..NOTHING }, &[FOLLOWED, TAKEN_OVER]);
}

#[test]
fn file_is_posted_once_when_an_unclear_publish_is_abandoned() {
    explore(Kind::File, Budget { crashes: 1, expiries: 1, abandons: 1, ..NOTHING }, &[FOLLOWED, TAKEN_OVER]);
}

#[test]
fn file_is_posted_once_when_another_process_cancels() {
    explore(Kind::File, Budget { crashes: 1, cancels: 1, ..NOTHING }, &[FOLLOWED, TAKEN_OVER]);
    explore(Kind::File, Budget { losses: 1, cancels: 1, ..NOTHING }, &[FOLLOWED, TAKEN_OVER]);
    explore(Kind::Pulled, Budget { crashes: 1, cancels: 1, ..NOTHING }, &[FOLLOWED, UNCLEAR]);
}

#[test]
fn pulled_post_is_sent_once_until_the_caller_decides() {
    let troubles = Budget { crashes: 1, losses: 1, refusals: 1, failures: 1, webhooks: 1, ..NOTHING };
    explore(Kind::Pulled, troubles, &[FOLLOWED, UNCLEAR]);
    explore(Kind::Pulled, Budget { abandons: 1, ..troubles }, &[FOLLOWED, UNCLEAR]);
}

#[test]
fn model_checker_detects_each_injected_publish_fault() {
    let expiring = Budget { expiries: 1, ..NOTHING };
    let lossy = Budget { losses: 1, ..expiring };
    for (kind, mutation, budget, found) in [
        (Kind::File, Mutation::LastWriterWins, NOTHING, ONE),
        (Kind::File, Mutation::TakeOverWithoutCompare, NOTHING, ONE),
        (Kind::File, Mutation::NoLastChunkMark, expiring, ONE),
        (Kind::File, Mutation::NewTaskAfterExpiry, expiring, ONE),
        (Kind::File, Mutation::BelieveRefusal, lossy, ONE),
        (Kind::Pulled, Mutation::TakeOverPulledIntent, NOTHING, INITS),
        (Kind::Pulled, Mutation::TakeOverWithoutCompare, NOTHING, INITS),
    ] {
        let violated = violations(kind, mutation, budget);
        assert!(violated.contains(&found), "{mutation:?}: {violated:?}");
        let sound = violations(kind, Mutation::None, budget);
        assert!(sound.is_empty(), "{mutation:?} causes the violation: {sound:?}");
    }
}
