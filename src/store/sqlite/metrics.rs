//! Metrics in the SQLite file and the leases on them.

use super::SqliteStore;
use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use crate::model::{AccountKey, Day};
use crate::store::{MetricsClaim, MetricsRow, MetricsStore};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

/// Acquires the lease unless the metrics are fresh or another owner has a lease on them; then it changes no row.
const CLAIM: &str = "INSERT INTO metrics_claims (tenant, open_id, day, owner, until) SELECT ?1, ?2, ?3, ?4, ?5 \
     WHERE NOT EXISTS (SELECT 1 FROM metrics WHERE tenant = ?1 AND open_id = ?2 AND day = ?3 AND read_at >= ?7) \
     ON CONFLICT DO UPDATE SET owner = excluded.owner, until = excluded.until \
     WHERE metrics_claims.until <= ?6 OR metrics_claims.owner = excluded.owner";

const RELEASE: &str =
    "DELETE FROM metrics_claims WHERE tenant = ?1 AND open_id = ?2 AND day = ?3 AND owner = ?4";

const END_CLAIM: &str = "DELETE FROM metrics_claims WHERE tenant = ?1 AND open_id = ?2 AND day = ?3";

/// Writes nothing if the stored row was read later.
const SAVE: &str = "INSERT OR REPLACE INTO metrics (tenant, open_id, day, followers, following, likes, video_count, \
     videos_read, views, video_likes, comments, shares, read_at) \
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 WHERE NOT EXISTS \
     (SELECT 1 FROM metrics WHERE tenant = ?1 AND open_id = ?2 AND day = ?3 AND read_at > ?13)";

const BETWEEN: &str = "SELECT tenant, open_id, day, followers, following, likes, video_count, videos_read, views, \
     video_likes, comments, shares, read_at FROM metrics \
     WHERE tenant = ?1 AND open_id = ?2 AND day BETWEEN ?3 AND ?4 ORDER BY day";

/// Runs the statements in one transaction, so that many rows need only one write to the disk.
fn all_at_once<T>(
    db: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let all = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    let done = work(&all)?;
    all.commit()?;
    Ok(done)
}

fn read(row: &Row<'_>) -> rusqlite::Result<MetricsRow> {
    Ok(MetricsRow {
        account: AccountKey::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?),
        day: Day::from_number(row.get(2)?),
        followers: row.get(3)?,
        following: row.get(4)?,
        likes: row.get(5)?,
        video_count: row.get(6)?,
        videos_read: row.get(7)?,
        views: row.get(8)?,
        video_likes: row.get(9)?,
        comments: row.get(10)?,
        shares: row.get(11)?,
        read_at: Timestamp::from_millis(row.get(12)?),
    })
}

fn write(db: &Connection, row: &MetricsRow) -> rusqlite::Result<()> {
    let MetricsRow { account: AccountKey { tenant, open_id }, day, .. } = row;
    let values = params![
        tenant,
        open_id,
        day.number(),
        row.followers,
        row.following,
        row.likes,
        row.video_count,
        row.videos_read,
        row.views,
        row.video_likes,
        row.comments,
        row.shares,
        row.read_at.as_millis(),
    ];
    db.prepare_cached(SAVE)?.execute(values)?;
    db.prepare_cached(END_CLAIM)?.execute(params![tenant, open_id, day.number()])?;
    Ok(())
}

impl MetricsStore for SqliteStore {
    fn claim<'a>(
        &'a self,
        claim: &'a MetricsClaim,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<Vec<AccountKey>>> {
        let (claim, accounts) = (claim.clone(), accounts.to_vec());
        Box::pin(self.call(move |db| {
            let until = claim.now.plus(claim.ttl).as_millis();
            all_at_once(db, |db| {
                let mut statement = db.prepare_cached(CLAIM)?;
                let mut taken = Vec::with_capacity(accounts.len());
                for account in accounts {
                    let AccountKey { tenant, open_id } = &account;
                    let day = claim.day.number();
                    let (now, fresh) = (claim.now.as_millis(), claim.fresh_since.as_millis());
                    let values = params![tenant, open_id, day, claim.owner, until, now, fresh];
                    if statement.execute(values)? == 1 {
                        taken.push(account);
                    }
                }
                Ok(taken)
            })
        }))
    }

    fn release<'a>(
        &'a self,
        day: Day,
        owner: &'a str,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<()>> {
        let (owner, accounts) = (owner.to_owned(), accounts.to_vec());
        Box::pin(self.call(move |db| {
            all_at_once(db, |db| {
                let mut statement = db.prepare_cached(RELEASE)?;
                for AccountKey { tenant, open_id } in &accounts {
                    statement.execute(params![tenant, open_id, day.number(), owner])?;
                }
                Ok(())
            })
        }))
    }

    fn save<'a>(&'a self, rows: &'a [MetricsRow]) -> BoxFuture<'a, Result<()>> {
        let rows = rows.to_vec();
        Box::pin(self.call(move |db| all_at_once(db, |db| rows.iter().try_for_each(|row| write(db, row)))))
    }

    fn range<'a>(
        &'a self,
        account: &'a AccountKey,
        from: Day,
        to: Day,
    ) -> BoxFuture<'a, Result<Vec<MetricsRow>>> {
        let AccountKey { tenant, open_id } = account.clone();
        Box::pin(self.call(move |db| {
            db.prepare_cached(BETWEEN)?
                .query_map(params![tenant, open_id, from.number(), to.number()], read)?
                .collect()
        }))
    }
}
