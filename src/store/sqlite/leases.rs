//! Leases in the SQLite file.

use super::SqliteStore;
use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use crate::store::LeaseStore;
use rusqlite::params;
use std::time::Duration;

/// Acquires the lease if it is free, has expired or belongs to the owner; otherwise changes no row.
const TAKE_LEASE: &str = "INSERT INTO leases (name, owner, until) VALUES (?1, ?2, ?3) \
     ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until \
     WHERE leases.until <= ?4 OR leases.owner = excluded.owner";

const GIVE_LEASE: &str = "DELETE FROM leases WHERE name = ?1 AND owner = ?2";

const EXPIRE_LEASES: &str = "DELETE FROM leases WHERE until < ?1";

impl LeaseStore for SqliteStore {
    fn acquire<'a>(
        &'a self,
        name: &'a str,
        owner: &'a str,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<bool>> {
        let (name, owner) = (name.to_owned(), owner.to_owned());
        Box::pin(self.call(move |db| {
            let until = now.plus(ttl).as_millis();
            let taken =
                db.prepare_cached(TAKE_LEASE)?.execute(params![name, owner, until, now.as_millis()])?;
            Ok(taken == 1)
        }))
    }

    fn release<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<()>> {
        let (name, owner) = (name.to_owned(), owner.to_owned());
        Box::pin(self.call(move |db| db.prepare_cached(GIVE_LEASE)?.execute([name, owner]).map(drop)))
    }

    fn expire(&self, before: Timestamp) -> BoxFuture<'_, Result<()>> {
        Box::pin(
            self.call(move |db| db.prepare_cached(EXPIRE_LEASES)?.execute([before.as_millis()]).map(drop)),
        )
    }
}
