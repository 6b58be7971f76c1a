//! The retention of journal rows and leases, and the data that a disconnect erases.

use crate::video::mp4;
use crate::world::{OffsetClock, World, clock_of, config};
use std::sync::Arc;
use std::time::Duration;
use toklink::PublishPhase;
use toklink::store::{JournalStore, LeaseStore};
use toklink::{
    AccountKey, AccountSelection, Client, CollectOptions, ErrorKind, PostInfo, PrivacyLevel, PublishOptions,
    PublishVideo, Timestamp,
};
use toklink_emulator::Fault;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn connected() -> (World, AccountKey) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    (world, account)
}

async fn publish(world: &World, client: &Client, account: &AccountKey, key: &str) -> toklink::Result<()> {
    let file = mp4(1000);
    let input = PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::SelfOnly));
    let options = PublishOptions { idempotency_key: Some(key.into()), ..PublishOptions::default() };
    let published = client.publish_video(account, &input, &options).await;
    world.emulator.settled().await;
    published.map(drop)
}

/// Returns a client with a journal retention of two days.
fn two_days(world: &World) -> Client {
    Client::builder(config(&world.emulator, world.client_key))
        .store(Arc::clone(&world.store))
        .clock(clock_of(&world.emulator))
        .journal_retention(2 * DAY)
        .build()
        .unwrap()
}

#[tokio::test]
async fn publish_is_kept_until_its_retention_ends() {
    let (world, account) = connected().await;
    let client = two_days(&world);
    publish(&world, &client, &account, "ended").await.unwrap();
    world.fault(Fault::on("upload").times(20).status(503));
    publish(&world, &client, &account, "unfinished").await.unwrap_err();
    world.emulator.clear_faults();
    world.advance(DAY);
    publish(&world, &client, &account, "later").await.unwrap();
    assert!(world.store.find(&account, "ended").await.unwrap().is_some());
    world.advance(2 * DAY + Duration::from_secs(3600));
    client.collect_metrics(&AccountSelection::All, &CollectOptions::default()).await.unwrap();
    assert_eq!(world.store.find(&account, "ended").await.unwrap(), None);
    for key in ["unfinished", "later"] {
        assert!(world.store.find(&account, key).await.unwrap().is_some(), "{key}");
    }
}

#[tokio::test]
async fn default_retention_is_thirty_days() {
    let (world, account) = connected().await;
    publish(&world, &world.client, &account, "k").await.unwrap();
    for (days, kept) in [(29, true), (1, true), (2, false)] {
        world.advance(days * DAY);
        publish(&world, &world.client, &account, &format!("after {days}")).await.unwrap();
        assert_eq!(world.store.find(&account, "k").await.unwrap().is_some(), kept, "after {days} more days");
    }
}

#[tokio::test]
async fn key_is_kept_when_the_clock_is_a_day_ahead() {
    let (world, account) = connected().await;
    publish(&world, &world.client, &account, "k").await.unwrap();
    world.advance(29 * DAY + DAY / 2);
    let clock = OffsetClock::new(&world);
    clock.set_offset_ms(i64::try_from(DAY.as_millis()).unwrap());
    let ahead = world.client_at(Arc::new(clock));
    publish(&world, &ahead, &account, "other").await.unwrap();
    assert!(world.store.find(&account, "k").await.unwrap().is_some());
    publish(&world, &world.client, &account, "k").await.unwrap();
    assert_eq!(world.emulator.posts().len(), 2, "a call within the retention posts nothing again");
}

#[tokio::test]
async fn old_leases_are_deleted() {
    let (world, account) = connected().await;
    let store = &*world.store;
    let now = Timestamp::from_millis(world.emulator.now_ms());
    assert!(store.acquire("of a process that died", "a", now, Duration::from_secs(60)).await.unwrap());
    world.advance(2 * DAY);
    publish(&world, &world.client, &account, "k").await.unwrap();
    // At the time `now`, a lease that was not deleted would still be active.
    assert!(store.acquire("of a process that died", "b", now, Duration::from_secs(1)).await.unwrap());
}

#[tokio::test]
async fn disconnect_erases_only_the_journal_of_its_account() {
    let (world, account) = connected().await;
    let other = world.connect("ben.private").await;
    publish(&world, &world.client, &account, "k").await.unwrap();
    let row = world.store.find(&account, "k").await.unwrap().unwrap();
    assert_eq!(row.phase, PublishPhase::Done);
    let of_other = toklink::store::PublishRow { account: other.clone(), ..row };
    assert!(world.store.insert(&of_other).await.unwrap());
    world.client.disconnect(&account).await.unwrap();
    assert_eq!(world.store.find(&account, "k").await.unwrap(), None);
    assert!(world.store.find(&other, "k").await.unwrap().is_some());
}

#[tokio::test]
async fn retention_below_a_day_is_rejected() {
    let (world, _) = connected().await;
    let builder = Client::builder(config(&world.emulator, world.client_key));
    let error = builder.journal_retention(Duration::from_secs(86_399)).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("86399000 ms"), "{error}");
}
