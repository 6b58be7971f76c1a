use crate::faulty_store::{Effect, FaultyStore, unavailable};
use crate::world::World;
use std::time::Duration;
use toklink::store::AccountStore;
use toklink::{AccountStatus, ErrorKind, Reason};
use toklink_emulator::{Fault, Rotation, TokenRegime};

const TOKEN: &str = "/v2/oauth/token/";

#[tokio::test]
async fn concurrent_callers_of_an_expired_account_refresh_once() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    let before = world.emulator.count(TOKEN);
    let callers = (0..50).map(|_| {
        let (client, account) = (world.client.clone(), account.clone());
        tokio::spawn(async move { client.user_info(&account).await })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(world.emulator.count(TOKEN), before + 1);
}

#[tokio::test]
async fn two_clients_on_one_store_refresh_once() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let (one, other) = (world.patient_client(), world.patient_client());
    world.advance(Duration::from_secs(7200));
    let before = world.emulator.count(TOKEN);
    let (first, second) = tokio::join!(one.user_info(&account), other.user_info(&account));
    first.unwrap();
    second.unwrap();
    assert_eq!(world.emulator.count(TOKEN), before + 1);
}

#[tokio::test]
async fn token_is_refreshed_shortly_before_it_expires() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let before = world.emulator.count(TOKEN);
    world.advance(Duration::from_secs(7200 - 301));
    world.client.user_info(&account).await.unwrap();
    assert_eq!(world.emulator.count(TOKEN), before);
    world.advance(Duration::from_secs(2));
    world.client.user_info(&account).await.unwrap();
    assert_eq!(world.emulator.count(TOKEN), before + 1);
}

#[tokio::test]
async fn account_stays_connected_over_ten_days_of_rotation() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    for _ in 0..120 {
        world.advance(Duration::from_secs(2 * 3600));
        world.client.user_info(&account).await.unwrap();
    }
    assert_eq!(world.client.account(&account).await.unwrap().status, AccountStatus::Active);
}

#[tokio::test]
async fn refresh_works_without_token_rotation() {
    let world = World::new().await;
    world.emulator.configure(|settings| {
        settings.token_regime = TokenRegime::OneDay;
        settings.rotation = Rotation::Never;
    });
    let account = world.connect("ana.makes").await;
    let expires = world.client.account(&account).await.unwrap().token_expires_at;
    assert_eq!(expires.since(toklink::Timestamp::from_millis(world.emulator.now_ms())).as_secs(), 86_400);
    for _ in 0..3 {
        world.advance(Duration::from_secs(86_400));
        world.client.user_info(&account).await.unwrap();
    }
}

#[tokio::test]
async fn invalid_access_token_is_refreshed_and_the_call_retried_once() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.fault(Fault::on("video_list").error(401, "access_token_invalid"));
    let (tokens, lists) = (world.emulator.count(TOKEN), world.emulator.count("video_list"));
    world.client.list_videos(&account, None, 20).await.unwrap();
    assert_eq!((world.emulator.count(TOKEN), world.emulator.count("video_list")), (tokens + 1, lists + 2));
    world.fault(Fault::on("video_list").times(5).error(401, "access_token_invalid"));
    let error = world.client.list_videos(&account, None, 20).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(world.emulator.count(TOKEN), tokens + 2);
}

#[tokio::test]
async fn revoked_account_expires_and_sends_no_more_requests() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.emulator.revoke(world.client_key, "ana.makes");
    let error = world.client.user_info(&account).await.unwrap_err();
    assert_eq!((error.kind(), error.tiktok_code()), (ErrorKind::Unauthorized, Some("invalid_grant")));
    assert_eq!(world.client.account(&account).await.unwrap().status, AccountStatus::Expired);
    let calls = world.emulator.requests().len();
    assert_eq!(world.client.user_info(&account).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(world.emulator.requests().len(), calls, "an expired account sends no request");
}

#[tokio::test]
async fn lost_refresh_response_is_reported_by_the_next_call() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    world.fault(Fault::on("token").reset_after());
    let lost = world.client.user_info(&account).await.unwrap_err();
    assert!(lost.may_have_been_sent() && lost.is_retryable());
    assert!(world.store.load(&account).await.unwrap().unwrap().refresh_started_at.is_some());
    let error = world.client.user_info(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.reason(), Reason::RefreshInterrupted, "{error}");
}

#[tokio::test]
async fn busy_store_does_not_lose_the_new_tokens() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    let accounts = FaultyStore::new(&world.store);
    accounts.inject("store_tokens", 5, unavailable);
    world.client_on(accounts).user_info(&account).await.unwrap();
    world.advance(Duration::from_secs(7200));
    world.client.user_info(&account).await.unwrap();
}

#[tokio::test]
async fn refresh_is_stored_when_a_reseal_rewrites_the_row() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let old = world.store.load(&account).await.unwrap().unwrap().refresh_token_sealed.unwrap();
    let token = world.client.unseal(&account, "refresh_token", &old).unwrap();
    let sealed = world.client.seal(&account, "refresh_token", &token).unwrap();
    assert_ne!(sealed, old);
    world.advance(Duration::from_secs(7200));
    let accounts = FaultyStore::new(&world.store);
    accounts.inject("store_tokens", 1, move |call| {
        let sealed = sealed.clone();
        async move {
            let mut row = call.store.load(call.account()).await?.unwrap();
            row.refresh_token_sealed = Some(sealed);
            call.store.put(&row).await?;
            Ok(Effect::Performed)
        }
    });
    world.client_on(accounts).user_info(&account).await.unwrap();
    world.advance(Duration::from_secs(7200));
    world.client.user_info(&account).await.unwrap();
}

#[tokio::test]
async fn close_waits_for_a_refresh_whose_caller_was_dropped() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let old = world.store.load(&account).await.unwrap().unwrap().refresh_token_sealed;
    world.advance(Duration::from_secs(7200));
    world.fault(Fault::on("token").delay(Duration::from_millis(50)));
    let client = world.client.clone();
    let started = tokio::spawn({
        let account = account.clone();
        async move { client.user_info(&account).await }
    });
    while world.store.load(&account).await.unwrap().unwrap().refresh_started_at.is_none() {
        tokio::task::yield_now().await;
    }
    started.abort();
    world.client.close().await;
    assert_ne!(world.store.load(&account).await.unwrap().unwrap().refresh_token_sealed, old);
}

#[tokio::test]
async fn rejected_refresh_is_not_reported_as_interrupted() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    world.fault(Fault::on("token").status(503));
    world.client.user_info(&account).await.unwrap_err();
    world.emulator.revoke(world.client_key, "ana.makes");
    let error = world.client.user_info(&account).await.unwrap_err();
    assert_ne!(error.reason(), Reason::RefreshInterrupted, "{error}");
}

#[tokio::test]
async fn invalid_refresh_response_is_reported_by_the_next_call() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    world.fault(Fault::on("token").raw(502, "text/html", "<html>gateway</html>").after_effect());
    world.client.user_info(&account).await.unwrap_err();
    let error = world.client.user_info(&account).await.unwrap_err();
    assert_eq!(error.reason(), Reason::RefreshInterrupted, "{error}");
}

#[tokio::test]
async fn refresh_rejected_with_503_loses_no_token() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    world.fault(Fault::on("token").status(503));
    assert_eq!(world.client.user_info(&account).await.unwrap_err().kind(), ErrorKind::Unavailable);
    world.client.user_info(&account).await.unwrap();
}
