//! An account store in which a test chooses the fault of each call.

use std::fmt;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use toklink::clock::BoxFuture;
use toklink::store::{AccountPage, AccountRow, AccountStore, SealedPair, TokenSwap};
use toklink::{AccountKey, AccountStatus, Error, ErrorKind, MemoryStore, Owner, Result, Retry, Timestamp};

/// The result of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Turn {
    /// The store is unavailable.
    Away,
    /// The row has changed.
    Changed,
    /// Another process has just erased the account.
    Erased,
    /// The call succeeds.
    AsIs,
    /// The call reports itself by [`Stubborn::held`] and continues at [`Stubborn::go`].
    Held,
    /// The host's code panics.
    Panics,
}

/// One rule: a number of calls of this name.
type Rule = (&'static str, usize, Turn);

pub(crate) struct Stubborn {
    inner: Arc<MemoryStore>,
    rules: Mutex<Vec<Rule>>,
    pub(crate) held: Notify,
    pub(crate) go: Notify,
}

impl fmt::Debug for Stubborn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stubborn")
    }
}

impl Stubborn {
    pub(crate) fn new(inner: &Arc<MemoryStore>) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            rules: Mutex::default(),
            held: Notify::new(),
            go: Notify::new(),
        })
    }

    /// Applies `turn` to the next `times` calls of `name`.
    pub(crate) fn next(&self, name: &'static str, times: usize, turn: Turn) {
        self.rules.lock().unwrap().push((name, times, turn));
    }

    fn turn(&self, name: &str) -> Option<Turn> {
        let mut rules = self.rules.lock().unwrap();
        let (_, left, turn) = rules.iter_mut().find(|rule| rule.0 == name && rule.1 > 0)?;
        *left -= 1;
        Some(*turn)
    }

    /// Runs `call` unless a rule applies. `refused` is the store's result for a changed row.
    async fn unless<T>(
        &self,
        name: &str,
        key: Option<&AccountKey>,
        refused: T,
        call: BoxFuture<'_, Result<T>>,
    ) -> Result<T> {
        match self.turn(name) {
            None | Some(Turn::AsIs) => call.await,
            Some(Turn::Held) => {
                self.held.notify_one();
                self.go.notified().await;
                call.await
            }
            Some(Turn::Panics) => panic!("a fault of the host's store"),
            Some(Turn::Away) => {
                let away = Error::new(ErrorKind::Unavailable, "the store is away");
                Err(away.with_owner(Owner::App).with_retry(Retry::Backoff))
            }
            Some(Turn::Changed) => Ok(refused),
            Some(Turn::Erased) => {
                self.inner.remove(key.unwrap()).await?;
                Ok(refused)
            }
        }
    }
}

impl AccountStore for Stubborn {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        Box::pin(self.unless("load", Some(key), None, self.inner.load(key)))
    }

    fn list<'a>(&'a self, tenant: Option<&'a str>) -> BoxFuture<'a, Result<Vec<AccountRow>>> {
        Box::pin(self.unless("list", None, Vec::new(), self.inner.list(tenant)))
    }

    fn save<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.unless("save", Some(&row.key), (), self.inner.save(row)))
    }

    fn swap<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        next: &'a TokenSwap,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.unless("swap", Some(key), false, self.inner.swap(key, expected, next)))
    }

    fn begin_refresh<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool>> {
        let call = self.inner.begin_refresh(key, expected, at);
        Box::pin(self.unless("begin_refresh", Some(key), false, call))
    }

    fn set_status<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        status: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        let call = self.inner.set_status(key, expected, status);
        Box::pin(self.unless("set_status", Some(key), false, call))
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.unless("remove", Some(key), false, self.inner.remove(key)))
    }

    fn list_page<'a>(
        &'a self,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        let call = self.inner.list_page(after, limit);
        Box::pin(self.unless("list_page", None, AccountPage::default(), call))
    }

    fn reseal<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a SealedPair,
        next: &'a SealedPair,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.unless("reseal", Some(key), false, self.inner.reseal(key, expected, next)))
    }

    fn mark<'a>(
        &'a self,
        key: &'a AccountKey,
        from: AccountStatus,
        to: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.unless("mark", Some(key), false, self.inner.mark(key, from, to)))
    }
}

/// A host's own store with the required methods only.
#[derive(Debug)]
pub(crate) struct Barest(pub(crate) Arc<MemoryStore>);

impl AccountStore for Barest {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        self.0.load(key)
    }

    fn list<'a>(&'a self, tenant: Option<&'a str>) -> BoxFuture<'a, Result<Vec<AccountRow>>> {
        self.0.list(tenant)
    }

    fn save<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        self.0.save(row)
    }

    fn swap<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        next: &'a TokenSwap,
    ) -> BoxFuture<'a, Result<bool>> {
        self.0.swap(key, expected, next)
    }

    fn begin_refresh<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool>> {
        self.0.begin_refresh(key, expected, at)
    }

    fn set_status<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        status: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        self.0.set_status(key, expected, status)
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        self.0.remove(key)
    }
}
