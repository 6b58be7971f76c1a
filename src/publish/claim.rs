//! Lets one attempt per idempotency key work at a time, in all processes that share the leases. It only saves calls: that a
//! key posts once rests on the conditional writes of the journal alone.

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::store::{AccountKey, LeaseStore};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a claim outlives a process that died with it.
const TTL: Duration = Duration::from_secs(60);
/// A claim is renewed when this much of its time has passed.
const RENEW_AFTER: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(super) struct Claim {
    leases: Arc<dyn LeaseStore>,
    clock: Arc<dyn Clock>,
    name: String,
    owner: String,
    renewed_ms: AtomicU64,
    released: bool,
}

impl Claim {
    /// Takes the claim, or says that another has it.
    pub(super) async fn take(
        leases: Arc<dyn LeaseStore>,
        clock: Arc<dyn Clock>,
        client_key: &str,
        account: &AccountKey,
        key: &str,
    ) -> Result<Self> {
        let name = format!("publish/{client_key}/{}/{}/{key}", account.tenant, account.open_id);
        let owner = format!("{:032x}", rand::random::<u128>());
        if !leases.acquire(&name, &owner, clock.now(), TTL).await? {
            return Err(taken().with_idempotency_key(key));
        }
        let renewed_ms = AtomicU64::new(millis(clock.monotonic()));
        Ok(Self { leases, clock, name, owner, renewed_ms, released: false })
    }

    /// Makes sure of the claim before something is begun that only its owner may begin.
    pub(super) async fn hold(&self) -> Result<()> {
        let now = millis(self.clock.monotonic());
        if now.saturating_sub(self.renewed_ms.load(Ordering::Relaxed)) < millis(RENEW_AFTER) {
            return Ok(());
        }
        if !self.leases.acquire(&self.name, &self.owner, self.clock.now(), TTL).await? {
            return Err(taken());
        }
        self.renewed_ms.store(now, Ordering::Relaxed);
        Ok(())
    }

    /// Renews the claim when it is time to, and returns whether it was; called while bytes move. A store that fails is asked
    /// again after the same time.
    pub(super) async fn keep(&self) -> bool {
        let now = millis(self.clock.monotonic());
        if now.saturating_sub(self.renewed_ms.load(Ordering::Relaxed)) < millis(RENEW_AFTER) {
            return false;
        }
        self.renewed_ms.store(now, Ordering::Relaxed);
        let _ = self.leases.acquire(&self.name, &self.owner, self.clock.now(), TTL).await;
        true
    }

    /// Returns whether this attempt has the claim, and takes it when it is free. `false` when the leases cannot be asked.
    pub(super) async fn is_ours(&self) -> bool {
        self.leases.acquire(&self.name, &self.owner, self.clock.now(), TTL).await.unwrap_or(false)
    }

    /// Gives the claim back. One that cannot be given back ends by itself.
    pub(super) async fn release(mut self) {
        self.released = true;
        let _ = self.leases.release(&self.name, &self.owner).await;
    }
}

impl Drop for Claim {
    /// A caller that drops the whole publish gives its claim back too, where there is a runtime to do it on.
    fn drop(&mut self) {
        if self.released {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (leases, name, owner) = (Arc::clone(&self.leases), self.name.clone(), self.owner.clone());
        runtime.spawn(async move { leases.release(&name, &owner).await });
    }
}

fn taken() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "a publish with this idempotency key is running; wait for its outcome (if its process died: a minute)",
    )
    .with_retry(Retry::After(TTL))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
