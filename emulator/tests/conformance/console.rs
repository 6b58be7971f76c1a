//! Checks the console over HTTP: it never shows secrets, and the controls behind its buttons exist.

use serde_json::json;

use crate::support::{ALL_SCOPES, AUDITED, Bed, CHALLENGE, REDIRECT, VERIFIER, direct, mp4};

const PAGES: [&str; 9] = [
    "",
    "console/apps",
    "console/users",
    "console/grants",
    "console/posts",
    "console/requests",
    "console/faults",
    "console/webhooks",
    "console/consent",
];

#[tokio::test]
async fn pages_show_no_token_code_secret_or_upload_url() {
    let bed = Bed::new().await;
    let code = bed.emulator.grant(AUDITED, "ana.makes", &ALL_SCOPES, REDIRECT, Some(CHALLENGE)).unwrap();
    let login = bed.exchange(AUDITED, &code).await;
    let access = login.json["access_token"].as_str().unwrap();
    let renewed = bed.refresh(AUDITED, login.json["refresh_token"].as_str().unwrap()).await;
    let init = bed.init(access, direct("SELF_ONLY", 10, 10, 1)).await;
    let upload_url = init.data()["upload_url"].as_str().unwrap();
    bed.put(upload_url, "bytes 0-9/10", mp4(10)).await;
    let unused = bed.emulator.grant(AUDITED, "ana.makes", &ALL_SCOPES, REDIRECT, Some(CHALLENGE)).unwrap();
    let qr = bed
        .form(
            "/v2/oauth/get_qrcode/",
            &[("client_key", AUDITED), ("scope", "video.list"), ("state", "hidden-state")],
        )
        .await;
    let in_query = format!("/v2/nothing/?code={unused}&access_token={access}&client_secret=hidden-secret");
    bed.get(&in_query, access).await;
    let fault = json!({"endpoint": "video_list", "token": access, "status": 500});
    assert_eq!(bed.post("/_emulator/faults", "", fault).await.status, 200);
    bed.seconds(60);

    let upload_token = upload_url.split("upload_token=").nth(1).unwrap();
    let mut secrets = vec![code, unused, upload_token.to_owned(), upload_url.to_owned()];
    for hidden in [access, toklink_emulator::CLIENT_SECRET, "hidden-secret", "hidden-state"] {
        secrets.push(hidden.to_owned());
    }
    for (answer, field) in
        [(&login, "refresh_token"), (&renewed, "access_token"), (&renewed, "refresh_token"), (&qr, "token")]
    {
        secrets.push(answer.json[field].as_str().unwrap().to_owned());
    }
    for page in PAGES {
        let answer = bed.send(bed.http.get(bed.url(&format!("/_emulator/{page}")))).await;
        assert_eq!(answer.status, 200, "{page}");
        for secret in &secrets {
            // Escaping and encoding leave the characters before the first `*` or `!` unchanged.
            let start = secret.split(['*', '!', '&']).next().unwrap();
            assert!(start.len() > 8 && !answer.text.contains(start), "{page} shows {start}");
        }
    }
}

#[tokio::test]
async fn callback_page_never_shows_the_code() {
    let bed = Bed::new().await;
    let path = "/_emulator/console/callback?code=the-code-itself&scopes=user.info.basic&state=the-state";
    let answer = bed.send(bed.http.get(bed.url(path))).await;
    assert!(answer.text.contains("consented") && answer.text.contains(VERIFIER));
    assert!(!answer.text.contains("the-code-itself") && !answer.text.contains("the-state"));
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn built_link_returns_to_the_console_after_consent() {
    let bed = Bed::new().await;
    let base = bed.emulator.base_url();
    let callback = format!("{base}/_emulator/console/callback");
    let query = [
        ("client_key", AUDITED),
        ("scope", "video.list"),
        ("redirect_uri", callback.as_str()),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
    ];
    let page = bed.send(bed.http.get(bed.url("/_emulator/console/consent")).query(&query)).await;
    let link = page.text.split("id=\"open-link\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let link = link.replace("&amp;", "&");
    assert!(bed.send(bed.http.get(&link)).await.text.contains("id=\"consent\""));
    let form = [("username", "ana.makes"), ("scope", "video.list"), ("decision", "allow")];
    let back = bed.send(bed.http.post(&link).form(&form)).await;
    assert!(back.header("location").starts_with(&format!("{callback}?code=")));

    let rejected =
        [("client_key", AUDITED), ("redirect_uri", "https://not.registered.test/"), ("state", "s")];
    let page = bed.send(bed.http.get(bed.url("/_emulator/console/consent")).query(&rejected)).await;
    assert!(page.text.contains("would reject") && page.text.contains("register it"));
}

#[tokio::test]
async fn limits_stay_off_until_the_next_reset() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let off = bed.post("/_emulator/limits", "", json!({"on": false})).await;
    assert_eq!((off.status, off.json), (200, json!({"limits": false})));
    // Without limits, a client can request a task's status more than 30 times (5.8) and send more than 6 inits a minute
    // (5.3).
    for _ in 0..10 {
        assert_eq!(bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await.outcome(), (200, "ok"));
    }
    bed.post("/_emulator/reset", "", json!({})).await;
    assert_eq!(bed.emulator.state()["limits"], true);
    for body in [json!({}), json!({"on": 1}), json!({"on": true, "more": 1})] {
        assert_eq!(bed.post("/_emulator/limits", "", body).await.status, 400);
    }
}
