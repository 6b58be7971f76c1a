//! Reads and counts quota usage, without any request to TikTok.

use super::Client;
use crate::error::Result;
use crate::model::AccountKey;
use crate::quota::{QuotaKind, QuotaWindow};

impl Client {
    /// Reads the usage of each of the account's quota windows. With Redis, it includes the requests of all processes;
    /// otherwise it equals [`Client::quota_status`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) when Redis does not respond and no fallback is set.
    pub async fn read_quota(&self, account: &AccountKey) -> Result<Vec<QuotaWindow>> {
        self.operation("read_quota", self.shared.pipeline.quota(account)).await
    }

    /// Returns the usage of each of the account's quota windows, as counted by this process. Takes microseconds,
    /// without I/O. With Redis, it excludes the requests of other processes: see [`Client::read_quota`].
    #[must_use]
    pub fn quota_status(&self, account: &AccountKey) -> Vec<QuotaWindow> {
        self.shared.pipeline.quotas.status(&self.shared.pipeline.subject(account))
    }

    /// Resets the account's quota windows to zero usage. TikTok keeps its own counts: use this only in tests, or after
    /// TikTok raised its limits.
    pub fn reset_quota(&self, account: &AccountKey) {
        self.shared.pipeline.quotas.reset(&self.shared.pipeline.subject(account));
    }

    /// Returns the error that a request of `kind` would get now, with the time to retry. Counts nothing.
    pub fn check_quota(&self, account: &AccountKey, kind: QuotaKind) -> Result<()> {
        let pipeline = &self.shared.pipeline;
        let checked = pipeline.quotas.check(&[kind], &pipeline.subject(account));
        checked.map_err(|error| error.with_operation("check_quota"))
    }

    /// Counts a request of `kind` that the host sent for `account` without this client, even above the limit.
    pub fn increment_quota(&self, account: &AccountKey, kind: QuotaKind) {
        let pipeline = &self.shared.pipeline;
        let warnings = pipeline.quotas.increment(&[kind], &pipeline.subject(account));
        pipeline.listener.notify(account, &warnings);
    }
}
