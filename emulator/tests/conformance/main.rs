//! The emulator against docs/tiktok-api.md: each test names the section that its check comes from.
//!
//! The clock is frozen and moves only by hand, so nothing here waits and nothing depends on the time of day.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says why")]

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
