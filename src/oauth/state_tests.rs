//! Tests of the encrypted login state.

use super::*;
use crate::vault::KeyRing;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn vault() -> Vault {
    let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    Vault::new(KeyRing::parse(key).unwrap(), true)
}

fn request() -> LoginRequest {
    LoginRequest {
        tenant: "workspace-1".to_owned(),
        user_id: "user-1".to_owned(),
        redirect_uri: "https://a.test/api/social/tiktok/callback".to_owned(),
        return_to: Some("/orbit/one/settings/accounts".to_owned()),
        scopes: authorize::DEFAULT_SCOPES.map(str::to_owned).to_vec(),
    }
}

fn refused(state: &str, cookie: Option<&str>, now: Timestamp) -> Error {
    open_cookie(&vault(), state, cookie, now).unwrap_err()
}

#[test]
fn browser_that_started_the_login_can_finish_it() {
    let login = LoginState::begin(request(), NOW).unwrap();
    let cookie = login.seal_cookie(&vault()).unwrap();
    assert!(cookie.len() <= MAX_COOKIE);
    assert!(cookie.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)));
    assert!(!cookie.contains(login.verifier.expose()) && !cookie.contains(&login.state));
    let opened = open_cookie(&vault(), &login.state, Some(&cookie), NOW.plus(LOGIN_TTL)).unwrap();
    assert_eq!(opened.verifier, login.verifier);
    assert_eq!(opened.state, login.state);
    assert_eq!((opened.tenant.as_str(), opened.user_id.as_str()), ("workspace-1", "user-1"));
    assert_eq!(opened.redirect_uri, login.redirect_uri);
    assert_eq!(opened.return_to, login.return_to);
    assert_eq!(opened.scopes, login.scopes);
    assert_eq!(opened.issued_at, NOW);
}

#[test]
fn login_states_are_long_and_unique() {
    let (a, b) = (LoginState::begin(request(), NOW).unwrap(), LoginState::begin(request(), NOW).unwrap());
    assert_eq!(a.state.len(), 43);
    assert_ne!(a.state, b.state);
    assert_ne!(a.verifier, b.verifier);
    assert_ne!(a.cookie_name(), b.cookie_name());
    assert_eq!(a.challenge().unwrap().len(), 64);
}

#[test]
fn cookie_name_is_a_hash_of_the_state() {
    // SHA-256("abc") starts with ba7816bf8f01cfea.
    assert_eq!(cookie_name("abc"), "toklink_login_ba7816bf8f01cfea");
}

#[test]
fn another_browser_cannot_finish_the_login() {
    let error = refused("any-state", None, NOW);
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert_eq!(error.reason(), Reason::LoginFromAnotherBrowser);
}

#[test]
fn cookie_of_another_login_is_rejected() {
    let (mine, theirs) =
        (LoginState::begin(request(), NOW).unwrap(), LoginState::begin(request(), NOW).unwrap());
    let cookie = theirs.seal_cookie(&vault()).unwrap();
    assert_eq!(refused(&mine.state, Some(&cookie), NOW).kind(), ErrorKind::Integrity);
    for forged in ["", "x", "tk1.a.b", &"a".repeat(MAX_COOKIE + 1)] {
        assert_eq!(refused(&mine.state, Some(forged), NOW).kind(), ErrorKind::Integrity);
    }
    let token =
        vault().seal(&SealContext { purpose: Purpose::Token, ..context("login:x") }, &"{}".into()).unwrap();
    assert_eq!(refused(&mine.state, Some(&token), NOW).kind(), ErrorKind::Integrity);
}

#[test]
fn login_expires_after_ten_minutes() {
    let login = LoginState::begin(request(), NOW).unwrap();
    let cookie = login.seal_cookie(&vault()).unwrap();
    let late = NOW.plus(LOGIN_TTL).plus(Duration::from_millis(1));
    let error = refused(&login.state, Some(&cookie), late);
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.reason(), Reason::LoginExpired);
}

#[test]
fn return_path_to_another_site_is_rejected() {
    for bad in [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "",
        "x",
        "/a\nb",
        &format!("/{}", "x".repeat(256)),
    ] {
        let request = LoginRequest { return_to: Some(bad.to_owned()), ..request() };
        assert_eq!(LoginState::begin(request, NOW).unwrap_err().kind(), ErrorKind::InvalidInput, "{bad}");
    }
}

#[test]
fn login_too_large_for_a_cookie_is_rejected() {
    let request = LoginRequest { tenant: "t".repeat(2000), ..request() };
    let error = LoginState::begin(request, NOW).unwrap().seal_cookie(&vault()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn longest_allowed_return_path_fits_into_a_cookie() {
    let request = LoginRequest {
        tenant: "t".repeat(36),
        user_id: "u".repeat(36),
        redirect_uri: format!("https://a.test/{}", "r".repeat(240)),
        return_to: Some(format!("/{}", "p".repeat(255))),
        ..request()
    };
    assert!(LoginState::begin(request, NOW).unwrap().seal_cookie(&vault()).is_ok());
}

#[test]
fn state_is_consumed_once() {
    let states = ConsumedStates::new();
    states.consume("a", NOW).unwrap();
    states.consume("b", NOW).unwrap();
    for at in [NOW, NOW.plus(LOGIN_TTL)] {
        let error = states.consume("a", at).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert_eq!(error.reason(), Reason::LoginAlreadyUsed);
    }
}

#[test]
fn consumed_states_are_removed_when_their_login_expires() {
    let states = ConsumedStates::new();
    for i in 0..100 {
        states.consume(&format!("s{i}"), NOW).unwrap();
    }
    states.consume("later", NOW.plus(LOGIN_TTL).plus(Duration::from_millis(1))).unwrap();
    let consumed = states.0.lock().unwrap();
    assert_eq!((consumed.known.len(), consumed.order.len()), (1, 1));
}

#[test]
fn full_set_of_states_rejects_new_states_and_keeps_old_ones() {
    let states = ConsumedStates::new();
    for i in 0..MAX_CONSUMED {
        states.consume(&i.to_string(), NOW).unwrap();
    }
    let error = states.consume("one more", NOW).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::After(LOGIN_TTL)));
    assert_eq!(states.consume("0", NOW).unwrap_err().kind(), ErrorKind::Integrity);
}

#[test]
fn exactly_one_thread_consumes_a_state() {
    let states = ConsumedStates::new();
    let won: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| states.consume("s", NOW).is_ok())).collect();
        threads.into_iter().map(|t| usize::from(t.join().unwrap())).sum()
    });
    assert_eq!(won, 1);
}

#[test]
fn debug_output_of_a_login_contains_no_verifier() {
    let login = LoginState::begin(request(), NOW).unwrap();
    assert!(!format!("{login:?}").contains(login.verifier.expose()));
}

proptest! {
    #[test]
    fn cookie_with_any_changed_character_is_rejected(at in any::<prop::sample::Index>(), to in "[a-zA-Z0-9_.-]") {
        let login = LoginState::begin(request(), NOW).unwrap();
        let cookie = login.seal_cookie(&vault()).unwrap();
        let at = at.index(cookie.len());
        let changed = format!("{}{to}{}", &cookie[..at], &cookie[at + 1..]);
        prop_assume!(changed != cookie);
        prop_assert_eq!(refused(&login.state, Some(&changed), NOW).kind(), ErrorKind::Integrity);
    }
}
