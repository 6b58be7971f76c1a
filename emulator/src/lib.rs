//! A TikTok that runs on loopback: authorize page, token endpoint, display and posting APIs and the upload host, behind a
//! virtual clock.
//!
//! It is a test bed, a demo and a second opinion: it is written from `docs/tiktok-api.md` alone and shares no type with the
//! `toklink` core. `docs/EMULATOR.md` says what it does, what it does not do, and which behaviours are inferred.
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
mod handler;
mod http_client;
mod ids;
mod limits;
mod media;
mod oauth;
mod pages;
mod pictures;
mod posting;
mod requests;
mod response_body;
mod routes;
mod scenario;
mod seed;
mod server;
mod socket;
mod user_actions;
mod webhook;
mod wire;
mod world;

pub use config::{EmulatorConfig, OauthErrors, Rotation, Settings, TokenRegime};
pub use emulator::Emulator;
pub use faults::{Corruption, Fault, FaultError, Preset, Throttle, TokenFilter};
pub use oauth::authorize::GrantError;
pub use posting::task::PostSummary;
pub use requests::RecordedRequest;
pub use requests::expected::{ExpectedRequest, RequestMismatch};
pub use scenario::{Scenario, ScenarioError};
pub use seed::{AUDITED_CLIENT_KEY, CLIENT_SECRET, UNAUDITED_CLIENT_KEY};
pub use user_actions::{ActionError, RevocationReason, UserAction};
pub use webhook::{WebhookAttempt, WebhookDelivery};
