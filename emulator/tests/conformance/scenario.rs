//! Checks scenario files: parsing, errors with position and reason, reproducible runs (docs/EMULATOR.md, scenarios).

use std::time::Duration;

use serde_json::json;
use toklink_emulator::{Emulator, EmulatorConfig, Scenario};

use crate::support::{ALL_SCOPES, AUDITED, Answer, Bed, CHALLENGE, START_MS, VERIFIER, direct, mp4};

const YAML: &str = "
seed: 7
limits: true
clock: { start_ms: 1795372800000, frozen: true }
settings: { processing_delay_ms: 10, strict_media: true }
apps:
  - client_key: sbawscenarioapp001
    name: Sandbox of the bakery
    client_secret: scenarioscenarioscenarioscenario
    target_users: [zoe.bakes]
    scopes: [user.info.basic, video.list]
    desktop_redirect_uris: ['http://127.0.0.1:*/callback/']
    web_redirect_uris: ['https://bakery.example.test/callback']
    webhook_url: http://127.0.0.1:9/hook
users:
  - { username: zoe.bakes, followers: 120, videos: 3 }
  - { username: ana.makes, banned: true }
webhooks:
  awtoklinkemu0001: https://hooks.example.test/tiktok
faults:
  - { endpoint: user_info, nth: 2, status: 503 }
";

fn read(yaml: &str) -> Scenario {
    Scenario::from_yaml(yaml).unwrap()
}

async fn bed(scenario: Scenario) -> Bed {
    Bed::with(EmulatorConfig { scenario: Some(scenario), ..EmulatorConfig::default() }).await
}

#[tokio::test]
async fn scenario_sets_up_the_emulator() {
    let bed = bed(read(YAML)).await;
    let state = bed.emulator.state();
    assert_eq!(state["now_ms"], START_MS);
    assert_eq!(state["settings"]["processing_delay_ms"], 10);
    assert_eq!(state["apps"].as_array().unwrap().len(), 3);
    assert_eq!(state["apps"][0]["webhook_url"], "https://hooks.example.test/tiktok");
    assert_eq!(state["users"].as_array().unwrap().len(), 10, "ana.makes is replaced, zoe.bakes is new");
    assert_eq!(
        (&state["users"][0]["banned"], &state["users"][9]["public_videos"]),
        (&json!(true), &json!(3))
    );
    assert_eq!(state["faults"][0]["status"], 503);
    let code = bed
        .emulator
        .grant(
            "sbawscenarioapp001",
            "zoe.bakes",
            &["video.list"],
            "http://127.0.0.1:5/callback/",
            Some(CHALLENGE),
        )
        .unwrap();
    let fields = [
        ("client_key", "sbawscenarioapp001"),
        ("client_secret", "scenarioscenarioscenarioscenario"),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:5/callback/"),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(bed.form("/v2/oauth/token/", &fields).await.status, 200);
    bed.emulator.clear_faults();
    bed.emulator.reset();
    assert_eq!(bed.emulator.state(), state, "a reset restores the scenario");
}

#[tokio::test]
async fn sandbox_app_only_admits_its_target_users() {
    let bed = bed(read(YAML)).await;
    let query = "client_key=sbawscenarioapp001&response_type=code&scope=video.list&state=s&disable_auto_auth=1\
                 &redirect_uri=https%3A%2F%2Fbakery.example.test%2Fcallback";
    let page = bed.send(bed.http.get(bed.url(&format!("/v2/auth/authorize/?{query}")))).await;
    assert!(page.text.contains("@zoe.bakes") && !page.text.contains("@ana.makes"), "{}", page.text);
    let url = bed.url(&format!("/v2/auth/authorize/?{query}"));
    let press = |user: &str| bed.http.post(&url).form(&[("username", user), ("decision", "allow")]);
    assert_eq!(bed.send(press("zoe.bakes")).await.status, 302);
    let rejected = bed.send(press("ben.private")).await;
    assert_eq!(rejected.status, 400);
    assert!(rejected.text.contains("client_key"));
    let redirect = "https://bakery.example.test/callback";
    assert!(bed.emulator.grant("sbawscenarioapp001", "ben.private", &[], redirect, None).is_err());
    let other = "http://127.0.0.1:5/other/";
    assert!(bed.emulator.grant("sbawscenarioapp001", "zoe.bakes", &[], other, Some(CHALLENGE)).is_err());
}

#[tokio::test]
async fn audited_app_has_the_configured_active_user_cap() {
    let yaml = "apps: [{client_key: awcapped, audited: true, active_user_cap: 1, \
                desktop_redirect_uris: ['http://localhost:*/api/social/tiktok/callback']}]";
    let bed = bed(read(yaml)).await;
    let ana = bed.token("awcapped", "ana.makes", &ALL_SCOPES).await;
    let ben = bed.token("awcapped", "ben.private", &ALL_SCOPES).await;
    bed.publish(&ana, "SELF_ONLY", mp4(10)).await;
    let rejected = bed.init(&ben, direct("SELF_ONLY", 10, 10, 1)).await;
    assert_eq!(rejected.outcome(), (403, "reached_active_user_cap"), "5.11");
    bed.publish(&ana, "SELF_ONLY", mp4(10)).await;
    bed.seconds(86_400);
    let ben = bed.token("awcapped", "ben.private", &ALL_SCOPES).await;
    assert_eq!(bed.init(&ben, direct("SELF_ONLY", 10, 10, 1)).await.status, 200);
}

#[tokio::test]
async fn domain_property_covers_paths_and_sub_domains_5_6() {
    let bed = bed(read(
        "apps: [{client_key: awdomain, audited: true, url_properties: [media.test, 'https://cdn.test/a/'], \
         desktop_redirect_uris: ['http://localhost:*/api/social/tiktok/callback']}]",
    ))
    .await;
    let ana = bed.token("awdomain", "ana.makes", &ALL_SCOPES).await;
    let mut statuses = Vec::new();
    for url in [
        "https://media.test/x.mp4",
        "https://a.b.media.test/y/x.mp4",
        "https://cdn.test/a/x.mp4",
        "https://othermedia.test/x.mp4",
        "https://media.test.evil.test/x.mp4",
        "https://cdn.test/x.mp4",
    ] {
        let body = json!({"source_info": {"source": "PULL_FROM_URL", "video_url": url}});
        statuses.push(bed.post("/v2/post/publish/inbox/video/init/", &ana, body).await.status);
        bed.seconds(60);
    }
    assert_eq!(statuses, [200, 200, 200, 403, 403, 403]);
    for bad in ["127.0.0.1", "https://127.0.0.1/", "media", "http://media.test/", "https://media.test"] {
        let body = json!({"client_key": "awdomain", "url": bad});
        assert_eq!(bed.post("/_emulator/property", "", body).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn photo_draft_fails_with_an_old_app_on_the_phone_5_5() {
    let bed = bed(read("users: [{username: old.phone, old_app: true}]")).await;
    let token = bed.token(AUDITED, "old.phone", &ALL_SCOPES).await;
    let body = |mode: &str| {
        json!({
            "media_type": "PHOTO", "post_mode": mode, "post_info": {"privacy_level": "SELF_ONLY"},
            "source_info": {
                "source": "PULL_FROM_URL", "photo_images": ["https://media.example.test/a.jpg"], "photo_cover_index": 0,
            },
        })
    };
    let path = "/v2/post/publish/content/init/";
    let rejected = bed.post(path, &token, body("MEDIA_UPLOAD")).await;
    assert_eq!(rejected.outcome(), (400, "app_version_check_failed"));
    assert_eq!(bed.post(path, &token, body("DIRECT_POST")).await.status, 200);
}

#[tokio::test]
async fn post_can_fail_for_any_documented_reason_5_8() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let id = bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    let act = |id: &str, reason: &str| json!({"kind": "fail_post", "publish_id": id, "reason": reason});
    assert_eq!(bed.post("/_emulator/act", "", act(&id, "nonsense")).await.status, 400);
    assert_eq!(bed.post("/_emulator/act", "", act(&id, "spam_risk_text")).await.status, 200);
    let status = bed.status(&token, &id).await;
    assert_eq!(
        (&status.data()["status"], &status.data()["fail_reason"]),
        (&json!("FAILED"), &json!("spam_risk_text"))
    );
    let again = bed.post("/_emulator/act", "", act(&id, "spam_risk")).await;
    assert_eq!(again.status, 400);
    assert!(again.json["error"].as_str().unwrap().contains("FAILED"));
}

#[tokio::test]
async fn control_api_accepts_a_scenario_as_json_or_yaml() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let answer =
        bed.post("/_emulator/scenario", "", json!({"clock": {"start_ms": 5_000, "frozen": true}})).await;
    assert_eq!(answer.json, json!({"now_ms": 5_000}));
    assert!(bed.emulator.requests().is_empty());
    assert_eq!(bed.get("/v2/user/info/?fields=open_id", &token).await.status, 401);
    let yaml = |text: &'static str| {
        bed.http.post(bed.url("/_emulator/scenario")).header("content-type", "application/yaml").body(text)
    };
    assert_eq!(bed.send(yaml(YAML)).await.json, json!({"now_ms": START_MS}));
    assert_eq!(bed.emulator.state()["apps"].as_array().unwrap().len(), 3);
    let rejected = bed.send(yaml("seed: 1\nsede: 2\n")).await;
    assert_eq!(rejected.status, 400);
    assert!(rejected.json["error"].as_str().unwrap().contains("line 2"), "{}", rejected.text);
    assert_eq!(
        bed.emulator.state()["apps"].as_array().unwrap().len(),
        3,
        "an invalid scenario changes nothing"
    );
}

#[test]
fn invalid_scenario_error_has_line_column_field_and_reason() {
    for (yaml, parts) in [
        ("seed: 1\nsede: 2\n", ["line 2", "column", "sede"]),
        ("seed: 1\nlimits: 5\n", ["line 2", "field limits", "bool"]),
        ("faults:\n  - endpoint: upload\n    status: abc\n", ["line 3", "field faults[0].status", "u16"]),
        (
            "faults:\n  - endpoint: upload\n    status: 500\n  - endpoint: uplaod\n",
            ["line 4", "faults[1]", "uplaod"],
        ),
        ("users:\n  - {username: a}\n  - {username: a}\n", ["line 3", "users[1].username", "duplicate"]),
        ("users:\n  - {username: 'a b'}\n", ["line 2", "users[0]", "a b"]),
        (
            "apps:\n  - client_key: x\n    target_users: [stranger]\n",
            ["line 3", "apps[0].target_users", "stranger"],
        ),
        (
            "apps:\n  - client_key: x\n    web_redirect_uris: ['http://a.test/']\n",
            ["line", "web_redirect_uris", "http://a.test/"],
        ),
        (
            "webhooks:\n  awstranger: https://a.test/\n",
            ["line 2", "webhooks.awstranger", "unknown client_key"],
        ),
        ("seed: [1\n", ["line", "column", "scenario"]),
    ] {
        let error = Scenario::from_yaml(yaml).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{yaml}: {error}");
    }
    for (json, parts) in [
        ("{\n \"seed\": \"x\"}", ["line 2", "field seed", "u64"]),
        ("{\"faults\": [\n{\"endpoint\": \"upload\", \"nth\": 0}]}", ["line 2", "faults[0]", "nth"]),
        ("{} {}", ["line 1", "column 4", "trailing"]),
        ("", ["line 1", "column 0", "EOF"]),
    ] {
        let error = Scenario::from_json(json).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{json}: {error}");
    }
    let missing = Scenario::from_file(std::path::Path::new("no/such.yaml")).unwrap_err().to_string();
    assert!(missing.contains("no/such.yaml") && missing.contains("cannot read"), "{missing}");
}

/// Returns all responses and recorded requests of one run as text.
async fn run(bed: &Bed) -> String {
    let mut first_run = Vec::new();
    let mut tell = |answer: &Answer| {
        let names = ["x-tt-logid", "content-range", "content-type", "location"];
        let headers: Vec<_> = names.map(|name| answer.header(name).to_owned()).into();
        first_run.push(format!("{} {headers:?} {}", answer.status, answer.text));
    };
    let login = bed.login(AUDITED, "ben.private", &ALL_SCOPES).await;
    tell(&login);
    let token = login.json["access_token"].as_str().unwrap().to_owned();
    for _ in 0..20 {
        tell(&bed.get("/v2/user/info/?fields=open_id,follower_count", &token).await);
    }
    let init = bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await;
    tell(&init);
    let url = init.data()["upload_url"].as_str().unwrap();
    tell(&bed.put(url, "bytes 0-9/10", mp4(10)).await);
    bed.emulator.advance(Duration::from_secs(60));
    bed.emulator.settled().await;
    tell(&bed.status(&token, init.data()["publish_id"].as_str().unwrap()).await);
    tell(&bed.send(bed.http.get(bed.url("/_emulator/requests"))).await);
    tell(&bed.send(bed.http.get(bed.url("/_emulator/webhooks"))).await);
    tell(&bed.send(bed.http.get(bed.url("/_emulator/state"))).await);
    first_run.join("\n")
}

#[tokio::test]
async fn same_scenario_produces_the_same_bytes() {
    let scenario = |seed: u64| {
        read(&format!(
            "seed: {seed}\nclock: {{start_ms: {START_MS}, frozen: true}}\n\
             faults: [{{endpoint: user_info, probability: 0.3, status: 503}}]\n\
             webhooks: {{awtoklinkemu0001: 'http://127.0.0.1:9/'}}\n"
        ))
    };
    let first = bed(scenario(4)).await;
    let first_run = run(&first).await;
    assert!(first_run.contains("503") && first_run.contains("post.publish.complete"));
    first.emulator.reset();
    assert_eq!(run(&first).await, first_run, "the same emulator after a reset");
    let second = bed(scenario(4)).await;
    let without_port =
        |bed: &Bed, first_run: &str| first_run.replace(bed.emulator.base_url(), "http://emulator");
    assert_eq!(
        without_port(&second, &run(&second).await),
        without_port(&first, &first_run),
        "another emulator"
    );
    let other = bed(scenario(5)).await;
    assert_ne!(without_port(&other, &run(&other).await), without_port(&first, &first_run), "another seed");
}

#[tokio::test]
async fn emulators_in_one_process_share_no_state() {
    let (one, two) = (Bed::new().await, Bed::new().await);
    let untouched = two.emulator.state();
    run(&one).await;
    one.emulator.add_fault(toklink_emulator::Fault::on("*").status(500)).unwrap();
    one.emulator.configure(|settings| settings.short_pages = true);
    one.emulator.load_scenario(read(YAML));
    assert_eq!(two.emulator.state(), untouched);
    assert!(two.emulator.requests().is_empty() && two.emulator.webhooks().is_empty());
    let third = Emulator::start(EmulatorConfig {
        start_ms: Some(START_MS),
        frozen_clock: true,
        ..EmulatorConfig::default()
    });
    assert_eq!(third.await.unwrap().state(), untouched, "a later emulator starts in its initial state");
}
