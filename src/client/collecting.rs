//! Options and report of a collection of metrics.

use crate::error::Error;
use crate::publish::CancelToken;
use crate::store::{AccountKey, Day};
use serde::Serialize;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// How many accounts are read from TikTok at once, unless told otherwise: 600 requests a minute need no more.
const AT_ONCE: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// Which accounts a sweep is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accounts {
    /// All that are connected.
    All,
    /// Those of one tenant.
    Tenant(String),
    /// These.
    These(Vec<AccountKey>),
}

/// How a sweep runs.
#[derive(Clone)]
pub struct CollectOptions {
    /// How many accounts are read at once. 16.
    pub at_once: NonZeroUsize,
    /// The most accounts that this run reads, for jobs whose time is bounded; the next run goes on. No limit.
    pub limit: Option<usize>,
    /// Reads accounts whose figures of today are older than this, and replaces the figures. Give a little less than the
    /// interval of the job: 10 minutes for one that runs every 15. Default: each account once a day (UTC).
    pub max_age: Option<Duration>,
    /// Told whenever accounts were done; must return quickly.
    pub progress: Option<Arc<dyn Fn(CollectProgress) + Send + Sync>>,
    /// Stops the sweep; what was read is kept.
    pub cancel: CancelToken,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self { at_once: AT_ONCE, limit: None, max_age: None, progress: None, cancel: CancelToken::new() }
    }
}

impl fmt::Debug for CollectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CollectOptions")
            .field("at_once", &self.at_once)
            .field("limit", &self.limit)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

/// How far a sweep has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectProgress {
    /// Accounts whose figures of the day are now stored.
    pub collected: u64,
    /// Accounts whose figures were there and not older than `max_age`, or are being collected by another worker.
    pub current: u64,
    /// Accounts that cannot be read until their user connects again.
    pub skipped: u64,
    /// Accounts that could not be read; the next run tries them again.
    pub failed: u64,
    /// Accounts that there are, where the store knows.
    pub total: Option<u64>,
}

/// Why the figures of one account were not collected.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectFailure {
    /// The host's tenant.
    pub tenant: String,
    /// TikTok's id of the user for this app.
    pub account_id: String,
    /// The kind of the error, as `ErrorKind::code` spells it.
    pub code: &'static str,
    /// What happened, and what to do.
    pub message: String,
    /// The whole error, with its source.
    #[serde(skip)]
    pub error: Error,
}

/// What a sweep did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectReport {
    /// The counts.
    #[serde(flatten)]
    pub counts: CollectProgress,
    /// The day (UTC) that the figures are of: the one on which the sweep began.
    pub day: Day,
    /// Whether every account had its turn; `false` when the sweep was stopped or reached its limit.
    pub complete: bool,
    /// The first hundred failures.
    pub failures: Vec<CollectFailure>,
}
