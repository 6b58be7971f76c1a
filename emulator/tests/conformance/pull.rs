//! Checks `PULL_FROM_URL` with a real HTTP server (docs/tiktok-api.md 5.6, 5.9).

use serde_json::{Value, json};

use crate::media::{Film, GOOD, film};
use crate::receiver::Receiver;
use crate::support::{Bed, direct};

const CONTENT: &str = "/v2/post/publish/content/init/";
const JPEG: [u8; 16] = [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 4, 56, 7, 128, 3, 0, 0, 0, 0];

async fn serving() -> (Bed, Receiver) {
    let (bed, host) = (Bed::new().await, Receiver::start().await);
    bed.emulator.configure(|settings| settings.pull_from = Some(host.url.clone()));
    (bed, host)
}

async fn pull(bed: &Bed, token: &str, path: &str) -> String {
    let mut body = direct("PUBLIC_TO_EVERYONE", 1, 1, 1);
    let url = format!("https://media.example.test{path}");
    body["source_info"] = json!({"source": "PULL_FROM_URL", "video_url": url});
    bed.init(token, body).await.data()["publish_id"].as_str().unwrap().to_owned()
}

async fn pull_photos(bed: &Bed, token: &str, paths: &[&str]) -> String {
    let urls: Vec<String> = paths.iter().map(|path| format!("https://media.example.test{path}")).collect();
    let body = json!({
        "media_type": "PHOTO", "post_mode": "DIRECT_POST", "post_info": {"privacy_level": "PUBLIC_TO_EVERYONE"},
        "source_info": {"source": "PULL_FROM_URL", "photo_images": urls, "photo_cover_index": 0},
    });
    bed.post(CONTENT, token, body).await.data()["publish_id"].as_str().unwrap().to_owned()
}

/// Returns the task's status after processing has finished.
async fn end(bed: &Bed, token: &str, id: &str) -> Value {
    bed.emulator.settled().await;
    bed.seconds(30);
    bed.status(token, id).await.data().clone()
}

#[tokio::test]
async fn verified_video_is_fetched_and_published_5_6() {
    let (bed, host) = serving().await;
    let token = bed.ana().await;
    let bytes = film(GOOD);
    host.answer("/a.mp4?v=1", "200 OK", &bytes);
    let id = pull(&bed, &token, "/a.mp4?v=1").await;
    let status = end(&bed, &token, &id).await;
    assert_eq!(status["status"], "PUBLISH_COMPLETE");
    assert_eq!(status["downloaded_bytes"], bytes.len(), "5.8");
    assert_eq!(host.taken()[0].header("host"), "media.example.test");
    let post = &bed.emulator.posts()[0];
    assert_eq!(post.bytes_received, bytes.len() as u64);
    assert!(post.sha256.is_some());
}

#[tokio::test]
async fn pull_does_not_follow_redirects_5_6() {
    let (bed, host) = serving().await;
    let token = bed.ana().await;
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"] {
        host.answer("/a.mp4", status, b"");
        let id = pull(&bed, &token, "/a.mp4").await;
        assert_eq!(end(&bed, &token, &id).await["fail_reason"], "video_pull_failed");
    }
    assert_eq!(host.taken().len(), 3);
}

#[tokio::test]
async fn missing_file_fails_the_pull_5_6() {
    let (bed, host) = serving().await;
    let token = bed.ana().await;
    host.answer("/a.mp4", "404 Not Found", b"no");
    let id = pull(&bed, &token, "/a.mp4").await;
    assert_eq!(end(&bed, &token, &id).await["fail_reason"], "video_pull_failed");
}

#[tokio::test]
async fn pulled_videos_undergo_the_media_checks_5_10() {
    let (bed, host) = serving().await;
    let token = bed.ana().await;
    host.answer("/a.mp4", "200 OK", &film(Film { width: 200, ..GOOD }));
    let id = pull(&bed, &token, "/a.mp4").await;
    assert_eq!(end(&bed, &token, &id).await["fail_reason"], "picture_size_check_failed");
}

#[tokio::test]
async fn hanging_pull_fails_after_an_hour_5_6() {
    let (bed, host) = serving().await;
    let token = bed.ana().await;
    host.hang("/a.mp4");
    let id = pull(&bed, &token, "/a.mp4").await;
    bed.seconds(3_599);
    assert_eq!(bed.status(&token, &id).await.data()["status"], "PROCESSING_DOWNLOAD");
    bed.seconds(1);
    assert_eq!(bed.status(&token, &id).await.data()["fail_reason"], "video_pull_failed");
    bed.emulator.settled().await;
}

#[tokio::test]
async fn running_pull_can_be_cancelled_5_9() {
    let (bed, host) = serving().await;
    let token = bed.ana().await;
    host.hang("/a.mp4");
    let id = pull(&bed, &token, "/a.mp4").await;
    let answer = bed.post("/v2/post/publish/cancel/", &token, json!({"publish_id": id})).await;
    assert_eq!(answer.outcome(), (200, "ok"));
    bed.emulator.settled().await;
    assert_eq!(bed.status(&token, &id).await.data()["fail_reason"], "publish_cancelled");
}

#[tokio::test]
async fn photos_are_fetched_and_checked_one_by_one_5_5() {
    let (bed, host) = serving().await;
    let token = bed.ana().await;
    host.answer("/1.jpg", "200 OK", &JPEG);
    host.answer("/2.webp", "200 OK", b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x37\x04\0\x7f\x07\0");
    let id = pull_photos(&bed, &token, &["/1.jpg", "/2.webp"]).await;
    let status = end(&bed, &token, &id).await;
    assert_eq!(status["status"], "PUBLISH_COMPLETE");
    assert_eq!(status["downloaded_bytes"], 16 + 30);
    assert_eq!(host.taken().len(), 2);
}

#[tokio::test]
async fn png_fails_the_format_check_c21() {
    let (bed, host) = serving().await;
    let token = bed.ana().await;
    host.answer("/1.png", "200 OK", b"\x89PNG\r\n\x1a\n");
    let id = pull_photos(&bed, &token, &["/1.png"]).await;
    assert_eq!(end(&bed, &token, &id).await["fail_reason"], "file_format_check_failed");
}

#[tokio::test]
async fn photo_above_1080p_fails_the_size_check_5_10() {
    let (bed, host) = serving().await;
    let token = bed.ana().await;
    let mut large = JPEG;
    large[9] = 8;
    host.answer("/1.jpg", "200 OK", &large);
    let id = pull_photos(&bed, &token, &["/1.jpg"]).await;
    assert_eq!(end(&bed, &token, &id).await["fail_reason"], "picture_size_check_failed");
}

#[tokio::test]
async fn missing_photo_fails_the_whole_post_5_8() {
    let (bed, host) = serving().await;
    let token = bed.ana().await;
    host.answer("/1.jpg", "200 OK", &JPEG);
    host.answer("/2.jpg", "404 Not Found", b"");
    let id = pull_photos(&bed, &token, &["/1.jpg", "/2.jpg"]).await;
    assert_eq!(end(&bed, &token, &id).await["fail_reason"], "photo_pull_failed");
}
