//! The account store of the core on top of the host's key-value store.

use crate::store::host_store::{Change, HostStore};
use crate::store::rows::{self, account_key, account_prefix};
use core_toklink::clock::BoxFuture;
use core_toklink::store::{AccountPage, AccountPatch, AccountRow, AccountStore, Expected};
use core_toklink::{AccountKey, Result};

impl AccountStore for HostStore {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        let place = account_key(key);
        Box::pin(async move {
            let text = self.get(&place).await?;
            let row = text.as_deref().map(rows::read_account).transpose()?;
            match row {
                // The encryption context comes from the row, so it does not detect a row of another account.
                Some(row) if row.key != *key => Err(rows::broken("a row of another account")),
                row => Ok(row),
            }
        })
    }

    /// Reads all accounts for each page, because the host's `list` returns all keys with a prefix.
    fn list<'a>(
        &'a self,
        tenant: Option<&'a str>,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        let prefix = account_prefix(tenant);
        Box::pin(async move {
            let found = HostStore::list(self, &prefix).await?;
            let mut rows =
                found.iter().map(|(_, text)| rows::read_account(text)).collect::<Result<Vec<_>>>()?;
            if tenant.is_some_and(|tenant| rows.iter().any(|row| row.key.tenant != tenant)) {
                return Err(rows::broken("a row of another tenant"));
            }
            let total = tenant.is_none().then(|| u64::try_from(rows.len()).ok()).flatten();
            rows.retain(|row| after.is_none_or(|after| row.key > *after));
            rows.sort_by(|a, b| a.key.cmp(&b.key));
            rows.truncate(limit);
            Ok(AccountPage { rows, total, without_tokens: 0 })
        })
    }

    fn put<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        let (place, text) = (account_key(&row.key), rows::account_text(row));
        Box::pin(async move { self.change(&place, |_| Ok(Change::Write(Some(text.clone()), ()))).await })
    }

    fn update<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a Expected,
        patch: &'a AccountPatch,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            self.change(&account_key(key), |text| {
                let row = text.map(rows::read_account).transpose()?;
                let Some(mut row) = row.filter(|row| expected.matches(row)) else {
                    return Ok(Change::Leave(false));
                };
                patch.apply(&mut row);
                Ok(Change::Write(Some(rows::account_text(&row)), true))
            })
            .await
        })
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            // Deletes the metrics first: if this fails, the account remains, and the caller can retry the removal.
            self.forget_metrics(key).await?;
            self.change(&account_key(key), |text| {
                Ok(if text.is_some() { Change::Write(None, true) } else { Change::Leave(false) })
            })
            .await
        })
    }
}

#[cfg(test)]
mod tests;
