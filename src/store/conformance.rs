//! Conformance checks for stores. Give each function a new, empty store. A function panics at the first requirement of the traits
//! that the store violates, and returns the store's own errors.
//!
//! ```
//! # use toklink::store::{MemoryStore, conformance};
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! conformance::accounts(&MemoryStore::new()).await?;
//! conformance::journal(&MemoryStore::new()).await?;
//! conformance::leases(&MemoryStore::new()).await?;
//! conformance::metrics(&MemoryStore::new()).await?;
//! # toklink::error::Result::Ok(())
//! # }).unwrap();
//! ```

pub use super::conformance_journal::journal;
pub use super::conformance_metrics::metrics;
pub use super::conformance_requests::requests;

use super::{AccountRow, AccountStore, LeaseStore, SealedPair, TokenSwap};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{AccountKey, AccountStatus};
use futures_util::future::try_join_all;
use std::time::Duration;

/// Texts that break a store which builds SQL from them, cuts at a NUL, ignores case or normalises Unicode.
const ODD: [&str; 6] = ["", "o'brien\"; DROP TABLE accounts; --", "a\0b", "Ana", "ana", "a\u{301}ñ 🎬\n%_"];

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

/// Returns a complete account row to start from.
fn account(tenant: &str, open_id: &str) -> AccountRow {
    AccountRow {
        key: AccountKey::new(tenant, open_id),
        display_name: "Ana 🎬".into(),
        username: Some("ana.makes".into()),
        avatar_url: Some("https://media.example.test/a.jpeg".into()),
        scopes: vec!["user.info.basic".into(), "video.publish".into()],
        requested_scopes: vec!["user.info.basic".into(), "video.publish".into(), "video.list".into()],
        access_token_sealed: "sealed-access-1".into(),
        refresh_token_sealed: Some("sealed-refresh-1".into()),
        access_expires_at: at(1_790_000_086_400_000),
        refresh_expires_at: Some(at(i64::MAX)),
        status: AccountStatus::Active,
        connected_at: at(1_790_000_000_000),
        connected_by: "user-1".into(),
        refresh_started_at: Some(at(-1)),
    }
}

fn next_tokens(n: usize) -> TokenSwap {
    TokenSwap {
        access_token_sealed: format!("sealed-access-next-{n}"),
        refresh_token_sealed: Some(format!("sealed-refresh-next-{n}")),
        access_expires_at: at(1_790_000_172_800_000),
        refresh_expires_at: None,
        scopes: None,
    }
}

/// Checks an [`AccountStore`].
///
/// # Panics
/// At the first requirement that is violated.
pub async fn accounts(store: &dyn AccountStore) -> Result<()> {
    rows_come_back_as_they_were(store).await?;
    lists_are_ordered_and_keep_tenants_apart(store).await?;
    only_the_expected_token_is_replaced(store).await?;
    a_refresh_and_a_status_need_the_expected_token(store).await?;
    pages_show_every_account_once(store).await?;
    a_reseal_changes_the_sealed_tokens_only(store).await?;
    a_mark_needs_the_expected_status(store).await?;
    of_many_swaps_one_wins(store).await
}

async fn rows_come_back_as_they_were(store: &dyn AccountStore) -> Result<()> {
    let full = account("round", "trip");
    assert_eq!(store.load(&full.key).await?, None, "an account that was never saved is absent");
    assert!(!store.remove(&full.key).await?, "an account that was never saved cannot be removed");
    store.save(&full).await?;
    assert_eq!(store.load(&full.key).await?.as_ref(), Some(&full));
    let bare = AccountRow {
        username: None,
        avatar_url: None,
        scopes: vec![],
        requested_scopes: vec![],
        refresh_token_sealed: None,
        refresh_expires_at: None,
        refresh_started_at: None,
        connected_by: String::new(),
        status: AccountStatus::Restricted,
        ..full
    };
    store.save(&bare).await?;
    assert_eq!(store.load(&bare.key).await?.as_ref(), Some(&bare), "a second save replaces the complete row");
    for odd in ODD {
        let mut row = account(odd, odd);
        odd.clone_into(&mut row.display_name);
        row.scopes = vec![odd.into(), "a,b c".into()];
        store.save(&row).await?;
    }
    for odd in ODD {
        let row = store.load(&AccountKey::new(odd, odd)).await?;
        assert_eq!(
            row.map(|row| row.display_name).as_deref(),
            Some(odd),
            "unusual texts are stored unchanged"
        );
        assert!(store.remove(&AccountKey::new(odd, odd)).await?);
    }
    assert!(store.remove(&bare.key).await?);
    assert_eq!(store.load(&bare.key).await?, None, "a removed account is absent");
    assert!(!store.remove(&bare.key).await?);
    Ok(())
}

async fn lists_are_ordered_and_keep_tenants_apart(store: &dyn AccountStore) -> Result<()> {
    let mut rows = vec![account("", "c"), account("two", "b"), account("two", "a"), account("one", "a")];
    for (row, connected_at) in rows.iter_mut().zip([30, 10, 20, 40]) {
        row.connected_at = at(connected_at);
        store.save(row).await?;
    }
    let names = |rows: Vec<AccountRow>| -> Vec<String> {
        rows.into_iter().map(|row| format!("{}/{}", row.key.tenant, row.key.open_id)).collect()
    };
    assert_eq!(names(store.list(None).await?), ["two/b", "two/a", "/c", "one/a"], "oldest connection first");
    assert_eq!(names(store.list(Some("two")).await?), ["two/b", "two/a"]);
    assert_eq!(names(store.list(Some("")).await?), ["/c"], "the empty tenant is a normal tenant");
    assert!(store.list(Some("none")).await?.is_empty());
    for row in rows {
        store.remove(&row.key).await?;
    }
    Ok(())
}

async fn only_the_expected_token_is_replaced(store: &dyn AccountStore) -> Result<()> {
    let mut row = account("swap", "1");
    row.status = AccountStatus::Expired;
    let mut next = next_tokens(0);
    assert!(!store.swap(&row.key, Some("sealed-refresh-1"), &next).await?, "there is no account yet");
    assert_eq!(
        store.load(&row.key).await?,
        None,
        "swapping the tokens of a missing account must not create it"
    );
    let neighbour = account("swap", "2");
    store.save(&row).await?;
    store.save(&neighbour).await?;
    for wrong in [None, Some(""), Some("sealed-refresh-0"), Some("SEALED-REFRESH-1")] {
        assert!(!store.swap(&row.key, wrong, &next).await?, "{wrong:?} is not the token");
    }
    assert_eq!(store.load(&row.key).await?.as_ref(), Some(&row), "a lost swap changes nothing");

    assert!(store.swap(&row.key, Some("sealed-refresh-1"), &next).await?);
    row.access_token_sealed.clone_from(&next.access_token_sealed);
    row.refresh_token_sealed.clone_from(&next.refresh_token_sealed);
    row.access_expires_at = next.access_expires_at;
    row.refresh_expires_at = next.refresh_expires_at;
    row.status = AccountStatus::Active;
    row.refresh_started_at = None;
    assert_eq!(
        store.load(&row.key).await?.as_ref(),
        Some(&row),
        "a swap sets the tokens, makes the account active, ends the refresh and changes nothing else"
    );
    assert!(!store.swap(&row.key, Some("sealed-refresh-1"), &next).await?, "the old token was replaced");

    next.scopes = Some(vec!["video.list".into()]);
    next.refresh_token_sealed = None;
    assert!(store.swap(&row.key, Some("sealed-refresh-next-0"), &next).await?);
    let there = store.load(&row.key).await?;
    assert_eq!(
        there.map(|row| (row.scopes, row.refresh_token_sealed)),
        Some((vec!["video.list".into()], None))
    );
    assert!(store.swap(&row.key, None, &next_tokens(1)).await?, "a missing token matches an expected `None`");
    assert_eq!(store.load(&neighbour.key).await?.as_ref(), Some(&neighbour), "other accounts stay unchanged");
    store.remove(&row.key).await?;
    store.remove(&neighbour.key).await?;
    Ok(())
}

async fn a_refresh_and_a_status_need_the_expected_token(store: &dyn AccountStore) -> Result<()> {
    let mut row = account("status", "1");
    row.refresh_started_at = None;
    let token = Some("sealed-refresh-1");
    assert!(!store.begin_refresh(&row.key, token, at(5)).await?, "there is no account yet");
    assert!(!store.set_status(&row.key, token, AccountStatus::Expired).await?, "there is no account yet");
    store.save(&row).await?;
    assert!(!store.begin_refresh(&row.key, None, at(5)).await?);
    assert!(!store.set_status(&row.key, Some("other"), AccountStatus::Expired).await?);
    assert_eq!(store.load(&row.key).await?.as_ref(), Some(&row), "a mismatch changes nothing");

    assert!(store.begin_refresh(&row.key, token, at(5)).await?);
    row.refresh_started_at = Some(at(5));
    assert_eq!(store.load(&row.key).await?.as_ref(), Some(&row));
    for status in [
        AccountStatus::Expired,
        AccountStatus::Error,
        AccountStatus::RateLimited,
        AccountStatus::Restricted,
        AccountStatus::Disconnected,
        AccountStatus::Active,
    ] {
        assert!(store.set_status(&row.key, token, status).await?);
        (row.status, row.refresh_started_at) = (status, None);
        assert_eq!(store.load(&row.key).await?.as_ref(), Some(&row), "a status also ends the refresh");
    }
    store.remove(&row.key).await?;
    Ok(())
}

async fn pages_show_every_account_once(store: &dyn AccountStore) -> Result<()> {
    assert!(store.list_page(None, 3).await?.rows.is_empty(), "an empty store has an empty page");
    let keys = ["", "one", "two"].into_iter().flat_map(|t| ["a", "B", "-000c", "ñ"].map(|id| (t, id)));
    let rows: Vec<_> = keys.map(|(tenant, open_id)| account(tenant, open_id)).collect();
    for row in &rows {
        store.save(row).await?;
    }
    let (mut seen, mut after): (Vec<AccountKey>, Option<AccountKey>) = (Vec::new(), None);
    loop {
        let page = store.list_page(after.as_ref(), 5).await?;
        assert!(page.rows.len() <= 5, "a page has at most the requested number of rows");
        assert!(page.total.is_none_or(|total| total == 12), "the total counts the whole store");
        let Some(last) = page.rows.last() else { break };
        after = Some(last.key.clone());
        for row in page.rows {
            assert!(rows.contains(&row), "a page contains complete rows");
            assert!(!seen.contains(&row.key), "no account appears twice");
            seen.push(row.key);
        }
        // Deletions between two pages must not shift the rest.
        assert!(store.remove(&seen[0]).await?);
        store.save(&account(&seen[0].tenant, &seen[0].open_id)).await?;
    }
    assert_eq!(seen.len(), rows.len(), "every account appears");
    for row in rows {
        store.remove(&row.key).await?;
    }
    Ok(())
}

async fn a_reseal_changes_the_sealed_tokens_only(store: &dyn AccountStore) -> Result<()> {
    let mut row = account("reseal", "1");
    row.status = AccountStatus::RateLimited;
    let there = SealedPair::of(&row);
    let next = SealedPair { access: "next-access".into(), refresh: Some("next-refresh".into()) };
    assert!(!store.reseal(&row.key, &there, &next).await?, "there is no account yet");
    store.save(&row).await?;
    for wrong in [
        SealedPair { access: "sealed-access-0".into(), ..there.clone() },
        SealedPair { refresh: Some("sealed-refresh-0".into()), ..there.clone() },
        SealedPair { refresh: None, ..there.clone() },
        next.clone(),
    ] {
        assert!(!store.reseal(&row.key, &wrong, &next).await?, "both tokens must match");
    }
    assert_eq!(store.load(&row.key).await?.as_ref(), Some(&row), "a lost reseal changes nothing");
    assert!(store.reseal(&row.key, &there, &next).await?);
    row.access_token_sealed.clone_from(&next.access);
    row.refresh_token_sealed.clone_from(&next.refresh);
    assert_eq!(
        store.load(&row.key).await?.as_ref(),
        Some(&row),
        "status, times and the refresh stay unchanged"
    );
    assert!(!store.reseal(&row.key, &there, &next).await?, "the old pair was replaced");

    row.refresh_token_sealed = None;
    store.save(&row).await?;
    let alone = SealedPair { access: "alone".into(), refresh: None };
    assert!(
        store.reseal(&row.key, &SealedPair::of(&row), &alone).await?,
        "a missing token matches an expected `None`"
    );
    store.remove(&row.key).await?;
    Ok(())
}

async fn a_mark_needs_the_expected_status(store: &dyn AccountStore) -> Result<()> {
    let mut row = account("mark", "1");
    assert!(!store.mark(&row.key, AccountStatus::Active, AccountStatus::RateLimited).await?);
    store.save(&row).await?;
    assert!(!store.mark(&row.key, AccountStatus::Expired, AccountStatus::Active).await?);
    assert_eq!(store.load(&row.key).await?.as_ref(), Some(&row), "another status is not changed");
    for to in [
        AccountStatus::RateLimited,
        AccountStatus::Error,
        AccountStatus::Restricted,
        AccountStatus::Disconnected,
        AccountStatus::Expired,
        AccountStatus::Active,
    ] {
        assert!(store.mark(&row.key, row.status, to).await?);
        row.status = to;
        assert_eq!(
            store.load(&row.key).await?.as_ref(),
            Some(&row),
            "a mark does not change an open refresh"
        );
    }
    store.remove(&row.key).await?;
    Ok(())
}

async fn of_many_swaps_one_wins(store: &dyn AccountStore) -> Result<()> {
    let row = account("race", "1");
    store.save(&row).await?;
    let swaps: Vec<_> = (0..16).map(next_tokens).collect();
    let won =
        try_join_all(swaps.iter().map(|next| store.swap(&row.key, Some("sealed-refresh-1"), next))).await?;
    assert_eq!(won.iter().filter(|&&won| won).count(), 1, "exactly one of the swaps of one token wins");
    let winner = won.iter().position(|&won| won).map(|n| &swaps[n].access_token_sealed);
    let there = store.load(&row.key).await?;
    assert_eq!(there.as_ref().map(|row| &row.access_token_sealed), winner);
    store.remove(&row.key).await?;
    Ok(())
}

/// Checks a [`LeaseStore`].
///
/// # Panics
/// At the first requirement that is violated.
pub async fn leases(store: &dyn LeaseStore) -> Result<()> {
    let minute = Duration::from_secs(60);
    assert!(store.acquire("refresh:1", "a", at(0), minute).await?, "a free lease can be acquired");
    assert!(!store.acquire("refresh:1", "b", at(59_999), minute).await?, "a held lease cannot be acquired");
    assert!(
        store.acquire("refresh:2", "b", at(0), minute).await?,
        "leases with different names are independent"
    );
    assert!(store.acquire("refresh:1", "a", at(30_000), minute).await?, "its owner can extend a lease");
    assert!(!store.acquire("refresh:1", "b", at(89_999), minute).await?);
    assert!(store.acquire("refresh:1", "b", at(90_000), minute).await?, "an expired lease is free");
    store.release("refresh:1", "a").await?;
    assert!(
        !store.acquire("refresh:1", "a", at(90_001), minute).await?,
        "only its owner can release a lease"
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
    assert!(!store.acquire("new", "b", at(0), minute).await?, "a lease that expires at that time stays");
    Ok(())
}
