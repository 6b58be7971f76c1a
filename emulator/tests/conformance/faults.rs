//! Checks fault rules (docs/EMULATOR.md, fault rules).

use serde_json::json;
use toklink_emulator::{Fault, FaultError};

use crate::support::{AUDITED, Bed, direct, mp4};

const INFO: &str = "/v2/user/info/?fields=open_id";

#[tokio::test]
async fn nth_chunk_can_fail_and_be_retried() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let size = 15 * 1024 * 1024;
    let chunk = size / 3;
    let answer = bed.init(&token, direct("SELF_ONLY", size, chunk, 3)).await;
    let url = answer.data()["upload_url"].as_str().unwrap();
    bed.emulator.add_fault(Fault::on("upload").nth(2).times(2).status(500)).unwrap();
    let bytes = mp4(size);
    let mut statuses = Vec::new();
    for nth in [0, 1, 1, 1, 2] {
        let (first, end) = (nth * chunk, (nth + 1) * chunk);
        let range = format!("bytes {first}-{}/{size}", end - 1);
        statuses.push(bed.put(url, &range, bytes[first..end].to_vec()).await.status);
    }
    assert_eq!(statuses, [206, 500, 500, 206, 201]);
    assert_eq!(bed.emulator.posts()[0].chunk_sizes.len(), 3);
    assert_eq!(bed.emulator.requests().iter().filter(|request| request.faulted).count(), 2);
}

#[tokio::test]
async fn chunk_can_be_stored_despite_an_error_response() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let answer = bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await;
    let url = answer.data()["upload_url"].as_str().unwrap();
    bed.emulator.add_fault(Fault::on("upload").status(502).after_effect()).unwrap();
    assert_eq!(bed.put(url, "bytes 0-9/10", mp4(10)).await.status, 502);
    assert_eq!(bed.emulator.posts()[0].bytes_received, 10);
}

#[tokio::test]
async fn reset_after_the_body_keeps_the_effect() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    bed.emulator.add_fault(Fault::on("video_init").reset_after()).unwrap();
    let request = bed.http.post(bed.url("/v2/post/publish/video/init/")).bearer_auth(&token);
    let error = request.json(&direct("SELF_ONLY", 10, 10, 1)).send().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert_eq!(bed.emulator.posts().len(), 1, "the task exists although the client got no response");
    let last = bed.emulator.requests().pop().unwrap();
    assert_eq!((last.status, last.faulted), (0, true));
}

#[tokio::test]
async fn reset_before_the_body_has_no_effect() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    bed.emulator.add_fault(Fault::on("video_init").reset_before()).unwrap();
    let request = bed.http.post(bed.url("/v2/post/publish/video/init/")).bearer_auth(&token);
    request.json(&direct("SELF_ONLY", 10, 10, 1)).send().await.unwrap_err();
    assert!(bed.emulator.posts().is_empty());
    assert_eq!(bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await.status, 200, "the rule acts only once");
}

#[tokio::test]
async fn rule_responds_in_tiktoks_format() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    bed.emulator.add_fault(Fault::on("/v2/video/list/").times(0).error(429, "rate_limit_exceeded")).unwrap();
    for _ in 0..3 {
        let answer = bed.post("/v2/video/list/?fields=id", &token, json!({})).await;
        assert_eq!(answer.outcome(), (429, "rate_limit_exceeded"));
        assert_eq!(answer.json["error"]["log_id"].as_str().unwrap().len(), 34);
    }
    bed.emulator.clear_faults();
    assert_eq!(bed.post("/v2/video/list/?fields=id", &token, json!({})).await.status, 200);
    bed.emulator.add_fault(Fault::on("token").error(500, "server_error")).unwrap();
    assert_eq!(bed.refresh(AUDITED, "x").await.oauth().1, "server_error", "2.5: flat");
}

#[tokio::test]
async fn refresh_takes_effect_although_its_response_is_lost() {
    let bed = Bed::new().await;
    let login = bed.login(AUDITED, "ana.makes", &[]).await;
    let refresh = login.json["refresh_token"].as_str().unwrap();
    bed.emulator
        .add_fault(Fault::on("token").raw(502, "text/html", "<html>Bad gateway</html>").after_effect())
        .unwrap();
    assert_eq!(bed.refresh(AUDITED, refresh).await.status, 502);
    assert_eq!(
        bed.refresh(AUDITED, refresh).await.oauth().1,
        "invalid_grant",
        "2.2: the old token is invalid"
    );
}

#[tokio::test]
async fn rule_can_respond_with_html_or_a_200_with_an_error() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    bed.emulator.add_fault(Fault::on("user_info").raw(503, "text/html", "<html>hi</html>")).unwrap();
    let answer = bed.get(INFO, &token).await;
    assert_eq!(
        (answer.status, answer.content_type.as_str(), answer.text.as_str()),
        (503, "text/html", "<html>hi</html>")
    );
    bed.emulator.add_fault(Fault::on("user_info").error(200, "internal_error")).unwrap();
    assert_eq!(bed.get(INFO, &token).await.outcome(), (200, "internal_error"));
}

#[tokio::test]
async fn rule_that_never_applies_is_rejected_with_a_reason() {
    let bed = Bed::new().await;
    let error = bed.emulator.add_fault(Fault::on("uplaod").status(500)).unwrap_err();
    assert_eq!(error, FaultError::UnknownEndpoint("uplaod".to_owned()));
    assert!(error.to_string().contains("uplaod") && error.to_string().contains("upload"), "{error}");
    let both = bed.emulator.add_fault(Fault::on("token").status(500).reset_before()).unwrap_err();
    assert!(matches!(both, FaultError::Contradiction { fields, .. } if fields.contains(&"status")));
    for (body, word) in [
        (json!({"endpoint": "uplaod", "status": 500}), "uplaod"),
        (json!({"endpoint": "upload", "nth": 0}), "nth"),
        (json!({"endpoint": "upload", "status": 9}), "status"),
        (json!({"endpoint": "upload", "stauts": 500}), "stauts"),
        (json!({"status": 500}), "endpoint"),
        (json!([{"endpoint": "upload", "status": 500}, {"endpoint": 7}]), "rule 2"),
        (json!({"endpoint": "upload", "probability": 1.5}), "probability"),
        (json!({"endpoint": "upload", "throttle": {"bytes": 0, "every_ms": 1}}), "throttle"),
        (json!({"endpoint": "upload", "answer_bytes": 1}), "reset"),
        (json!({"endpoint": "upload", "reset": true, "body_bytes": 1, "answer_bytes": 1}), "body_bytes"),
        (json!({"endpoint": "upload", "reset": true, "body_bytes": 1, "after": true}), "after"),
        (json!({"endpoint": "upload", "reset": true, "status": 500}), "status"),
        (json!({"endpoint": "token", "reset": true, "corrupt": "garbled"}), "corrupt"),
        (json!({"endpoint": "upload", "corrupt": "garbled"}), "corrupt"),
        (json!({"endpoint": "status", "content_range": "bytes 0-1/2"}), "content_range"),
        (json!({"endpoint": "upload", "content_range": "bytes\n"}), "content_range"),
        (json!({"endpoint": "upload", "preset": "nonsense"}), "nonsense"),
        (json!({"endpoint": "token", "body": "x", "code": "y"}), "body, code and preset"),
        (json!({"endpoint": "token", "code": "y", "preset": "proxy_html"}), "body, code and preset"),
        (json!({"endpoint": "token", "content_type": "text/plain"}), "content_type"),
        (json!({"endpoint": "token", "body": "x", "content_type": "a\n"}), "content_type"),
    ] {
        let answer = bed.post("/_emulator/faults", "", body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.json["error"].as_str().unwrap().contains(word), "{}", answer.text);
    }
    assert_eq!(bed.send(bed.http.get(bed.url("/_emulator/faults"))).await.json["faults"], json!([]));
}

#[tokio::test]
async fn control_api_accepts_rules() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    bed.post("/_emulator/faults", "", json!({"endpoint": "*", "status": 500, "code": "internal_error"}))
        .await;
    assert_eq!(bed.get(INFO, &token).await.outcome(), (500, "internal_error"));
    bed.post("/_emulator/faults", "", json!([{"endpoint": "user_info", "nth": 2, "status": 503}])).await;
    assert_eq!(bed.get(INFO, &token).await.status, 200);
    assert_eq!(bed.get(INFO, &token).await.status, 503);
    bed.post("/_emulator/faults", "", json!([])).await;
    assert_eq!(bed.get(INFO, &token).await.status, 200);
}
