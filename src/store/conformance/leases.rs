//! Conformance checks of a [`LeaseStore`].

use crate::clock::Timestamp;
use crate::error::Result;
use crate::store::LeaseStore;
use futures_util::future::try_join_all;
use std::time::Duration;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

/// Checks that `store` meets the requirements of [`LeaseStore`].
///
/// # Panics
/// Panics at the first requirement that the store violates.
pub async fn leases(store: &dyn LeaseStore) -> Result<()> {
    let minute = Duration::from_secs(60);
    assert!(store.acquire("refresh:1", "a", at(0), minute).await?, "a free lease can be acquired");
    assert!(
        !store.acquire("refresh:1", "b", at(59_999), minute).await?,
        "a lease of another owner cannot be acquired"
    );
    assert!(
        store.acquire("refresh:2", "b", at(0), minute).await?,
        "leases with different names are independent"
    );
    assert!(store.acquire("refresh:1", "a", at(30_000), minute).await?, "the owner of a lease can extend it");
    assert!(!store.acquire("refresh:1", "b", at(89_999), minute).await?);
    assert!(store.acquire("refresh:1", "b", at(90_000), minute).await?, "an expired lease is free");
    store.release("refresh:1", "a").await?;
    assert!(
        !store.acquire("refresh:1", "a", at(90_001), minute).await?,
        "only the owner of a lease can release it"
    );
    store.release("refresh:1", "b").await?;
    store.release("refresh:1", "b").await?;
    assert!(store.acquire("refresh:1", "a", at(90_001), minute).await?, "a released lease is free");

    for now in [at(0), at(60_000)] {
        let owners: Vec<_> = (0..16).map(|n| format!("owner-{}-{n}", now.as_millis())).collect();
        let taken =
            try_join_all(owners.iter().map(|owner| store.acquire("race", owner, now, minute))).await?;
        let winners = taken.iter().filter(|&&taken| taken).count();
        assert_eq!(winners, 1, "exactly one caller acquires a lease that is free or has expired");
    }

    assert!(store.acquire("old", "a", at(0), minute).await?);
    assert!(store.acquire("new", "a", at(1), minute).await?);
    store.expire(at(60_001)).await?;
    assert!(store.acquire("old", "b", at(0), minute).await?, "a lease that expired earlier is deleted");
    assert!(
        !store.acquire("new", "b", at(0), minute).await?,
        "a lease that expires exactly at that time is kept"
    );
    Ok(())
}
