//! Checks inits, status and cancel (docs/tiktok-api.md 5.3 to 5.6, 5.8, 5.9, 5.11).

use serde_json::{Value, json};

use crate::support::{ALL_SCOPES, AUDITED, Bed, UNAUDITED, direct, file, mp4};

const CREATOR: &str = "/v2/post/publish/creator_info/query/";
const INBOX: &str = "/v2/post/publish/inbox/video/init/";
const CANCEL: &str = "/v2/post/publish/cancel/";

/// Returns a direct post of 10 bytes with one field replaced.
fn changed(pointer: &str, value: Value) -> Value {
    let mut body = direct("SELF_ONLY", 10, 10, 1);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
    body
}

#[tokio::test]
async fn inits_require_the_posting_scopes_5_1() {
    let bed = Bed::new().await;
    let drafts = bed.token(AUDITED, "ana.makes", &["video.upload"]).await;
    assert_eq!(bed.post(CREATOR, &drafts, json!({})).await.outcome(), (401, "scope_not_authorized"));
    assert_eq!(
        bed.init(&drafts, direct("SELF_ONLY", 10, 10, 1)).await.outcome(),
        (401, "scope_not_authorized")
    );
    let posts = bed.token(AUDITED, "ana.makes", &["video.publish"]).await;
    let answer = bed.post(INBOX, &posts, json!({"source_info": file(10, 10, 1)})).await;
    assert_eq!(answer.outcome(), (401, "scope_not_authorized"));
    let reader = bed.token(AUDITED, "ana.makes", &["video.list"]).await;
    assert_eq!(bed.status(&reader, "x").await.outcome(), (401, "scope_not_authorized"));
}

#[tokio::test]
async fn init_returns_publish_id_and_upload_url_5_3() {
    let bed = Bed::new().await;
    let answer = bed.init(&bed.ana().await, direct("SELF_ONLY", 10, 10, 1)).await;
    let (id, url) =
        (answer.data()["publish_id"].as_str().unwrap(), answer.data()["upload_url"].as_str().unwrap());
    let number = id.strip_prefix("v_pub_file~v2-1.").expect("0.5");
    assert_eq!(number.len(), 19);
    assert!(id.len() <= 64 && url.len() <= 256);
    assert!(
        url.starts_with(&format!("{}/video/?upload_id={number}&upload_token=", bed.emulator.base_url())),
        "{url}"
    );
}

#[tokio::test]
async fn init_rejects_invalid_post_info_5_3() {
    let bed = Bed::new().await;
    let cases = [
        changed("/post_info", json!(null)),
        changed("/post_info/privacy_level", json!(null)),
        changed("/post_info/privacy_level", json!("EVERYONE")),
        changed("/post_info/title", json!(7)),
        changed("/post_info/title", json!("a".repeat(2201))),
        changed("/post_info/title", json!("😀".repeat(1101))),
        changed("/post_info/disable_duet", json!("false")),
        changed("/post_info/video_cover_timestamp_ms", json!("1000")),
        changed("/post_info/brand_content_toggle", json!(true)),
        changed("/source_info", json!(null)),
        changed("/source_info/source", json!("FILE")),
        changed("/source_info/video_size", json!(0)),
        changed("/source_info/video_size", json!("10")),
        changed("/source_info/total_chunk_count", json!(2)),
        changed("/source_info/chunk_size", json!(-1)),
    ];
    for body in cases {
        let token = bed.ana().await;
        assert_eq!(bed.init(&token, body.clone()).await.outcome(), (400, "invalid_params"), "{body}");
    }
    assert!(bed.emulator.posts().is_empty());
}

#[tokio::test]
async fn title_may_have_at_most_2200_utf16_units_5_3() {
    let bed = Bed::new().await;
    for title in ["a".repeat(2200), "😀".repeat(1100)] {
        let token = bed.ana().await;
        assert_eq!(bed.init(&token, changed("/post_info/title", json!(title))).await.status, 200);
    }
}

#[tokio::test]
async fn chunk_errors_have_the_messages_observed_in_production_5_3() {
    let bed = Bed::new().await;
    let message = async |size, chunk, count| {
        let answer = bed.init(&bed.ana().await, direct("SELF_ONLY", size, chunk, count)).await;
        assert_eq!(answer.outcome(), (400, "invalid_params"));
        answer.json["error"]["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(message(50_000_123, 10_000_000, 6).await, "The total chunk count is invalid");
    assert_eq!(message(50_000_123, 10_000_000, 1).await, "The total chunk count is invalid");
    assert_eq!(message(10_000_000, 6_000_000, 1).await, "The chunk size is invalid");
    assert_eq!(message(10_000_000, 1_000_000, 10).await, "The chunk size is invalid");
    assert_eq!(message(70_000_000, 70_000_000, 1).await, "The chunk size is invalid");
    let answer = bed.init(&bed.ana().await, changed("/source_info", json!({}))).await;
    assert_eq!(answer.json["error"]["message"], "The request source info is empty or incorrect");
}

#[tokio::test]
async fn missing_toggles_count_as_false_c9() {
    let bed = Bed::new().await;
    let body = json!({"post_info": {"privacy_level": "SELF_ONLY"}, "source_info": file(10, 10, 1)});
    assert_eq!(bed.init(&bed.ana().await, body).await.status, 200);
    let post = &bed.emulator.posts()[0];
    assert!(
        !post.brand_content_toggle && !post.brand_organic_toggle && !post.is_aigc && post.title.is_empty()
    );
}

#[tokio::test]
async fn post_summary_has_all_fields_as_sent_5_3() {
    let bed = Bed::new().await;
    let body = json!({
        "post_info": {
            "title": "Caption", "privacy_level": "PUBLIC_TO_EVERYONE", "disable_duet": true, "disable_comment": true,
            "disable_stitch": true, "video_cover_timestamp_ms": 1000, "brand_content_toggle": true,
            "brand_organic_toggle": true, "is_aigc": true,
        },
        "source_info": file(10, 10, 1),
    });
    assert_eq!(bed.init(&bed.ana().await, body).await.status, 200);
    let post = &bed.emulator.posts()[0];
    assert_eq!((post.title.as_str(), post.privacy_level.as_str()), ("Caption", "PUBLIC_TO_EVERYONE"));
    assert!(post.disable_comment && post.disable_duet && post.disable_stitch && post.is_aigc);
    assert!(post.brand_content_toggle && post.brand_organic_toggle);
    assert_eq!(post.video_cover_timestamp_ms, Some(1000));
}

#[tokio::test]
async fn init_rejects_a_privacy_level_not_offered_5_3() {
    let bed = Bed::new().await;
    let ben = bed.token(AUDITED, "ben.private", &ALL_SCOPES).await;
    let answer = bed.init(&ben, direct("PUBLIC_TO_EVERYONE", 10, 10, 1)).await;
    assert_eq!(answer.outcome(), (403, "privacy_level_option_mismatch"));
    let answer = bed.init(&bed.ana().await, direct("FOLLOWER_OF_CREATOR", 10, 10, 1)).await;
    assert_eq!(answer.outcome(), (403, "privacy_level_option_mismatch"));
}

#[tokio::test]
async fn init_rejects_banned_and_capped_creators_with_403_5_3() {
    let bed = Bed::new().await;
    for (user, code) in
        [("cleo.banned", "spam_risk_user_banned_from_posting"), ("dan.capped", "spam_risk_too_many_posts")]
    {
        let token = bed.token(AUDITED, user, &ALL_SCOPES).await;
        assert_eq!(bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await.outcome(), (403, code));
    }
    let cleo = bed.token(AUDITED, "cleo.banned", &ALL_SCOPES).await;
    let answer = bed.post(INBOX, &cleo, json!({"source_info": file(10, 10, 1)})).await;
    assert_eq!(answer.outcome(), (403, "spam_risk_user_banned_from_posting"), "5.4");
}

#[tokio::test]
async fn unaudited_app_only_posts_to_private_accounts_5_11() {
    let bed = Bed::new().await;
    let rejected = (403, "unaudited_client_can_only_post_to_private_accounts");
    let ana = bed.token(UNAUDITED, "ana.makes", &ALL_SCOPES).await;
    assert_eq!(bed.init(&ana, direct("PUBLIC_TO_EVERYONE", 10, 10, 1)).await.outcome(), rejected);
    let answer = bed.init(&ana, direct("SELF_ONLY", 10, 10, 1)).await;
    assert_eq!(answer.outcome(), rejected, "C19: a public account, although SELF_ONLY");
    assert!(answer.json["error"]["message"].as_str().unwrap().contains("content-sharing-guidelines"), "7");
    let ben = bed.token(UNAUDITED, "ben.private", &ALL_SCOPES).await;
    assert_eq!(bed.init(&ben, direct("MUTUAL_FOLLOW_FRIENDS", 10, 10, 1)).await.outcome(), rejected);
    assert_eq!(bed.init(&ben, direct("SELF_ONLY", 10, 10, 1)).await.outcome(), (200, "ok"));
    let draft = bed.post(INBOX, &ana, json!({"source_info": file(10, 10, 1)})).await;
    assert_eq!(draft.outcome(), (200, "ok"), "5.11: drafts need no audit");
}

#[tokio::test]
async fn pull_requires_https_and_a_verified_prefix_5_6() {
    let bed = Bed::new().await;
    let pull = async |url: &str| {
        let mut body = direct("SELF_ONLY", 10, 10, 1);
        body["source_info"] = json!({"source": "PULL_FROM_URL", "video_url": url});
        bed.init(&bed.ana().await, body).await
    };
    assert_eq!(pull("https://elsewhere.test/a.mp4").await.outcome(), (403, "url_ownership_unverified"));
    assert_eq!(
        pull("https://media.example.test.evil.test/a.mp4").await.outcome(),
        (403, "url_ownership_unverified")
    );
    assert_eq!(pull("http://media.example.test/a.mp4").await.outcome(), (400, "invalid_params"));
    let answer = pull("https://media.example.test/a.mp4").await;
    assert_eq!(answer.outcome(), (200, "ok"));
    assert!(answer.data()["publish_id"].as_str().unwrap().starts_with("v_pub_url~v2-1."), "0.5");
    assert!(answer.data().get("upload_url").is_none(), "5.3: only FILE_UPLOAD");
}

#[tokio::test]
async fn public_post_passes_through_all_statuses_e11() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let id = bed.publish(&token, "PUBLIC_TO_EVERYONE", mp4(100_000)).await;
    let answer = bed.status(&token, &id).await;
    assert_eq!(answer.data(), &json!({"status": "PROCESSING_UPLOAD", "uploaded_bytes": 100_000}));
    bed.seconds(4);
    let answer = bed.status(&token, &id).await;
    assert_eq!(answer.data()["status"], "PUBLISH_COMPLETE");
    assert!(
        answer.data().get("publicaly_available_post_id").is_none(),
        "5.8: withheld until moderation ends"
    );
    bed.seconds(20);
    let answer = bed.status(&token, &id).await;
    let post_id = answer.data()["publicaly_available_post_id"][0].as_u64().expect("C12: a bare number");
    assert_eq!(post_id.to_string().len(), 19);
    assert!(answer.text.contains(&format!("\"publicaly_available_post_id\":[{post_id}]")));
    assert_eq!(bed.emulator.posts()[0].post_id, Some(post_id));
    let query = json!({"filters": {"video_ids": [post_id.to_string()]}});
    let video = bed.post("/v2/video/query/?fields=id,share_url", &token, query).await;
    assert_eq!(video.data()["videos"][0]["id"], post_id.to_string());
}

#[tokio::test]
async fn non_public_post_never_gets_a_public_id_5_8() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let id = bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    bed.seconds(3_600);
    let answer = bed.status(&token, &id).await;
    assert_eq!(answer.data(), &json!({"status": "PUBLISH_COMPLETE", "uploaded_bytes": 10}));
}

#[tokio::test]
async fn text_file_fails_the_format_check_5_8() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let id =
        bed.publish(&token, "PUBLIC_TO_EVERYONE", b"I am a text file, whatever my name says".to_vec()).await;
    bed.seconds(4);
    let answer = bed.status(&token, &id).await;
    assert_eq!(answer.data()["status"], "FAILED");
    assert_eq!(answer.data()["fail_reason"], "file_format_check_failed");
    bed.seconds(100);
    assert_eq!(bed.emulator.posts()[0].post_id, None);
}

#[tokio::test]
async fn draft_reaches_the_inbox_5_4() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let body = json!({"post_info": {"title": "ignored"}, "source_info": file(1_000, 1_000, 1)});
    let answer = bed.post(INBOX, &token, body).await;
    let id = answer.data()["publish_id"].as_str().unwrap();
    assert!(id.starts_with("v_inbox_file~v2."), "0.5");
    bed.put(answer.data()["upload_url"].as_str().unwrap(), "bytes 0-999/1000", mp4(1_000)).await;
    bed.seconds(4);
    assert_eq!(bed.status(&token, id).await.data()["status"], "SEND_TO_USER_INBOX");
}

#[tokio::test]
async fn status_rejects_tasks_of_other_tokens_5_8() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let id = bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    for unknown in ["", "v_pub_file~v2-1.1"] {
        assert_eq!(bed.status(&token, unknown).await.outcome(), (400, "invalid_publish_id"));
    }
    let ben = bed.token(AUDITED, "ben.private", &ALL_SCOPES).await;
    let foreign = (400, "token_not_authorized_for_specified_publish_id");
    assert_eq!(bed.status(&ben, &id).await.outcome(), foreign);
    assert_eq!(bed.post(CANCEL, &ben, json!({"publish_id": id})).await.outcome(), foreign, "5.9");
}

#[tokio::test]
async fn cancel_works_until_the_task_is_final_5_9() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let mut body = direct("SELF_ONLY", 10, 10, 1);
    body["source_info"] = json!({"source": "PULL_FROM_URL", "video_url": "https://media.example.test/a.mp4"});
    let id = bed.init(&token, body).await.data()["publish_id"].as_str().unwrap().to_owned();
    assert_eq!(bed.status(&token, &id).await.data()["status"], "PROCESSING_DOWNLOAD");
    let answer = bed.post(CANCEL, &token, json!({"publish_id": id})).await;
    assert_eq!(answer.outcome(), (200, "ok"));
    assert!(answer.json.get("data").is_none(), "only `error`");
    let status = bed.status(&token, &id).await;
    assert_eq!(status.data()["fail_reason"], "publish_cancelled");
    let again = bed.post(CANCEL, &token, json!({"publish_id": id})).await;
    assert_eq!(again.outcome(), (400, "publish_not_cancellable"));
    assert_eq!(
        bed.post(CANCEL, &token, json!({"publish_id": "x"})).await.outcome(),
        (400, "invalid_publish_id")
    );
    let done = bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    bed.seconds(10);
    assert_eq!(
        bed.post(CANCEL, &token, json!({"publish_id": done})).await.outcome(),
        (400, "publish_not_cancellable")
    );
}

#[tokio::test]
async fn revocation_fails_open_tasks_5_8() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let id = bed.publish(&token, "SELF_ONLY", mp4(10)).await;
    bed.emulator.revoke(AUDITED, "ana.makes");
    assert_eq!(bed.status(&token, &id).await.outcome(), (401, "access_token_invalid"));
    let again = bed.ana().await;
    assert_eq!(bed.status(&again, &id).await.data()["fail_reason"], "auth_removed");
}

#[tokio::test]
async fn processing_takes_longer_for_larger_files_5_8() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let size = 5 * 1024 * 1024;
    let id = bed.publish(&token, "SELF_ONLY", mp4(size)).await;
    bed.emulator.advance(std::time::Duration::from_millis(3_100));
    assert_eq!(bed.status(&token, &id).await.data()["status"], "PROCESSING_UPLOAD");
    bed.emulator.advance(std::time::Duration::from_millis(200));
    assert_eq!(bed.status(&token, &id).await.data()["status"], "PUBLISH_COMPLETE");
}
