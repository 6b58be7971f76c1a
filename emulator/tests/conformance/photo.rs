//! Checks photo posts (docs/tiktok-api.md 5.5).

use serde_json::{Value, json};

use crate::support::{ALL_SCOPES, AUDITED, Answer, Bed, UNAUDITED};

const PATH: &str = "/v2/post/publish/content/init/";

fn photos(mode: &str, count: usize) -> Value {
    let urls: Vec<String> = (0..count).map(|nth| format!("https://media.example.test/{nth}.webp")).collect();
    json!({
        "media_type": "PHOTO", "post_mode": mode,
        "post_info": {"title": "Trip", "description": "Three days", "privacy_level": "SELF_ONLY"},
        "source_info": {"source": "PULL_FROM_URL", "photo_images": urls, "photo_cover_index": 0},
    })
}

/// Sends a direct post of two photos with one field replaced.
async fn changed(bed: &Bed, pointer: &str, value: Value) -> Answer {
    let mut body = photos("DIRECT_POST", 2);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
    bed.post(PATH, &bed.ana().await, body).await
}

#[tokio::test]
async fn photo_init_returns_only_a_publish_id_5_5() {
    let bed = Bed::new().await;
    let answer = bed.post(PATH, &bed.ana().await, photos("DIRECT_POST", 35)).await;
    assert_eq!(answer.outcome(), (200, "ok"));
    assert_eq!(answer.data().as_object().unwrap().len(), 1);
    assert!(answer.data()["publish_id"].as_str().unwrap().starts_with("p_pub_url~v2."), "0.5");
    let post = &bed.emulator.posts()[0];
    assert_eq!(
        (post.photo_count, post.title.as_str(), post.description.as_str()),
        (35, "Trip", "Three days")
    );
}

#[tokio::test]
async fn photo_init_accepts_1_photo_and_rejects_36_5_5() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    assert_eq!(bed.post(PATH, &token, photos("DIRECT_POST", 1)).await.outcome(), (200, "ok"));
    assert_eq!(bed.post(PATH, &token, photos("DIRECT_POST", 36)).await.outcome(), (400, "invalid_params"));
    assert_eq!(bed.post(PATH, &token, photos("DIRECT_POST", 0)).await.outcome(), (400, "invalid_params"));
}

#[tokio::test]
async fn photo_init_rejects_an_invalid_body_5_5() {
    let bed = Bed::new().await;
    for (pointer, value) in [
        ("/media_type", json!("VIDEO")),
        ("/post_mode", json!("DIRECT POST")),
        ("/post_info/title", json!("a".repeat(91))),
        ("/post_info/description", json!("a".repeat(4_001))),
        ("/post_info/privacy_level", json!(null)),
        ("/source_info/source", json!("FILE_UPLOAD")),
        ("/source_info/photo_images", json!("https://media.example.test/0.webp")),
        ("/source_info/photo_images", json!(["http://media.example.test/0.webp"])),
        ("/source_info/photo_cover_index", json!(2)),
        ("/source_info/photo_cover_index", json!(null)),
        ("/is_aigc", json!("yes")),
    ] {
        let answer = changed(&bed, pointer, value.clone()).await;
        assert_eq!(answer.outcome(), (400, "invalid_params"), "{pointer}: {value}");
    }
    let answer = changed(&bed, "/post_mode", json!("DIRECT POST")).await;
    assert_eq!(answer.json["error"]["message"], "Invalid media_type or post_mode", "5.3, C8");
    let answer = changed(&bed, "/source_info/source", json!("FILE_UPLOAD")).await;
    assert_eq!(answer.json["error"]["message"], "The request source info is empty or incorrect", "5.5");
}

#[tokio::test]
async fn photo_title_may_have_90_and_description_4000_units_5_5() {
    let bed = Bed::new().await;
    assert_eq!(changed(&bed, "/post_info/title", json!("😀".repeat(45))).await.status, 200);
    assert_eq!(changed(&bed, "/post_info/description", json!("😀".repeat(2_000))).await.status, 200);
    assert_eq!(changed(&bed, "/post_info/title", json!("😀".repeat(46))).await.status, 400);
}

#[tokio::test]
async fn photos_require_a_verified_property_5_6() {
    let bed = Bed::new().await;
    let images = json!(["https://media.example.test/0.webp", "https://elsewhere.test/1.webp"]);
    let answer = changed(&bed, "/source_info/photo_images", images).await;
    assert_eq!(answer.outcome(), (403, "url_ownership_unverified"));
}

#[tokio::test]
async fn photo_mode_determines_the_required_scope_5_1() {
    let bed = Bed::new().await;
    let drafts = bed.token(AUDITED, "ana.makes", &["video.upload"]).await;
    let posts = bed.token(AUDITED, "ana.makes", &["video.publish"]).await;
    let rejected = (401, "scope_not_authorized");
    assert_eq!(bed.post(PATH, &drafts, photos("DIRECT_POST", 1)).await.outcome(), rejected);
    assert_eq!(bed.post(PATH, &posts, photos("MEDIA_UPLOAD", 1)).await.outcome(), rejected);
    assert_eq!(bed.post(PATH, &drafts, photos("MEDIA_UPLOAD", 1)).await.outcome(), (200, "ok"));
    assert_eq!(bed.post(PATH, &posts, photos("DIRECT_POST", 1)).await.outcome(), (200, "ok"));
}

#[tokio::test]
async fn audit_applies_to_photo_posts_but_not_to_drafts_5_11() {
    let bed = Bed::new().await;
    let token = bed.token(UNAUDITED, "ana.makes", &ALL_SCOPES).await;
    let rejected = (403, "unaudited_client_can_only_post_to_private_accounts");
    assert_eq!(bed.post(PATH, &token, photos("DIRECT_POST", 1)).await.outcome(), rejected);
    assert_eq!(bed.post(PATH, &token, photos("MEDIA_UPLOAD", 1)).await.outcome(), (200, "ok"));
}

#[tokio::test]
async fn is_aigc_is_accepted_in_both_places_c20() {
    let bed = Bed::new().await;
    changed(&bed, "/is_aigc", json!(true)).await;
    changed(&bed, "/post_info/is_aigc", json!(true)).await;
    assert!(bed.emulator.posts().iter().all(|post| post.is_aigc));
    assert_eq!(bed.emulator.posts().len(), 2);
}

#[tokio::test]
async fn photo_inits_allow_6_per_minute_5_1() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    for _ in 0..6 {
        assert_eq!(bed.post(PATH, &token, photos("DIRECT_POST", 1)).await.status, 200);
    }
    assert_eq!(
        bed.post(PATH, &token, photos("DIRECT_POST", 1)).await.outcome(),
        (429, "rate_limit_exceeded")
    );
}

#[tokio::test]
async fn unreachable_photo_fails_with_photo_pull_failed_5_8() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let answer = bed.post(PATH, &token, photos("DIRECT_POST", 1)).await;
    let id = answer.data()["publish_id"].as_str().unwrap();
    let status = bed.status(&token, id).await;
    assert_eq!(status.data(), &json!({"status": "PROCESSING_DOWNLOAD", "downloaded_bytes": 0}));
    bed.seconds(10);
    assert_eq!(bed.status(&token, id).await.data()["fail_reason"], "photo_pull_failed");
}
