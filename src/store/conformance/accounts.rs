//! Conformance checks of an [`AccountStore`].

use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{AccountKey, AccountStatus};
use crate::store::{
    AccountPatch, AccountRow, AccountStore, Expected, RefreshState, SealedTokens, TokenExpiry,
};
use futures_util::future::try_join_all;

/// Texts that a store corrupts when it builds SQL from them, cuts them at a NUL, ignores case or normalises Unicode.
const ODD: [&str; 6] = ["", "o'brien\"; DROP TABLE accounts; --", "a\0b", "Ana", "ana", "a\u{301}ñ 🎬\n%_"];

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

/// Returns a complete account row for the checks to change.
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

fn tokens(n: usize) -> SealedTokens {
    SealedTokens {
        access: format!("sealed-access-next-{n}"),
        refresh: Some(format!("sealed-refresh-next-{n}")),
    }
}

/// Returns the patch that a refresh writes.
fn refreshed(n: usize) -> AccountPatch {
    AccountPatch {
        tokens: Some(tokens(n)),
        expiry: Some(TokenExpiry { access: at(1_790_000_172_800_000), refresh: None }),
        scopes: None,
        status: Some(AccountStatus::Active),
        refresh: Some(RefreshState::Ended),
    }
}

fn refresh_token(text: &str) -> Expected {
    Expected::RefreshToken(Some(text.into()))
}

/// Checks that `store` meets the requirements of [`AccountStore`].
///
/// # Panics
/// Panics at the first requirement that the store violates.
pub async fn accounts(store: &dyn AccountStore) -> Result<()> {
    rows_come_back_as_they_were(store).await?;
    pages_show_every_account_once(store).await?;
    pages_keep_tenants_apart(store).await?;
    an_update_writes_the_values_of_the_patch_only(store).await?;
    an_update_needs_the_expected_values(store).await?;
    of_many_updates_one_wins(store).await
}

async fn rows_come_back_as_they_were(store: &dyn AccountStore) -> Result<()> {
    let full = account("round", "trip");
    assert_eq!(store.load(&full.key).await?, None, "an account that was never saved is absent");
    assert!(!store.remove(&full.key).await?, "an account that was never saved cannot be removed");
    store.put(&full).await?;
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
    store.put(&bare).await?;
    assert_eq!(store.load(&bare.key).await?.as_ref(), Some(&bare), "a second save replaces the complete row");
    for odd in ODD {
        let mut row = account(odd, odd);
        odd.clone_into(&mut row.display_name);
        row.scopes = vec![odd.into(), "a,b c".into()];
        store.put(&row).await?;
    }
    for odd in ODD {
        let row = store.load(&AccountKey::new(odd, odd)).await?;
        assert_eq!(
            row.map(|row| row.display_name).as_deref(),
            Some(odd),
            "strings with unusual characters must be stored unchanged"
        );
        assert!(store.remove(&AccountKey::new(odd, odd)).await?);
    }
    assert!(store.remove(&bare.key).await?);
    assert_eq!(store.load(&bare.key).await?, None, "a removed account is absent");
    assert!(!store.remove(&bare.key).await?);
    Ok(())
}

async fn pages_show_every_account_once(store: &dyn AccountStore) -> Result<()> {
    assert!(store.list(None, None, 3).await?.rows.is_empty(), "an empty store has an empty page");
    let keys = ["", "one", "two"].into_iter().flat_map(|t| ["a", "B", "-000c", "ñ"].map(|id| (t, id)));
    let rows: Vec<_> = keys.map(|(tenant, open_id)| account(tenant, open_id)).collect();
    for row in &rows {
        store.put(row).await?;
    }
    let (mut seen, mut after): (Vec<AccountKey>, Option<AccountKey>) = (Vec::new(), None);
    loop {
        let page = store.list(None, after.as_ref(), 5).await?;
        assert!(page.rows.len() <= 5, "a page has at most the requested number of rows");
        assert!(page.total.is_none_or(|total| total == 12), "the total counts the whole store");
        let Some(last) = page.rows.last() else { break };
        after = Some(last.key.clone());
        for row in page.rows {
            assert!(rows.contains(&row), "a page contains complete rows");
            assert!(!seen.contains(&row.key), "no account appears twice");
            seen.push(row.key);
        }
        // A deletion between two pages must not shift the remaining accounts.
        assert!(store.remove(&seen[0]).await?);
        store.put(&account(&seen[0].tenant, &seen[0].open_id)).await?;
    }
    assert_eq!(seen.len(), rows.len(), "every account appears");
    for row in rows {
        store.remove(&row.key).await?;
    }
    Ok(())
}

async fn pages_keep_tenants_apart(store: &dyn AccountStore) -> Result<()> {
    let rows = [account("", "c"), account("two", "b"), account("two", "a"), account("one", "a")];
    for row in &rows {
        store.put(row).await?;
    }
    for (tenant, expected) in [("two", 2), ("", 1), ("one", 1), ("none", 0)] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.list(Some(tenant), after.as_ref(), 1).await?;
            let Some(row) = page.rows.into_iter().next() else { break };
            assert_eq!(row.key.tenant, tenant, "a page of a tenant contains only its accounts");
            assert!(!found.contains(&row.key), "no account appears twice");
            after = Some(row.key.clone());
            found.push(row.key);
        }
        assert_eq!(found.len(), expected, "every account of the tenant {tenant:?} appears");
    }
    for row in rows {
        store.remove(&row.key).await?;
    }
    Ok(())
}

async fn an_update_writes_the_values_of_the_patch_only(store: &dyn AccountStore) -> Result<()> {
    let mut row = AccountRow { status: AccountStatus::Expired, ..account("patch", "1") };
    let neighbour = account("patch", "2");
    store.put(&row).await?;
    store.put(&neighbour).await?;
    let expiry = |refresh| Some(TokenExpiry { access: at(7), refresh });
    let scopes = |scopes: &[&str]| Some(scopes.iter().map(|scope| (*scope).to_owned()).collect());
    let alone = SealedTokens { access: "alone".into(), refresh: None };
    let statuses = [
        AccountStatus::Expired,
        AccountStatus::Error,
        AccountStatus::RateLimited,
        AccountStatus::Restricted,
        AccountStatus::Disconnected,
        AccountStatus::Active,
    ];
    let patches = [
        refreshed(0),
        AccountPatch::refresh_started(at(5)),
        AccountPatch { refresh: Some(RefreshState::Ended), ..AccountPatch::default() },
        AccountPatch { scopes: scopes(&["video.list", "a,b c"]), ..AccountPatch::default() },
        AccountPatch { scopes: scopes(&[]), ..AccountPatch::default() },
        AccountPatch { expiry: expiry(Some(at(i64::MAX))), ..AccountPatch::default() },
        AccountPatch { expiry: expiry(None), ..AccountPatch::default() },
        AccountPatch::tokens(alone),
        AccountPatch::tokens(tokens(1)),
        AccountPatch::default(),
        AccountPatch::refresh_started(at(6)),
    ];
    for patch in patches.into_iter().chain(statuses.map(AccountPatch::status)) {
        let expected = Expected::Tokens(SealedTokens::of(&row));
        assert!(
            store.update(&row.key, &expected, &patch).await?,
            "the stored values match the expected values"
        );
        patch.apply(&mut row);
        assert_eq!(store.load(&row.key).await?.as_ref(), Some(&row), "{patch:?} changes nothing else");
    }
    assert_eq!(store.load(&neighbour.key).await?.as_ref(), Some(&neighbour), "other accounts stay unchanged");
    store.remove(&row.key).await?;
    store.remove(&neighbour.key).await?;
    Ok(())
}

async fn an_update_needs_the_expected_values(store: &dyn AccountStore) -> Result<()> {
    let mut row = account("expected", "1");
    let there = SealedTokens::of(&row);
    let next = AccountPatch { scopes: Some(vec!["video.list".into()]), ..refreshed(0) };
    assert!(
        !store.update(&row.key, &refresh_token("sealed-refresh-1"), &next).await?,
        "`update` must return false when the account does not exist"
    );
    assert_eq!(store.load(&row.key).await?, None, "an update of a missing account must not create it");
    store.put(&row).await?;
    for wrong in [
        Expected::RefreshToken(None),
        refresh_token(""),
        refresh_token("sealed-refresh-0"),
        refresh_token("SEALED-REFRESH-1"),
        Expected::Tokens(SealedTokens { access: "sealed-access-0".into(), ..there.clone() }),
        Expected::Tokens(SealedTokens { refresh: Some("sealed-refresh-0".into()), ..there.clone() }),
        Expected::Tokens(SealedTokens { refresh: None, ..there.clone() }),
        Expected::Status(AccountStatus::Expired),
    ] {
        assert!(!store.update(&row.key, &wrong, &next).await?, "the stored values do not match {wrong:?}");
    }
    assert_eq!(
        store.load(&row.key).await?.as_ref(),
        Some(&row),
        "an update whose expected values do not match must change nothing"
    );
    for right in [refresh_token("sealed-refresh-1"), Expected::Tokens(there), Expected::Status(row.status)] {
        assert!(
            store.update(&row.key, &right, &AccountPatch::default()).await?,
            "the stored values match {right:?}"
        );
    }
    assert!(store.update(&row.key, &refresh_token("sealed-refresh-1"), &next).await?);
    assert!(
        !store.update(&row.key, &refresh_token("sealed-refresh-1"), &next).await?,
        "the old token was replaced"
    );

    row.refresh_token_sealed = None;
    store.put(&row).await?;
    for right in [Expected::RefreshToken(None), Expected::Tokens(SealedTokens::of(&row))] {
        assert!(
            store.update(&row.key, &right, &AccountPatch::default()).await?,
            "a missing token matches an expected `None`"
        );
    }
    store.remove(&row.key).await?;
    Ok(())
}

async fn of_many_updates_one_wins(store: &dyn AccountStore) -> Result<()> {
    let row = account("race", "1");
    store.put(&row).await?;
    let (expected, patches) = (refresh_token("sealed-refresh-1"), (0..16).map(refreshed).collect::<Vec<_>>());
    let won = try_join_all(patches.iter().map(|patch| store.update(&row.key, &expected, patch))).await?;
    assert_eq!(
        won.iter().filter(|&&won| won).count(),
        1,
        "exactly one of several updates of the same token succeeds"
    );
    let winner = won.iter().position(|&won| won).map(|n| tokens(n).access);
    let there = store.load(&row.key).await?;
    assert_eq!(there.map(|row| row.access_token_sealed), winner);
    store.remove(&row.key).await?;
    Ok(())
}
