//! How much may still be asked of TikTok: looked up, counted and carried over a restart, without any request.

use super::Client;
use crate::error::Result;
use crate::pipeline::QuotaListener;
use crate::quota::{Gate, QuotaKind, QuotaSnapshot, QuotaStatus, QuotaSubject};
use crate::store::AccountKey;

/// The quota windows of one account, for a host that asks often: an account's name is hashed once and not per call.
/// Share it between threads as you like; it keeps the client's windows alive, and nothing else of it.
#[derive(Debug, Clone)]
pub struct AccountQuota {
    account: AccountKey,
    subject: QuotaSubject,
    gate: Gate,
    listener: QuotaListener,
}

impl AccountQuota {
    /// Whether a request of `kind` would be let through now, and the refusal with its time if not. Counts nothing.
    pub fn check(&self, kind: QuotaKind) -> Result<()> {
        self.gate.check(&[kind], &self.subject).map_err(|error| error.with_operation("check_quota"))
    }

    /// Counts a request of `kind` that was made by other means than the client, whether it fits or not.
    pub fn increment(&self, kind: QuotaKind) {
        self.listener.tell(&self.account, &self.gate.increment(&[kind], &self.subject));
    }
}

impl Client {
    /// How full each quota window of `account` is where the counts are kept: for all processes when a Redis keeps them, else
    /// the same as [`Client::quota_status`]. [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) when Redis is away and
    /// nothing is shared.
    pub async fn read_quota(&self, account: &AccountKey) -> Result<Vec<QuotaStatus>> {
        self.operation("read_quota", self.shared.pipeline.quota(account)).await
    }

    /// How full each quota window of `account` is, as this process knows it. Microseconds, no I/O. When a Redis counts for
    /// several processes it knows only what it sent itself: see [`Client::read_quota`].
    #[must_use]
    pub fn quota_status(&self, account: &AccountKey) -> Vec<QuotaStatus> {
        self.shared.pipeline.gate.status(&self.shared.pipeline.subject(account))
    }

    /// Forgets what was counted for `account`. TikTok does not forget: for tests and after a change of limits.
    pub fn reset_quota(&self, account: &AccountKey) {
        self.shared.pipeline.gate.reset(&self.shared.pipeline.subject(account));
    }

    /// The quota windows of `account`, to check and count many times.
    #[must_use]
    pub fn account_quota(&self, account: &AccountKey) -> AccountQuota {
        let pipeline = &self.shared.pipeline;
        AccountQuota {
            account: account.clone(),
            subject: pipeline.subject(account),
            gate: pipeline.gate.clone(),
            listener: pipeline.listener.clone(),
        }
    }

    /// Whether a request of `kind` would be let through now, and the refusal with its time if not. Counts nothing.
    pub fn check_quota(&self, account: &AccountKey, kind: QuotaKind) -> Result<()> {
        self.account_quota(account).check(kind)
    }

    /// Counts a request of `kind` that was made for `account` by other means than this client.
    pub fn increment_quota(&self, account: &AccountKey, kind: QuotaKind) {
        self.account_quota(account).increment(kind);
    }

    /// What the quota windows hold, to be given to [`Client::restore_quota`] after a restart. It names no account.
    #[must_use]
    pub fn quota_snapshot(&self) -> QuotaSnapshot {
        self.shared.pipeline.gate.snapshot()
    }

    /// Counts the requests of a snapshot besides those counted already, as far as they still matter: a restart does
    /// not forget the day.
    pub fn restore_quota(&self, snapshot: &QuotaSnapshot) {
        self.shared.pipeline.gate.restore(snapshot);
    }
}
