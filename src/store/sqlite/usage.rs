//! Counted requests in the SQLite file.

use super::SqliteStore;
use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use crate::store::{CountedRequest, UsageStore};
use rusqlite::{Transaction, TransactionBehavior};

impl UsageStore for SqliteStore {
    fn append<'a>(
        &'a self,
        requests: &'a [CountedRequest],
        forget_until: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        let requests = requests.to_vec();
        Box::pin(self.call(move |db| {
            let all = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
            all.prepare_cached("DELETE FROM requests WHERE at <= ?1")?.execute([forget_until.as_millis()])?;
            for CountedRequest { window, at } in &requests {
                all.prepare_cached("INSERT INTO requests (window, at) VALUES (?1, ?2)")?
                    .execute((window, at.as_millis()))?;
            }
            all.commit()
        }))
    }

    fn since(&self, after: Timestamp) -> BoxFuture<'_, Result<Vec<CountedRequest>>> {
        Box::pin(self.call(move |db| {
            db.prepare_cached("SELECT window, at FROM requests WHERE at > ?1")?
                .query_map([after.as_millis()], |row| {
                    Ok(CountedRequest { window: row.get(0)?, at: Timestamp::from_millis(row.get(1)?) })
                })?
                .collect()
        }))
    }
}
