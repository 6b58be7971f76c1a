use crate::faulty_store::{FaultyStore, unavailable};
use crate::world::{ALL_SCOPES, REDIRECT, World, jar};
use futures_util::FutureExt;
use std::sync::Arc;
use std::time::Duration;
use toklink::store::AccountStore;
use toklink::{AccountKey, AccountStatus, BeginLogin, ErrorKind, Owner, Secret};
use toklink_emulator::{Fault, OauthErrors};

#[tokio::test]
async fn login_stores_the_account_with_encrypted_tokens() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    let done = world.finish(&start, &callback).await.unwrap();
    assert_eq!(done.account.username.as_deref(), Some("ana.makes"));
    assert_eq!((done.account.status, done.account.tenant.as_str()), (AccountStatus::Active, "workspace-1"));
    assert_eq!(done.login.return_to.as_deref(), Some("/orbit/acme/settings/accounts"));
    assert!(done.missing_scopes.is_empty());
    let key = AccountKey::new("workspace-1", done.account.account_id);
    let row = world.store.load(&key).await.unwrap().unwrap();
    assert_eq!(row.connected_by, "user-1");
    for sealed in [&row.access_token_sealed, row.refresh_token_sealed.as_ref().unwrap()] {
        assert!(sealed.starts_with("tk1.") && !sealed.contains("act.") && !sealed.contains("rft."));
    }
}

#[tokio::test]
async fn login_lists_missing_scopes_and_reads_only_granted_fields() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &["user.info.basic", "video.list"]);
    let done = world.finish(&start, &callback).await.unwrap();
    assert!(done.missing_scopes.contains(&"video.publish".to_owned()));
    assert_eq!(done.account.username, None);
}

#[tokio::test]
async fn callback_is_accepted_only_once() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    world.finish(&start, &callback).await.unwrap();
    let token_calls = world.emulator.count("/v2/oauth/token/");
    let error = world.finish(&start, &callback).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    assert_eq!(world.emulator.count("/v2/oauth/token/"), token_calls, "a replay reaches TikTok");
}

#[tokio::test]
async fn callback_is_rejected_in_another_browser_or_for_another_user() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let other = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    let no_cookie = world.client.complete_login(&callback, |_: &str| None, "user-1").await.unwrap_err();
    assert_eq!(no_cookie.kind(), ErrorKind::Integrity);
    let foreign = other.cookie_value.clone();
    let swapped =
        world.client.complete_login(&callback, move |_: &str| Some(foreign.clone()), "user-1").await;
    assert_eq!(swapped.unwrap_err().kind(), ErrorKind::Integrity);
    let person = world.client.complete_login(&callback, jar(&start), "user-2").await.unwrap_err();
    assert_eq!(person.kind(), ErrorKind::PermissionDenied);
    assert_eq!(world.emulator.count("/v2/oauth/token/"), 0);
}

#[tokio::test]
async fn two_logins_in_two_tabs_both_succeed() {
    let world = World::new().await;
    let (first, second) = (world.begin(&ALL_SCOPES).await, world.begin(&ALL_SCOPES).await);
    assert_ne!(first.cookie_name, second.cookie_name);
    let callback = world.consent(&second, "ana.makes", &ALL_SCOPES);
    world.finish(&second, &callback).await.unwrap();
    let callback = world.consent(&first, "ben.private", &ALL_SCOPES);
    world.finish(&first, &callback).await.unwrap();
    assert_eq!(world.client.accounts(Some("workspace-1")).await.unwrap().len(), 2);
}

#[tokio::test]
async fn login_expires_after_ten_minutes() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    world.advance(Duration::from_secs(601));
    let error = world.finish(&start, &callback).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
}

#[tokio::test]
async fn denied_consent_is_a_user_error_and_stores_nothing() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = format!("error=access_denied&error_description=User+denied&state={}", start.state);
    let seen = world.client.inspect_login(&callback, jar(&start)).unwrap();
    assert_eq!(seen.tenant, "workspace-1");
    let error = world.finish(&start, &callback).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::Unauthorized, Owner::User));
    assert!(world.client.accounts(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn oauth_errors_are_parsed_with_http_status_200_and_4xx() {
    for errors in [OauthErrors::Ok200, OauthErrors::Client4xx] {
        let world = World::new().await;
        world.emulator.configure(|settings| settings.oauth_errors = errors);
        let code = Secret::new("not-a-code");
        let error = world.client.exchange_code(&code, REDIRECT, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error:?}");
        assert_eq!(error.tiktok_code(), Some("invalid_grant"));
        assert!(!format!("{error:?}").contains("not-a-code"));
    }
}

#[tokio::test]
async fn host_can_refresh_and_revoke_tokens_that_it_exchanged() {
    let world = World::new().await;
    let pkce = toklink::oauth::Pkce::generate().unwrap();
    let challenge = Some(pkce.challenge.as_str());
    let code =
        world.emulator.grant(world.client_key, "ana.makes", &["video.list"], REDIRECT, challenge).unwrap();
    let first = world.client.exchange_code(&Secret::new(code), REDIRECT, Some(&pkce.verifier)).await.unwrap();
    let second = world.client.refresh_tokens(first.refresh_token.as_ref().unwrap()).await.unwrap();
    assert_ne!(first.refresh_token, second.refresh_token);
    let dead = world.client.refresh_tokens(first.refresh_token.as_ref().unwrap()).await.unwrap_err();
    assert_eq!(dead.kind(), ErrorKind::Unauthorized);
    world.client.revoke(&second.access_token).await.unwrap();
    let gone = world.client.refresh_tokens(second.refresh_token.as_ref().unwrap()).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn login_succeeds_after_a_failed_profile_read() {
    let world = World::new().await;
    world.fault(Fault::on("user_info").times(2).status(500));
    world.connect("ana.makes").await;
}

#[tokio::test]
async fn login_connects_the_account_when_the_profile_read_fails() {
    let world = World::new().await;
    for (status, code) in [
        (429, "rate_limit_exceeded"),
        (500, "internal_error"),
        (403, "scope_not_authorized"),
        (400, "invalid_params"),
    ] {
        let start = world.begin(&ALL_SCOPES).await;
        let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
        world.fault(Fault::on("user_info").times(0).error(status, code));
        let account = world.finish(&start, &callback).await.unwrap().account;
        world.emulator.clear_faults();
        world.advance(Duration::from_secs(60));
        assert_eq!((account.display_name.as_str(), account.username.as_deref()), ("", None), "{status}");
        let key = AccountKey::new(account.tenant, account.account_id);
        assert_eq!(world.client.user_info(&key).await.unwrap().username.as_deref(), Some("ana.makes"));
    }
}

#[tokio::test]
async fn repeated_login_keeps_the_names_if_the_profile_read_fails() {
    let world = World::new().await;
    world.connect("ana.makes").await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    world.fault(Fault::on("user_info").times(0).error(429, "rate_limit_exceeded"));
    let account = world.finish(&start, &callback).await.unwrap().account;
    assert_eq!(account.username.as_deref(), Some("ana.makes"));
}

#[tokio::test]
async fn login_is_stored_when_its_caller_is_dropped() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    assert!(world.finish(&start, &callback).now_or_never().is_none(), "the exchange takes a while");
    world.client.close().await;
    assert_eq!(world.store.list(None, None, 10).await.unwrap().rows.len(), 1);
}

#[tokio::test]
async fn rate_limited_login_reports_the_retry_delay() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    world.fault(Fault::on("token").times(0).status(429));
    let error = world.finish(&start, &callback).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)), "{error:?}");
    assert!(error.message().ends_with("then start the login again"), "{error}");
}

#[tokio::test]
async fn failed_exchange_requires_a_new_login_instead_of_a_retry() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    world.fault(Fault::on("token").times(0).status(500));
    let error = world.finish(&start, &callback).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, false), "{error:?}");
    assert!(world.client.accounts(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn disconnect_erases_the_account_when_the_revocation_fails() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.fault(Fault::on("revoke").times(0).status(500));
    let error = world.client.disconnect(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(world.client.accounts(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn login_start_debug_output_hides_its_secrets() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let shown = format!("{start:?}");
    assert!(!shown.contains(&start.state) && !shown.contains(&start.cookie_value), "{shown}");
}

#[tokio::test]
async fn disconnect_erases_the_account_and_revokes_the_grant() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.client.disconnect(&account).await.unwrap();
    assert_eq!(world.emulator.count("/v2/oauth/revoke/"), 1);
    assert_eq!(world.client.user_info(&account).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(world.client.disconnect(&account).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn login_is_rejected_without_a_state_or_redirect_uri() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let error = world.finish(&start, "code=abc").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    let request = BeginLogin { user_id: "user-1".into(), ..BeginLogin::default() };
    let error = world.client.begin_login(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("TIKTOK_CALLBACK_URL"), "{error}");
}

#[tokio::test]
async fn login_fails_when_the_profile_read_returns_401() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    world.fault(Fault::on("user_info").times(0).error(401, "scope_not_authorized"));
    let error = world.finish(&start, &callback).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.tiktok_code()),
        (ErrorKind::PermissionDenied, Some("scope_not_authorized"))
    );
}

#[tokio::test]
async fn login_fails_when_the_account_cannot_be_stored() {
    let world = World::new().await;
    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    let store = FaultyStore::new(&world.store);
    let client = world.client_on(Arc::<FaultyStore>::clone(&store));
    store.inject("put", 20, unavailable);
    let error = client.complete_login(&callback, jar(&start), "user-1").await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, false), "{error:?}");
    assert!(world.client.accounts(None).await.unwrap().is_empty());
}
