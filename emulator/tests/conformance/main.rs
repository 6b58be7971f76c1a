//! Checks the emulator against docs/tiktok-api.md. A test name ends with the section that the test checks, if there is
//! one.
//!
//! The clock is frozen and only the tests advance it, so that no test waits or depends on the time of day.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed precondition explains itself")]

mod authorize;
mod console;
mod control;
mod creator;
mod display;
mod fault_moments;
mod faults;
mod hostile;
mod limits;
mod media;
mod photo;
mod pictures;
mod post;
mod pull;
mod qr;
mod receiver;
mod record;
mod scenario;
mod support;
mod token;
mod upload;
mod webhook;
mod wire;
