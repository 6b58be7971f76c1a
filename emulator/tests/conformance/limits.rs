//! Checks rate limit windows and daily caps (docs/tiktok-api.md 4.5, 5.1, 5.11, 8).

use serde_json::json;
use toklink_emulator::EmulatorConfig;

use crate::support::{ALL_SCOPES, AUDITED, Answer, Bed, UNAUDITED, direct, file, mp4};

const INFO: &str = "/v2/user/info/?fields=open_id";
const CREATOR: &str = "/v2/post/publish/creator_info/query/";

fn is_429(answer: &Answer) -> bool {
    if answer.status == 429 {
        assert_eq!(answer.outcome(), (429, "rate_limit_exceeded"));
        assert_eq!(
            answer.json["error"]["message"],
            "The API rate limit was exceeded. Please try again later."
        );
        assert!(answer.headers.get("retry-after").is_none(), "8: no Retry-After");
    }
    answer.status == 429
}

#[tokio::test]
async fn each_display_endpoint_allows_600_per_minute_per_app_4_5() {
    let bed = Bed::new().await;
    let ana = bed.ana().await;
    let dan = bed.token(AUDITED, "dan.capped", &ALL_SCOPES).await;
    for nth in 0..600 {
        assert!(!is_429(&bed.get(INFO, if nth % 2 == 0 { &ana } else { &dan }).await), "call {nth}");
    }
    assert!(is_429(&bed.get(INFO, &ana).await));
    assert!(is_429(&bed.get(INFO, &dan).await), "C31: per client_key, not per token");
    assert_eq!(
        bed.post("/v2/video/list/?fields=id", &ana, json!({})).await.status,
        200,
        "set and enforced separately"
    );
    let other = bed.token(UNAUDITED, "ana.makes", &[]).await;
    assert_eq!(bed.get(INFO, &other).await.status, 200, "another app has its own limit");
    bed.seconds(60);
    assert_eq!(bed.get(INFO, &ana).await.status, 200);
}

#[tokio::test]
async fn rate_limit_window_slides_4_5() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let ask = async || is_429(&bed.post(CREATOR, &token, json!({})).await);
    for _ in 0..10 {
        assert!(!ask().await);
    }
    bed.seconds(30);
    for _ in 0..10 {
        assert!(!ask().await);
    }
    bed.seconds(29);
    assert!(ask().await);
    bed.seconds(1);
    for _ in 0..10 {
        assert!(!ask().await, "the first ten have left the window");
    }
    assert!(ask().await, "the second ten have not");
}

#[tokio::test]
async fn creator_info_allows_20_requests_per_minute_per_token_5_1() {
    let bed = Bed::new().await;
    let (one, two) = (bed.ana().await, bed.ana().await);
    for _ in 0..20 {
        assert!(!is_429(&bed.post(CREATOR, &one, json!({})).await));
    }
    assert!(is_429(&bed.post(CREATOR, &one, json!({})).await));
    assert!(!is_429(&bed.post(CREATOR, &two, json!({})).await), "another token of the same user");
}

#[tokio::test]
async fn inits_allow_6_per_minute_token_and_endpoint_5_1() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    for _ in 0..6 {
        assert_eq!(bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await.status, 200);
    }
    assert!(is_429(&bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await));
    let inbox =
        bed.post("/v2/post/publish/inbox/video/init/", &token, json!({"source_info": file(10, 10, 1)})).await;
    assert_eq!(inbox.status, 200, "8: separate buckets");
    bed.seconds(60);
    assert_eq!(bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await.status, 200);
}

#[tokio::test]
async fn status_allows_30_requests_per_minute_per_token_5_1() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let publish_id = bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    for _ in 0..30 {
        assert!(!is_429(&bed.status(&token, &publish_id).await));
    }
    assert!(is_429(&bed.status(&token, &publish_id).await));
}

#[tokio::test]
async fn disabled_limits_accept_every_request() {
    let bed = Bed::with(EmulatorConfig { limits: false, ..EmulatorConfig::default() }).await;
    let token = bed.ana().await;
    for _ in 0..20 {
        bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    }
    assert_eq!(bed.emulator.posts().len(), 20);
}

#[tokio::test]
async fn creator_can_post_15_times_a_day_5_11() {
    let bed = Bed::new().await;
    for _ in 0..15 {
        let token = bed.ana().await;
        bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    }
    let token = bed.ana().await;
    let answer = bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await;
    assert_eq!(answer.outcome(), (403, "spam_risk_too_many_posts"));
    bed.seconds(86_400);
    let token = bed.ana().await;
    assert_eq!(bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await.outcome(), (200, "ok"));
}

#[tokio::test]
async fn creator_can_have_5_pending_drafts_a_day_5_4() {
    let bed = Bed::new().await;
    let path = "/v2/post/publish/inbox/video/init/";
    let body = json!({"source_info": file(10, 10, 1)});
    for _ in 0..5 {
        let token = bed.ana().await;
        assert_eq!(bed.post(path, &token, body.clone()).await.outcome(), (200, "ok"));
    }
    let token = bed.ana().await;
    assert_eq!(
        bed.post(path, &token, body.clone()).await.outcome(),
        (403, "spam_risk_too_many_pending_share")
    );
    bed.seconds(86_400);
    let token = bed.ana().await;
    assert_eq!(bed.post(path, &token, body).await.outcome(), (200, "ok"));
}

#[tokio::test]
async fn unaudited_app_can_have_5_users_a_day_5_11() {
    let bed = Bed::new().await;
    for user in ["ben.private", "eva.private", "finn.private", "gus.private", "hana.private"] {
        let token = bed.token(UNAUDITED, user, &ALL_SCOPES).await;
        bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    }
    let sixth = bed.token(UNAUDITED, "ivo.private", &ALL_SCOPES).await;
    let answer = bed.init(&sixth, direct("SELF_ONLY", 10, 10, 1)).await;
    assert_eq!(answer.outcome(), (403, "reached_active_user_cap"));
    assert_eq!(
        bed.post(CREATOR, &sixth, json!({})).await.outcome(),
        (200, "reached_active_user_cap"),
        "5.2: at 200"
    );
    let first = bed.token(UNAUDITED, "ben.private", &ALL_SCOPES).await;
    assert_eq!(
        bed.init(&first, direct("SELF_ONLY", 10, 10, 1)).await.outcome(),
        (200, "ok"),
        "counted already"
    );
}
