//! Errors and stored state when the account store is unavailable or changes concurrently.

use crate::faulty_store::{FaultyStore, conflict, erased, unavailable};
use crate::world::{KEY, World};
use std::sync::Arc;
use std::time::Duration;
use toklink::store::AccountStore;
use toklink::{
    AccountKey, AccountSelection, AccountStatus, Client, CollectOptions, Config, Dispatch, ErrorKind, Owner,
    Reason, ResealOptions,
};
use toklink_emulator::{CLIENT_SECRET, Fault};

const TOKEN: &str = "/v2/oauth/token/";
const NEW_KEY: &str = "a07c1d5e9b3f48260fd1b2a3948576e1d0c3b4a5968778695a4b3c2d1e0f9ab7";

async fn connected() -> (World, Arc<FaultyStore>, Client, AccountKey) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let store = FaultyStore::new(&world.store);
    let client = world.client_on(Arc::<FaultyStore>::clone(&store));
    (world, store, client, account)
}

async fn status(world: &World, account: &AccountKey) -> AccountStatus {
    world.store.load(account).await.unwrap().unwrap().status
}

/// Returns a client of this world that encrypts with a new key and still decrypts values of the old key.
fn rotated(world: &World, accounts: Arc<dyn AccountStore>) -> Client {
    let config = Config::builder()
        .client_key(world.client_key)
        .client_secret(CLIENT_SECRET)
        .encryption_keys(format!("new:{NEW_KEY},old:{KEY}"))
        .api_base_url(world.emulator.base_url())
        .build()
        .unwrap();
    let builder = Client::builder(config).store(Arc::clone(&world.store)).accounts(accounts);
    builder.clock(world.clock()).build().unwrap()
}

/// Removes the refresh token from the row, as if TikTok had returned none.
async fn without_refresh_token(world: &World, account: &AccountKey) {
    let mut row = world.store.load(account).await.unwrap().unwrap();
    row.refresh_token_sealed = None;
    world.store.put(&row).await.unwrap();
}

#[tokio::test]
async fn failed_disconnect_blocks_the_account_and_can_be_retried() {
    let (world, store, client, account) = connected().await;
    store.inject("remove", 1, unavailable);
    let error = client.disconnect(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(status(&world, &account).await, AccountStatus::Disconnected);
    let error = client.user_info(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.reason(), Reason::AccountDisconnected, "{error}");
    client.disconnect(&account).await.unwrap();
    assert!(world.store.load(&account).await.unwrap().is_none());
}

#[tokio::test]
async fn disconnect_fails_when_store_and_tiktok_are_unavailable() {
    let (world, store, client, account) = connected().await;
    store.inject("remove", 1, unavailable);
    world.fault(Fault::on("revoke").times(0).status(503));
    let error = client.disconnect(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(status(&world, &account).await, AccountStatus::Disconnected);
}

#[tokio::test]
async fn disconnect_retries_the_status_update_after_a_conflict() {
    let (world, store, client, account) = connected().await;
    store.inject("set_status", 1, conflict);
    store.inject("remove", 1, unavailable);
    client.disconnect(&account).await.unwrap_err();
    assert_eq!(status(&world, &account).await, AccountStatus::Disconnected);
}

#[tokio::test]
async fn refresh_sends_nothing_when_the_row_keeps_changing() {
    let (world, store, client, account) = connected().await;
    world.advance(Duration::from_secs(7200));
    let before = world.emulator.count(TOKEN);
    store.inject("start_refresh", 5, conflict);
    let error = client.user_info(&account).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.dispatch(), error.owner()),
        (ErrorKind::Unavailable, Dispatch::NotSent, Owner::App)
    );
    assert!(error.is_retryable(), "{error}");
    assert_eq!(world.emulator.count(TOKEN), before);
    client.user_info(&account).await.unwrap();
}

#[tokio::test]
async fn new_token_pair_is_stored_by_the_next_call_after_conflicts() {
    let (world, store, client, account) = connected().await;
    world.advance(Duration::from_secs(7200));
    store.inject("store_tokens", 10, conflict);
    let error = client.user_info(&account).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Unavailable && error.is_retryable(), "{error}");
    let sent = world.emulator.count(TOKEN);
    client.user_info(&account).await.unwrap();
    assert_eq!(
        world.emulator.count(TOKEN),
        sent,
        "the pair that was kept is written, and no other asked for"
    );
    world.advance(Duration::from_secs(7200));
    world.client.user_info(&account).await.unwrap();
}

#[tokio::test]
async fn account_erased_during_its_refresh_stays_erased() {
    let (world, store, client, account) = connected().await;
    world.advance(Duration::from_secs(7200));
    store.inject("store_tokens", 1, erased);
    let error = client.user_info(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    assert!(world.store.load(&account).await.unwrap().is_none());
}

#[tokio::test]
async fn access_token_without_refresh_token_works_until_it_expires() {
    let (world, _, client, account) = connected().await;
    without_refresh_token(&world, &account).await;
    let before = world.emulator.count(TOKEN);
    world.advance(Duration::from_secs(7200 - 30));
    client.user_info(&account).await.unwrap();
    world.advance(Duration::from_secs(60));
    let error = client.user_info(&account).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unauthorized, false));
    assert_eq!(status(&world, &account).await, AccountStatus::Expired);
    assert_eq!(world.emulator.count(TOKEN), before);
}

#[tokio::test]
async fn rejected_token_without_refresh_token_expires_the_account() {
    let (world, _, client, account) = connected().await;
    without_refresh_token(&world, &account).await;
    world.fault(Fault::on("user_info").error(401, "access_token_invalid"));
    assert_eq!(client.user_info(&account).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(status(&world, &account).await, AccountStatus::Expired);
}

#[tokio::test]
async fn reseal_retries_a_busy_store() {
    let (world, store, _, _) = connected().await;
    let client = rotated(&world, Arc::<FaultyStore>::clone(&store));
    store.inject("list", 2, unavailable);
    store.inject("reseal", 2, unavailable);
    store.inject("load", 1, unavailable);
    let report = client.reseal_accounts(&ResealOptions::default()).await.unwrap();
    assert_eq!((report.counts.resealed, report.counts.failed, report.outstanding), (1, 0, 0));
}

#[tokio::test]
async fn reseal_reports_a_contended_row_and_skips_an_erased_one() {
    let (world, store, _, account) = connected().await;
    let client = rotated(&world, Arc::<FaultyStore>::clone(&store));
    store.inject("reseal", 5, conflict);
    let report = client.reseal_accounts(&ResealOptions::default()).await.unwrap();
    assert_eq!((report.counts.failed, report.outstanding), (1, 1));
    let failure = &report.failures[0];
    assert_eq!((failure.code, failure.account_id.as_str()), ("CONFLICT", account.open_id.as_str()));

    store.inject("reseal", 1, erased);
    let report = client.reseal_accounts(&ResealOptions::default()).await.unwrap();
    assert_eq!((report.counts.skipped, report.counts.failed, report.outstanding), (1, 0, 0));
}

#[tokio::test]
async fn reseal_failure_contains_the_message_of_the_store() {
    let (world, store, _, _) = connected().await;
    let client = rotated(&world, Arc::<FaultyStore>::clone(&store));
    store.inject("reseal", 5, unavailable);
    let report = client.reseal_accounts(&ResealOptions::default()).await.unwrap();
    assert_eq!(
        (report.failures[0].code, report.failures[0].message.as_str()),
        ("UNAVAILABLE", "the store is away")
    );
    store.inject("list", 10, unavailable);
    let error = client.reseal_accounts(&ResealOptions::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Unavailable, "reseal_accounts"));
}

#[tokio::test]
async fn collection_retries_a_busy_store() {
    let (_world, store, client, _) = connected().await;
    store.inject("list", 2, unavailable);
    let report = client.collect_metrics(&AccountSelection::All, &CollectOptions::default()).await.unwrap();
    assert_eq!((report.counts.collected, report.complete), (1, true));
}
