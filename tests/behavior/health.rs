//! Account status, account events and disconnection.

use crate::world::{ALL_SCOPES, KEY, REDIRECT, World, clock_of, jar};
use std::sync::Arc;
use std::time::Duration;
use toklink::store::{AccountPatch, AccountStore, Expected};
use toklink::{AccountKey, AccountStatus, BeginLogin, Client, Config, ErrorKind, Event};
use toklink_emulator::{CLIENT_SECRET, Fault};

const REVOKE: &str = "/v2/oauth/revoke/";

async fn status(world: &World, account: &AccountKey) -> AccountStatus {
    world.client.account(account).await.unwrap().status
}

#[tokio::test]
async fn refresh_emits_an_event() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let mut events = world.client.events();
    world.advance(Duration::from_secs(7200));
    world.client.user_info(&account).await.unwrap();
    let event = events.next().await;
    let Some(Event::Refreshed { account: told, token_expires_at, .. }) = event else { panic!("{event:?}") };
    assert_eq!(
        (told, token_expires_at),
        (account.clone(), world.client.account(&account).await.unwrap().token_expires_at)
    );
}

#[tokio::test]
async fn refresh_with_fewer_scopes_emits_the_lost_scopes() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let client = world.client_with_token_replies(|reply| {
        reply.insert("scope".into(), "user.info.basic,user.info.profile,video.list".into());
    });
    let mut events = client.events();
    world.advance(Duration::from_secs(7200));
    client.list_videos(&account, None, 1).await.unwrap();
    let first = events.next().await;
    assert!(matches!(&first, Some(Event::Refreshed { .. })), "{first:?}");
    let event = events.next().await;
    let Some(Event::ScopesReduced { account: told, mut lost, scopes, .. }) = event else {
        panic!("{event:?}")
    };
    lost.sort();
    assert_eq!((told, scopes.len()), (account.clone(), 3));
    assert_eq!(lost, ["user.info.stats", "video.publish", "video.upload"]);
    let mut missing = client.account(&account).await.unwrap().missing_scopes;
    missing.sort();
    assert_eq!(missing, lost);
}

#[tokio::test]
async fn revoked_event_is_emitted_only_for_a_revoked_grant() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let mut events = world.client.events();
    world.emulator.revoke(world.client_key, "ana.makes");
    world.client.user_info(&account).await.unwrap_err();
    let first = events.next().await;
    assert!(matches!(&first, Some(Event::Revoked { account: told, .. }) if *told == account), "{first:?}");
    let second = events.next().await;
    assert!(matches!(&second, Some(Event::RefreshFailed { .. })), "{second:?}");

    let account = world.connect("ben.private").await;
    world.advance(Duration::from_secs(7200));
    world.fault(Fault::on("token").reset_after());
    world.client.user_info(&account).await.unwrap_err();
    world.client.user_info(&account).await.unwrap_err();
    world.client.close().await;
    while let Some(event) = events.next().await {
        assert!(matches!(event, Event::RefreshFailed { .. }), "{event:?}");
    }
}

#[tokio::test]
async fn account_is_rate_limited_until_a_call_succeeds() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.fault(Fault::on("video_list").error(429, "rate_limit_exceeded"));
    world.client.list_videos(&account, None, 20).await.unwrap_err();
    assert_eq!(status(&world, &account).await, AccountStatus::RateLimited);
    world.advance(Duration::from_secs(61));
    world.client.list_videos(&account, None, 20).await.unwrap();
    assert_eq!(status(&world, &account).await, AccountStatus::Active);
}

#[tokio::test]
async fn banned_creator_stays_restricted_when_reads_succeed() {
    let world = World::new().await;
    let account = world.connect("cleo.banned").await;
    world.client.creator_info(&account).await.unwrap_err();
    assert_eq!(status(&world, &account).await, AccountStatus::Restricted);
    world.client.user_info(&account).await.unwrap();
    assert_eq!(status(&world, &account).await, AccountStatus::Restricted);
}

#[tokio::test]
async fn account_has_error_status_while_its_tokens_do_not_decrypt() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let config = Config::builder()
        .client_key(world.client_key)
        .client_secret(CLIENT_SECRET)
        .encryption_key(KEY.replace('5', "6"))
        .api_base_url(world.emulator.base_url())
        .build()
        .unwrap();
    let mistaken = Client::builder(config)
        .store(Arc::clone(&world.store))
        .clock(clock_of(&world.emulator))
        .build()
        .unwrap();
    assert_eq!(mistaken.list_videos(&account, None, 1).await.unwrap_err().kind(), ErrorKind::Integrity);
    assert_eq!(status(&world, &account).await, AccountStatus::Error);
    world.client.list_videos(&account, None, 1).await.unwrap();
    assert_eq!(status(&world, &account).await, AccountStatus::Active);
}

#[tokio::test]
async fn account_lists_requested_scopes_that_were_not_granted() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES[..4]);
    let login = world.finish(&start, &callback).await.unwrap();
    assert_eq!(login.requested_scopes, ALL_SCOPES);
    assert_eq!(login.missing_scopes, &ALL_SCOPES[4..]);
    let key = AccountKey::new(login.account.tenant, login.account.account_id);
    let account = world.client.account(&key).await.unwrap();
    assert_eq!(
        (account.requested_scopes, account.missing_scopes),
        (login.requested_scopes, login.missing_scopes)
    );
}

/// Connects `username` for `tenant`.
async fn connect_for(world: &World, tenant: &str, username: &str) -> AccountKey {
    let request = BeginLogin {
        user_id: "user-1".into(),
        tenant: tenant.into(),
        redirect_uri: Some(REDIRECT.into()),
        scopes: Some(ALL_SCOPES.map(str::to_owned).to_vec()),
        return_to: None,
    };
    let start = world.client.begin_login(request).await.unwrap();
    let callback = world.consent(&start, username, &ALL_SCOPES);
    let account = world.client.complete_login(&callback, jar(&start), "user-1").await.unwrap().account;
    AccountKey::new(account.tenant, account.account_id)
}

#[tokio::test]
async fn grant_is_revoked_when_the_users_last_tenant_disconnects() {
    let world = World::new().await;
    let first = world.connect("ana.makes").await;
    let second = connect_for(&world, "workspace-2", "ana.makes").await;
    assert_eq!(first.open_id, second.open_id);
    world.client.disconnect(&first).await.unwrap();
    assert_eq!(world.emulator.count(REVOKE), 0);
    world.client.user_info(&second).await.unwrap();
    world.client.disconnect(&second).await.unwrap();
    assert_eq!(world.emulator.count(REVOKE), 1);
    assert!(world.client.accounts(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn grant_is_revoked_when_two_tenants_disconnect_at_once() {
    let world = World::new().await;
    let first = world.connect("ana.makes").await;
    let second = connect_for(&world, "workspace-2", "ana.makes").await;
    // Simulates a concurrent disconnect of the other tenant, which has already set the status.
    let (expected, patch) =
        (Expected::Status(AccountStatus::Active), AccountPatch::status(AccountStatus::Disconnected));
    assert!(world.store.update(&second, &expected, &patch).await.unwrap());
    world.client.disconnect(&first).await.unwrap();
    assert_eq!(world.emulator.count(REVOKE), 1);
    world.client.disconnect(&second).await.unwrap();
    assert!(world.client.accounts(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn disconnect_reports_an_unrevoked_grant_if_a_token_is_corrupt() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let mut row = world.store.load(&account).await.unwrap().unwrap();
    row.access_token_sealed = row.refresh_token_sealed.clone().unwrap();
    world.store.put(&row).await.unwrap();
    let error = world.client.disconnect(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(world.client.accounts(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn expired_account_is_disconnected_without_a_request() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.emulator.revoke(world.client_key, "ana.makes");
    world.client.user_info(&account).await.unwrap_err();
    world.client.disconnect(&account).await.unwrap();
    assert_eq!(world.emulator.count(REVOKE), 0);
}

#[tokio::test]
async fn call_event_is_emitted_once_with_error_and_quota() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let mut rare = world.client.events();
    let mut calls = world.client.call_events();
    world.client.user_info(&account).await.unwrap();
    world.fault(Fault::on("video_list").times(1).error(400, "invalid_params"));
    world.client.list_videos(&account, None, 1).await.unwrap_err();
    world.client.close().await;
    let Some(Event::Called { account: of, operation, error, quota, .. }) = calls.next().await else {
        panic!()
    };
    assert_eq!((of, operation, error.is_none()), (account.clone(), "user_info", true));
    let quota = quota.unwrap();
    assert_eq!((quota.kind, quota.remaining < quota.limit), (toklink::QuotaKind::UserInfo, true));
    let Some(Event::Called { operation, error: Some(error), .. }) = calls.next().await else { panic!() };
    assert_eq!((operation, error.kind()), ("video_list", ErrorKind::InvalidInput));
    assert!(calls.next().await.is_none());
    assert!(rare.next().await.is_none(), "calls do not displace other events");
}

#[tokio::test]
async fn call_event_reports_the_error_of_a_missing_token() {
    let world = World::new().await;
    let account = AccountKey::new("", "none");
    let mut calls = world.client.call_events();
    world.client.user_info(&account).await.unwrap_err();
    let Some(Event::Called { operation, error: Some(error), quota, .. }) = calls.next().await else {
        panic!()
    };
    assert_eq!((operation, error.kind(), quota), ("access_token", ErrorKind::NotFound, None));
}
