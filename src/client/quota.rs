//! Reads, counts and restores quota usage without sending requests to TikTok.

use super::Client;
use crate::error::Result;
use crate::model::AccountKey;
use crate::pipeline::QuotaListener;
use crate::quota::{QuotaBackend, QuotaKind, QuotaSnapshot, QuotaSubject, QuotaWindow};

/// The quota windows of one account, for hosts that check them often: the account's name is hashed once instead of on
/// every call. Thread-safe. It keeps the client's windows alive, but not the client.
#[derive(Debug, Clone)]
pub struct AccountQuota {
    account: AccountKey,
    subject: QuotaSubject,
    quotas: QuotaBackend,
    listener: QuotaListener,
}

impl AccountQuota {
    /// Returns the error that a request of `kind` would fail with now, including the time to retry. Does not count a
    /// request.
    pub fn check(&self, kind: QuotaKind) -> Result<()> {
        self.quotas.check(&[kind], &self.subject).map_err(|error| error.with_operation("check_quota"))
    }

    /// Counts a request of `kind` that the host sent without the client, even above the limit.
    pub fn increment(&self, kind: QuotaKind) {
        self.listener.notify(&self.account, &self.quotas.increment(&[kind], &self.subject));
    }
}

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

    /// Returns the account's quota windows, for hosts that check them often.
    #[must_use]
    pub fn account_quota(&self, account: &AccountKey) -> AccountQuota {
        let pipeline = &self.shared.pipeline;
        AccountQuota {
            account: account.clone(),
            subject: pipeline.subject(account),
            quotas: pipeline.quotas.clone(),
            listener: pipeline.listener.clone(),
        }
    }

    /// Returns the error that a request of `kind` would fail with now, including the time to retry. Does not count a
    /// request.
    pub fn check_quota(&self, account: &AccountKey, kind: QuotaKind) -> Result<()> {
        self.account_quota(account).check(kind)
    }

    /// Counts a request of `kind` that the host sent for `account` without this client, even above the limit.
    pub fn increment_quota(&self, account: &AccountKey, kind: QuotaKind) {
        self.account_quota(account).increment(kind);
    }

    /// Returns the requests that currently count, for [`Client::restore_quota`] after a restart. Contains no account
    /// names.
    #[must_use]
    pub fn quota_snapshot(&self) -> QuotaSnapshot {
        self.shared.pipeline.quotas.snapshot()
    }

    /// Adds the requests of a snapshot to the counts. Ignores requests whose windows have ended.
    pub fn restore_quota(&self, snapshot: &QuotaSnapshot) {
        self.shared.pipeline.quotas.restore(snapshot);
    }
}
