//! A store in the memory of this process, for tests and experiments.

mod metrics;
mod metrics_state;

use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use crate::model::AccountKey;
use crate::store::{
    AccountPage, AccountPatch, AccountRow, AccountStore, CountedRequest, Expected, JournalStore, LeaseStore,
    PublishRow, UsageStore,
};
use metrics_state::MetricsState;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Keeps everything in memory. The content is lost when the store is dropped. Share the store with an `Arc`.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Sorted by key, so that reading a page touches only the rows of that page.
    accounts: BTreeMap<AccountKey, AccountRow>,
    metrics: MetricsState,
    publishes: HashMap<(AccountKey, String), PublishRow>,
    leases: HashMap<String, Lease>,
    usage: Vec<CountedRequest>,
}

struct Lease {
    owner: String,
    until: Timestamp,
}

impl MemoryStore {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Locks the state. A poisoned lock is safe to use, because no method leaves the maps inconsistent when it panics.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("MemoryStore")
            .field("accounts", &state.accounts.len())
            .field("publishes", &state.publishes.len())
            .finish_non_exhaustive()
    }
}

impl AccountStore for MemoryStore {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        Box::pin(async move { Ok(self.state().accounts.get(key).cloned()) })
    }

    fn list<'a>(
        &'a self,
        tenant: Option<&'a str>,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        Box::pin(async move {
            let state = self.state();
            let after = after.map_or(Bound::Unbounded, Bound::Excluded);
            let wanted = |row: &&AccountRow| tenant.is_none_or(|tenant| row.key.tenant == tenant);
            let page = state.accounts.range((after, Bound::Unbounded)).map(|(_, row)| row).filter(wanted);
            let rows = page.take(limit).cloned().collect();
            let total = tenant.is_none().then(|| u64::try_from(state.accounts.len()).ok()).flatten();
            Ok(AccountPage { rows, total, without_tokens: 0 })
        })
    }

    fn put<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.state().accounts.insert(row.key.clone(), row.clone());
            Ok(())
        })
    }

    fn update<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a Expected,
        patch: &'a AccountPatch,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut state = self.state();
            let row = state.accounts.get_mut(key).filter(|row| expected.matches(row));
            Ok(row.map(|row| patch.apply(row)).is_some())
        })
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut state = self.state();
            state.metrics.forget(key);
            Ok(state.accounts.remove(key).is_some())
        })
    }
}

impl JournalStore for MemoryStore {
    fn insert<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            match self.state().publishes.entry((row.account.clone(), row.key.clone())) {
                Entry::Occupied(_) => Ok(false),
                Entry::Vacant(free) => {
                    free.insert(row.clone());
                    Ok(true)
                }
            }
        })
    }

    fn find<'a>(
        &'a self,
        account: &'a AccountKey,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(async move { Ok(self.state().publishes.get(&(account.clone(), key.to_owned())).cloned()) })
    }

    fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(async move {
            let state = self.state();
            let wanted = |row: &&PublishRow| row.publish_id.as_deref() == Some(publish_id);
            Ok(state.publishes.values().filter(wanted).max_by_key(|row| row.updated_at).cloned())
        })
    }

    fn update_if<'a>(&'a self, row: &'a PublishRow, expected: u64) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut state = self.state();
            let row_key = (row.account.clone(), row.key.clone());
            let current = state.publishes.get_mut(&row_key).filter(|current| current.revision == expected);
            Ok(current.map(|current| current.clone_from(row)).is_some())
        })
    }

    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>> {
        Box::pin(async move {
            let state = self.state();
            let wanted = |row: &&PublishRow| row.account == *account && !row.has_ended();
            let mut rows: Vec<_> = state.publishes.values().filter(wanted).cloned().collect();
            rows.sort_by_key(|row| std::cmp::Reverse(row.updated_at));
            Ok(rows)
        })
    }

    fn expire(&self, ended_before: Timestamp) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            let mut state = self.state();
            let before = state.publishes.len();
            state.publishes.retain(|_, row| !row.has_ended() || row.updated_at >= ended_before);
            Ok(u64::try_from(before - state.publishes.len()).unwrap_or(u64::MAX))
        })
    }

    fn forget<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.state().publishes.retain(|(owner, _), _| owner != account);
            Ok(())
        })
    }
}

impl UsageStore for MemoryStore {
    fn append<'a>(
        &'a self,
        requests: &'a [CountedRequest],
        forget_until: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let usage = &mut self.state().usage;
            usage.retain(|request| request.at > forget_until);
            usage.extend_from_slice(requests);
            Ok(())
        })
    }

    fn since(&self, after: Timestamp) -> BoxFuture<'_, Result<Vec<CountedRequest>>> {
        Box::pin(async move {
            Ok(self.state().usage.iter().filter(|request| request.at > after).cloned().collect())
        })
    }
}

impl LeaseStore for MemoryStore {
    fn acquire<'a>(
        &'a self,
        name: &'a str,
        owner: &'a str,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut state = self.state();
            if state.leases.get(name).is_some_and(|lease| lease.owner != owner && lease.until > now) {
                return Ok(false);
            }
            let lease = Lease { owner: owner.to_owned(), until: now.plus(ttl) };
            state.leases.insert(name.to_owned(), lease);
            Ok(true)
        })
    }

    fn release<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut state = self.state();
            if state.leases.get(name).is_some_and(|lease| lease.owner == owner) {
                state.leases.remove(name);
            }
            Ok(())
        })
    }

    fn expire(&self, before: Timestamp) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.state().leases.retain(|_, lease| lease.until >= before);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance;

    #[tokio::test]
    async fn memory_store_passes_the_conformance_checks() {
        let store = MemoryStore::new();
        conformance::accounts(&store).await.unwrap();
        conformance::journal(&store).await.unwrap();
        conformance::leases(&store).await.unwrap();
        conformance::metrics(&store).await.unwrap();
        conformance::usage(&store).await.unwrap();
    }

    #[test]
    fn debug_output_of_a_store_contains_only_counts() {
        let shown = format!("{:?}", MemoryStore::new());
        assert_eq!(shown, "MemoryStore { accounts: 0, publishes: 0, .. }");
    }
}
