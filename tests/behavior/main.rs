//! What a user of the library sees, against the emulator: one binary, one virtual clock, no sleeps.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

mod bad_input;
mod cache;
mod faults;
mod fence;
mod flaky;
mod flights;
mod forms;
mod health;
mod hooked;
mod host;
mod login;
mod publish;
mod publish_refusals;
mod reading;
mod refresh;
mod refresh_ahead;
mod refresh_clock;
mod refresh_races;
mod relay;
mod reseal;
mod resume;
mod retention;
mod saturation;
mod schedules;
mod secrecy;
mod store_trouble;
mod streams;
mod stubborn;
mod suspended;
mod sweep;
mod transport;
mod verdicts;
mod video;
mod webhook;
mod world;
