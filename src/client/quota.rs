//! Reads and counts quota usage, without any request to TikTok.

use super::Client;
use crate::error::Result;
use crate::model::AccountKey;
use crate::quota::{QuotaKind, QuotaSubject, QuotaWindow};

impl Client {
    /// Reads the usage of each of the account's quota windows. With Redis, it includes the requests of all processes;
    /// otherwise it equals [`Client::quota_status`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) when the configured Redis does not respond.
    pub async fn read_quota(&self, account: &AccountKey) -> Result<Vec<QuotaWindow>> {
        self.operation("read_quota", self.shared.pipeline.quota(account)).await
    }

    /// Returns the usage of each of the account's quota windows, as counted by this process. Takes microseconds,
    /// without I/O. With Redis, it excludes the requests of other processes: see [`Client::read_quota`].
    #[must_use]
    pub fn quota_status(&self, account: &AccountKey) -> Vec<QuotaWindow> {
        self.shared.pipeline.quotas.status(&self.quota_subject(account))
    }

    /// Resets the account's quota windows to zero usage. TikTok keeps its own counts: use this only in tests, or after
    /// TikTok raised its limits.
    pub fn reset_quota(&self, account: &AccountKey) {
        self.shared.pipeline.quotas.reset(&self.quota_subject(account));
    }

    /// Returns the error that a request of `kind` would get now, with the time to retry. Counts nothing.
    pub fn check_quota(&self, account: &AccountKey, kind: QuotaKind) -> Result<()> {
        self.check_quota_of(&self.quota_subject(account), kind)
    }

    /// Same as [`Client::check_quota`], for a subject that the caller keeps. Looks up no account.
    pub fn check_quota_of(&self, subject: &QuotaSubject, kind: QuotaKind) -> Result<()> {
        let checked = self.shared.pipeline.quotas.check(&[kind], subject);
        checked.map_err(|error| error.with_operation("check_quota"))
    }

    /// Returns the subject that counts the requests of `account`. It stays valid for the lifetime of the client.
    #[must_use]
    pub fn quota_subject(&self, account: &AccountKey) -> QuotaSubject {
        self.shared.pipeline.subject(account)
    }

    /// Counts a request of `kind` that the host sent for `account` without this client, even above the limit.
    pub fn increment_quota(&self, account: &AccountKey, kind: QuotaKind) {
        let pipeline = &self.shared.pipeline;
        let warnings = pipeline.quotas.increment(&[kind], &pipeline.subject(account));
        pipeline.listener.notify(account, &warnings);
    }
}
