//! Emulates TikTok on loopback: authorize page, token endpoint, Display API, Content Posting API and upload host, with a
//! virtual clock.
//!
//! Use it for tests, for demos and as an independent check of the `toklink` core: it follows only `docs/tiktok-api.md`
//! and shares no type with the core. `docs/EMULATOR.md` lists its behaviours, its gaps, and the behaviours that are
//! inferred.
//!
//! ```no_run
//! use toklink_emulator::{Emulator, EmulatorConfig, Fault};
//!
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::start(EmulatorConfig { frozen_clock: true, ..EmulatorConfig::default() }).await?;
//! let redirect = "https://spike.land/api/social/tiktok/callback";
//! let code = emulator.grant("awtoklinkemu0001", "ana.makes", &["video.list"], redirect, None)?;
//! emulator.add_fault(Fault::on("video_list").error(429, "rate_limit_exceeded"))?;
//! emulator.advance(std::time::Duration::from_secs(60));
//! # drop(code); Ok(()) }
//! ```

mod background;
mod clock;
mod config;
mod console;
mod control;
mod display;
mod emulator;
mod faults;
mod lifecycle;
mod media;
mod model;
mod oauth;
mod pictures;
mod posting;
mod requests;
mod scenario;
mod server;
mod settings;
mod state;
mod webhook;
mod wire;

pub use config::EmulatorConfig;
pub use control::user_actions::{ActionError, RevocationReason, UserAction};
pub use emulator::Emulator;
pub use faults::{
    CallFilter, Corruption, Failure, Fault, FaultContent, FaultEffect, FaultError, FaultResponse,
    ResponseChanges, Throttle, TokenFilter,
};
pub use model::task::PostSummary;
pub use model::webhook_queue::{WebhookAttempt, WebhookDelivery};
pub use oauth::authorize::GrantError;
pub use requests::RecordedRequest;
pub use requests::expected::{ExpectedRequest, RequestMismatch};
pub use scenario::seed::{AUDITED_CLIENT_KEY, CLIENT_SECRET, UNAUDITED_CLIENT_KEY};
pub use scenario::{Scenario, ScenarioError};
pub use settings::{OauthErrors, Rotation, Settings, TokenRegime};
