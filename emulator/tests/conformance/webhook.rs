//! Checks webhooks (docs/tiktok-api.md 6).

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use toklink_emulator::{CLIENT_SECRET, UserAction};

use crate::receiver::Receiver;
use crate::support::{ALL_SCOPES, AUDITED, Bed, START_MS, UNAUDITED, direct, file, mp4};

const INBOX: &str = "/v2/post/publish/inbox/video/init/";
const CANCEL: &str = "/v2/post/publish/cancel/";

async fn listening() -> (Bed, Receiver) {
    let (bed, app) = (Bed::new().await, Receiver::start().await);
    assert!(bed.emulator.set_webhook_url(AUDITED, Some(&format!("{}/hook", app.url))));
    (bed, app)
}

async fn draft(bed: &Bed, token: &str) -> String {
    let answer = bed.post(INBOX, token, json!({"source_info": file(10, 10, 1)})).await;
    bed.put(answer.data()["upload_url"].as_str().unwrap(), "bytes 0-9/10", mp4(10)).await;
    bed.seconds(4);
    answer.data()["publish_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn public_post_emits_complete_and_publicly_available_6() {
    let (bed, app) = listening().await;
    let id = bed.publish(&bed.ana().await, "PUBLIC_TO_EVERYONE", mp4(10)).await;
    bed.seconds(4);
    bed.emulator.settled().await;
    assert_eq!(app.events(), ["post.publish.complete"]);
    let complete = json!({"publish_id": id, "publish_type": "DIRECT_PUBLISH"});
    assert_eq!(app.taken()[0].content(), complete);
    bed.seconds(60);
    bed.emulator.settled().await;
    assert_eq!(app.events()[1..], ["post.publish.publicly_available"]);
    let post_id = bed.emulator.posts()[0].post_id.unwrap();
    assert_eq!(app.taken()[1].content()["post_id"], post_id.to_string(), "C12: a string here");
}

#[tokio::test]
async fn webhook_body_has_5_fields_and_content_is_a_string_6() {
    let (bed, app) = listening().await;
    let token = bed.ana().await;
    bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    bed.seconds(4);
    bed.emulator.settled().await;
    let body = app.taken()[0].json();
    let user = bed.get("/v2/user/info/?fields=open_id", &token).await;
    assert_eq!(body["client_key"], AUDITED);
    assert_eq!(body["user_openid"], user.data()["user"]["open_id"]);
    assert_eq!(body["create_time"], START_MS / 1000 + 3);
    assert!(body["content"].is_string());
    assert_eq!(body.as_object().unwrap().len(), 5);
}

#[tokio::test]
async fn delivery_is_signed_over_its_raw_body_6() {
    let (bed, app) = listening().await;
    bed.publish(&bed.ana().await, "SELF_ONLY", mp4(10)).await;
    bed.seconds(4);
    bed.emulator.settled().await;
    let one = &app.taken()[0];
    let (t, s) = one.header("tiktok-signature").strip_prefix("t=").unwrap().split_once(",s=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(CLIENT_SECRET.as_bytes()).unwrap();
    mac.update(format!("{t}.{}", one.body).as_bytes());
    let sent: Vec<u8> =
        (0..s.len()).step_by(2).map(|at| u8::from_str_radix(&s[at..at + 2], 16).unwrap()).collect();
    assert_eq!(sent, mac.finalize().into_bytes().to_vec());
    assert_eq!(s, s.to_lowercase());
    assert_eq!(one.header("content-type"), "application/json");
    assert_eq!(one.path, "/hook");
}

#[tokio::test]
async fn non_public_post_emits_only_complete_6() {
    let (bed, app) = listening().await;
    bed.publish(&bed.ana().await, "SELF_ONLY", mp4(10)).await;
    bed.seconds(7_200);
    bed.emulator.settled().await;
    assert_eq!(app.events(), ["post.publish.complete"]);
}

#[tokio::test]
async fn failed_post_emits_its_reason_6() {
    let (bed, app) = listening().await;
    let id = bed.publish(&bed.ana().await, "SELF_ONLY", b"plain text of no use".to_vec()).await;
    bed.seconds(4);
    bed.emulator.settled().await;
    assert_eq!(app.events(), ["post.publish.failed"]);
    let record =
        json!({"publish_id": id, "publish_type": "DIRECT_PUBLISH", "reason": "file_format_check_failed"});
    assert_eq!(app.taken()[0].content(), record);
}

#[tokio::test]
async fn cancelled_task_emits_failed_6() {
    let (bed, app) = listening().await;
    let token = bed.ana().await;
    let answer = bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await;
    bed.post(CANCEL, &token, json!({"publish_id": answer.data()["publish_id"]})).await;
    bed.emulator.settled().await;
    assert_eq!(app.taken()[0].content()["reason"], "publish_cancelled");
}

#[tokio::test]
async fn draft_emits_inbox_delivered_and_later_complete_6() {
    let (bed, app) = listening().await;
    let token = bed.ana().await;
    let publish_id = draft(&bed, &token).await;
    bed.emulator.settled().await;
    assert_eq!(app.events(), ["post.publish.inbox_delivered"]);
    assert_eq!(app.taken()[0].content()["publish_type"], "INBOX_SHARE");
    bed.emulator.act(&UserAction::FinishDraft { publish_id }).unwrap();
    bed.seconds(60);
    bed.emulator.settled().await;
    assert_eq!(app.events()[1..], ["post.publish.complete", "post.publish.publicly_available"]);
}

#[tokio::test]
async fn removed_post_emits_tiktoks_spelling_c10() {
    let (bed, app) = listening().await;
    let token = bed.ana().await;
    let publish_id = bed.publish(&token, "PUBLIC_TO_EVERYONE", mp4(10)).await;
    bed.seconds(60);
    let id = bed.emulator.posts()[0].post_id.unwrap();
    bed.emulator.act(&UserAction::RemovePost { publish_id: publish_id.clone() }).unwrap();
    bed.emulator.settled().await;
    assert_eq!(app.events()[2..], ["post.publish.no_longer_publicaly_available"]);
    assert_eq!(app.taken()[2].content()["post_id"], id.to_string());
    assert_eq!(bed.emulator.posts()[0].post_id, None);
    assert!(bed.emulator.act(&UserAction::RemovePost { publish_id }).is_err(), "already removed");
}

#[tokio::test]
async fn disconnect_sends_reason_1_and_revoke_call_reason_5_6() {
    let (bed, app) = listening().await;
    bed.ana().await;
    bed.emulator.revoke(AUDITED, "ana.makes");
    let token = bed.ana().await;
    let form = [("client_key", AUDITED), ("client_secret", CLIENT_SECRET), ("token", token.as_str())];
    assert_eq!(bed.form("/v2/oauth/revoke/", &form).await.status, 200);
    bed.emulator.settled().await;
    assert_eq!(app.events(), ["authorization.removed", "authorization.removed"]);
    assert_eq!(app.taken()[0].content(), json!({"reason": 1}));
    assert_eq!(app.taken()[1].content(), json!({"reason": 5}));
}

#[tokio::test]
async fn delivery_is_retried_with_growing_delays_unless_200_6() {
    let (bed, app) = listening().await;
    app.answer("/hook", "503 Service Unavailable", b"");
    bed.ana().await;
    bed.emulator.revoke(AUDITED, "ana.makes");
    bed.seconds(180);
    bed.emulator.settled().await;
    let at: Vec<i64> = bed.emulator.webhooks()[0].attempts.iter().map(|one| one.at_ms - START_MS).collect();
    assert_eq!(at, [0, 60_000, 180_000]);
    let signed: Vec<String> =
        app.taken().iter().map(|one| one.header("tiktok-signature").to_owned()).collect();
    assert_ne!(signed[0], signed[1], "each attempt has its own signature");
    app.answer("/hook", "200 OK", b"");
    bed.seconds(240);
    bed.emulator.settled().await;
    assert_eq!(bed.emulator.webhooks()[0].state, "delivered");
    bed.seconds(300_000);
    bed.emulator.settled().await;
    assert_eq!(app.taken().len(), 4);
}

#[tokio::test]
async fn webhook_is_dropped_after_72_hours_6() {
    let (bed, app) = listening().await;
    app.answer("/hook", "404 Not Found", b"");
    bed.ana().await;
    bed.emulator.revoke(AUDITED, "ana.makes");
    bed.seconds(80 * 3_600);
    bed.emulator.settled().await;
    let one = &bed.emulator.webhooks()[0];
    assert_eq!((one.state, one.next_attempt_ms), ("dropped", None));
    assert!(one.attempts.iter().all(|attempt| attempt.at_ms - START_MS <= 72 * 3_600_000));
    assert_eq!(one.attempts.len(), app.taken().len());
}

#[tokio::test]
async fn duplicate_deliveries_can_be_enabled_6() {
    let (bed, app) = listening().await;
    bed.emulator.configure(|settings| settings.webhook_duplicates = true);
    bed.ana().await;
    bed.emulator.revoke(AUDITED, "ana.makes");
    bed.emulator.settled().await;
    assert_eq!(app.taken().len(), 2);
    assert_eq!(app.taken()[0].body, app.taken()[1].body);
}

#[tokio::test]
async fn reordering_can_be_enabled_6() {
    let (bed, app) = listening().await;
    bed.emulator.configure(|settings| settings.webhook_reorder = true);
    bed.publish(&bed.ana().await, "PUBLIC_TO_EVERYONE", mp4(10)).await;
    bed.seconds(60);
    bed.emulator.settled().await;
    assert_eq!(app.events(), ["post.publish.publicly_available", "post.publish.complete"]);
}

#[tokio::test]
async fn webhook_is_only_sent_to_the_app_concerned_6() {
    let (bed, app) = listening().await;
    bed.token(UNAUDITED, "ana.makes", &ALL_SCOPES).await;
    bed.emulator.revoke(UNAUDITED, "ana.makes");
    bed.emulator.settled().await;
    assert!(app.taken().is_empty());
    assert!(bed.emulator.webhooks().is_empty());
}

#[tokio::test]
async fn clock_call_returns_when_webhooks_are_delivered_e12() {
    let (bed, app) = listening().await;
    bed.publish(&bed.ana().await, "PUBLIC_TO_EVERYONE", mp4(10)).await;
    bed.post("/_emulator/clock", "", json!({"advance_ms": 60_000})).await;
    assert_eq!(app.taken().len(), 2);
    let record = bed.send(bed.http.get(bed.url("/_emulator/webhooks"))).await.json;
    assert_eq!(record["webhooks"][1]["attempts"][0]["status"], 200);
}

#[tokio::test]
async fn user_actions_work_through_the_control_api_e11() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let id = draft(&bed, &token).await;
    let act = async |body: serde_json::Value| bed.post("/_emulator/act", "", body).await;
    assert_eq!(act(json!({"kind": "finish_draft", "publish_id": id})).await.status, 200);
    assert_eq!(bed.status(&token, &id).await.data()["status"], "PUBLISH_COMPLETE");
    let again = act(json!({"kind": "finish_draft", "publish_id": id})).await;
    assert_eq!(again.status, 400);
    assert!(again.text.contains("PUBLISH_COMPLETE"), "{}", again.text);
    let revoke = json!({"kind": "revoke", "client_key": AUDITED, "username": "ana.makes"});
    assert_eq!(act(revoke.clone()).await.status, 200);
    assert_eq!(bed.status(&token, &id).await.outcome(), (401, "access_token_invalid"));
    assert_eq!(act(revoke).await.status, 400);
    assert_eq!(act(json!({"kind": "dance"})).await.status, 400);
}

#[tokio::test]
async fn finished_draft_no_longer_counts_as_pending_c13() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let mut drafts = Vec::new();
    for _ in 0..5 {
        drafts.push(draft(&bed, &token).await);
    }
    bed.seconds(61);
    let sixth = async || bed.post(INBOX, &token, json!({"source_info": file(10, 10, 1)})).await;
    assert_eq!(sixth().await.outcome(), (403, "spam_risk_too_many_pending_share"));
    bed.emulator.act(&UserAction::FinishDraft { publish_id: drafts.remove(0) }).unwrap();
    assert_eq!(sixth().await.outcome(), (200, "ok"));
}

#[tokio::test]
async fn grants_end_when_the_account_is_deleted_or_banned_6() {
    for (reason, number) in [("account_deleted", 2), ("age_changed", 3), ("banned", 4)] {
        let (bed, app) = listening().await;
        let token = bed.ana().await;
        let other = bed.token(UNAUDITED, "ana.makes", &ALL_SCOPES).await;
        let act = json!({"kind": "end_grants", "username": "ana.makes", "reason": reason});
        assert_eq!(bed.post("/_emulator/act", "", act).await.status, 200);
        bed.emulator.settled().await;
        assert_eq!(app.events(), ["authorization.removed"], "the other app has no webhook URL");
        assert_eq!(app.taken()[0].content(), json!({"reason": number}));
        for token in [token, other] {
            assert_eq!(bed.get("/v2/user/info/?fields=open_id", &token).await.status, 401);
        }
        let banned = bed.emulator.state()["users"][0]["banned"].clone();
        assert_eq!(banned, json!(reason == "banned"));
    }
    let bed = Bed::new().await;
    let act = json!({"kind": "end_grants", "username": "unknown.user", "reason": "banned"});
    assert_eq!(bed.post("/_emulator/act", "", act).await.status, 400);
}

#[tokio::test]
async fn legacy_and_portability_events_can_be_triggered_6() {
    let (bed, app) = listening().await;
    let share = |failed| UserAction::LegacyShare {
        client_key: AUDITED.to_owned(),
        username: "ana.makes".to_owned(),
        share_id: "share-7".to_owned(),
        failed,
    };
    bed.emulator.act(&share(false)).unwrap();
    bed.emulator.act(&share(true)).unwrap();
    let archive =
        json!({"kind": "archive_ready", "client_key": AUDITED, "request_id": 7_590_546_813_319_276_721_i64});
    assert_eq!(bed.post("/_emulator/act", "", archive).await.status, 200);
    bed.emulator.settled().await;
    assert_eq!(
        app.events(),
        ["video.publish.completed", "video.upload.failed", "portability.download.ready"]
    );
    let taken = app.taken();
    assert_eq!(taken[1].content(), json!({"share_id": "share-7"}));
    assert_eq!(taken[2].content(), json!({"request_id": 7_590_546_813_319_276_721_i64}));
    assert!(taken[0].json()["user_openid"].is_string());
    assert!(taken[2].json().get("user_openid").is_none(), "6: this event has no user");
    let stranger = json!({"kind": "archive_ready", "client_key": "aw", "request_id": 1});
    assert_eq!(bed.post("/_emulator/act", "", stranger).await.status, 400);
}
