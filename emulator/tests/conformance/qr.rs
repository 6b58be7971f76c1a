//! Checks the login by QR code (docs/tiktok-api.md 1.5).

use serde_json::Value;
use toklink_emulator::{CLIENT_SECRET, UserAction};

use crate::support::{AUDITED, Bed, WEB_REDIRECT};

async fn start(bed: &Bed) -> String {
    let form = [("client_key", AUDITED), ("scope", "user.info.basic,video.list"), ("state", "s1")];
    let answer = bed.form("/v2/oauth/get_qrcode/", &form).await;
    assert!(answer.json["scan_qrcode_url"].as_str().unwrap().contains("client_ticket=tobefilled"));
    answer.json["token"].as_str().unwrap().to_owned()
}

async fn check(bed: &Bed, token: &str) -> Value {
    let form = [("client_key", AUDITED), ("client_secret", CLIENT_SECRET), ("token", token)];
    bed.form("/v2/oauth/check_qrcode/", &form).await.json
}

fn scan(token: &str, ticket: &str) -> UserAction {
    let (token, username) = (token.to_owned(), "ana.makes".to_owned());
    UserAction::ConfirmQr { token, username, client_ticket: ticket.to_owned() }
}

#[tokio::test]
async fn check_qrcode_returns_the_scanned_ticket_1_5() {
    let bed = Bed::new().await;
    for ticket in ["ticket-of-the-app", "tobefilled"] {
        let token = start(&bed).await;
        assert_eq!(
            check(&bed, &token).await["client_ticket"],
            "",
            "TikTok receives the ticket only with the scan"
        );
        bed.emulator.act(&scan(&token, ticket)).unwrap();
        assert_eq!(check(&bed, &token).await["client_ticket"], ticket);
    }
}

#[tokio::test]
async fn scanned_code_logs_in_once_1_5() {
    let bed = Bed::new().await;
    let token = start(&bed).await;
    assert_eq!(check(&bed, &token).await["status"], "new");
    let scan = scan(&token, "ticket-of-the-app");
    bed.emulator.act(&scan).unwrap();
    let confirmed = check(&bed, &token).await;
    assert_eq!(confirmed["client_ticket"], "ticket-of-the-app");
    assert_eq!((&confirmed["status"], &confirmed["state"]), (&"confirmed".into(), &"s1".into()));
    assert_eq!(confirmed["redirect_uri"], WEB_REDIRECT);
    let form = [
        ("client_key", AUDITED),
        ("client_secret", CLIENT_SECRET),
        ("grant_type", "authorization_code"),
        ("code", confirmed["code"].as_str().unwrap()),
        ("redirect_uri", WEB_REDIRECT),
    ];
    let tokens = bed.form("/v2/oauth/token/", &form).await;
    assert_eq!(tokens.json["scope"], "user.info.basic,video.list");
    assert_eq!(check(&bed, &token).await["status"], "utilised");
    assert!(bed.emulator.act(&scan).is_err());
}

#[tokio::test]
async fn unscanned_qr_code_expires_1_5() {
    let bed = Bed::new().await;
    let token = start(&bed).await;
    bed.seconds(600);
    assert_eq!(check(&bed, &token).await["status"], "expired");
    assert!(bed.emulator.act(&scan(&token, "ticket-of-the-app")).is_err());
    let form = [("client_key", AUDITED), ("scope", "no.such"), ("state", "s")];
    assert_eq!(bed.form("/v2/oauth/get_qrcode/", &form).await.oauth().1, "invalid_request");
}
