//! Limits the rate of requests to TikTok. Each request takes a [`Permit`] from the [`Limiter`] before it is sent, and
//! completes the permit when TikTok has answered.
//!
//! The windows are exact sliding windows. TikTok stamps a request at some moment between its start and its response, so a
//! slot is occupied from before it is sent until a full window after the response. Regardless of the timestamps that TikTok
//! chooses, a window then never contains more requests than TikTok allows, and no slot is occupied longer than necessary.

mod backend;
mod errors;
mod keys;
mod limiter;
mod limits;
mod policy;
mod queue;
#[cfg(feature = "redis")]
pub(crate) mod redis;
mod source;
mod subjects;
mod time;
mod usage_log;
mod waiting;
mod warning;
mod window;
mod windows;

#[cfg(feature = "redis")]
pub(crate) use self::redis::{DetectedRedis, IgnoredListener, RedisLimiter, RedisSettings};
pub(crate) use backend::QuotaBackend;
pub use keys::QuotaSubject;
pub use limiter::{Limiter, Permit};
pub use limits::QuotaWindow;
pub use policy::{QuotaKind, QuotaPolicy, Rule, Scope, Span};
pub use source::QuotaSource;
pub(crate) use subjects::Subjects;
pub(crate) use usage_log::UsageLog;
pub use warning::QuotaWarning;
