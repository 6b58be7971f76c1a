//! Refreshes that several callers share, that fail because of the host's store, or that race with a new login.

use crate::faulty_store::{Effect, FaultyStore, performed};
use crate::intercepting_transport;
use crate::world::{World, client};
use std::future::Ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use toklink::clock::BoxFuture;
use toklink::store::{AccountRow, AccountStore};
use toklink::{AccountKey, ErrorKind, MemoryStore};
use toklink_emulator::Fault;

const TOKEN: &str = "/v2/oauth/token/";
const USER_INFO: &str = "/v2/user/info/";

/// Returns the account's row with tokens that another process has refreshed but not stored yet.
async fn refreshed_by_another_process(world: &World, account: &AccountKey) -> AccountRow {
    let other_store = Arc::new(MemoryStore::new());
    other_store.put(&world.store.load(account).await.unwrap().unwrap()).await.unwrap();
    client(&world.emulator, world.client_key, Arc::clone(&other_store)).user_info(account).await.unwrap();
    other_store.load(account).await.unwrap().unwrap()
}

/// Returns the account's row after a new login, without storing it.
async fn row_after_a_new_login(world: &World) -> AccountRow {
    let other = World::new_on(world);
    let before = other.store.list(None, None, usize::MAX).await.unwrap().rows.remove(0);
    let account = other.connect("ana.makes").await;
    let new_login = other.store.load(&account).await.unwrap().unwrap();
    other.store.put(&before).await.unwrap();
    new_login
}

#[tokio::test]
async fn caller_refreshes_again_if_a_shared_refresh_kept_the_token() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200 - 100));
    let refreshed = refreshed_by_another_process(&world, &account).await;

    let store = FaultyStore::new(&world.store);
    // The caller makes the first read of the row, and its refresh the second.
    store.inject("load", 1, performed);
    let (reading, resume) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (started, resumed) = (Arc::clone(&reading), Arc::clone(&resume));
    store.inject("load", 1, move |_| {
        let (started, resumed) = (Arc::clone(&started), Arc::clone(&resumed));
        async move {
            started.notify_one();
            resumed.notified().await;
            Ok(Effect::Performed)
        }
    });
    let replies = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&replies);
    let counting_client =
        intercepting_transport::client(&world, Arc::<FaultyStore>::clone(&store), move |path| {
            count.fetch_add(usize::from(path == USER_INFO), Ordering::SeqCst);
            Box::pin(async {})
        });
    let (first, key) = (counting_client.clone(), account.clone());
    let first = tokio::spawn(async move { first.user_info(&key).await });
    reading.notified().await;
    world.store.put(&refreshed).await.unwrap();

    world.fault(Fault::on("user_info").error(401, "access_token_invalid"));
    let (second, key) = (counting_client.clone(), account.clone());
    let second = tokio::spawn(async move { second.user_info(&key).await });
    while replies.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let before = world.emulator.count(TOKEN);
    resume.notify_one();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(world.emulator.count(TOKEN), before + 1, "the token that TikTok refused was refreshed, once");
    let row = world.store.load(&account).await.unwrap().unwrap();
    assert_ne!(row.access_token_sealed, refreshed.access_token_sealed);
}

#[tokio::test]
async fn store_panic_fails_one_refresh_only() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    let store = FaultyStore::new(&world.store);
    store.inject("load", 1, performed);
    store.inject("load", 1, |_| -> Ready<_> { panic!("a fault of the host's store") });
    let client = world.client_on(store);
    let error = client.user_info(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
    client.user_info(&account).await.unwrap();
}

/// Returns a client. While its token request is in flight, a new login stores the row `new_login`.
fn overtaken(world: &World, new_login: &AccountRow) -> toklink::Client {
    let (store, new_login) = (Arc::clone(&world.store), new_login.clone());
    intercepting_transport::client(
        world,
        Arc::<MemoryStore>::clone(&world.store),
        move |path| -> BoxFuture<'static, ()> {
            if path != TOKEN {
                return Box::pin(async {});
            }
            let (store, new_login) = (Arc::clone(&store), new_login.clone());
            Box::pin(async move { store.put(&new_login).await.unwrap() })
        },
    )
}

#[tokio::test]
async fn superseded_refresh_keeps_the_new_login() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    let new_login = row_after_a_new_login(&world).await;
    overtaken(&world, &new_login).user_info(&account).await.unwrap();
    let row = world.store.load(&account).await.unwrap().unwrap();
    assert_eq!(row.refresh_token_sealed, new_login.refresh_token_sealed);
}

#[tokio::test]
async fn failed_refresh_leaves_a_new_login_unchanged() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    let new_login = row_after_a_new_login(&world).await;
    world.fault(Fault::on("token").status(503));
    let error = overtaken(&world, &new_login).user_info(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(world.store.load(&account).await.unwrap().unwrap(), new_login);
}
