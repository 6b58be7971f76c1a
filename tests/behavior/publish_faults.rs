//! Publishes while TikTok or the network fails at each step. No fault may cause a second post or a lost byte.

use crate::video::{VideoFile, mp4};
use crate::world::World;
use std::time::Duration;
use toklink::{ErrorKind, PostInfo, PrivacyLevel, PublishOptions, PublishVideo};
use toklink_emulator::Fault;

const INIT: &str = "/v2/post/publish/video/init/";

async fn publish(world: &World, file: &VideoFile) -> toklink::Result<toklink::PublishOutcome> {
    let account = world.connect("ana.makes").await;
    let input = PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::SelfOnly));
    world.client.publish_video(&account, &input, &PublishOptions::default()).await
}

#[tokio::test]
async fn upload_completes_with_any_fault_on_any_chunk() {
    let file = mp4(66_000_000);
    for nth in 1..=6 {
        for fault in [
            Fault::on("upload").status(500),
            Fault::on("upload").status(503).after_effect(),
            Fault::on("upload").reset_before(),
            Fault::on("upload").reset_after(),
        ] {
            let world = World::new().await;
            let shown = format!("{nth}: {fault:?}");
            world.fault(fault.nth(nth));
            publish(&world, &file).await.unwrap_or_else(|error| panic!("{shown}: {error:?}"));
            let posts = world.emulator.posts();
            assert_eq!((posts.len(), posts[0].sha256.as_deref()), (1, Some(file.sha256.as_str())), "{shown}");
        }
    }
}

#[tokio::test]
async fn chunk_is_sent_again_when_tiktok_loses_it() {
    let file = mp4(66_000_000);
    for counts in [false, true] {
        for nth in 1..=5 {
            let world = World::new().await;
            world.emulator.configure(|settings| settings.content_range_counts = counts);
            // TikTok confirms a chunk without storing it, then rejects the next chunk and returns the real position.
            world.fault(Fault::on("upload").nth(nth).status(206));
            publish(&world, &file).await.unwrap_or_else(|error| panic!("{counts} {nth}: {error:?}"));
            let posts = world.emulator.posts();
            assert_eq!((posts.len(), posts[0].sha256.as_deref()), (1, Some(file.sha256.as_str())), "{nth}");
        }
    }
}

#[tokio::test]
async fn upload_fails_when_tiktok_keeps_losing_a_chunk() {
    let world = World::new().await;
    let file = mp4(66_000_000);
    world.fault(
        Fault::on("upload").nth(2).times(0).status(416).content_range(&format!("bytes 0-0/{}", file.size)),
    );
    let error = publish(&world, &file).await.unwrap_err();
    assert_eq!((error.http_status(), error.is_safe_to_repeat()), (Some(416), true), "{error:?}");
}

#[tokio::test]
async fn unclear_init_is_not_retried_and_is_safe_to_repeat() {
    for fault in [
        Fault::on("video_init").status(500),
        Fault::on("video_init").status(502).after_effect(),
        Fault::on("video_init").reset_after(),
        Fault::on("video_init").raw(200, "text/html", "<html>"),
    ] {
        let world = World::new().await;
        let shown = format!("{fault:?}");
        world.fault(fault);
        let outcome = publish(&world, &mp4(1000)).await;
        let error = outcome.unwrap_err();
        assert!(error.may_have_been_sent() && error.is_safe_to_repeat(), "{shown}: {error:?}");
        assert_eq!(world.emulator.count(INIT), 1, "{shown}");
    }
}

#[tokio::test]
async fn post_is_sent_once_per_key_after_an_unclear_init() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let file = mp4(1000);
    let input = PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::SelfOnly));
    let options = PublishOptions { idempotency_key: Some("k".into()), ..PublishOptions::default() };
    world.fault(Fault::on("video_init").reset_after());
    world.client.publish_video(&account, &input, &options).await.unwrap_err();
    world.client.publish_video(&account, &input, &options).await.unwrap();
    let with_bytes = world.emulator.posts().iter().filter(|post| post.bytes_received > 0).count();
    assert_eq!(with_bytes, 1);
}

#[tokio::test]
async fn expired_upload_url_ends_the_publish_and_frees_its_key() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    // The file has several chunks, so the last chunk was never sent.
    let file = mp4(70_000_000);
    let input = PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::SelfOnly));
    let options = PublishOptions { idempotency_key: Some("k".into()), ..PublishOptions::default() };
    world.fault(Fault::on("upload").times(20).status(503));
    let lost = world.client.publish_video(&account, &input, &options).await.unwrap_err();
    assert!(lost.is_retryable(), "{lost:?}");
    world.advance(Duration::from_secs(3601));
    let expired = world.client.publish_video(&account, &input, &options).await.unwrap_err();
    assert_eq!((expired.http_status(), expired.is_safe_to_repeat()), (Some(403), true), "{expired:?}");
    let resumed = world.client.resume_publish(&account, "k", None, &options).await.unwrap_err();
    assert_eq!((resumed.kind(), resumed.is_safe_to_repeat()), (ErrorKind::Conflict, true), "{resumed:?}");
    world.client.publish_video(&account, &input, &options).await.unwrap();
}

#[tokio::test]
async fn video_is_posted_once_after_a_lost_response_and_late_status() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let file = mp4(1000);
    let input = PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::SelfOnly));
    let options = PublishOptions { idempotency_key: Some("k".into()), ..PublishOptions::default() };
    let lagging = r#"{"data":{"status":"PROCESSING_UPLOAD","uploaded_bytes":0},"error":{"code":"ok","message":"","log_id":"L"}}"#;
    world.fault(Fault::on("upload").status(504).after_effect());
    world.fault(Fault::on("status").times(2).raw(200, "application/json", lagging));
    let outcome = world.client.publish_video(&account, &input, &options).await.unwrap();
    assert_eq!((outcome.phase, world.emulator.posts().len()), (toklink::Phase::Published, 1));
}

#[tokio::test]
async fn status_query_is_retried_when_the_response_is_invalid() {
    let world = World::new().await;
    world.fault(Fault::on("status").times(4).raw(502, "text/html", "<html>"));
    let outcome = publish(&world, &mp4(1000)).await;
    outcome.unwrap();
}

#[tokio::test]
async fn failed_status_becomes_a_rejection_with_the_fail_reason() {
    let world = World::new().await;
    let body = r#"{"data":{"status":"FAILED","fail_reason":"frame_rate_check_failed"},"error":{"code":"ok","message":"","log_id":"L"}}"#;
    world.fault(Fault::on("status").raw(200, "application/json", body));
    let outcome = publish(&world, &mp4(1000)).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.fail_reason()), (ErrorKind::Rejected, Some("frame_rate_check_failed")));
    assert!(error.publish_id().is_some());
}

#[tokio::test]
async fn network_failure_reports_that_nothing_was_sent() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let nowhere = toklink::Config::builder()
        .client_key(world.client_key)
        .client_secret("x")
        .encryption_key(crate::world::KEY)
        .api_base_url("http://127.0.0.1:9")
        .build()
        .unwrap();
    let clock =
        toklink::clock::ManualClock::auto_advancing(toklink::Timestamp::from_millis(world.emulator.now_ms()));
    let client = toklink::Client::builder(nowhere)
        .store(std::sync::Arc::clone(&world.store))
        .clock(std::sync::Arc::new(clock))
        .build()
        .unwrap();
    let error = client.user_info(&account).await.unwrap_err();
    assert_eq!((error.kind(), error.dispatch()), (ErrorKind::Unavailable, toklink::Dispatch::NotSent));
}
