//! The core's store of accounts, made of a host's keys and values.

use crate::store::host_store::{Change, HostStore};
use crate::store::rows::{self, account_key, account_prefix};
use core_toklink::clock::BoxFuture;
use core_toklink::store::{AccountRow, AccountStore, SealedPair, TokenSwap};
use core_toklink::{AccountKey, AccountStatus, Result, Timestamp};

impl HostStore {
    /// Changes an account if `fits`; `false` when it does not, or the account is gone.
    async fn change_account(
        &self,
        key: &AccountKey,
        fits: impl Fn(&AccountRow) -> bool + Send + 'static,
        change: impl Fn(&mut AccountRow) + Send + 'static,
    ) -> Result<bool> {
        let key = account_key(key);
        self.change(&key, |text| {
            let Some(mut row) = text.map(rows::read_account).transpose()? else {
                return Ok(Change::Leave(false));
            };
            if !fits(&row) {
                return Ok(Change::Leave(false));
            }
            change(&mut row);
            Ok(Change::Write(Some(rows::account_text(&row)), true))
        })
        .await
    }
}

/// True if a row still holds this sealed refresh token.
fn holds(expected: Option<&str>) -> impl Fn(&AccountRow) -> bool + Send + 'static {
    let expected = expected.map(str::to_owned);
    move |row| row.refresh_token_sealed == expected
}

impl AccountStore for HostStore {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        let place = account_key(key);
        Box::pin(async move {
            let text = self.get(&place).await?;
            let row = text.as_deref().map(rows::read_account).transpose()?;
            match row {
                // The seal does not depend on the requested row.
                Some(row) if row.key != *key => Err(rows::broken("a row of another account")),
                row => Ok(row),
            }
        })
    }

    fn list<'a>(&'a self, tenant: Option<&'a str>) -> BoxFuture<'a, Result<Vec<AccountRow>>> {
        let prefix = account_prefix(tenant);
        Box::pin(async move {
            let found = HostStore::list(self, &prefix).await?;
            let mut rows =
                found.iter().map(|(_, text)| rows::read_account(text)).collect::<Result<Vec<_>>>()?;
            if tenant.is_some_and(|tenant| rows.iter().any(|row| row.key.tenant != tenant)) {
                return Err(rows::broken("a row of another tenant"));
            }
            rows.sort_by(|a, b| (a.connected_at, &a.key).cmp(&(b.connected_at, &b.key)));
            Ok(rows)
        })
    }

    fn save<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        let (place, text) = (account_key(&row.key), rows::account_text(row));
        Box::pin(async move { self.change(&place, |_| Ok(Change::Write(Some(text.clone()), ()))).await })
    }

    fn swap<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        next: &'a TokenSwap,
    ) -> BoxFuture<'a, Result<bool>> {
        let next = next.clone();
        Box::pin(self.change_account(key, holds(expected), move |row| {
            row.access_token_sealed.clone_from(&next.access_token_sealed);
            row.refresh_token_sealed.clone_from(&next.refresh_token_sealed);
            (row.access_expires_at, row.refresh_expires_at) =
                (next.access_expires_at, next.refresh_expires_at);
            if let Some(scopes) = &next.scopes {
                row.scopes.clone_from(scopes);
            }
            (row.status, row.refresh_started_at) = (AccountStatus::Active, None);
        }))
    }

    fn begin_refresh<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.change_account(key, holds(expected), move |row| row.refresh_started_at = Some(at)))
    }

    fn set_status<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        status: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.change_account(key, holds(expected), move |row| {
            (row.status, row.refresh_started_at) = (status, None);
        }))
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            // First, so that a failure leaves the account, whose removal is then asked for again.
            self.forget_metrics(key).await?;
            self.change(&account_key(key), |text| {
                Ok(if text.is_some() { Change::Write(None, true) } else { Change::Leave(false) })
            })
            .await
        })
    }

    fn reseal<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a SealedPair,
        next: &'a SealedPair,
    ) -> BoxFuture<'a, Result<bool>> {
        let (expected, next) = (expected.clone(), next.clone());
        Box::pin(self.change_account(
            key,
            move |row| SealedPair::of(row) == expected,
            move |row| {
                row.access_token_sealed.clone_from(&next.access);
                row.refresh_token_sealed.clone_from(&next.refresh);
            },
        ))
    }

    fn mark<'a>(
        &'a self,
        key: &'a AccountKey,
        from: AccountStatus,
        to: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.change_account(key, move |row| row.status == from, move |row| row.status = to))
    }
}

#[cfg(test)]
mod tests;
