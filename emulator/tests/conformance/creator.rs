//! Checks creator info (docs/tiktok-api.md 5.2).

use serde_json::json;

use crate::support::{ALL_SCOPES, AUDITED, Answer, Bed};

const CREATOR: &str = "/v2/post/publish/creator_info/query/";

async fn creator(bed: &Bed, user: &str) -> Answer {
    let token = bed.token(AUDITED, user, &ALL_SCOPES).await;
    bed.post(CREATOR, &token, json!({})).await
}

#[tokio::test]
async fn creator_info_has_8_fields_5_2() {
    let bed = Bed::new().await;
    let answer = creator(&bed, "ana.makes").await;
    assert_eq!(answer.outcome(), (200, "ok"));
    let data = answer.data();
    assert_eq!(data.as_object().unwrap().len(), 8);
    assert_eq!(data["creator_username"], "ana.makes");
    assert_eq!(data["creator_nickname"], "Ana");
    assert_eq!(
        data["privacy_level_options"],
        json!(["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"])
    );
    assert_eq!(data["max_video_post_duration_sec"], 600);
    assert!(data["creator_avatar_url"].as_str().unwrap().contains("x-expires="));
}

#[tokio::test]
async fn private_account_offers_followers_and_no_duet_5_2() {
    let bed = Bed::new().await;
    let answer = creator(&bed, "ben.private").await;
    let options = &answer.data()["privacy_level_options"];
    assert_eq!(options, &json!(["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]));
    assert_eq!(answer.data()["duet_disabled"], true);
    assert_eq!(answer.data()["stitch_disabled"], true);
}

#[tokio::test]
async fn creator_info_errors_have_http_status_200_5_2() {
    let bed = Bed::new().await;
    assert_eq!(creator(&bed, "cleo.banned").await.outcome(), (200, "spam_risk_user_banned_from_posting"));
    assert_eq!(creator(&bed, "dan.capped").await.outcome(), (200, "spam_risk_too_many_posts"));
}

#[tokio::test]
async fn creator_info_needs_no_body_5_2() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let answer = bed.send(bed.http.post(bed.url(CREATOR)).bearer_auth(token)).await;
    assert_eq!(answer.outcome(), (200, "ok"));
}
