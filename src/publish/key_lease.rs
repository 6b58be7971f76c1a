//! Allows only one attempt per idempotency key at a time, across all processes that share the lease store. The lease
//! only saves API calls; the conditional writes of the journal guarantee that a key posts at most once.

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Reason, Result, Retry};
use crate::model::AccountKey;
use crate::store::LeaseStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The time after which the lease of a process that died expires.
const TTL: Duration = Duration::from_secs(60);
/// The age at which a lease is renewed.
const RENEW_AFTER: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(super) struct KeyLease {
    leases: Arc<dyn LeaseStore>,
    clock: Arc<dyn Clock>,
    name: String,
    owner: String,
    renewed_ms: AtomicU64,
    released: bool,
}

impl KeyLease {
    /// Acquires the lease; fails when another attempt owns it.
    pub(super) async fn acquire(
        leases: Arc<dyn LeaseStore>,
        clock: Arc<dyn Clock>,
        client_key: &str,
        account: &AccountKey,
        key: &str,
    ) -> Result<Self> {
        let name = format!("publish/{client_key}/{}/{}/{key}", account.tenant, account.open_id);
        let owner = format!("{:032x}", rand::random::<u128>());
        if !leases.acquire(&name, &owner, clock.now(), TTL).await? {
            return Err(key_in_use().with_idempotency_key(key));
        }
        let renewed_ms = AtomicU64::new(millis(clock.monotonic()));
        Ok(Self { leases, clock, name, owner, renewed_ms, released: false })
    }

    /// Verifies that this attempt still owns the lease before an action that only the owner may take.
    pub(super) async fn ensure_held(&self) -> Result<()> {
        let now = millis(self.clock.monotonic());
        if now.saturating_sub(self.renewed_ms.load(Ordering::Relaxed)) < millis(RENEW_AFTER) {
            return Ok(());
        }
        if !self.leases.acquire(&self.name, &self.owner, self.clock.now(), TTL).await? {
            return Err(key_in_use());
        }
        self.renewed_ms.store(now, Ordering::Relaxed);
        Ok(())
    }

    /// Renews the lease if it is due, and returns true if it was due. Called while bytes are sent. If the store fails,
    /// the next renewal is tried after the same interval.
    pub(super) async fn renew_if_due(&self) -> bool {
        let now = millis(self.clock.monotonic());
        if now.saturating_sub(self.renewed_ms.load(Ordering::Relaxed)) < millis(RENEW_AFTER) {
            return false;
        }
        self.renewed_ms.store(now, Ordering::Relaxed);
        let _ = self.leases.acquire(&self.name, &self.owner, self.clock.now(), TTL).await;
        true
    }

    /// Returns true when this attempt owns the lease, which it acquires if the lease is free; false when the lease
    /// store fails.
    pub(super) async fn is_held(&self) -> bool {
        self.leases.acquire(&self.name, &self.owner, self.clock.now(), TTL).await.unwrap_or(false)
    }

    /// Releases the lease. A lease that cannot be released expires on its own.
    pub(super) async fn release(mut self) {
        self.released = true;
        let _ = self.leases.release(&self.name, &self.owner).await;
    }
}

impl Drop for KeyLease {
    /// Releases the lease even when the caller drops the whole publish, if a runtime is available.
    fn drop(&mut self) {
        if self.released {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (leases, name, owner) = (Arc::clone(&self.leases), self.name.clone(), self.owner.clone());
        runtime.spawn(async move { leases.release(&name, &owner).await });
    }
}

fn key_in_use() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "a publish with this idempotency key is already running; wait for its outcome, or for one minute if its \
         process died",
    )
    .with_reason(Reason::KeyInUse)
    .with_retry(Retry::After(TTL))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
