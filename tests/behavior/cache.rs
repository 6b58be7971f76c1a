//! The read cache: a repeated read sends no request until the cached value expires or the account changes.

use crate::world::{World, config};
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use toklink::{AccountKey, CachePolicy, Client, ErrorKind, QuotaKind};
use toklink_emulator::Fault;

/// Returns a client of `world` with the default cache policy.
fn keeping(world: &World) -> Client {
    let config = config(&world.emulator, world.client_key);
    Client::builder(config).store(Arc::clone(&world.store)).clock(world.clock()).build().unwrap()
}

fn left(client: &Client, account: &AccountKey, kind: QuotaKind) -> u32 {
    let lines = client.quota_status(account);
    lines.iter().find(|line| line.kind == kind).map(|line| line.remaining).unwrap()
}

#[tokio::test]
async fn profile_is_cached_for_an_hour() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let client = keeping(&world);
    let first = client.user_info(&account).await.unwrap();
    let (sent, slots) = (world.emulator.count("user_info"), left(&client, &account, QuotaKind::UserInfo));
    assert_eq!(client.user_info(&account).await.unwrap(), first);
    assert_eq!(world.emulator.count("user_info"), sent);
    assert_eq!(left(&client, &account, QuotaKind::UserInfo), slots);
    world.advance(Duration::from_secs(3600));
    client.user_info(&account).await.unwrap();
    assert_eq!(world.emulator.count("user_info"), sent + 1);
    client.invalidate_cache(&account);
    client.user_info(&account).await.unwrap();
    assert_eq!(world.emulator.count("user_info"), sent + 2);
}

#[tokio::test]
async fn video_page_and_metrics_share_one_request() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let client = keeping(&world);
    client.list_videos(&account, None, 20).await.unwrap();
    client.account_metrics(&account).await.unwrap();
    assert_eq!(world.emulator.count("video_list"), 1);
    world.advance(Duration::from_secs(30));
    client.account_metrics(&account).await.unwrap();
    assert_eq!(world.emulator.count("video_list"), 2);
}

#[tokio::test]
async fn creator_info_is_never_cached() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let client = keeping(&world);
    client.creator_info(&account).await.unwrap();
    client.creator_info(&account).await.unwrap();
    assert_eq!(world.emulator.count("creator_info"), 2);
}

#[tokio::test]
async fn concurrent_callers_share_one_request_or_one_error() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let client = keeping(&world);
    let sent = world.emulator.count("user_info");
    let crowd = join_all((0..50).map(|_| client.user_info(&account))).await;
    assert!(crowd.iter().all(Result::is_ok));
    assert_eq!(world.emulator.count("user_info"), sent + 1);
    world.fault(Fault::on("video_list").times(1).error(400, "invalid_params"));
    let crowd = join_all((0..50).map(|_| client.list_videos(&account, None, 20))).await;
    assert!(crowd.iter().all(|page| page.as_ref().unwrap_err().kind() == ErrorKind::InvalidInput));
    assert_eq!(world.emulator.count("video_list"), 1);
    client.list_videos(&account, None, 20).await.unwrap();
}

#[tokio::test]
async fn cache_is_cleared_when_the_account_is_disconnected() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let client = keeping(&world);
    client.user_info(&account).await.unwrap();
    client.disconnect(&account).await.unwrap();
    assert_eq!(client.user_info(&account).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn token_refresh_invalidates_the_cache() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let policy = CachePolicy::default().with_user_info(Duration::from_secs(30 * 24 * 3600));
    let client = Client::builder(config(&world.emulator, world.client_key))
        .store(Arc::clone(&world.store))
        .clock(world.clock())
        .cache(policy)
        .build()
        .unwrap();
    client.user_info(&account).await.unwrap();
    let sent = world.emulator.count("user_info");
    client.user_info(&account).await.unwrap();
    assert_eq!(world.emulator.count("user_info"), sent);
    // The access token expires within a day, so the next call refreshes it.
    world.advance(Duration::from_secs(24 * 3600));
    client.user_info(&account).await.unwrap();
    assert_eq!(world.emulator.count("user_info"), sent + 1);
}
