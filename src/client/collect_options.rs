//! Options and report of a metrics collection.

use crate::error::Error;
use crate::model::{AccountKey, Day};
use crate::publish::CancelToken;
use serde::Serialize;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// Default number of accounts that are read from TikTok concurrently: enough for 600 requests a minute.
const DEFAULT_CONCURRENCY: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// Selects the accounts whose metrics are collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountSelection {
    /// All connected accounts.
    All,
    /// The accounts of one tenant.
    Tenant(String),
    /// The listed accounts.
    Keys(Vec<AccountKey>),
}

/// Options of a metrics collection.
#[derive(Clone)]
pub struct CollectOptions {
    /// Number of accounts that are read concurrently. Default: 16.
    pub max_concurrency: NonZeroUsize,
    /// The maximum number of accounts that this run reads, for jobs with a time limit. The next run continues with the
    /// remaining accounts. Default: no limit.
    pub limit: Option<usize>,
    /// Also reads accounts whose metrics of today are older than this, and replaces those metrics. Use slightly less
    /// than the job's interval, for example 10 minutes for a job that runs every 15 minutes. Default: each account once
    /// a day (UTC).
    pub max_age: Option<Duration>,
    /// Progress callback, called after each batch of accounts. Must not block.
    pub progress: Option<Arc<dyn Fn(CollectProgress) + Send + Sync>>,
    /// Stops the collection. Metrics that were already read are kept.
    pub cancel: CancelToken,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self {
            max_concurrency: DEFAULT_CONCURRENCY,
            limit: None,
            max_age: None,
            progress: None,
            cancel: CancelToken::new(),
        }
    }
}

impl fmt::Debug for CollectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CollectOptions")
            .field("max_concurrency", &self.max_concurrency)
            .field("limit", &self.limit)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

/// Progress of a metrics collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectProgress {
    /// Accounts whose metrics for the day are now stored.
    pub collected: u64,
    /// Accounts whose stored metrics are not older than `max_age`, or that another worker is reading.
    pub current: u64,
    /// Accounts that cannot be read until their users connect them again.
    pub skipped: u64,
    /// Accounts that could not be read. The next run retries them.
    pub failed: u64,
    /// Number of selected accounts, if the store can count them.
    pub total: Option<u64>,
}

/// The reason why the metrics of one account were not collected.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectFailure {
    /// The tenant, as named by the host.
    pub tenant: String,
    /// TikTok's id of the user for this app.
    pub account_id: String,
    /// The kind of the error, as returned by `ErrorKind::code`.
    pub code: &'static str,
    /// Description of the error and of what to do next.
    pub message: String,
    /// The complete error, with its source.
    #[serde(skip)]
    pub error: Error,
}

/// Result of a metrics collection.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectReport {
    /// The counts.
    #[serde(flatten)]
    pub counts: CollectProgress,
    /// The day (UTC) for which the metrics are stored: the day on which the collection started.
    pub day: Day,
    /// True when every account was processed; false when the collection was stopped or reached its limit.
    pub complete: bool,
    /// The first hundred failures.
    pub failures: Vec<CollectFailure>,
}
