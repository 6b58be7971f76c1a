//! Refreshes that race with another process, find the store unavailable, or receive an incomplete response.

use crate::faulty_store::{Effect, FaultyStore, performed, unavailable};
use crate::world::{OffsetClock, World, client};
use std::sync::Arc;
use std::time::Duration;
use toklink::store::{
    AccountPatch, AccountRow, AccountStore, Expected, RefreshState, SealedTokens, TokenExpiry,
};
use toklink::{AccountKey, AccountStatus, ErrorKind, MemoryStore, Reason, Timestamp};
use toklink_emulator::{Fault, Rotation};

const TOKEN: &str = "/v2/oauth/token/";

/// Returns an account with an expired token, and the token pair that another process has received but not stored yet.
async fn with_an_unsaved_pair(world: &World) -> (AccountKey, AccountPatch) {
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    let row = world.store.load(&account).await.unwrap().unwrap();
    let other_store = Arc::new(MemoryStore::new());
    other_store.put(&row).await.unwrap();
    client(&world.emulator, world.client_key, Arc::clone(&other_store)).user_info(&account).await.unwrap();
    let refreshed = other_store.load(&account).await.unwrap().unwrap();
    let now = Timestamp::from_millis(world.emulator.now_ms());
    let started = AccountPatch::refresh_started(now);
    assert!(world.store.update(&account, &Expected::refresh_token_of(&row), &started).await.unwrap());
    (account, pair_of(&refreshed))
}

fn pair_of(row: &AccountRow) -> AccountPatch {
    AccountPatch {
        tokens: Some(SealedTokens::of(row)),
        expiry: Some(TokenExpiry { access: row.access_expires_at, refresh: row.refresh_expires_at }),
        scopes: None,
        status: Some(AccountStatus::Active),
        refresh: Some(RefreshState::Ended),
    }
}

/// Returns a store in which the other process stores its token pair before the 20th read of the row.
fn store_with_late_pair(world: &World, pair: AccountPatch) -> Arc<FaultyStore> {
    let store = FaultyStore::new(&world.store);
    store.inject("load", 19, performed);
    store.inject("load", 1, move |call| {
        let pair = pair.clone();
        async move {
            let row = call.store.load(call.account()).await?.unwrap();
            assert!(call.store.update(call.account(), &Expected::refresh_token_of(&row), &pair).await?);
            Ok(Effect::Performed)
        }
    });
    store
}

#[tokio::test]
async fn invalid_grant_is_ignored_while_another_refresh_runs() {
    let world = World::new().await;
    let (account, pair) = with_an_unsaved_pair(&world).await;
    let accounts = store_with_late_pair(&world, pair);
    let before = world.emulator.count(TOKEN);
    world.client_on(accounts).user_info(&account).await.unwrap();
    assert_eq!(world.emulator.count(TOKEN), before + 1, "the stored token was sent again");
    assert_eq!(world.client.account(&account).await.unwrap().status, AccountStatus::Active);
}

#[tokio::test]
async fn running_refresh_is_not_abandoned_when_a_clock_jumps_ahead() {
    let world = World::new().await;
    let (account, pair) = with_an_unsaved_pair(&world).await;
    let accounts = store_with_late_pair(&world, pair);
    let clock = Arc::new(OffsetClock::new(&world));
    let client = world.client_on_at(accounts, clock.clone());
    clock.set_offset_ms(61_000);
    client.user_info(&account).await.unwrap();
    assert_eq!(client.account(&account).await.unwrap().status, AccountStatus::Active);
}

#[tokio::test]
async fn late_token_pair_reactivates_an_expired_account() {
    let world = World::new().await;
    let (account, pair) = with_an_unsaved_pair(&world).await;
    let began = world.emulator.now_ms();
    let error = world.client.user_info(&account).await.unwrap_err();
    assert_eq!(error.reason(), Reason::RefreshInterrupted, "{error}");
    assert!(world.emulator.now_ms() - began >= 60_000, "the other attempt had its minute");
    assert_eq!(world.client.account(&account).await.unwrap().status, AccountStatus::Expired);
    let row = world.store.load(&account).await.unwrap().unwrap();
    assert!(world.store.update(&account, &Expected::refresh_token_of(&row), &pair).await.unwrap());
    world.client.user_info(&account).await.unwrap();
    world.advance(Duration::from_secs(7200));
    world.client.user_info(&account).await.unwrap();
}

#[tokio::test]
async fn every_later_caller_gets_the_interrupted_refresh_error() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    world.fault(Fault::on("token").reset_after());
    world.client.user_info(&account).await.unwrap_err();
    let first = world.client.user_info(&account).await.unwrap_err();
    let other = world.another_client().user_info(&account).await.unwrap_err();
    assert_eq!(first.message(), other.message());
    assert_eq!(first.reason(), Reason::RefreshInterrupted, "{first}");
}

#[tokio::test]
async fn own_interrupted_refresh_is_reported_without_a_wait() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    world.fault(Fault::on("token").reset_after());
    world.client.user_info(&account).await.unwrap_err();
    let began = world.emulator.now_ms();
    world.client.user_info(&account).await.unwrap_err();
    assert_eq!(world.emulator.now_ms(), began);
}

#[tokio::test]
async fn rejected_refresh_keeps_an_earlier_refresh_start_time() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    world.fault(Fault::on("token").reset_after());
    world.client.user_info(&account).await.unwrap_err();
    let open = world.store.load(&account).await.unwrap().unwrap().refresh_started_at;
    assert!(open.is_some());
    world.advance(Duration::from_secs(5));
    world.fault(Fault::on("token").status(503));
    world.client.user_info(&account).await.unwrap_err();
    assert_eq!(world.store.load(&account).await.unwrap().unwrap().refresh_started_at, open);
}

#[tokio::test]
async fn unsaved_token_pair_is_stored_when_the_store_recovers() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    let accounts = FaultyStore::new(&world.store);
    accounts.inject("store_tokens", 12, unavailable);
    let client = world.client_on(accounts);
    let error = client.user_info(&account).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    let before = world.emulator.count(TOKEN);
    client.user_info(&account).await.unwrap();
    assert_eq!(world.emulator.count(TOKEN), before, "nothing was sent again");
    world.advance(Duration::from_secs(7200));
    world.client.user_info(&account).await.unwrap();
}

#[tokio::test]
async fn unsaved_token_pair_overrides_an_expired_status() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    let accounts = FaultyStore::new(&world.store);
    accounts.inject("store_tokens", 10, unavailable);
    let client = world.client_on(accounts);
    client.user_info(&account).await.unwrap_err();
    world.another_client().user_info(&account).await.unwrap_err();
    assert_eq!(world.client.account(&account).await.unwrap().status, AccountStatus::Expired);
    client.user_info(&account).await.unwrap();
    assert_eq!(world.client.account(&account).await.unwrap().status, AccountStatus::Active);
}

#[tokio::test]
async fn token_is_used_until_it_expires_when_a_refresh_fails() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200 - 200));
    world.fault(Fault::on("token").times(2).status(503));
    world.client.user_info(&account).await.unwrap();
    world.advance(Duration::from_secs(201));
    assert_eq!(world.client.user_info(&account).await.unwrap_err().kind(), ErrorKind::Unavailable);
    world.client.user_info(&account).await.unwrap();
}

#[tokio::test]
async fn response_without_a_refresh_token_keeps_the_stored_one() {
    for refresh_token in ["null", "\"\"", "absent"] {
        let world = World::new().await;
        world.emulator.configure(|settings| settings.rotation = Rotation::Never);
        let account = world.connect("ana.makes").await;
        let kept = world.store.load(&account).await.unwrap().unwrap().refresh_token_sealed;
        let client = world.client_with_token_replies(move |reply| match refresh_token {
            "absent" => drop(reply.remove("refresh_token")),
            text => drop(reply.insert("refresh_token".into(), serde_json::from_str(text).unwrap())),
        });
        for _ in 0..3 {
            world.advance(Duration::from_secs(7200));
            client.user_info(&account).await.unwrap();
            let now = world.store.load(&account).await.unwrap().unwrap().refresh_token_sealed;
            assert_eq!(now, kept, "{refresh_token}");
        }
    }
}
