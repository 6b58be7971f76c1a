//! A TikTok client: login with PKCE, encrypted tokens that are refreshed automatically, chunked uploads that post at most
//! once, metrics of accounts and videos, and exact quotas.
//!
//! ```text
//!   Client (client/)            one method per operation
//!      |
//!   publish/   pipeline.rs      one file shows the path of a request:
//!      '------>   |             session -> [ quota -> transport -> envelope ] with retry
//!                 |
//!   session/ oauth/ vault/ store/ quota/ transport/ api/ media/
//! ```
//!
//! ```no_run
//! use toklink::{AccountKey, Client, Config, PostInfo, PrivacyLevel, PublishVideo, SqliteStore};
//!
//! # async fn example() -> toklink::Result<()> {
//! let store = std::sync::Arc::new(SqliteStore::open("toklink.db")?);
//! let client = Client::builder(Config::from_env().build()?).store(store).build()?;
//! let account = AccountKey::new("", "-000the-users-open-id");
//! let input = PublishVideo::new("clip.mp4", PostInfo::new(PrivacyLevel::SelfOnly));
//! let outcome = client.publish_video(&account, &input, &Default::default()).await?;
//! println!("{}: {:?}", outcome.publish_id, outcome.status);
//! # Ok(())
//! # }
//! ```
//!
//! Facts about TikTok are cited from `docs/tiktok-api.md` by section. Every failure is an [`Error`],
//! whose [`ErrorKind`] determines what to do next.
#![forbid(unsafe_code)]

pub mod api;
mod cache;
pub mod client;
pub mod clock;
pub mod config;
mod encoding;
pub mod error;
mod family;
pub mod media;
pub mod metrics;
mod model;
mod names;
pub mod oauth;
mod pipeline;
pub mod publish;
pub mod quota;
pub mod secret;
pub mod session;
pub mod store;
mod tls;
pub mod transport;
pub mod vault;
pub mod webhook;

pub use api::consumer::caption::Caption;
pub use api::consumer::creator::{CreatorInfo, PrivacyLevel};
pub use api::consumer::post::PostInfo;
pub use api::consumer::status::{PublishStatus, StatusCode};
pub use api::consumer::user::UserInfo;
pub use api::consumer::video::{Video, VideoPage};
pub use cache::CachePolicy;
pub use client::{
    AccountSelection, AuthorizeLink, BeginLogin, Client, ClientBuilder, CloseReport, CollectFailure,
    CollectOptions, CollectProgress, CollectReport, LoginInspection, LoginResult, LoginStart, ProbeReport,
    ResealFailure, ResealFormat, ResealOptions, ResealProgress, ResealReport, Videos, probe_video,
};
pub use clock::{Clock, SystemClock, Timestamp};
pub use config::{Config, ConfigBuilder};
pub use error::{ConfigProblem, Dispatch, Error, ErrorKind, Owner, Reason, Result, Retry};
pub use metrics::{AccountMetrics, Growth, MetricsGap, MetricsHistory, MetricsPoint};
pub use model::{AccountKey, AccountStatus, Day, PublishPhase};
pub use oauth::TokenSet;
pub use publish::{
    CancelToken, JournaledPublish, LeftPublish, Phase, PublishOptions, PublishOutcome, PublishPhotos,
    PublishProgress, PublishVideo, UnfinishedPublish, VideoSource, VideoStream, WebhookEffect,
};
pub use quota::{QuotaKind, QuotaPolicy, QuotaSource, QuotaWarning, QuotaWindow};
pub use secret::Secret;
pub use session::{Account, BackgroundRefresh, Event, Events};
pub use store::{MemoryStore, SqliteStore};
pub use tls::CertificateFault;
pub use transport::RetryNotice;
pub use webhook::{WebhookCheck, WebhookEvent, WebhookUpdate};

/// Compiles the Rust examples of the README with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
