//! Checks the token endpoints (docs/tiktok-api.md 2).

use serde_json::json;
use toklink_emulator::{CLIENT_SECRET, OauthErrors, Rotation, TokenRegime};

use crate::support::{AUDITED, Bed, CHALLENGE, REDIRECT, UNAUDITED, VERIFIER, WEB_REDIRECT};

fn text(answer: &crate::support::Answer, name: &str) -> String {
    answer.json[name].as_str().unwrap_or_else(|| panic!("{name} in {}", answer.text)).to_owned()
}

#[tokio::test]
async fn token_response_is_flat_with_7_fields_2_1() {
    let bed = Bed::new().await;
    let answer = bed.login(AUDITED, "ana.makes", &["video.list"]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["expires_in"], 7_200);
    assert_eq!(answer.json["refresh_expires_in"], 15_552_000);
    assert_eq!(answer.json["scope"], "user.info.basic,video.list");
    assert_eq!(answer.json["token_type"], "Bearer");
    assert_eq!(answer.json.as_object().unwrap().len(), 7);
    assert!(answer.json.get("data").is_none() && answer.json.get("error").is_none());
}

#[tokio::test]
async fn json_body_is_rejected_as_malformed_2() {
    let bed = Bed::new().await;
    let answer = bed
        .post("/v2/oauth/token/", "", json!({"client_key": AUDITED, "grant_type": "authorization_code"}))
        .await;
    assert_eq!(answer.oauth(), (200, "invalid_request", "The request parameters are malformed."));
    assert_eq!(answer.json["log_id"].as_str().unwrap().len(), 34);
}

#[tokio::test]
async fn missing_fields_and_wrong_secrets_get_their_messages_2_5() {
    let bed = Bed::new().await;
    let path = "/v2/oauth/token/";
    let answer = bed.form(path, &[("client_secret", CLIENT_SECRET)]).await;
    assert_eq!(answer.oauth(), (200, "invalid_request", "The request parameters are malformed."));
    let answer = bed.form(path, &[("client_key", AUDITED), ("grant_type", "authorization_code")]).await;
    assert_eq!(answer.oauth(), (200, "invalid_request", "Client secret is missed in request."));
    for pair in
        [(AUDITED, "wrong"), ("awunknown", CLIENT_SECRET), (AUDITED, " toklinkemulatorclientsecret00001")]
    {
        let fields = [("client_key", pair.0), ("client_secret", pair.1), ("grant_type", "refresh_token")];
        let answer = bed.form(path, &fields).await;
        assert_eq!(answer.oauth(), (200, "invalid_client", "Client key or secret is incorrect."), "{pair:?}");
    }
    let fields = [("client_key", AUDITED), ("client_secret", CLIENT_SECRET), ("grant_type", "password")];
    assert_eq!(bed.form(path, &fields).await.oauth().1, "unsupported_grant_type");
    let fields = [("client_id", AUDITED), ("client_secret", CLIENT_SECRET), ("grant_type", "refresh_token")];
    assert_eq!(bed.form(path, &fields).await.oauth().1, "invalid_request", "2.1: client_key, not client_id");
}

#[tokio::test]
async fn code_works_once_2_1() {
    let bed = Bed::new().await;
    let code = bed.emulator.grant(AUDITED, "ana.makes", &[], REDIRECT, Some(CHALLENGE)).unwrap();
    assert_eq!(bed.exchange(AUDITED, &code).await.json["token_type"], "Bearer");
    assert_eq!(
        bed.exchange(AUDITED, &code).await.oauth(),
        (200, "invalid_grant", "Authorization code is expired.")
    );
}

#[tokio::test]
async fn code_expires_after_10_minutes_2_1() {
    let bed = Bed::new().await;
    let code = bed.emulator.grant(AUDITED, "ana.makes", &[], REDIRECT, Some(CHALLENGE)).unwrap();
    let late = bed.emulator.grant(AUDITED, "ana.makes", &[], REDIRECT, Some(CHALLENGE)).unwrap();
    bed.seconds(599);
    assert_eq!(bed.exchange(AUDITED, &code).await.status, 200);
    bed.seconds(1);
    assert_eq!(bed.exchange(AUDITED, &late).await.oauth().1, "invalid_grant");
}

#[tokio::test]
async fn code_is_bound_to_app_redirect_and_challenge_2_1() {
    let bed = Bed::new().await;
    let code = bed.emulator.grant(AUDITED, "ana.makes", &[], REDIRECT, Some(CHALLENGE)).unwrap();
    assert_eq!(bed.exchange(UNAUDITED, &code).await.oauth().1, "invalid_grant");
    let exchange = async |redirect: &str, verifier: &str| {
        let fields = [
            ("client_key", AUDITED),
            ("client_secret", CLIENT_SECRET),
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        bed.form("/v2/oauth/token/", &fields).await
    };
    let text = "Redirect_uri is not matched with the uri when requesting code.";
    assert_eq!(exchange(WEB_REDIRECT, VERIFIER).await.oauth(), (200, "invalid_request", text));
    let text = "Code verifier or code challenge is invalid.";
    let wrong = VERIFIER.replace('g', "h");
    assert_eq!(exchange(REDIRECT, &wrong).await.oauth(), (200, "invalid_request", text), "1.4");
    assert_eq!(exchange(REDIRECT, "").await.oauth(), (200, "invalid_request", text), "1.4");
    assert_eq!(exchange(REDIRECT, VERIFIER).await.json["token_type"], "Bearer");
}

#[tokio::test]
async fn verifier_without_a_challenge_is_ignored_1_4() {
    let bed = Bed::new().await;
    let code = bed.emulator.grant(AUDITED, "ana.makes", &[], WEB_REDIRECT, None).unwrap();
    let fields = [
        ("client_key", AUDITED),
        ("client_secret", CLIENT_SECRET),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", WEB_REDIRECT),
        ("code_verifier", "junk"),
    ];
    assert_eq!(bed.form("/v2/oauth/token/", &fields).await.json["token_type"], "Bearer");
}

#[tokio::test]
async fn double_encoded_code_is_an_invalid_grant_2_1() {
    let bed = Bed::new().await;
    let code = bed.emulator.grant(AUDITED, "ana.makes", &[], REDIRECT, Some(CHALLENGE)).unwrap();
    let encoded = code.replace('*', "%2A").replace('!', "%21");
    assert_ne!(code, encoded, "0.5: a code carries * and !");
    assert_eq!(bed.exchange(AUDITED, &encoded).await.oauth().1, "invalid_grant");
}

#[tokio::test]
async fn refresh_rotates_and_invalidates_the_old_token_2_2() {
    let bed = Bed::new().await;
    let login = bed.login(AUDITED, "ana.makes", &["video.list"]).await;
    let first = text(&login, "refresh_token");
    let refreshed = bed.refresh(AUDITED, &first).await;
    let second = text(&refreshed, "refresh_token");
    assert_ne!(first, second);
    assert_eq!(refreshed.json["scope"], login.json["scope"]);
    assert_eq!(refreshed.json["open_id"], login.json["open_id"]);
    let text_of_error = "Refresh token is invalid or expired.";
    assert_eq!(bed.refresh(AUDITED, &first).await.oauth(), (200, "invalid_grant", text_of_error));
    assert_eq!(bed.refresh(AUDITED, &second).await.json["token_type"], "Bearer");
}

#[tokio::test]
async fn lifetimes_are_remaining_seconds_2_2() {
    let bed = Bed::new().await;
    let login = bed.login(AUDITED, "ana.makes", &[]).await;
    bed.seconds(1_000);
    let refreshed = bed.refresh(AUDITED, &text(&login, "refresh_token")).await;
    assert_eq!(refreshed.json["expires_in"], 7_200);
    assert_eq!(refreshed.json["refresh_expires_in"], 15_551_000);
}

#[tokio::test]
async fn refreshed_access_token_is_valid_for_2_hours_2_2() {
    let bed = Bed::new().await;
    let login = bed.login(AUDITED, "ana.makes", &[]).await;
    let access = text(&login, "access_token");
    bed.refresh(AUDITED, &text(&login, "refresh_token")).await;
    bed.seconds(7_199);
    assert_eq!(bed.get("/v2/user/info/?fields=open_id", &access).await.outcome(), (200, "ok"));
    bed.seconds(1);
    assert_eq!(
        bed.get("/v2/user/info/?fields=open_id", &access).await.outcome(),
        (401, "access_token_invalid")
    );
}

#[tokio::test]
async fn refresh_token_expires_after_180_days_2_1() {
    let bed = Bed::new().await;
    let login = bed.login(AUDITED, "ana.makes", &[]).await;
    bed.seconds(15_552_000);
    assert_eq!(bed.refresh(AUDITED, &text(&login, "refresh_token")).await.oauth().1, "invalid_grant");
}

#[tokio::test]
async fn another_app_cannot_refresh_2_2() {
    let bed = Bed::new().await;
    let login = bed.login(AUDITED, "ana.makes", &[]).await;
    assert_eq!(bed.refresh(UNAUDITED, &text(&login, "refresh_token")).await.oauth().1, "invalid_grant");
    assert_eq!(bed.refresh(AUDITED, &text(&login, "refresh_token")).await.json["token_type"], "Bearer");
}

#[tokio::test]
async fn older_token_lifetimes_can_be_configured_c34() {
    let bed = Bed::new().await;
    bed.emulator.configure(|settings| {
        settings.token_regime = TokenRegime::OneDay;
        settings.rotation = Rotation::Never;
    });
    let login = bed.login(AUDITED, "ana.makes", &[]).await;
    assert_eq!(login.json["expires_in"], 86_400);
    assert_eq!(login.json["refresh_expires_in"], 31_536_000);
    let refreshed = bed.refresh(AUDITED, &text(&login, "refresh_token")).await;
    assert_eq!(refreshed.json["refresh_token"], login.json["refresh_token"]);
}

#[tokio::test]
async fn rotation_can_skip_every_second_refresh_2_2() {
    let bed = Bed::new().await;
    bed.emulator.configure(|settings| settings.rotation = Rotation::Sometimes);
    let mut token = text(&bed.login(AUDITED, "ana.makes", &[]).await, "refresh_token");
    let mut changed = Vec::new();
    for _ in 0..4 {
        let next = text(&bed.refresh(AUDITED, &token).await, "refresh_token");
        changed.push(next != token);
        token = next;
    }
    assert_eq!(changed, [false, true, false, true]);
}

#[tokio::test]
async fn oauth_errors_can_have_status_400_and_401_c4() {
    let bed = Bed::new().await;
    bed.emulator.configure(|settings| settings.oauth_errors = OauthErrors::Client4xx);
    assert_eq!(bed.refresh(AUDITED, "rft.none").await.oauth().0, 400);
    let fields = [("client_key", AUDITED), ("client_secret", "no"), ("grant_type", "refresh_token")];
    assert_eq!(bed.form("/v2/oauth/token/", &fields).await.oauth().0, 401);
}

#[tokio::test]
async fn client_token_cannot_read_user_data_2_3() {
    let bed = Bed::new().await;
    let fields =
        [("client_key", AUDITED), ("client_secret", CLIENT_SECRET), ("grant_type", "client_credentials")];
    let answer = bed.form("/v2/oauth/token/", &fields).await;
    assert!(text(&answer, "access_token").starts_with("clt."));
    assert_eq!(answer.json["expires_in"], 7_200);
    assert!(answer.json.get("refresh_token").is_none() && answer.json.get("open_id").is_none());
    let answer = bed.get("/v2/user/info/?fields=open_id", &text(&answer, "access_token")).await;
    assert_eq!(answer.outcome(), (401, "scope_not_authorized"));
}

#[tokio::test]
async fn revoke_returns_no_body_and_ends_the_grant_2_4() {
    let bed = Bed::new().await;
    let login = bed.login(AUDITED, "ana.makes", &[]).await;
    let access = text(&login, "access_token");
    let fields = [("client_key", AUDITED), ("client_secret", CLIENT_SECRET), ("token", &access)];
    let answer = bed.form("/v2/oauth/revoke/", &fields).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(
        bed.get("/v2/user/info/?fields=open_id", &access).await.outcome(),
        (401, "access_token_invalid")
    );
    assert_eq!(
        bed.refresh(AUDITED, &text(&login, "refresh_token")).await.oauth().1,
        "invalid_grant",
        "15: assumed"
    );
    let wrong = [("client_key", AUDITED), ("client_secret", "no"), ("token", &access)];
    assert_eq!(bed.form("/v2/oauth/revoke/", &wrong).await.oauth().1, "invalid_client");
}
