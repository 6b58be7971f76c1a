//! Conformance checks of a [`MetricsStore`].

use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{AccountKey, Day};
use crate::store::{MetricsClaim, MetricsRow, MetricsStore};
use futures_util::future::try_join_all;
use std::time::Duration;

const TTL: Duration = Duration::from_secs(60);

fn day(number: i64) -> Day {
    Day::from_number(number)
}

fn claim(owner: &str, at_secs: i64) -> MetricsClaim {
    MetricsClaim {
        day: day(20_000),
        owner: owner.into(),
        now: Timestamp::from_secs(at_secs),
        fresh_since: day(20_000).start(),
        ttl: TTL,
    }
}

/// Returns a time on the day for which the rows are read.
fn read_at(after_ms: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_123 + after_ms)
}

fn row(account: &AccountKey, on: i64, followers: i64) -> MetricsRow {
    MetricsRow {
        account: account.clone(),
        day: day(on),
        followers,
        following: 2,
        likes: i64::MAX,
        video_count: 4,
        videos_read: 5,
        views: 6,
        video_likes: 7,
        comments: 8,
        shares: 9,
        read_at: read_at(0),
    }
}

/// Checks that `store` meets the requirements of [`MetricsStore`].
///
/// # Panics
/// Panics at the first requirement that the store violates.
pub async fn metrics<S: MetricsStore>(store: &S) -> Result<()> {
    let accounts: Vec<_> = ["ana", "Ana", "o'brien\"; --", ""].map(|id| AccountKey::new("tenant", id)).into();
    let ana = &accounts[0];

    // A lease has one owner until it expires, is released, or its row is stored.
    assert_eq!(store.claim(&claim("a", 0), &accounts[..2]).await?, accounts[..2]);
    assert_eq!(store.claim(&claim("b", 59), &accounts).await?, accounts[2..]);
    assert_eq!(store.claim(&claim("b", 60), &accounts[..1]).await?, accounts[..1]);
    let next_day = MetricsClaim { day: day(20_001), ..claim("c", 60) };
    assert_eq!(store.claim(&next_day, &accounts[..1]).await?, accounts[..1]);
    store.release(day(20_000), "a", &accounts).await?;
    assert_eq!(store.claim(&claim("c", 60), &accounts).await?, accounts[1..2]);
    store.save(&[row(ana, 20_000, 10), row(&accounts[2], 20_000, 1)]).await?;
    for secs in [60, 100_000] {
        assert!(store.claim(&claim("d", secs), &accounts[..1]).await?.is_empty());
    }

    // Rows are stored completely, one for each day, and can be found by day.
    store.save(&[row(ana, 20_000, 11), row(ana, 19_998, 9), row(ana, 20_003, 12)]).await?;
    let found = store.range(ana, day(19_998), day(20_001)).await?;
    assert_eq!(found, [row(ana, 19_998, 9), row(ana, 20_000, 11)]);
    assert!(store.range(ana, day(20_001), day(19_998)).await?.is_empty());
    assert!(store.range(&AccountKey::new("", "ana"), day(0), day(30_000)).await?.is_empty());

    // Metrics that are older than requested are leased again, once, and returned until newer metrics replace them.
    let fresh_since = |after_ms| MetricsClaim { fresh_since: read_at(after_ms), ..claim("e", 100_000) };
    assert!(store.claim(&fresh_since(0), &accounts[..1]).await?.is_empty());
    assert_eq!(store.claim(&fresh_since(1), &accounts[..1]).await?, accounts[..1]);
    let other = MetricsClaim { owner: "f".into(), ..fresh_since(1) };
    assert!(store.claim(&other, &accounts[..1]).await?.is_empty());
    assert_eq!(store.range(ana, day(20_000), day(20_000)).await?, [row(ana, 20_000, 11)]);
    store.release(day(20_000), "e", &accounts[..1]).await?;
    assert_eq!(store.range(ana, day(20_000), day(20_000)).await?, [row(ana, 20_000, 11)]);
    assert_eq!(store.claim(&other, &accounts[..1]).await?, accounts[..1]);
    let newer = MetricsRow { read_at: read_at(1), ..row(ana, 20_000, 13) };
    store.save(std::slice::from_ref(&newer)).await?;
    assert!(store.claim(&fresh_since(1), &accounts[..1]).await?.is_empty());
    assert_eq!(store.claim(&fresh_since(2), &accounts[..1]).await?, accounts[..1]);

    // A slow worker does not replace newer metrics with older ones.
    store.save(&[row(ana, 20_000, 12)]).await?;
    assert_eq!(store.range(ana, day(20_000), day(20_000)).await?, [newer]);

    // When several workers request the same accounts concurrently, exactly one worker receives each account.
    let many: Vec<_> = (0..20).map(|n| AccountKey::new("crowd", format!("{n}"))).collect();
    let owners: Vec<_> = (0..8).map(|n| claim(&format!("owner-{n}"), 0)).collect();
    let taken = try_join_all(owners.iter().map(|claim| store.claim(claim, &many))).await?;
    let mut taken: Vec<_> = taken.into_iter().flatten().collect();
    taken.sort();
    let mut wanted = many;
    wanted.sort();
    assert_eq!(taken, wanted);
    Ok(())
}
