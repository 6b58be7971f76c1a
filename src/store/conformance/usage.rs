//! Conformance checks of a [`UsageStore`].

use crate::clock::Timestamp;
use crate::error::Result;
use crate::store::{CountedRequest, UsageStore};
use futures_util::future::try_join_all;

fn request(window: &str, at_ms: i64) -> CountedRequest {
    CountedRequest { window: window.to_owned(), at: Timestamp::from_millis(at_ms) }
}

async fn after<S: UsageStore>(store: &S, at_ms: i64) -> Result<Vec<CountedRequest>> {
    let mut found = store.since(Timestamp::from_millis(at_ms)).await?;
    found.sort();
    Ok(found)
}

/// Checks that `store` meets the requirements of [`UsageStore`].
///
/// # Panics
/// Panics at the first requirement that the store violates.
pub async fn usage<S: UsageStore>(store: &S) -> Result<()> {
    const START: i64 = 1_790_000_000_000;
    let never = Timestamp::from_millis(0);
    assert!(after(store, 0).await?.is_empty());

    // Identical requests are counted individually.
    let first = [request("a", START), request("a", START), request("b", START + 1)];
    store.append(&first, never).await?;
    store.append(&[request("a", START + 2)], never).await?;
    let all = [&first[..2], &[request("a", START + 2)], &first[2..]].concat();
    assert_eq!(after(store, START - 1).await?, all);
    assert_eq!(after(store, START).await?, [request("a", START + 2), request("b", START + 1)]);

    // Concurrent writes lose no requests.
    let crowd: Vec<_> = (0..20).map(|n| [request(&format!("{n:02}"), START + 100)]).collect();
    try_join_all(crowd.iter().map(|one| store.append(one, never))).await?;
    assert_eq!(after(store, START + 50).await?, crowd.concat());

    // Requests that may be deleted are not returned, and no others are deleted.
    store.append(&[], Timestamp::from_millis(START + 1)).await?;
    assert_eq!(after(store, START + 1).await?.len(), 21);
    Ok(())
}
