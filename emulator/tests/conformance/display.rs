//! Checks user info, video list and video query (docs/tiktok-api.md 4).

use serde_json::{Value, json};

use crate::support::{AUDITED, Bed, START_MS, UNAUDITED, mp4};

const LIST: &str = "/v2/video/list/?fields=id,create_time";

fn ids(data: &Value) -> Vec<String> {
    data["videos"].as_array().unwrap().iter().map(|v| v["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn user_info_returns_exactly_the_requested_fields_4() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let answer = bed.get("/v2/user/info/?fields=username,follower_count", &token).await;
    let user = answer.data()["user"].as_object().unwrap();
    assert_eq!(user.len(), 2);
    assert_eq!(user["username"], "ana.makes");
    assert!(user["follower_count"].is_u64());
}

#[tokio::test]
async fn user_info_has_all_14_fields_4_1() {
    let bed = Bed::new().await;
    let fields = "open_id,union_id,avatar_url,avatar_url_100,avatar_large_url,display_name,bio_description,profile_deep_link,\
                  is_verified,username,follower_count,following_count,likes_count,video_count";
    let answer = bed.get(&format!("/v2/user/info/?fields={fields}"), &bed.ana().await).await;
    let user = &answer.data()["user"];
    assert_eq!(user.as_object().unwrap().len(), 14);
    assert!(user["is_verified"].is_boolean());
    assert_eq!(user["video_count"], 45);
    assert!(user["likes_count"].as_i64().unwrap() > 0);
    assert!(user["profile_deep_link"].as_str().unwrap().starts_with("https://vm.tiktok.com/"));
}

#[tokio::test]
async fn apps_get_different_open_ids_but_the_same_union_id_4_1() {
    let bed = Bed::new().await;
    let mut seen = Vec::new();
    for app in [AUDITED, UNAUDITED] {
        let token = bed.token(app, "ana.makes", &[]).await;
        seen.push(bed.get("/v2/user/info/?fields=open_id,union_id", &token).await.data()["user"].clone());
    }
    assert_ne!(seen[0]["open_id"], seen[1]["open_id"]);
    assert_eq!(seen[0]["union_id"], seen[1]["union_id"]);
}

#[tokio::test]
async fn missing_unknown_and_ungranted_fields_are_rejected_e5() {
    let bed = Bed::new().await;
    let token = bed.token(AUDITED, "ana.makes", &[]).await;
    assert_eq!(bed.get("/v2/user/info/", &token).await.outcome(), (400, "invalid_params"));
    assert_eq!(bed.get("/v2/user/info/?fields=", &token).await.outcome(), (400, "invalid_params"));
    assert_eq!(
        bed.get("/v2/user/info/?fields=open_id,email", &token).await.outcome(),
        (400, "invalid_params")
    );
    for field in ["username", "bio_description", "follower_count", "video_count"] {
        let answer = bed.get(&format!("/v2/user/info/?fields={field}"), &token).await;
        assert_eq!(answer.outcome(), (400, "scope_permission_missed"), "{field}");
    }
}

#[tokio::test]
async fn video_list_requires_its_scope_4_2() {
    let bed = Bed::new().await;
    let token = bed.token(AUDITED, "ana.makes", &["user.info.stats"]).await;
    assert_eq!(bed.post(LIST, &token, json!({})).await.outcome(), (401, "scope_not_authorized"));
    let query = "/v2/video/query/?fields=id";
    let body = json!({"filters": {"video_ids": ["1"]}});
    assert_eq!(bed.post(query, &token, body).await.outcome(), (401, "scope_not_authorized"));
}

#[tokio::test]
async fn video_list_returns_10_videos_newest_first_4_2() {
    let bed = Bed::new().await;
    let answer = bed.post(LIST, &bed.ana().await, json!({})).await;
    let times: Vec<i64> = answer.data()["videos"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["create_time"].as_i64().unwrap())
        .collect();
    assert_eq!(times.len(), 10);
    assert!(times.is_sorted_by(|a, b| a >= b));
    assert_eq!(answer.data()["has_more"], true);
    assert!(answer.data()["cursor"].as_i64().unwrap() / 1000 == times[9], "the cursor is in milliseconds");
}

#[tokio::test]
async fn paging_returns_every_video_once_4_2() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let (mut seen, mut body) = (Vec::new(), json!({"max_count": 20}));
    let mut sizes = Vec::new();
    loop {
        let answer = bed.post(LIST, &token, body).await;
        let page = ids(answer.data());
        sizes.push(page.len());
        seen.extend(page);
        if answer.data()["has_more"] == false {
            break;
        }
        body = json!({"max_count": 20, "cursor": answer.data()["cursor"]});
    }
    assert_eq!(sizes, [20, 20, 5]);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 45);
}

#[tokio::test]
async fn invalid_max_count_and_cursor_are_rejected_e6() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    for body in
        [json!({"max_count": 21}), json!({"max_count": 0}), json!({"max_count": "5"}), json!({"cursor": "x"})]
    {
        assert_eq!(bed.post(LIST, &token, body.clone()).await.outcome(), (400, "invalid_params"), "{body}");
    }
    let zero = bed.post(LIST, &token, json!({"cursor": 0})).await;
    assert!(ids(zero.data()).is_empty(), "4.2: a literal 0 returns nothing");
    assert_eq!(zero.data()["has_more"], false);
}

#[tokio::test]
async fn short_page_still_has_more_4_2() {
    let bed = Bed::new().await;
    bed.emulator.configure(|settings| settings.short_pages = true);
    let answer = bed.post(LIST, &bed.ana().await, json!({"max_count": 5})).await;
    assert_eq!(ids(answer.data()).len(), 4);
    assert_eq!(answer.data()["has_more"], true);
}

#[tokio::test]
async fn private_account_lists_no_videos_4_2() {
    let bed = Bed::new().await;
    let token = bed.token(AUDITED, "ben.private", &["video.list"]).await;
    let answer = bed.post(LIST, &token, json!({})).await;
    assert!(ids(answer.data()).is_empty());
    assert_eq!(answer.data()["has_more"], false);
}

#[tokio::test]
async fn video_object_has_16_fields_4_4() {
    let bed = Bed::new().await;
    let fields = "id,create_time,cover_image_url,share_url,video_description,duration,height,width,title,embed_html,embed_link,\
                  like_count,comment_count,share_count,view_count,is_aigc";
    let answer = bed
        .post(&format!("/v2/video/list/?fields={fields}"), &bed.ana().await, json!({"max_count": 1}))
        .await;
    let video = &answer.data()["videos"][0];
    assert_eq!(video.as_object().unwrap().len(), 16);
    let id = video["id"].as_str().unwrap();
    assert_eq!(id.len(), 19);
    let snowflake: i64 = id.parse().unwrap();
    assert_eq!(snowflake >> 32, video["create_time"].as_i64().unwrap(), "0.5: the id carries its second");
    let share = format!(
        "https://www.tiktok.com/@ana.makes/video/{id}?utm_campaign=tt4d_open_api&utm_source={AUDITED}"
    );
    assert_eq!(video["share_url"], share);
    let embed =
        format!("https://www.tiktok.com/player/v1/{id}?utm_campaign=tt4d_open_api&utm_source={AUDITED}");
    assert_eq!(video["embed_link"], embed);
    let expires = START_MS / 1000 + 21_600;
    assert!(video["cover_image_url"].as_str().unwrap().contains(&format!("x-expires={expires}")), "6 hours");
    for counter in ["like_count", "comment_count", "share_count", "view_count", "duration"] {
        assert!(video[counter].as_i64().unwrap() > 0, "{counter}");
    }
}

#[tokio::test]
async fn video_query_only_returns_own_videos_4_3() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let mine = ids(bed.post(LIST, &token, json!({"max_count": 2})).await.data());
    let body = json!({"filters": {"video_ids": [mine[1], "1", mine[0]]}});
    let answer = bed.post("/v2/video/query/?fields=id", &token, body).await;
    let mut got = ids(answer.data());
    got.sort_unstable();
    let mut want = mine.clone();
    want.sort_unstable();
    assert_eq!(got, want);
    let dan = bed.token(AUDITED, "dan.capped", &["video.list"]).await;
    let answer = bed.post("/v2/video/query/?fields=id", &dan, json!({"filters": {"video_ids": mine}})).await;
    assert!(ids(answer.data()).is_empty(), "not the owner");
}

#[tokio::test]
async fn video_query_accepts_1_to_20_string_ids_4_3() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    for body in [
        json!({}),
        json!({"filters": {}}),
        json!({"filters": {"video_ids": []}}),
        json!({"filters": {"video_ids": [7_590_547_243_062_919_890_u64]}}),
        json!({"filters": {"video_ids": many}}),
    ] {
        let answer = bed.post("/v2/video/query/?fields=id", &token, body.clone()).await;
        assert_eq!(answer.outcome(), (400, "invalid_params"), "{body}");
    }
}

#[tokio::test]
async fn public_post_is_listed_after_moderation_and_gains_views_e14() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let fields = "/v2/video/list/?fields=id,title,view_count,like_count";
    let newest = async || bed.post(fields, &token, json!({"max_count": 1})).await.data()["videos"][0].clone();
    bed.publish(&token, "PUBLIC_TO_EVERYONE", mp4(100_000)).await;
    bed.seconds(10);
    assert_ne!(newest().await["title"], "Morning run #running", "not before moderation has ended");
    bed.seconds(20);
    assert_eq!(newest().await["title"], "Morning run #running");
    bed.seconds(60);
    let early = newest().await["view_count"].as_i64().unwrap();
    bed.seconds(3_600);
    let late = newest().await;
    assert!(early > 0 && late["view_count"].as_i64().unwrap() > early);
    assert!(late["like_count"].as_i64().unwrap() > 0);
    let info = bed.get("/v2/user/info/?fields=video_count", &token).await;
    assert_eq!(info.data()["user"]["video_count"], 46);
}

#[tokio::test]
async fn non_public_posts_are_never_listed_5_8() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    for privacy in ["SELF_ONLY", "MUTUAL_FOLLOW_FRIENDS"] {
        bed.publish(&token, privacy, mp4(5_000)).await;
    }
    bed.seconds(7_000);
    let answer = bed.get("/v2/user/info/?fields=video_count", &token).await;
    assert_eq!(answer.data()["user"]["video_count"], 45);
}

#[tokio::test]
async fn long_caption_is_truncated_to_150_characters_4_4() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let mut body = crate::support::direct("PUBLIC_TO_EVERYONE", 5_000, 5_000, 1);
    body["post_info"]["title"] = json!("é".repeat(400));
    let answer = bed.init(&token, body).await;
    bed.put(answer.data()["upload_url"].as_str().unwrap(), "bytes 0-4999/5000", mp4(5_000)).await;
    bed.seconds(60);
    let answer =
        bed.post("/v2/video/list/?fields=title,video_description", &token, json!({"max_count": 1})).await;
    assert_eq!(answer.data()["videos"][0]["title"].as_str().unwrap().chars().count(), 150);
    assert_eq!(answer.data()["videos"][0]["video_description"].as_str().unwrap().chars().count(), 150);
    assert_eq!(bed.emulator.posts()[0].title.chars().count(), 400, "kept whole");
}
