//! Tests of the parser for token responses.

use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const LOG_ID: &str = "202611220102030A1B2C3D4E5F60718293";
const OPEN_ID: &str = "-000FakeOpenIdFakeOpenIdFakeOpenId00";

/// The example of docs/tiktok-api.md 2.1.
const GOOD: &str = r#"{"access_token":"act.f4k3Acc3ss!1234.u1","expires_in":7200,
    "open_id":"-000FakeOpenIdFakeOpenIdFakeOpenId00","refresh_expires_in":15552000,
    "refresh_token":"rft.f4k3R3fr3sh!1234.u1","scope":"user.info.basic,video.list","token_type":"Bearer"}"#;

fn read(body: &str) -> Result<TokenSet> {
    parse_token_reply(200, body.as_bytes(), NOW)
}

fn after(secs: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(secs))
}

#[test]
fn documented_response_is_parsed_at_any_http_status() {
    for status in [200, 201, 400] {
        let set = parse_token_reply(status, GOOD.as_bytes(), NOW).unwrap();
        assert_eq!(set.access_token.expose(), "act.f4k3Acc3ss!1234.u1");
        assert_eq!(set.refresh_token.unwrap().expose(), "rft.f4k3R3fr3sh!1234.u1");
        assert_eq!(set.open_id, OPEN_ID);
        assert_eq!(set.scopes, ["user.info.basic", "video.list"]);
        assert_eq!(set.access_expires_at, after(7200));
        assert_eq!(set.refresh_expires_at, Some(after(15_552_000)));
        assert_eq!(set.expires_in, Some(Duration::from_secs(7200)));
        assert_eq!(set.token_type, "Bearer");
    }
}

#[test]
fn each_unusual_lifetime_has_a_defined_meaning() {
    for (stated, ends) in [
        (r#""7200""#, 7200),
        ("7200.9", 7200),
        (r#"" 60 ""#, 60),
        ("0", 0),
        ("-5", 0),
        (r#""-5""#, 0),
        ("99999999999999999999", 366 * 86400),
        ("9223372036854775807", 366 * 86400),
        ("1e300", 366 * 86400),
        ("null", 7200),
        (r#""soon""#, 7200),
        ("[]", 7200),
    ] {
        let set = read(&GOOD.replace(":7200,", &format!(":{stated},"))).unwrap();
        assert_eq!(set.access_expires_at, after(ends), "{stated}");
        let set = read(&GOOD.replace(":15552000", &format!(":{stated}"))).unwrap();
        let unknown = matches!(stated, "null" | r#""soon""# | "[]");
        assert_eq!(set.refresh_expires_at, (!unknown).then(|| after(ends)), "{stated}");
    }
    let absent = read(&GOOD.replace("expires_in", "x")).unwrap();
    assert_eq!((absent.expires_in, absent.refresh_expires_at), (None, None));
    assert_eq!(absent.access_expires_at, after(7200));
}

#[test]
fn response_without_optional_fields_is_accepted() {
    let set = read(r#"{"access_token":"act.a","open_id":"o","error":{"code":"ok","message":""}}"#).unwrap();
    assert!(set.refresh_token.is_none() && set.scopes.is_empty());
    assert_eq!(set.token_type, "Bearer");
    let set =
        read(r#"{"data":{"access_token":"act.a","open_id":"o","scope":["a","b"]},"error":null}"#).unwrap();
    assert_eq!((set.open_id.as_str(), set.scopes.len()), ("o", 2));
}

#[test]
fn each_documented_error_is_identified_at_every_http_status() {
    let redirect = "Redirect_uri is not matched with the uri when requesting code.";
    let pkce = "Code verifier or code challenge is invalid.";
    for (code, said, kind, owner, retry) in [
        ("invalid_request", redirect, ErrorKind::Config, Owner::App, Retry::Never),
        ("invalid_request", pkce, ErrorKind::Integrity, Owner::App, Retry::Never),
        (
            "invalid_request",
            "Client secret is missed in request.",
            ErrorKind::Config,
            Owner::App,
            Retry::Never,
        ),
        (
            "invalid_request",
            "The request parameters are malformed.",
            ErrorKind::InvalidInput,
            Owner::App,
            Retry::Never,
        ),
        ("invalid_client", "Client key or secret is incorrect.", ErrorKind::Config, Owner::App, Retry::Never),
        (
            "invalid_grant",
            "Authorization code is expired.",
            ErrorKind::Unauthorized,
            Owner::User,
            Retry::Never,
        ),
        ("access_denied", "", ErrorKind::Unauthorized, Owner::User, Retry::Never),
        ("server_error", "", ErrorKind::Unavailable, Owner::TikTok, Retry::Backoff),
        ("unsupported_grant_type", "", ErrorKind::Internal, Owner::Toklink, Retry::Never),
        ("novel_error", "", ErrorKind::Unavailable, Owner::TikTok, Retry::Never),
    ] {
        let flat = format!(r#"{{"error":"{code}","error_description":"{said}","log_id":"{LOG_ID}"}}"#);
        let object =
            format!(r#"{{"data":{{}},"error":{{"code":"{code}","message":"{said}","log_id":"{LOG_ID}"}}}}"#);
        for (status, body) in [(200, &flat), (400, &flat), (401, &flat), (200, &object), (500, &object)] {
            let error = parse_token_reply(status, body.as_bytes(), NOW).unwrap_err();
            assert_eq!((error.kind(), error.owner(), error.retry()), (kind, owner, retry), "{code} {said}");
            assert_eq!(error.dispatch(), Dispatch::Answered);
            assert_eq!(error.tiktok_code(), Some(code));
            assert_eq!(error.http_status(), Some(status));
            assert_eq!(error.log_id(), Some(LOG_ID));
        }
    }
}

#[test]
fn response_with_tokens_and_an_error_is_an_error() {
    let body = GOOD.replacen('{', r#"{"error":"invalid_grant","#, 1);
    assert_eq!(read(&body).unwrap_err().kind(), ErrorKind::Unauthorized);
}

#[test]
fn invalid_grant_has_a_separate_message_for_each_step() {
    let body = br#"{"error":"invalid_grant"}"#;
    let errors = [
        parse_token_reply(200, body, NOW).unwrap_err(),
        parse_refresh_reply(200, body, Some(OPEN_ID), NOW).unwrap_err(),
        parse_revoke_reply(200, body).unwrap_err(),
    ];
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::Unauthorized));
    let messages: std::collections::BTreeSet<_> = errors.iter().map(Error::message).collect();
    assert_eq!(messages.len(), 3, "{messages:?}");
}

#[test]
fn response_that_contains_no_tokens_is_unavailable() {
    let cut = &GOOD[..GOOD.len() - 20];
    for (status, body) in [
        (200, ""),
        (502, "<html><body>Bad gateway</body></html>"),
        (200, cut),
        (200, "[]"),
        (200, "\"act.a\""),
        (200, "{}"),
        (200, r#"{"access_token":"act.a"}"#),
        (200, r#"{"access_token":"","open_id":"o"}"#),
        (200, r#"{"access_token":{},"open_id":"o"}"#),
    ] {
        let error = parse_token_reply(status, body.as_bytes(), NOW).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{body}");
        assert_eq!((error.dispatch(), error.http_status()), (Dispatch::Answered, Some(status)));
        assert!(!format!("{error:?}").contains("act.f4k3"));
    }
}

#[test]
fn gateway_errors_have_an_owner_and_a_retry() {
    let error = parse_token_reply(404, b"Unsupported path(Janus)", NOW).unwrap_err();
    assert_eq!(
        (error.kind(), error.owner(), error.retry()),
        (ErrorKind::Unavailable, Owner::App, Retry::Never)
    );
    assert!(error.message().contains("TIKTOK_API_BASE_URL"));
    let error = parse_refresh_reply(429, b"slow down", Some(OPEN_ID), NOW).unwrap_err();
    let minute = Retry::After(Duration::from_secs(60));
    assert_eq!((error.kind(), error.retry()), (ErrorKind::RateLimited, minute));
}

#[test]
fn unreadable_response_allows_a_retry_of_refresh_only() {
    assert_eq!(parse_token_reply(200, b"<", NOW).unwrap_err().retry(), Retry::Never);
    assert_eq!(parse_token_reply(503, b"<", NOW).unwrap_err().retry(), Retry::Backoff);
    assert_eq!(parse_refresh_reply(200, b"<", Some(OPEN_ID), NOW).unwrap_err().retry(), Retry::Backoff);
}

#[test]
fn refresh_keeps_the_known_account_and_rejects_another() {
    let set = parse_refresh_reply(200, br#"{"access_token":"act.b"}"#, Some(OPEN_ID), NOW).unwrap();
    assert_eq!(set.open_id, OPEN_ID);
    assert_eq!(parse_refresh_reply(200, GOOD.as_bytes(), Some(OPEN_ID), NOW).unwrap().open_id, OPEN_ID);
    let error = parse_refresh_reply(200, GOOD.as_bytes(), Some("another"), NOW).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
}

#[test]
fn revocation_is_confirmed_by_an_empty_body_or_object() {
    for body in ["", " \n", "{}", r#"{"error":{"code":"ok"}}"#, r#"{"error":""}"#] {
        parse_revoke_reply(200, body.as_bytes()).unwrap();
    }
    for (status, body) in [(500, ""), (404, "Unsupported path(Janus)"), (200, "<html>"), (500, "{}")] {
        assert_eq!(parse_revoke_reply(status, body.as_bytes()).unwrap_err().kind(), ErrorKind::Unavailable);
    }
}

#[test]
fn debug_output_of_tokens_contains_no_token() {
    let shown = format!("{:?}", read(GOOD).unwrap());
    assert!(!shown.contains("act.") && !shown.contains("rft."));
}

proptest! {
    #[test]
    fn arbitrary_response_never_yields_an_empty_token(status in 100u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(parse_token_reply(status, &body, NOW).is_err());
        let _ = parse_revoke_reply(status, &body);
    }

    #[test]
    fn truncated_response_never_yields_a_token(at in 0..GOOD.len()) {
        prop_assert!(read(&GOOD[..at]).is_err());
    }

    #[test]
    fn arbitrary_field_values_never_cause_a_panic(value in "(null|true|-?[0-9]{1,25}|[0-9]e[0-9]{1,3}|\"\\PC{0,9}\"|\\[1\\]|\\{\\})", field in 0usize..8) {
        let names = ["access_token", "expires_in", "open_id", "refresh_expires_in", "refresh_token", "scope", "token_type", "error"];
        let body = GOOD.replacen('{', &format!("{{\"{}\":{value},", names[field]), 1);
        let _ = read(&body);
        let _ = read(&body.replacen(names[field], "gone", 2).replacen("gone", names[field], 1));
    }
}
