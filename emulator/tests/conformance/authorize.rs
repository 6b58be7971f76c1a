//! Checks the authorize page (docs/tiktok-api.md 1).

use reqwest::Url;

use crate::support::{AUDITED, Answer, Bed, CHALLENGE, REDIRECT, WEB_REDIRECT};

/// A parameter and its new value. `None` removes the parameter.
type Change<'a> = (&'a str, Option<&'a str>);

/// Returns the query of a valid request after applying `changes`.
fn query(changes: &[Change<'_>]) -> String {
    let mut all = vec![
        ("client_key", Some(AUDITED)),
        ("response_type", Some("code")),
        ("scope", Some("user.info.basic,video.list,video.publish")),
        ("redirect_uri", Some(REDIRECT)),
        ("state", Some("s+1 /&?")),
        ("code_challenge", Some(CHALLENGE)),
        ("code_challenge_method", Some("S256")),
    ];
    for change in changes {
        all.retain(|(name, _)| *name != change.0);
        all.push(*change);
    }
    let mut url = Url::parse("http://x/v2/auth/authorize/").unwrap();
    url.query_pairs_mut()
        .extend_pairs(all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
    format!("{}?{}", url.path(), url.query().unwrap())
}

async fn page(bed: &Bed, changes: &[Change<'_>]) -> Answer {
    bed.send(bed.http.get(bed.url(&query(changes)))).await
}

async fn press(bed: &Bed, changes: &[Change<'_>], form: &[(&str, &str)]) -> Answer {
    bed.send(bed.http.post(bed.url(&query(changes))).form(form)).await
}

/// Returns the target and the decoded parameters of a redirect.
fn location(answer: &Answer) -> (String, Vec<(String, String)>) {
    assert_eq!(answer.status, 302, "{}", answer.text);
    let url = Url::parse(answer.header("location")).unwrap();
    let pairs = url.query_pairs().into_owned().collect();
    (format!("{}{}", url.origin().ascii_serialization(), url.path()), pairs)
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

#[tokio::test]
async fn page_shows_app_users_scopes_and_two_buttons_1_1() {
    let bed = Bed::new().await;
    let answer = page(&bed, &[]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.content_type.starts_with("text/html"));
    for part in [
        "toklink demo",
        "name=\"username\"",
        "value=\"ana.makes\"",
        "name=\"scope\" value=\"video.list\"",
        "name=\"scope\" value=\"video.publish\"",
        "name=\"decision\" value=\"allow\"",
        "name=\"decision\" value=\"deny\"",
    ] {
        assert!(answer.text.contains(part), "{part}");
    }
    assert!(!answer.text.contains("value=\"user.info.basic\""), "3: the basic scope cannot be deselected");
    assert!(!answer.text.contains("value=\"video.upload\""), "not requested");
}

#[tokio::test]
async fn page_works_without_a_trailing_slash_0_4() {
    let bed = Bed::new().await;
    let path = query(&[]).replacen("/authorize/?", "/authorize?", 1);
    assert_eq!(bed.send(bed.http.get(bed.url(&path))).await.status, 200);
}

#[tokio::test]
async fn error_page_names_an_invalid_parameter_1_3() {
    let bed = Bed::new().await;
    let long = format!("http://localhost:1/{}", "a".repeat(500));
    let cases: Vec<(&str, Vec<Change>)> = vec![
        ("client_key", vec![("client_key", None)]),
        ("client_key", vec![("client_key", Some("sbawnot0registered"))]),
        ("response_type", vec![("response_type", Some("token"))]),
        ("response_type", vec![("response_type", None)]),
        ("scope", vec![("scope", None)]),
        ("scope", vec![("scope", Some("user.info.basic video.list"))]),
        ("scope", vec![("scope", Some("user.info.email"))]),
        ("redirect_uri", vec![("redirect_uri", None)]),
        ("redirect_uri", vec![("redirect_uri", Some("https://spike.land/api/social/tiktok/callback/"))]),
        ("redirect_uri", vec![("redirect_uri", Some("https://evil.example/"))]),
        ("redirect_uri", vec![("redirect_uri", Some("http://localhost/callback"))]),
        ("redirect_uri", vec![("redirect_uri", Some("http://localhost:3000/cb?x=1"))]),
        ("redirect_uri", vec![("redirect_uri", Some(&long))]),
        ("state", vec![("state", None)]),
        ("code_challenge", vec![("code_challenge", None)]),
        ("code_challenge", vec![("code_challenge", Some("5qF4sSB0PQhQlQjyaWUrC9-R4pMykhvJ6XRP091Bv-8"))]),
        ("code_challenge", vec![("code_challenge", Some(&CHALLENGE[1..]))]),
        ("code_challenge", vec![("code_challenge_method", Some("plain"))]),
    ];
    for (name, changes) in cases {
        let answer = page(&bed, &changes).await;
        assert!(answer.headers.get("location").is_none(), "{name}");
        assert!(answer.content_type.starts_with("text/html"));
        assert!(answer.text.contains("Something went wrong"), "{changes:?}");
        assert!(answer.text.contains(&format!("<code>{name}</code>")), "{changes:?}: {}", answer.text);
        assert_eq!(press(&bed, &changes, &[("decision", "allow")]).await.status, answer.status);
    }
}

#[tokio::test]
async fn uppercase_hex_challenge_is_rejected_1_4() {
    let bed = Bed::new().await;
    let answer = page(&bed, &[("code_challenge", Some(&CHALLENGE.to_uppercase()))]).await;
    assert!(answer.text.contains("<code>code_challenge</code>"));
}

#[tokio::test]
async fn https_redirect_accepts_base64url_only_when_not_strict_1_4() {
    let bed = Bed::new().await;
    let base64url = "5qF4sSB0PQhQlQjyaWUrC9-R4pMykhvJ6XRP091Bv-8";
    let web = ("redirect_uri", Some(WEB_REDIRECT));
    assert_eq!(
        page(&bed, &[web, ("code_challenge", None), ("code_challenge_method", None)]).await.status,
        200
    );
    assert!(
        page(&bed, &[web, ("code_challenge", Some(base64url))])
            .await
            .text
            .contains("<code>code_challenge</code>")
    );
    bed.emulator.configure(|settings| settings.strict_pkce = false);
    assert_eq!(page(&bed, &[web, ("code_challenge", Some(base64url))]).await.status, 200);
    let loopback = page(&bed, &[("code_challenge", Some(base64url))]).await;
    assert!(loopback.text.contains("<code>code_challenge</code>"), "loopback always requires hex");
}

#[tokio::test]
async fn consent_redirects_with_code_scopes_and_state_1_3() {
    let bed = Bed::new().await;
    let form = [
        ("decision", "allow"),
        ("username", "ana.makes"),
        ("scope", "video.list"),
        ("scope", "video.publish"),
    ];
    let answer = press(&bed, &[], &form).await;
    let (target, pairs) = location(&answer);
    assert_eq!(target, REDIRECT);
    assert_eq!(value(&pairs, "state"), "s+1 /&?", "echoed unchanged");
    assert_eq!(value(&pairs, "scopes"), "user.info.basic,video.list,video.publish");
    let raw = answer.header("location");
    assert!(
        raw.contains("%2A1%21") && raw.contains("scopes=user.info.basic%2Cvideo.list"),
        "percent-encoded: {raw}"
    );
    let token = bed.exchange(AUDITED, value(&pairs, "code")).await;
    assert_eq!(token.json["scope"], "user.info.basic,video.list,video.publish");
}

#[tokio::test]
async fn user_can_deselect_all_but_the_basic_scope_3() {
    let bed = Bed::new().await;
    let answer = press(&bed, &[], &[("decision", "allow"), ("username", "ana.makes")]).await;
    assert_eq!(value(&location(&answer).1, "scopes"), "user.info.basic");
}

#[tokio::test]
async fn scope_that_was_not_requested_is_not_granted_1_3() {
    let bed = Bed::new().await;
    let form = [("decision", "allow"), ("username", "ana.makes"), ("scope", "video.upload")];
    assert_eq!(value(&location(&press(&bed, &[], &form).await).1, "scopes"), "user.info.basic");
}

#[tokio::test]
async fn cancel_redirects_with_access_denied_1_3() {
    let bed = Bed::new().await;
    let (target, pairs) =
        location(&press(&bed, &[], &[("decision", "deny"), ("username", "ana.makes")]).await);
    assert_eq!(target, REDIRECT);
    assert_eq!(value(&pairs, "error"), "access_denied");
    assert!(!value(&pairs, "error_description").is_empty());
    assert_eq!(value(&pairs, "state"), "s+1 /&?");
    assert_eq!(value(&pairs, "code"), "");
}

#[tokio::test]
async fn automatic_consent_redirects_with_all_scopes_without_a_page() {
    let bed = Bed::new().await;
    let consent_as = |name: &str| {
        let name = name.to_owned();
        bed.emulator.configure(|settings| settings.auto_consent = Some(name));
    };
    consent_as("ana.makes");
    let (_, pairs) = location(&page(&bed, &[]).await);
    assert!(!value(&pairs, "code").is_empty());
    assert_eq!(value(&pairs, "state"), "s+1 /&?");
    consent_as("unknown.user");
    let rejected = page(&bed, &[]).await;
    assert_eq!(rejected.status, 400);
    assert!(rejected.text.contains("<code>username</code>"), "the page names the parameter");
    bed.emulator.configure(|settings| settings.auto_consent = None);
    assert_eq!(page(&bed, &[]).await.status, 200, "the page is shown again");
}

#[tokio::test]
async fn returning_user_skips_the_page_with_auto_auth_1_1() {
    let bed = Bed::new().await;
    let form = [
        ("decision", "allow"),
        ("username", "ana.makes"),
        ("scope", "video.list"),
        ("scope", "video.publish"),
    ];
    let first = press(&bed, &[], &form).await;
    let cookie = first.header("set-cookie").split(';').next().unwrap().to_owned();
    let again = async |changes: &[Change<'_>]| {
        bed.send(bed.http.get(bed.url(&query(changes))).header("cookie", &cookie)).await
    };
    assert!(!value(&location(&again(&[]).await).1, "code").is_empty());
    assert_eq!(again(&[("disable_auto_auth", Some("1"))]).await.status, 200, "the page is shown");
    assert_eq!(
        again(&[("scope", Some("video.upload"))]).await.status,
        200,
        "a new scope needs a new consent"
    );
    assert_eq!(page(&bed, &[]).await.status, 200, "the page is shown without a session");
    bed.emulator.revoke(AUDITED, "ana.makes");
    assert_eq!(again(&[]).await.status, 200, "2.4: the grant has ended");
}

#[tokio::test]
async fn grant_without_a_browser_enforces_the_consent_page_rules() {
    let bed = Bed::new().await;
    let grant = |app: &str, user: &str, scope: &str, redirect: &str, challenge| {
        bed.emulator.grant(app, user, &[scope], redirect, challenge).map_err(|error| error.parameter)
    };
    let good = Some(CHALLENGE);
    assert!(grant(AUDITED, "ana.makes", "video.list", REDIRECT, good).is_ok());
    assert_eq!(grant("aw", "ana.makes", "video.list", REDIRECT, good), Err("client_key"));
    assert_eq!(grant(AUDITED, "unknown.user", "video.list", REDIRECT, good), Err("username"));
    assert_eq!(grant(AUDITED, "ana.makes", "user.email", REDIRECT, good), Err("scope"));
    assert_eq!(grant(AUDITED, "ana.makes", "video.list", "http://evil.test/", good), Err("redirect_uri"));
    assert_eq!(grant(AUDITED, "ana.makes", "video.list", REDIRECT, None), Err("code_challenge"));
}
