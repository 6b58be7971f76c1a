//! The metrics in a host's own store.

use super::{HostStore, key_value, malformed, read_list};
use crate::account;
use crate::input::Fields;
use serde_json::{Value, json};
use toklink::clock::BoxFuture;
use toklink::store::{MetricsClaim, MetricsRow, MetricsStore};
use toklink::{AccountKey, Day};
use toklink::{Error, Result, Timestamp};

impl MetricsStore for HostStore {
    fn claim<'a>(
        &'a self,
        claim: &'a MetricsClaim,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<Vec<AccountKey>>> {
        Box::pin(async move {
            let ttl = u64::try_from(claim.ttl.as_millis()).unwrap_or(u64::MAX);
            let claim = json!({
                "day": claim.day, "owner": claim.owner, "now": claim.now.as_millis(), "ttlMs": ttl,
                "freshSince": claim.fresh_since.as_millis(),
            });
            let args = json!([claim, keys(accounts)]);
            let taken = read_list("metrics.claim", self.ask("metrics.claim", args).await?, |item| {
                account::key(&mut Fields::from_value("the claimed account", item)?)
            })?;
            if taken.iter().any(|account| !accounts.contains(account)) {
                return Err(malformed("metrics.claim", "resolved to an account that was not requested"));
            }
            Ok(taken)
        })
    }

    fn release<'a>(
        &'a self,
        day: Day,
        owner: &'a str,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let args = json!([day, owner, keys(accounts)]);
            self.ask("metrics.release", args).await.map(drop)
        })
    }

    fn save<'a>(&'a self, rows: &'a [MetricsRow]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let rows: Value = rows.iter().map(row_value).collect();
            self.ask("metrics.save", json!([rows])).await.map(drop)
        })
    }

    fn range<'a>(
        &'a self,
        account: &'a AccountKey,
        from: Day,
        to: Day,
    ) -> BoxFuture<'a, Result<Vec<MetricsRow>>> {
        Box::pin(async move {
            let args = json!([key_value(account), from, to]);
            let mut rows = read_list("metrics.range", self.ask("metrics.range", args).await?, |item| {
                read_row(account, item)
            })?;
            rows.retain(|row| from <= row.day && row.day <= to);
            rows.sort_by_key(|row| row.day);
            Ok(rows)
        })
    }
}

fn keys(accounts: &[AccountKey]) -> Value {
    accounts.iter().map(key_value).collect()
}

fn row_value(row: &MetricsRow) -> Value {
    json!({
        "tenant": row.account.tenant,
        "accountId": row.account.open_id,
        "day": row.day,
        "followers": row.followers,
        "following": row.following,
        "likes": row.likes,
        "videoCount": row.video_count,
        "videosRead": row.videos_read,
        "views": row.views,
        "videoLikes": row.video_likes,
        "comments": row.comments,
        "shares": row.shares,
        "readAt": row.read_at.as_millis(),
    })
}

fn read_row(account: &AccountKey, row: Value) -> Result<MetricsRow> {
    let mut row = Fields::from_value("the row", row)?;
    let day = row.text("day")?;
    Ok(MetricsRow {
        account: account.clone(),
        day: Day::parse(&day).ok_or_else(|| Error::invalid("day must be a day, for example 2026-11-23"))?,
        followers: row.whole("followers")?,
        following: row.whole("following")?,
        likes: row.whole("likes")?,
        video_count: row.whole("videoCount")?,
        videos_read: row.whole("videosRead")?,
        views: row.whole("views")?,
        video_likes: row.whole("videoLikes")?,
        comments: row.whole("comments")?,
        shares: row.whole("shares")?,
        read_at: Timestamp::from_millis(row.whole("readAt")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_row_round_trips_through_javascript() {
        let row = MetricsRow {
            account: AccountKey::new("acme", "-000abc"),
            day: Day::from_number(20_000),
            followers: 1,
            following: 2,
            likes: 3,
            video_count: 4,
            videos_read: 5,
            views: 6,
            video_likes: 7,
            comments: 8,
            shares: 9,
            read_at: Timestamp::from_millis(10),
        };
        assert_eq!(read_row(&row.account, row_value(&row)).unwrap(), row);
        let mut odd = row_value(&row);
        odd["day"] = json!("yesterday");
        let error =
            read_list("metrics.range", json!([odd]), |item| read_row(&row.account, item)).unwrap_err();
        assert!(error.message().contains("metrics.range") && error.message().contains("day must be"));
    }
}
