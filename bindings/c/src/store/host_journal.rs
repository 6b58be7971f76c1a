//! The journal and the leases on top of the host's key-value store. Each conditional write is one `swap`.

use crate::store::host_store::{Change, HostStore};
use crate::store::rows::{self, LEASES, PUBLISHES, lease_key, publish_id_key, publish_key, publish_prefix};
use core_toklink::clock::BoxFuture;
use core_toklink::store::{JournalStore, LeaseStore, PublishRow};
use core_toklink::{AccountKey, Result, Timestamp};
use std::time::Duration;

impl HostStore {
    async fn find_row(&self, place: &str) -> Result<Option<PublishRow>> {
        self.get(place).await?.as_deref().map(rows::read_publish).transpose()
    }

    /// Stores the key of the row with this publish id. It is written before the row, so that a crash leaves an unused
    /// pointer rather than a row without one.
    async fn point_at(&self, place: &str, publish_id: Option<&str>) -> Result<()> {
        let Some(id) = publish_id else { return Ok(()) };
        self.change(&publish_id_key(id), |there| {
            let known = there == Some(place);
            Ok(if known { Change::Leave(()) } else { Change::Write(Some(place.to_owned()), ()) })
        })
        .await
    }

    /// Deletes a row and its pointer if the row's value is still `text`. Returns true if it was deleted.
    async fn erase_row(&self, place: &str, text: &str, row: &PublishRow) -> Result<bool> {
        if !self.swap(place, Some(text), None).await? {
            return Ok(false);
        }
        self.erase_pointer(place, row).await?;
        Ok(true)
    }

    async fn erase_pointer(&self, place: &str, row: &PublishRow) -> Result<()> {
        if let Some(id) = &row.publish_id {
            self.swap(&publish_id_key(id), Some(place), None).await?;
        }
        Ok(())
    }
}

impl JournalStore for HostStore {
    fn insert<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let place = publish_key(&row.account, &row.key);
            self.point_at(&place, row.publish_id.as_deref()).await?;
            self.swap(&place, None, Some(&rows::publish_text(row))).await
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
        Box::pin(async move {
            let Some(place) = self.get(&publish_id_key(publish_id)).await? else { return Ok(None) };
            Ok(self.find_row(&place).await?.filter(|row| row.publish_id.as_deref() == Some(publish_id)))
        })
    }

    fn update_if<'a>(&'a self, row: &'a PublishRow, expected: u64) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let place = publish_key(&row.account, &row.key);
            let Some(text) = self.get(&place).await? else { return Ok(false) };
            let there = rows::read_publish(&text)?;
            if there.revision != expected {
                return Ok(false);
            }
            if there.publish_id != row.publish_id {
                self.point_at(&place, row.publish_id.as_deref()).await?;
            }
            // Compares the whole value, so that this write fails after any other write.
            self.swap(&place, Some(&text), Some(&rows::publish_text(row))).await
        })
    }

    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>> {
        Box::pin(async move {
            let found = self.list(&publish_prefix(account)).await?;
            let rows = found.iter().map(|(_, text)| rows::read_publish(text));
            let mut rows = rows.collect::<Result<Vec<_>>>()?;
            rows.retain(|row| row.account == *account && !row.has_ended());
            rows.sort_by_key(|row| std::cmp::Reverse(row.updated_at));
            Ok(rows)
        })
    }

    fn expire(&self, ended_before: Timestamp) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            let mut erased = 0;
            for (place, text) in self.list(PUBLISHES).await? {
                let row = rows::read_publish(&text)?;
                if row.has_ended()
                    && row.updated_at < ended_before
                    && self.erase_row(&place, &text, &row).await?
                {
                    erased += 1;
                }
            }
            Ok(erased)
        })
    }

    fn forget<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for (place, text) in self.list(&publish_prefix(account)).await? {
                let erased =
                    |there: Option<&str>| there.map_or(Change::Leave(()), |_| Change::Write(None, ()));
                self.change(&place, |there| Ok(erased(there))).await?;
                self.erase_pointer(&place, &rows::read_publish(&text)?).await?;
            }
            Ok(())
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

    fn expire(&self, before: Timestamp) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            for (place, text) in self.list(LEASES).await? {
                if rows::read_lease(&text)?.1 < before {
                    self.swap(&place, Some(&text), None).await?;
                }
            }
            Ok(())
        })
    }
}
