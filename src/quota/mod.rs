//! How often TikTok may be asked. Each request takes a [`Permit`] from the [`Limiter`] before it is sent, and
//! tells the permit when TikTok has answered.
//!
//! The windows are exact and slide. TikTok stamps a request somewhere between its sending and its answer, so a
//! slot is occupied from before the sending until a full window after the answer: then no choice of stamp puts
//! more requests in a window than TikTok allows, and no slot is held longer than that needs.

mod cell;
mod day;
mod gate;
mod keys;
mod lane;
mod limiter;
mod permit;
mod policy;
mod refusal;
#[cfg(feature = "redis")]
pub(crate) mod shared;
mod snapshot;
mod source;
mod time;
mod waiting;
mod window;

pub(crate) use day::DayLog;
pub(crate) use gate::Gate;
pub use keys::QuotaSubject;
pub use limiter::{Limiter, QuotaStatus};
pub use permit::{Permit, QuotaWarning};
pub use policy::{QuotaKind, QuotaPolicy, Rule, Scope, Span};
#[cfg(feature = "redis")]
pub use shared::RedisAway;
#[cfg(feature = "redis")]
pub(crate) use shared::{FoundRedis, IgnoredListener, SharedLimiter, SharedSettings};
pub use snapshot::QuotaSnapshot;
pub use source::QuotaSource;
