use crate::world::{World, client, config};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toklink::{Client, ErrorKind, PrivacyLevel, QuotaKind, QuotaPolicy, QuotaWindow, SqliteStore};
use toklink_emulator::Fault;

#[tokio::test]
async fn user_info_and_account_metrics_agree_on_followers() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let user = world.client.user_info(&account).await.unwrap();
    assert_eq!(
        (user.open_id.as_str(), user.username.as_deref()),
        (account.open_id.as_str(), Some("ana.makes"))
    );
    let metrics = world.client.account_metrics(&account).await.unwrap();
    assert_eq!(Some(metrics.followers), user.follower_count);
    assert_eq!((metrics.videos_read, metrics.video_count), (20, 45));
    assert!(metrics.views > 0 && metrics.engagement_rate > 0.0);
}

#[tokio::test]
async fn access_token_call_refreshes_an_expired_token() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let first = world.client.access_token(&account).await.unwrap();
    assert_eq!(world.client.access_token(&account).await.unwrap(), first);
    world.advance(Duration::from_secs(25 * 60 * 60));
    let second = world.client.access_token(&account).await.unwrap();
    assert_ne!(second, first);
    assert!(second.expose().starts_with("act.") && !format!("{second:?}").contains("act."));
    let unknown = toklink::AccountKey::new("", "unknown");
    assert_eq!(world.client.access_token(&unknown).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn video_pages_list_each_video_once_newest_first() {
    for short_pages in [false, true] {
        let world = World::new().await;
        world.emulator.configure(|settings| settings.short_pages = short_pages);
        let account = world.connect("ana.makes").await;
        let (mut videos, mut all) = (world.client.videos(&account), Vec::new());
        while let Some(page) = videos.next_page().await.unwrap() {
            all.extend(page);
        }
        // A short page omits one video (docs/tiktok-api.md 4.2) but is not the last page, so the client must read on.
        assert_eq!(all.len(), if short_pages { 43 } else { 45 });
        assert!(
            all.windows(2).all(|pair| pair[0].created_at >= pair[1].created_at && pair[0].id != pair[1].id)
        );
    }
}

#[tokio::test]
async fn unsafe_links_are_removed_from_responses() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let answer =
        |data: &str| format!(r#"{{"data":{data},"error":{{"code":"ok","message":"","log_id":"L"}}}}"#);
    let video = r#"{"videos":[{"id":"7","share_url":"javascript:alert(1)","cover_image_url":"http://cdn.example/c.jpg",
        "embed_link":"https://www.tiktok.com/player/v1/7"}],"has_more":false}"#;
    world.fault(Fault::on("video_list").raw(200, "application/json", &answer(video)));
    let page = world.client.list_videos(&account, None, 20).await.unwrap();
    let video = &page.videos[0];
    assert_eq!((&video.share_url, &video.cover_image_url), (&None, &None));
    assert_eq!(video.embed_link.as_deref(), Some("https://www.tiktok.com/player/v1/7"));
    let user = r#"{"user":{"open_id":"o","avatar_url":"data:image/svg+xml,x","profile_deep_link":"javascript:alert(1)"}}"#;
    world.fault(Fault::on("user_info").raw(200, "application/json", &answer(user)));
    let user = world.client.user_info(&account).await.unwrap();
    assert_eq!((user.avatar_url, user.profile_deep_link), (None, None));
    let creator =
        r#"{"creator_nickname":"Ana","creator_avatar_url":"javascript:alert(1)","privacy_level_options":[]}"#;
    world.fault(Fault::on("creator_info").raw(200, "application/json", &answer(creator)));
    assert_eq!(world.client.creator_info(&account).await.unwrap().avatar_url, None);
}

#[tokio::test]
async fn query_videos_returns_newer_counters_by_id() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let before = world.client.list_videos(&account, None, 2).await.unwrap().videos;
    world.advance(Duration::from_secs(24 * 3600));
    let ids = before.iter().map(|video| video.id.clone()).collect();
    let after = world.client.query_videos(&account, ids).await.unwrap();
    let views = |videos: &[toklink::Video]| videos.iter().map(|v| v.view_count).sum::<i64>();
    assert_eq!(after.len(), 2);
    assert!(views(&after) > views(&before));
}

#[tokio::test]
async fn creator_info_returns_privacy_options_or_a_typed_error() {
    let world = World::new().await;
    let ana = world.client.creator_info(&world.connect("ana.makes").await).await.unwrap();
    assert!(ana.privacy_level_options.contains(&PrivacyLevel::PublicToEveryone));
    let ben = world.client.creator_info(&world.connect("ben.private").await).await.unwrap();
    assert!(!ben.privacy_level_options.contains(&PrivacyLevel::PublicToEveryone));
    let banned = world.client.creator_info(&world.connect("cleo.banned").await).await.unwrap_err();
    assert_eq!((banned.kind(), banned.http_status()), (ErrorKind::PermissionDenied, Some(200)));
    let capped = world.client.creator_info(&world.connect("dan.capped").await).await.unwrap_err();
    assert_eq!(capped.kind(), ErrorKind::QuotaExhausted);
}

#[tokio::test]
async fn limiter_rejects_requests_that_tiktok_would_reject() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    for _ in 0..20 {
        world.client.creator_info(&account).await.unwrap();
    }
    let error = world.client.creator_info(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(world.emulator.count("creator_info"), 20, "the rejected request must not be sent");
    world.advance(error.retry_after().unwrap());
    world.client.creator_info(&account).await.unwrap();
    assert!(world.emulator.requests().iter().all(|request| request.status != 429));
}

#[tokio::test]
async fn quota_status_counts_sent_requests() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let count = |kind| {
        let lines = world.client.quota_status(&account);
        lines.iter().find(|line| line.kind == kind).map(|line| (line.count, line.remaining)).unwrap()
    };
    assert_eq!(count(QuotaKind::VideoList), (0, 600));
    world.client.list_videos(&account, None, 20).await.unwrap();
    assert_eq!(count(QuotaKind::VideoList), (1, 599));
    world.client.reset_quota(&account);
    assert_eq!(count(QuotaKind::CreatorInfo), (0, 20));
}

#[tokio::test]
async fn host_can_check_and_count_its_own_requests() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    for _ in 0..20 {
        world.client.check_quota(&account, QuotaKind::CreatorInfo).unwrap();
        world.client.increment_quota(&account, QuotaKind::CreatorInfo);
    }
    let full = world.client.check_quota(&account, QuotaKind::CreatorInfo).unwrap_err();
    assert_eq!((full.kind(), full.operation()), (ErrorKind::RateLimited, "check_quota"));
    assert_eq!(world.client.creator_info(&account).await.unwrap_err().kind(), ErrorKind::RateLimited);
    world.client.reset_quota(&account);
    world.client.creator_info(&account).await.unwrap();
}

#[tokio::test]
async fn quota_warning_is_emitted_before_a_window_is_full() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let client = Client::builder(config(&world.emulator, world.client_key))
        .store(Arc::clone(&world.store))
        .clock(world.clock())
        .on_quota_warning(move |account, warning| heard.lock().unwrap().push((account.clone(), *warning)))
        .build()
        .unwrap();
    for _ in 0..20 {
        client.creator_info(&account).await.unwrap();
    }
    let told = told.lock().unwrap();
    let marks: Vec<_> = told.iter().map(|(_, warning)| (warning.count, warning.percent)).collect();
    assert_eq!(marks, [(16, 80), (19, 95)]);
    assert!(told.iter().all(|(of, warning)| *of == account && warning.kind == QuotaKind::CreatorInfo));
}

#[tokio::test]
async fn read_is_retried_after_an_invalid_response() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.fault(Fault::on("video_list").times(2).status(503));
    assert_eq!(world.client.list_videos(&account, None, 20).await.unwrap().videos.len(), 20);
    world.fault(Fault::on("video_list").times(3).raw(502, "text/html", "<html>proxy</html>"));
    let error = world.client.list_videos(&account, None, 20).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Unavailable, "list_videos"));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn http_429_is_not_retried_and_blocks_further_requests() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.fault(Fault::on("video_list").error(429, "rate_limit_exceeded"));
    let sent = world.emulator.count("video_list");
    assert_eq!(
        world.client.list_videos(&account, None, 20).await.unwrap_err().kind(),
        ErrorKind::RateLimited
    );
    assert_eq!(
        world.client.list_videos(&account, None, 20).await.unwrap_err().kind(),
        ErrorKind::RateLimited
    );
    assert_eq!(world.emulator.count("video_list"), sent + 1);
    world.advance(Duration::from_secs(60));
    world.client.list_videos(&account, None, 20).await.unwrap();
}

#[tokio::test]
async fn sqlite_account_survives_a_restart() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("accounts.db");
    let open = || Arc::new(SqliteStore::open(&path).unwrap());
    let first = World { client: client(&world.emulator, world.client_key, open()), ..World::new_on(&world) };
    let account = first.connect("ana.makes").await;
    drop(first);
    let second = client(&world.emulator, world.client_key, open());
    assert_eq!(second.user_info(&account).await.unwrap().username.as_deref(), Some("ana.makes"));
}

#[tokio::test]
async fn daily_request_counts_survive_a_restart() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("accounts.db");
    let start = || {
        let builder = Client::builder(config(&world.emulator, world.client_key))
            .quota_policy(QuotaPolicy::planned())
            .clock(world.clock());
        builder.store(Arc::new(SqliteStore::open(&path).unwrap())).build().unwrap()
    };
    let first = World { client: start(), ..World::new_on(&world) };
    let account = first.connect("ana.makes").await;
    for _ in 0..3 {
        first.client.invalidate_cache(&account);
        first.client.list_videos(&account, None, 20).await.unwrap();
    }
    drop(first);
    let lists = async |client: &Client| {
        let windows = client.read_quota(&account).await.unwrap();
        let daily = |each: &QuotaWindow| each.kind == QuotaKind::VideoList && each.window_ms > 60_000;
        windows.into_iter().find(daily).unwrap()
    };
    world.advance(Duration::from_secs(3600));
    let second = start();
    let there = lists(&second).await;
    assert_eq!((there.count, there.resets_in), (3, Duration::from_secs(23 * 3600)));
    second.list_videos(&account, None, 20).await.unwrap();
    assert_eq!(lists(&second).await.count, 4);
    // This client sends a request before it reads the stored counts; the request must not count twice.
    let third = start();
    third.list_videos(&account, None, 20).await.unwrap();
    assert_eq!(lists(&third).await.count, 5);
    world.advance(Duration::from_secs(23 * 3600));
    assert_eq!(lists(&start()).await.count, 2);
}

#[tokio::test]
async fn closed_client_rejects_calls_and_can_be_closed_again() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.client.close().await;
    world.client.close().await;
    assert_eq!(world.client.user_info(&account).await.unwrap_err().kind(), ErrorKind::Closed);
}
