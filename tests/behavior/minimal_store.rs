//! A host's own store with the required methods only.

use std::sync::Arc;
use toklink::clock::BoxFuture;
use toklink::store::{AccountRow, AccountStore, TokenSwap};
use toklink::{AccountKey, AccountStatus, MemoryStore, Result, Timestamp};

#[derive(Debug)]
pub(crate) struct MinimalStore(pub(crate) Arc<MemoryStore>);

impl AccountStore for MinimalStore {
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
