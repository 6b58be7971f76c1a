//! A store with injected faults. A test passes a closure that runs before selected calls. The closure can fail the
//! call, turn it into a conflict, delay it, or change the stored rows first, as another process would.

use std::collections::HashMap;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toklink::clock::BoxFuture;
use toklink::store::{
    AccountPage, AccountPatch, AccountRow, AccountStore, Expected, JournalStore, LeaseStore, PublishRow,
    RefreshState,
};
use toklink::{AccountKey, Error, ErrorKind, MemoryStore, Owner, Result, Retry, Timestamp};

/// A store call that a fault intercepts.
pub(crate) struct Call {
    pub(crate) store: Arc<MemoryStore>,
    account: Option<AccountKey>,
}

impl Call {
    /// Returns the account of the call. Panics if the operation has none.
    pub(crate) fn account(&self) -> &AccountKey {
        self.account.as_ref().unwrap()
    }
}

/// The effect of a fault that does not fail the call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Effect {
    /// The store performs the call.
    Performed,
    /// The store reports a conflict, or returns no rows.
    Conflict,
}

type Fault = Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Effect>> + Send + Sync>;

struct Rule {
    operation: &'static str,
    calls_left: usize,
    fault: Fault,
}

pub(crate) struct FaultyStore {
    inner: Arc<MemoryStore>,
    rules: Mutex<Vec<Rule>>,
    calls: Mutex<HashMap<&'static str, usize>>,
}

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultyStore")
    }
}

impl FaultyStore {
    pub(crate) fn new(inner: &Arc<MemoryStore>) -> Arc<Self> {
        Arc::new(Self { inner: Arc::clone(inner), rules: Mutex::default(), calls: Mutex::default() })
    }

    /// Runs `fault` before the next `times` calls of `operation`. Faults of one operation run in insertion order.
    pub(crate) fn inject<F>(
        &self,
        operation: &'static str,
        times: usize,
        fault: impl Fn(Call) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<Effect>> + Send + 'static,
    {
        let fault: Fault = Arc::new(move |call| Box::pin(fault(call)));
        self.rules.lock().unwrap().push(Rule { operation, calls_left: times, fault });
    }

    /// Returns the number of calls of `operation`.
    pub(crate) fn calls(&self, operation: &str) -> usize {
        self.calls.lock().unwrap().get(operation).copied().unwrap_or_default()
    }

    fn next_fault(&self, operation: &'static str) -> Option<Fault> {
        *self.calls.lock().unwrap().entry(operation).or_default() += 1;
        let mut rules = self.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| rule.operation == operation && rule.calls_left > 0)?;
        rule.calls_left -= 1;
        Some(Arc::clone(&rule.fault))
    }

    /// Runs the next fault, if any, then `call`. `conflict` is the result that the store returns for a changed row.
    async fn intercept<T>(
        &self,
        operation: &'static str,
        account: Option<&AccountKey>,
        conflict: T,
        call: BoxFuture<'_, Result<T>>,
    ) -> Result<T> {
        let Some(fault) = self.next_fault(operation) else { return call.await };
        let intercepted = Call { store: Arc::clone(&self.inner), account: account.cloned() };
        match fault(intercepted).await? {
            Effect::Performed => call.await,
            Effect::Conflict => Ok(conflict),
        }
    }
}

/// Performs the call without a fault.
pub(crate) fn performed(_: Call) -> Ready<Result<Effect>> {
    ready(Ok(Effect::Performed))
}

/// Reports that the row has changed.
pub(crate) fn conflict(_: Call) -> Ready<Result<Effect>> {
    ready(Ok(Effect::Conflict))
}

/// Fails with a retryable error, as an unavailable database would.
pub(crate) fn unavailable(_: Call) -> Ready<Result<Effect>> {
    let error = Error::new(ErrorKind::Unavailable, "the store is away");
    ready(Err(error.with_owner(Owner::App).with_retry(Retry::Backoff)))
}

/// Removes the account before the call, as another process would.
pub(crate) async fn erased(call: Call) -> Result<Effect> {
    call.store.remove(call.account()).await?;
    Ok(Effect::Conflict)
}

impl AccountStore for FaultyStore {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        Box::pin(self.intercept("load", Some(key), None, self.inner.load(key)))
    }

    fn list<'a>(
        &'a self,
        tenant: Option<&'a str>,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        let call = self.inner.list(tenant, after, limit);
        Box::pin(self.intercept("list", None, AccountPage::default(), call))
    }

    fn put<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.intercept("put", Some(&row.key), (), self.inner.put(row)))
    }

    fn update<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a Expected,
        patch: &'a AccountPatch,
    ) -> BoxFuture<'a, Result<bool>> {
        let call = self.inner.update(key, expected, patch);
        Box::pin(self.intercept(purpose(patch), Some(key), false, call))
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.intercept("remove", Some(key), false, self.inner.remove(key)))
    }
}

/// Returns the name of the operation that makes this update.
fn purpose(patch: &AccountPatch) -> &'static str {
    match (&patch.tokens, patch.refresh, patch.status) {
        (Some(_), Some(_), _) => "store_tokens",
        (Some(_), None, _) => "reseal",
        (None, Some(RefreshState::Started(_)), _) => "start_refresh",
        (None, Some(RefreshState::Ended), _) => "end_refresh",
        (None, None, _) => "set_status",
    }
}

impl LeaseStore for FaultyStore {
    fn acquire<'a>(
        &'a self,
        name: &'a str,
        owner: &'a str,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.intercept("acquire", None, false, self.inner.acquire(name, owner, now, ttl)))
    }

    fn release<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.intercept("release", None, (), self.inner.release(name, owner)))
    }

    fn expire(&self, before: Timestamp) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.intercept("expire", None, (), LeaseStore::expire(&*self.inner, before)))
    }
}

/// Only the calls that write a publish are intercepted, as `insert` and `update_if`.
impl JournalStore for FaultyStore {
    fn insert<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.intercept("insert", Some(&row.account), false, self.inner.insert(row)))
    }

    fn find<'a>(
        &'a self,
        account: &'a AccountKey,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        self.inner.find(account, key)
    }

    fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        self.inner.find_publish(publish_id)
    }

    fn update_if<'a>(&'a self, row: &'a PublishRow, expected: u64) -> BoxFuture<'a, Result<bool>> {
        let call = self.inner.update_if(row, expected);
        Box::pin(self.intercept("update_if", Some(&row.account), false, call))
    }

    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>> {
        self.inner.unfinished(account)
    }

    fn expire(&self, ended_before: Timestamp) -> BoxFuture<'_, Result<u64>> {
        JournalStore::expire(&*self.inner, ended_before)
    }

    fn forget<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<()>> {
        self.inner.forget(account)
    }
}
