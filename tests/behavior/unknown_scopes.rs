//! Accounts whose granted scopes are not stored. TikTok's responses decide which fields the client can read.

use crate::world::{ALL_SCOPES, World};
use std::time::Duration;
use toklink::store::AccountStore;
use toklink::{AccountKey, AccountSelection, AccountStatus, CollectOptions, ErrorKind};

/// Connects `ana.makes` with these scopes, then clears the row's scopes, as in a row that the host's own code wrote.
async fn connected(world: &World, granted: &[&str]) -> AccountKey {
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", granted);
    let account = world.finish(&start, &callback).await.unwrap().account;
    let key = AccountKey::new(account.tenant, account.account_id);
    let mut row = world.store.load(&key).await.unwrap().unwrap();
    row.scopes = vec![];
    world.store.put(&row).await.unwrap();
    key
}

#[tokio::test]
async fn account_reads_everything_when_its_scopes_are_not_stored() {
    let world = World::new().await;
    let account = connected(&world, &ALL_SCOPES).await;
    let user = world.client.user_info(&account).await.unwrap();
    assert!(user.username.is_some() && user.follower_count.is_some(), "{user:?}");
    assert_eq!(world.client.account_metrics(&account).await.unwrap().videos_read, 20);
    let swept =
        world.client.collect_metrics(&AccountSelection::All, &CollectOptions::default()).await.unwrap();
    assert!(swept.failures.is_empty(), "{:?}", swept.failures);
    assert!(
        world.client.account(&account).await.unwrap().missing_scopes.is_empty(),
        "none is known to be missing"
    );
}

#[tokio::test]
async fn profile_has_the_granted_fields_when_scopes_are_not_stored() {
    for (granted, stats, name) in [
        (&["user.info.basic", "user.info.stats"][..], true, false),
        (&["user.info.basic", "user.info.profile"], false, true),
        (&["user.info.basic"], false, false),
    ] {
        let world = World::new().await;
        let account = connected(&world, granted).await;
        let user = world.client.user_info(&account).await.unwrap();
        assert_eq!((user.follower_count.is_some(), user.username.is_some()), (stats, name), "{granted:?}");
        let status = world.client.account(&account).await.unwrap().status;
        assert_eq!(status, AccountStatus::Active, "a missing scope is not a fault of the account");
        let metrics = world.client.account_metrics(&account).await;
        if !stats {
            let error = metrics.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
            assert!(error.tiktok_code().is_some(), "{error}");
        }
    }
}

#[tokio::test]
async fn refresh_stores_the_scopes_that_tiktok_returns() {
    let world = World::new().await;
    let account = connected(&world, &ALL_SCOPES).await;
    assert!(world.client.account(&account).await.unwrap().scopes.is_empty());
    world.advance(Duration::from_secs(25 * 60 * 60));
    world.client.user_info(&account).await.unwrap();
    assert_eq!(world.client.account(&account).await.unwrap().scopes.len(), ALL_SCOPES.len());
}
