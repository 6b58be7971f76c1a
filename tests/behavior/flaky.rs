//! An account store whose conditional writes fail, find a re-encrypted token or lose a race, as with a database under load,
//! a migration or another process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use toklink::clock::BoxFuture;
use toklink::store::{AccountPage, AccountRow, AccountStore, SealedPair, TokenSwap};
use toklink::{AccountKey, AccountStatus, Error, ErrorKind, MemoryStore, Result, Retry, Timestamp};

/// The fault of the next conditional writes.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The store is busy.
    Busy,
    /// The same refresh token was encrypted again since it was read; this is the new value.
    Resealed(String),
    /// Another process stores its token pair for this account at the last of these reads.
    Late(AccountKey, Box<TokenSwap>),
}

#[derive(Debug)]
pub(crate) struct FlakyStore {
    pub(crate) inner: Arc<MemoryStore>,
    pub(crate) trouble: Trouble,
    pub(crate) times: AtomicU32,
}

impl FlakyStore {
    async fn troubled_swap(
        &self,
        key: &AccountKey,
        expected: Option<&str>,
        next: &TokenSwap,
    ) -> Result<bool> {
        let left = self.times.load(Ordering::SeqCst);
        if left == 0 {
            return self.inner.swap(key, expected, next).await;
        }
        self.times.store(left - 1, Ordering::SeqCst);
        match &self.trouble {
            Trouble::Busy => Err(Error::new(ErrorKind::Unavailable, "busy").with_retry(Retry::Backoff)),
            Trouble::Resealed(sealed) => {
                let mut row = self.inner.load(key).await?.unwrap();
                row.refresh_token_sealed = Some(sealed.clone());
                self.inner.save(&row).await?;
                self.inner.swap(key, expected, next).await
            }
            Trouble::Late(..) => self.inner.swap(key, expected, next).await,
        }
    }

    async fn load_with_late_pair(&self, key: &AccountKey) -> Result<Option<AccountRow>> {
        if let Trouble::Late(account, pair) = &self.trouble
            && self.times.load(Ordering::SeqCst) > 0
            && self.times.fetch_sub(1, Ordering::SeqCst) == 1
        {
            let sent = self.inner.load(account).await?.and_then(|row| row.refresh_token_sealed);
            assert!(self.inner.swap(account, sent.as_deref(), pair).await?);
        }
        self.inner.load(key).await
    }
}

impl AccountStore for FlakyStore {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        Box::pin(self.load_with_late_pair(key))
    }

    fn list<'a>(&'a self, tenant: Option<&'a str>) -> BoxFuture<'a, Result<Vec<AccountRow>>> {
        self.inner.list(tenant)
    }

    fn save<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        self.inner.save(row)
    }

    fn swap<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        next: &'a TokenSwap,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.troubled_swap(key, expected, next))
    }

    fn begin_refresh<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool>> {
        self.inner.begin_refresh(key, expected, at)
    }

    fn set_status<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        status: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        self.inner.set_status(key, expected, status)
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        self.inner.remove(key)
    }

    fn list_page<'a>(
        &'a self,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        self.inner.list_page(after, limit)
    }

    fn reseal<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a SealedPair,
        next: &'a SealedPair,
    ) -> BoxFuture<'a, Result<bool>> {
        self.inner.reseal(key, expected, next)
    }

    fn mark<'a>(
        &'a self,
        key: &'a AccountKey,
        from: AccountStatus,
        to: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        self.inner.mark(key, from, to)
    }
}
