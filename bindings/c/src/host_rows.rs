//! The core's three stores, made of a host's keys and values.

use crate::host_store::{Change, HostStore};
use crate::rows::{
    self, account_key, account_prefix, lease_key, publish_id_key, publish_key, publish_prefix,
};
use core_toklink::clock::BoxFuture;
use core_toklink::store::{
    AccountRow, AccountStore, JournalStore, LeaseStore, PublishRow, SealedPair, Settlement, TokenSwap,
};
use core_toklink::{AccountKey, AccountStatus, Error, ErrorKind, Result, Timestamp};
use std::time::Duration;

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

/// Whether a row still holds this sealed refresh token.
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
                // The seal cannot tell which row was asked for.
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

fn never_begun() -> Error {
    Error::new(ErrorKind::NotFound, "the publish was never begun in this journal, or its row was erased")
}

impl HostStore {
    async fn find_row(&self, place: &str) -> Result<Option<PublishRow>> {
        self.get(place).await?.as_deref().map(rows::read_publish).transpose()
    }

    /// Notes where the row with TikTok's id is, or will be: first, so that a crash in between leaves a pointer too many
    /// rather than one too few.
    async fn point_at(&self, place: &str, publish_id: Option<&str>) -> Result<()> {
        let Some(id) = publish_id else { return Ok(()) };
        self.change(&publish_id_key(id), |there| {
            let known = there == Some(place);
            Ok(if known { Change::Leave(()) } else { Change::Write(Some(place.to_owned()), ()) })
        })
        .await
    }

    /// Where the row with TikTok's id is, if that row still says so.
    async fn row_of(&self, publish_id: &str) -> Result<Option<(String, PublishRow)>> {
        let Some(place) = self.get(&publish_id_key(publish_id)).await? else { return Ok(None) };
        let row = self.find_row(&place).await?.filter(|row| row.publish_id.as_deref() == Some(publish_id));
        Ok(row.map(|row| (place, row)))
    }
}

impl JournalStore for HostStore {
    fn begin<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        let (place, text) = (publish_key(&row.account, &row.key), rows::publish_text(row));
        Box::pin(async move {
            self.point_at(&place, row.publish_id.as_deref()).await?;
            self.change(&place, |there| match there {
                Some(there) => Ok(Change::Leave(Some(rows::read_publish(there)?))),
                None => Ok(Change::Write(Some(text.clone()), None)),
            })
            .await
        })
    }

    fn update<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let place = publish_key(&row.account, &row.key);
            if self.get(&place).await?.is_none() {
                return Err(never_begun());
            }
            self.point_at(&place, row.publish_id.as_deref()).await?;
            self.change(&place, |there| {
                let kept = there.map(rows::read_publish).transpose()?.ok_or_else(never_begun)?;
                if row.is_outdated_by(&kept) {
                    return Ok(Change::Leave(()));
                }
                Ok(Change::Write(Some(rows::publish_text(row)), ()))
            })
            .await
        })
    }

    fn find<'a>(
        &'a self,
        account: &'a AccountKey,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(async move { self.find_row(&publish_key(account, key)).await })
    }

    fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(async move { Ok(self.row_of(publish_id).await?.map(|(_, row)| row)) })
    }

    fn settle<'a>(
        &'a self,
        account: &'a AccountKey,
        publish_id: &'a str,
        settlement: &'a Settlement,
    ) -> BoxFuture<'a, Result<Option<bool>>> {
        Box::pin(async move {
            let found = self.row_of(publish_id).await?.filter(|(_, row)| row.account == *account);
            let Some((place, _)) = found else { return Ok(None) };
            self.change(&place, |there| {
                let Some(mut row) = there.map(rows::read_publish).transpose()? else {
                    return Ok(Change::Leave(None));
                };
                if !row.settle(settlement) {
                    return Ok(Change::Leave(Some(false)));
                }
                Ok(Change::Write(Some(rows::publish_text(&row)), Some(true)))
            })
            .await
        })
    }

    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>> {
        Box::pin(async move {
            let found = HostStore::list(self, &publish_prefix(account)).await?;
            let rows = found.iter().map(|(_, text)| rows::read_publish(text));
            let mut rows = rows.collect::<Result<Vec<_>>>()?;
            rows.retain(|row| row.account == *account && !row.has_ended());
            rows.sort_by_key(|row| std::cmp::Reverse(row.updated_at));
            Ok(rows)
        })
    }
}

impl LeaseStore for HostStore {
    fn acquire<'a>(
        &'a self,
        name: &'a str,
        owner: &'a str,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<bool>> {
        let place = lease_key(name);
        Box::pin(async move {
            self.change(&place, |there| {
                let held = there.map(rows::read_lease).transpose()?;
                if held.is_some_and(|(holder, until)| holder != owner && until > now) {
                    return Ok(Change::Leave(false));
                }
                Ok(Change::Write(Some(rows::lease_text(owner, now.plus(ttl))), true))
            })
            .await
        })
    }

    fn release<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<()>> {
        let place = lease_key(name);
        Box::pin(async move {
            self.change(&place, |there| {
                let held = there.map(rows::read_lease).transpose()?;
                let ours = held.is_some_and(|(holder, _)| holder == owner);
                Ok(if ours { Change::Write(None, ()) } else { Change::Leave(()) })
            })
            .await
        })
    }
}

#[cfg(test)]
mod tests;
