//! Checks the control API and the Rust API (docs/EMULATOR.md).

use serde_json::json;
use toklink_emulator::EmulatorConfig;

use crate::support::{AUDITED, Bed, CHALLENGE, REDIRECT, START_MS, UNAUDITED, direct, mp4};

async fn state(bed: &Bed) -> serde_json::Value {
    bed.send(bed.http.get(bed.url("/_emulator/state"))).await.json
}

#[tokio::test]
async fn state_lists_apps_users_and_posts() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let id = bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    let state = state(&bed).await;
    assert_eq!(state["now_ms"], START_MS);
    assert_eq!(state["apps"][0]["client_key"], AUDITED);
    assert_eq!(state["apps"][1]["client_key"], UNAUDITED);
    assert_eq!(state["apps"][0]["webhook_url"], json!(null));
    assert_eq!(state["apps"][0]["url_properties"], json!(["https://media.example.test/"]));
    let users: Vec<&str> =
        state["users"].as_array().unwrap().iter().map(|u| u["username"].as_str().unwrap()).collect();
    assert_eq!(users[..4], ["ana.makes", "ben.private", "cleo.banned", "dan.capped"]);
    assert_eq!(users.len(), 9);
    let post = &state["posts"][0];
    assert_eq!(post["publish_id"], id);
    assert_eq!(post["username"], "ana.makes");
    assert_eq!(post["bytes_received"], 10);
    assert_eq!(post["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(post["status"], "PROCESSING_UPLOAD");
    assert!(!state.to_string().contains(&token) && !state.to_string().contains("clientsecret"));
}

#[tokio::test]
async fn clock_call_returns_when_due_work_is_done() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    let answer = bed.post("/_emulator/clock", "", json!({"advance_ms": 5_000})).await;
    assert_eq!(answer.json, json!({"now_ms": START_MS + 5_000}));
    assert_eq!(state(&bed).await["posts"][0]["status"], "PUBLISH_COMPLETE");
    let far = bed.post("/_emulator/clock", "", json!({"advance_ms": u64::MAX})).await;
    assert_eq!(far.json["now_ms"], 253_402_300_799_000_i64, "virtual time stops at the end of the year 9999");
    bed.post(
        "/_emulator/settings",
        "",
        json!({"processing_delay_ms": i64::MAX, "code_lifetime_ms": i64::MAX}),
    )
    .await;
    bed.publish(&bed.ana().await, "PUBLIC_TO_EVERYONE", mp4(10)).await;
    for body in [json!({}), json!({"advance_ms": -1}), json!({"advance_ms": "5"}), json!([])] {
        assert_eq!(bed.post("/_emulator/clock", "", body).await.status, 400);
    }
}

#[tokio::test]
async fn grant_returns_a_decoded_code() {
    let bed = Bed::new().await;
    let body = json!({
        "client_key": AUDITED, "username": "ana.makes", "scopes": ["video.list"],
        "redirect_uri": REDIRECT, "code_challenge": CHALLENGE,
    });
    let answer = bed.post("/_emulator/grant", "", body).await;
    let code = answer.json["code"].as_str().unwrap();
    assert!(code.contains('*') && code.contains('!') && !code.contains('%'));
    assert_eq!(bed.exchange(AUDITED, code).await.json["scope"], "user.info.basic,video.list");
    let body = json!({"client_key": AUDITED, "username": "x", "scopes": [], "redirect_uri": REDIRECT});
    let answer = bed.post("/_emulator/grant", "", body).await;
    assert_eq!(answer.status, 400);
    assert!(answer.json["error"].as_str().unwrap().contains("username"));
}

#[tokio::test]
async fn created_users_have_granted_access_and_can_be_read() {
    let bed = Bed::new().await;
    let asked =
        json!({"client_key": AUDITED, "count": 3, "scopes": ["user.info.basic", "video.list"], "videos": 2});
    let made = bed.post("/_emulator/users", "", asked.clone()).await;
    let more = bed.post("/_emulator/users", "", asked).await;
    let accounts = [
        made.json["accounts"].as_array().unwrap().clone(),
        more.json["accounts"].as_array().unwrap().clone(),
    ];
    let names: std::collections::BTreeSet<String> =
        accounts.iter().flatten().map(|one| one["username"].to_string()).collect();
    assert_eq!(names.len(), 6, "all usernames differ");
    for one in accounts.iter().flatten() {
        assert_eq!(one["scope"], "user.info.basic,video.list");
        let token = one["access_token"].as_str().unwrap();
        let user = bed.get("/v2/user/info/?fields=open_id", token).await;
        assert_eq!(user.data()["user"]["open_id"], one["open_id"]);
        let list = bed.post("/v2/video/list/?fields=id", token, json!({})).await;
        assert_eq!(list.data()["videos"].as_array().unwrap().len(), 2);
        let renewed = bed.refresh(AUDITED, one["refresh_token"].as_str().unwrap()).await;
        assert_eq!(renewed.status, 200);
    }
    for wrong in [
        json!({"client_key": AUDITED, "count": 0}),
        json!({"client_key": AUDITED, "count": 10_001}),
        json!({"client_key": "awunknown", "count": 1}),
        json!({"client_key": AUDITED, "count": 1, "scopes": ["all.of.it"]}),
    ] {
        assert_eq!(bed.post("/_emulator/users", "", wrong).await.status, 400);
    }
}

#[tokio::test]
async fn webhook_and_property_calls_change_the_app() {
    let bed = Bed::new().await;
    let body = json!({"client_key": AUDITED, "url": "http://127.0.0.1:9/hook"});
    assert_eq!(bed.post("/_emulator/webhook", "", body).await.status, 200);
    let body = json!({"client_key": AUDITED, "url": "https://cdn.example.test/v/"});
    assert_eq!(bed.post("/_emulator/property", "", body).await.status, 200);
    let state = state(&bed).await;
    assert_eq!(state["apps"][0]["webhook_url"], "http://127.0.0.1:9/hook");
    assert_eq!(state["apps"][0]["url_properties"][1], "https://cdn.example.test/v/");
    for name in ["webhook", "property"] {
        let path = format!("/_emulator/{name}");
        assert_eq!(
            bed.post(&path, "", json!({"client_key": "aw", "url": "https://a.test/"})).await.status,
            400
        );
        assert_eq!(bed.post(&path, "", json!({"client_key": AUDITED, "url": "nonsense"})).await.status, 400);
    }
}

#[tokio::test]
async fn changing_one_setting_keeps_the_others() {
    let bed = Bed::new().await;
    let answer =
        bed.post("/_emulator/settings", "", json!({"oauth_errors": "4xx", "token_regime": "24h"})).await;
    assert_eq!(answer.json["oauth_errors"], "4xx");
    assert_eq!(answer.json["rotation"], "always", "other settings keep their value");
    assert_eq!(bed.refresh(AUDITED, "x").await.status, 400);
    assert_eq!(bed.post("/_emulator/settings", "", json!({"nonsense": 1})).await.status, 400);
}

#[tokio::test]
async fn reset_restores_the_initial_state() {
    let bed = Bed::new().await;
    let before = bed.emulator.state();
    let token = bed.ana().await;
    bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    bed.post("/_emulator/faults", "", json!({"endpoint": "status", "status": 500})).await;
    bed.post("/_emulator/settings", "", json!({"short_pages": true})).await;
    bed.post("/_emulator/property", "", json!({"client_key": AUDITED, "url": "https://a.test/"})).await;
    bed.seconds(1_000);
    assert_eq!(bed.post("/_emulator/reset", "", json!({})).await.json["now_ms"], START_MS);
    assert_eq!(bed.emulator.state(), before);
    assert!(bed.emulator.requests().is_empty());
    assert_eq!(bed.get("/v2/user/info/?fields=open_id", &token).await.status, 401);
}

#[tokio::test]
async fn control_call_requires_json_and_a_loopback_host() {
    let bed = Bed::new().await;
    let url = bed.url("/_emulator/reset");
    assert_eq!(bed.send(bed.http.post(&url).body("{}")).await.status, 415);
    assert_eq!(
        bed.send(bed.http.post(&url).header("content-type", "text/plain").body("{}")).await.status,
        415
    );
    let request = |host: &str| bed.http.post(&url).header("host", host).json(&json!({}));
    assert_eq!(bed.send(request("evil.example")).await.status, 403);
    assert_eq!(bed.send(request("127.0.0.1.evil.example:80")).await.status, 403);
    for host in ["localhost:3000", "127.0.0.1", "[::1]:80"] {
        assert_eq!(bed.send(request(host)).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn call_from_a_page_with_a_rebound_host_name_is_rejected() {
    let bed = Bed::new().await;
    for name in ["", "state", "requests", "webhooks"] {
        let request = bed.http.get(bed.url(&format!("/_emulator/{name}"))).header("host", "evil.example");
        assert_eq!(bed.send(request).await.status, 403, "{name}");
    }
}

#[tokio::test]
async fn control_call_from_a_foreign_page_is_rejected() {
    let bed = Bed::new().await;
    let url = bed.url("/_emulator/reset");
    let host = format!("127.0.0.1:{}", bed.emulator.port());
    let request = |origin: &str| bed.http.post(&url).header("origin", origin).json(&json!({}));
    let foreign = ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", ""];
    for origin in foreign.into_iter().map(str::to_owned).chain([format!("https://{host}")]) {
        let answer = bed.send(request(&origin)).await;
        assert_eq!(answer.status, 403, "{origin}");
        assert!(answer.json["error"].as_str().unwrap().contains("own pages"), "{origin}");
    }
    assert_eq!(bed.send(request(&format!("http://{host}"))).await.status, 200, "the console itself");
}

#[tokio::test]
async fn unknown_control_calls_and_methods_are_rejected() {
    let bed = Bed::new().await;
    assert_eq!(bed.post("/_emulator/nothing", "", json!({})).await.status, 404);
    assert_eq!(bed.send(bed.http.get(bed.url("/_emulator/nothing"))).await.status, 404);
    assert_eq!(bed.send(bed.http.delete(bed.url("/_emulator/state"))).await.status, 405);
}

#[tokio::test]
async fn requests_are_recorded_without_secrets() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let answer = bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await;
    bed.put(answer.data()["upload_url"].as_str().unwrap(), "bytes 0-9/10", mp4(10)).await;
    let all = bed.emulator.requests();
    let paths: Vec<&str> = all.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/v2/oauth/token/", "/v2/post/publish/video/init/", "/video/"]);
    assert_eq!(all.iter().map(|request| request.seq).collect::<Vec<_>>(), [1, 2, 3]);
    let upload = &all[2];
    assert_eq!((upload.method.as_str(), upload.status, upload.body_bytes), ("PUT", 201, 10));
    assert_eq!(upload.username.as_deref(), Some("ana.makes"));
    assert_eq!(upload.client_key.as_deref(), Some(AUDITED));
    assert_eq!(upload.publish_id.as_deref(), answer.data()["publish_id"].as_str());
    assert!(upload.query.contains("upload_token=***"));
    assert_eq!((bed.emulator.count("upload"), bed.emulator.count("/v2/oauth/token/")), (1, 1));
    let shown = bed.send(bed.http.get(bed.url("/_emulator/requests"))).await;
    assert_eq!(shown.json["requests"].as_array().unwrap().len(), 3, "controls are not recorded");
    assert!(!shown.text.contains(&token));
}

#[tokio::test]
async fn index_page_lists_and_links_all_sections() {
    let bed = Bed::new().await;
    let answer = bed.send(bed.http.get(bed.url("/_emulator/"))).await;
    assert!(answer.content_type.starts_with("text/html"));
    for part in ["TikTok emulator", "/_emulator/state", "/_emulator/requests", "/_emulator/console/posts"] {
        assert!(answer.text.contains(part), "{part}");
    }
}

#[tokio::test]
async fn same_seed_produces_the_same_data_and_another_seed_does_not() {
    let mut histories = Vec::new();
    for seed in [7, 7, 8] {
        let bed = Bed::with(EmulatorConfig { seed, ..EmulatorConfig::default() }).await;
        let login = bed.login(AUDITED, "ana.makes", &["video.list"]).await;
        let token = login.json["access_token"].as_str().unwrap();
        let list = bed.post("/v2/video/list/?fields=id,view_count", token, json!({})).await;
        histories.push((login.text, list.text));
    }
    assert_eq!(histories[0], histories[1]);
    assert_ne!(histories[0], histories[2]);
}

#[tokio::test]
async fn emulators_share_no_state_and_stop_when_dropped() {
    let (one, two) = (Bed::new().await, Bed::new().await);
    let token = one.ana().await;
    one.publish(&token, "SELF_ONLY", mp4(10)).await;
    assert!(two.emulator.posts().is_empty());
    one.seconds(60);
    assert_eq!(two.emulator.now_ms(), START_MS);
    let address = ("127.0.0.1", one.emulator.port());
    drop(one.emulator);
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn running_clock_starts_at_real_time_and_can_be_frozen() {
    let emulator = toklink_emulator::Emulator::start(EmulatorConfig::default()).await.unwrap();
    assert!(emulator.now_ms() > 1_700_000_000_000);
    emulator.freeze();
    let frozen = emulator.now_ms();
    assert_eq!(emulator.advance(std::time::Duration::from_secs(1)), frozen + 1_000);
}
