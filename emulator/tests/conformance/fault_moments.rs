//! Checks the filters of fault rules, and their effects on requests and responses (docs/EMULATOR.md, fault rules).

use std::time::Duration;

use serde_json::{Value, json};
use toklink_emulator::{EmulatorConfig, Fault};

use crate::support::{ALL_SCOPES, AUDITED, Bed, UNAUDITED, direct, mp4};

const INFO: &str = "/v2/user/info/?fields=open_id";

#[tokio::test]
async fn rule_can_match_one_user_or_one_app() {
    let bed = Bed::new().await;
    let (ana, ben) = (bed.ana().await, bed.token(AUDITED, "ben.private", &ALL_SCOPES).await);
    let other = bed.token(UNAUDITED, "ana.makes", &ALL_SCOPES).await;
    bed.emulator.add_fault(Fault::on("user_info").for_user("ben.private").times(0).status(500)).unwrap();
    bed.emulator.add_fault(Fault::on("*").for_app(UNAUDITED).times(0).status(503)).unwrap();
    assert_eq!(bed.get(INFO, &ana).await.status, 200);
    assert_eq!(bed.get(INFO, &ben).await.status, 500);
    assert_eq!(bed.get(INFO, &other).await.status, 503);
    assert_eq!(bed.refresh(UNAUDITED, "x").await.status, 503, "the form names the app");
    let last = bed.emulator.requests().pop().unwrap();
    assert_eq!(last.client_key.as_deref(), Some(UNAUDITED));
}

#[tokio::test]
async fn rule_can_match_one_token_and_never_shows_it() {
    let bed = Bed::new().await;
    let login = bed.login(AUDITED, "ana.makes", &ALL_SCOPES).await;
    let text = |name: &str| login.json[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text("access_token"), text("refresh_token"));
    let rules = json!([
        {"endpoint": "user_info", "token": access, "status": 500},
        {"endpoint": "token", "token": refresh, "status": 503},
    ]);
    let answer = bed.post("/_emulator/faults", "", rules).await;
    assert_eq!(answer.json["faults"][0]["token"], "***");
    assert!(!answer.text.contains(&access) && !answer.text.contains(&refresh));
    assert!(!format!("{:?}", bed.emulator.faults()).contains(&access));
    assert_eq!(bed.get(INFO, &bed.ana().await).await.status, 200, "another token of the same user");
    assert_eq!(bed.get(INFO, &access).await.status, 500);
    assert_eq!(bed.refresh(AUDITED, &refresh).await.status, 503);
}

#[tokio::test]
async fn rule_can_match_one_upload() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let answer = bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await;
        let text = |name: &str| answer.data()[name].as_str().unwrap().to_owned();
        tasks.push((text("publish_id"), text("upload_url")));
    }
    bed.emulator.add_fault(Fault::on("*").for_upload(&tasks[1].0).times(2).status(500)).unwrap();
    assert_eq!(bed.put(&tasks[0].1, "bytes 0-9/10", mp4(10)).await.status, 201);
    assert_eq!(bed.put(&tasks[1].1, "bytes 0-9/10", mp4(10)).await.status, 500);
    assert_eq!(bed.status(&token, &tasks[0].0).await.status, 200);
    assert_eq!(bed.status(&token, &tasks[1].0).await.status, 500, "a status call names the task in its body");
}

#[tokio::test]
async fn same_seed_selects_the_same_calls_by_probability() {
    let mut histories = Vec::new();
    for seed in [5, 5, 6] {
        let bed = Bed::with(EmulatorConfig { seed, limits: false, ..EmulatorConfig::default() }).await;
        let token = bed.ana().await;
        bed.emulator.add_fault(Fault::on("user_info").probability(0.5).status(500)).unwrap();
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(bed.get(INFO, &token).await.status);
        }
        assert!(statuses.contains(&200) && statuses.contains(&500));
        histories.push(statuses);
    }
    assert_eq!(histories[0], histories[1]);
    assert_ne!(histories[0], histories[2]);
}

#[tokio::test]
async fn rule_is_disabled_and_removed_by_its_id() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let added =
        bed.post("/_emulator/faults", "", json!({"endpoint": "user_info", "times": 0, "status": 500})).await;
    let rule = &added.json["faults"][0];
    assert_eq!((&rule["enabled"], &rule["hits"]), (&json!(true), &json!(0)));
    let path = format!("/_emulator/faults/{}", rule["id"]);
    assert_eq!(bed.get(INFO, &token).await.status, 500);
    let off = bed.post(&path, "", json!({"enabled": false})).await;
    assert_eq!(
        (&off.json["faults"][0]["enabled"], &off.json["faults"][0]["hits"]),
        (&json!(false), &json!(1))
    );
    assert_eq!(bed.get(INFO, &token).await.status, 200);
    bed.post(&path, "", json!({"enabled": true})).await;
    assert_eq!(bed.get(INFO, &token).await.status, 500);
    assert_eq!(bed.send(bed.http.delete(bed.url(&path))).await.json, json!({"faults": []}));
    assert_eq!(bed.get(INFO, &token).await.status, 200);
    assert_eq!(bed.send(bed.http.delete(bed.url(&path))).await.status, 404);
    assert_eq!(bed.post(&path, "", json!({"enabled": true})).await.status, 404);
    let foreign = bed.http.delete(bed.url("/_emulator/faults")).header("origin", "https://evil.example");
    assert_eq!(bed.send(foreign).await.status, 403);
}

#[tokio::test]
async fn proxy_preset_responds_with_an_html_page() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    bed.emulator.add_fault(Fault::on("user_info").proxy_html()).unwrap();
    let answer = bed.get(INFO, &token).await;
    assert_eq!((answer.status, answer.content_type.as_str()), (502, "text/html"));
    assert!(answer.text.contains("502 Bad Gateway"));
}

#[tokio::test]
async fn request_takes_effect_when_its_json_response_is_corrupted() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let whole = bed.get(INFO, &token).await.text;
    bed.emulator.add_fault(Fault::on("user_info").truncated()).unwrap();
    bed.emulator.add_fault(Fault::on("user_info").nth(2).garbled()).unwrap();
    let cut = bed.get(INFO, &token).await;
    assert_eq!((cut.status, &cut.json, cut.text.len()), (200, &Value::Null, whole.len() / 2));
    let garbled = bed.send(bed.http.get(bed.url(INFO)).bearer_auth(&token)).await;
    assert_eq!((garbled.status, &garbled.json), (200, &Value::Null));
    let posts = bed.emulator.posts().len();
    bed.emulator.add_fault(Fault::on("video_init").truncated()).unwrap();
    assert_eq!(bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await.json, Value::Null);
    assert_eq!(bed.emulator.posts().len(), posts + 1);
}

#[tokio::test]
async fn throttled_response_is_complete() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    bed.emulator.add_fault(Fault::on("user_info").throttle(40, Duration::from_millis(1))).unwrap();
    assert_eq!(bed.get(INFO, &token).await.outcome(), (200, "ok"));
    assert_eq!(bed.emulator.faults()[0].hits, 1);
}

#[tokio::test]
async fn reset_during_the_response_keeps_the_effect() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    bed.emulator.add_fault(Fault::on("video_init").reset_in_answer(12)).unwrap();
    let request = bed.http.post(bed.url("/v2/post/publish/video/init/")).bearer_auth(&token);
    let mut response = request.json(&direct("SELF_ONLY", 10, 10, 1)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut received = Vec::new();
    let error = loop {
        match response.chunk().await {
            Ok(Some(bytes)) => received.extend_from_slice(&bytes),
            Ok(None) => panic!("the response was complete"),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode() || error.is_request(), "{error:?}");
    assert_eq!(received.len(), 12);
    assert_eq!(bed.emulator.posts().len(), 1);
}

#[tokio::test]
async fn reset_within_a_chunk_stores_nothing() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let size = 4 * 1024 * 1024;
    let answer = bed.init(&token, direct("SELF_ONLY", size, size, 1)).await;
    let url = answer.data()["upload_url"].as_str().unwrap();
    bed.emulator.add_fault(Fault::on("upload").reset_in_body(70_000)).unwrap();
    let range = format!("bytes 0-{}/{size}", size - 1);
    let request = bed.http.put(url).header("content-type", "video/mp4").header("content-range", &range);
    request.body(mp4(size)).send().await.unwrap_err();
    assert_eq!(bed.emulator.posts()[0].bytes_received, 0);
    let last = bed.emulator.requests().pop().unwrap();
    assert_eq!((last.status, last.body_bytes, last.faulted), (0, 70_000, true));
    assert_eq!(bed.put(url, &range, mp4(size)).await.status, 201);
}

#[tokio::test]
async fn upload_response_can_have_a_wrong_content_range() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let answer = bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await;
    let url = answer.data()["upload_url"].as_str().unwrap();
    bed.emulator.add_fault(Fault::on("upload").content_range("bytes 0-3/10")).unwrap();
    let put = bed.put(url, "bytes 0-9/10", mp4(10)).await;
    assert_eq!((put.status, put.header("content-range")), (201, "bytes 0-3/10"));
    assert_eq!(bed.emulator.posts()[0].bytes_received, 10);
}
