//! Publishes that must not start or continue, or that end with an unknown outcome.

use crate::faulty_store::{FaultyStore, conflict, performed, unavailable};
use crate::video::{VideoFile, file, mp4, mp4_bytes};
use crate::world::{World, clock_of, config};
use std::io;
#[cfg(unix)]
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};
use toklink::{
    AccountKey, CachePolicy, Client, ErrorKind, Owner, PostInfo, PrivacyLevel, PublishOptions,
    PublishOutcome, PublishVideo, Reason, Result, Secret, VideoSource,
};
use toklink_emulator::{Emulator, Fault};

/// A video with 10 fps and 320x240 pixels, which violates two rules.
const SLOW_MOTION: &[u8] = include_bytes!("../c/media/small.mp4");
const INIT: &str = "/v2/post/publish/video/init/";

async fn connected() -> (World, AccountKey) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    (world, account)
}

fn keyed(key: &str) -> PublishOptions {
    PublishOptions { idempotency_key: Some(key.into()), ..PublishOptions::default() }
}

fn private(source: impl Into<VideoSource>) -> PublishVideo {
    PublishVideo::new(source, PostInfo::new(PrivacyLevel::SelfOnly))
}

async fn publish(client: &Client, account: &AccountKey, source: VideoSource) -> Result<PublishOutcome> {
    client.publish_video(account, &private(source), &keyed("k")).await
}

/// A video whose first byte arrives after two minutes.
struct Slow {
    emulator: Option<Arc<Emulator>>,
    bytes: io::Cursor<Vec<u8>>,
}

impl AsyncRead for Slow {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(emulator) = self.emulator.take() {
            emulator.advance(Duration::from_secs(120));
        }
        Pin::new(&mut self.bytes).poll_read(context, to)
    }
}

fn slow(world: &World, bytes: &[u8]) -> VideoSource {
    let emulator = Some(Arc::clone(&world.emulator));
    let length = bytes.len() as u64;
    VideoSource::stream(Slow { emulator, bytes: io::Cursor::new(bytes.to_vec()) }, length)
}

fn with_leases(world: &World, leases: Arc<FaultyStore>) -> Client {
    Client::builder(config(&world.emulator, world.client_key))
        .cache(CachePolicy::off())
        .store(Arc::clone(&world.store))
        .leases(leases)
        .clock(clock_of(&world.emulator))
        .build()
        .unwrap()
}

#[tokio::test]
async fn publish_sends_no_init_when_its_lease_has_expired() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(1000);
    let lost = FaultyStore::new(&world.store);
    lost.inject("acquire", 1, performed);
    lost.inject("acquire", usize::MAX, conflict);
    let error = publish(&with_leases(&world, lost), &account, slow(&world, &bytes)).await.unwrap_err();
    assert_eq!((error.kind(), error.idempotency_key()), (ErrorKind::Conflict, Some("k")), "{error:?}");
    assert_eq!(world.emulator.count(INIT), 0);

    let kept = FaultyStore::new(&world.store);
    publish(&with_leases(&world, Arc::clone(&kept)), &account, slow(&world, &bytes)).await.unwrap();
    assert!(kept.calls("acquire") > 1, "the lease was refreshed before the publish started");
    assert_eq!(world.emulator.count(INIT), 1);
}

#[tokio::test]
async fn init_that_the_journal_does_not_record_may_have_been_sent() {
    let (world, account) = connected().await;
    let journal = FaultyStore::new(&world.store);
    journal.inject("update_if", usize::MAX, unavailable);
    let client = Client::builder(config(&world.emulator, world.client_key))
        .store(Arc::clone(&world.store))
        .journal(journal)
        .clock(clock_of(&world.emulator))
        .build()
        .unwrap();
    let error = publish(&client, &account, VideoSource::Bytes(mp4_bytes(1000).into())).await.unwrap_err();
    assert_eq!(world.emulator.count(INIT), 1);
    assert!(error.may_have_been_sent() && error.is_safe_to_repeat(), "{error:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn error_names_a_path_that_is_not_a_file() {
    let (world, account) = connected().await;
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path(), Path::new("/dev/null")] {
        let error = publish(&world.client, &account, path.into()).await.unwrap_err();
        assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::User));
        assert!(error.message().contains(&path.display().to_string()), "{error}");
    }
    let below = folder.path().join("clip.mp4").join("inner.mp4");
    std::fs::write(folder.path().join("clip.mp4"), b"x").unwrap();
    let error = publish(&world.client, &account, below.into()).await.unwrap_err();
    assert!(error.reason() == Reason::FileUnreadable && error.message().contains("inner.mp4"), "{error}");
    assert_eq!(
        world.emulator.requests().iter().filter(|request| request.path.contains("publish")).count(),
        0
    );
}

#[tokio::test]
async fn invalid_video_is_rejected_with_the_violated_rule() {
    let (world, account) = connected().await;
    let error = publish(&world.client, &account, VideoSource::Bytes(SLOW_MOTION.into())).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::User));
    assert!(error.message().contains("frame_rate"), "{error}");
    assert_eq!(world.emulator.count(INIT), 0);
}

#[tokio::test]
async fn unsupported_codec_has_its_own_reason() {
    let (world, account) = connected().await;
    let mut bytes = mp4_bytes(1000);
    let at = bytes.windows(4).position(|four| four == b"avc1").unwrap();
    bytes[at..at + 4].copy_from_slice(b"xxxx");
    let error = publish(&world.client, &account, VideoSource::Bytes(bytes.into())).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::InvalidInput, Reason::CodecUnsupported),
        "{error}"
    );
    assert_eq!(world.emulator.count(INIT), 0);
}

#[tokio::test]
async fn probe_reports_every_violated_rule_as_json() {
    let (world, _) = connected().await;
    let video = file("small.mp4", SLOW_MOTION);
    let report = world.client.probe_video(&video.path).await.unwrap();
    let json = serde_json::to_value(&report).unwrap();
    let rules: Vec<_> =
        json["findings"].as_array().unwrap().iter().map(|found| found["rule"].clone()).collect();
    assert_eq!(rules.len(), 2, "{json}");
    for found in json["findings"].as_array().unwrap() {
        assert_eq!(found["severity"], "error");
        for field in ["found", "allowed", "advice"] {
            assert!(found[field].as_str().is_some_and(|text| !text.is_empty()), "{found}");
        }
    }
}

#[tokio::test]
async fn idempotency_key_belongs_to_one_publish() {
    let (world, account) = connected().await;
    let (one, other) = (mp4(1000), mp4(2000));
    let begun = PublishOptions { wait: false, ..keyed("k") };
    world.client.publish_video(&account, &private(&one.path), &begun).await.unwrap();
    let error = world.client.publish_video(&account, &private(&other.path), &begun).await.unwrap_err();
    assert_eq!((error.kind(), error.idempotency_key()), (ErrorKind::Conflict, Some("k")), "{error:?}");
    let pulled = VideoSource::Url(Secret::new("https://media.example.test/clip.mp4"));
    let error = publish(&world.client, &account, pulled.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");

    // The key of an interrupted upload must not start a pull.
    world.fault(Fault::on("upload").times(0).status(503));
    world.client.publish_video(&account, &private(&one.path), &keyed("broken")).await.unwrap_err();
    world.emulator.clear_faults();
    let error = world.client.publish_video(&account, &private(pulled), &keyed("broken")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    assert_eq!(world.emulator.count(INIT), 2);
}

/// Returns options that replace the file with an empty one as soon as all bytes are sent.
fn emptied_when_sent(video: &VideoFile) -> PublishOptions {
    let (path, size) = (video.path.clone(), video.size);
    let once = Mutex::new(true);
    PublishOptions {
        progress: Some(Arc::new(move |progress| {
            if progress.bytes_sent == size && std::mem::take(&mut *once.lock().unwrap()) {
                std::fs::write(&path, b"").unwrap();
            }
        })),
        ..keyed("k")
    }
}

#[tokio::test]
async fn internal_error_after_the_last_byte_reports_a_possible_post() {
    let (world, account) = connected().await;
    let video = mp4(1000);
    // TikTok has every byte, but the response is lost and the status lags behind, so the client sends the bytes again.
    world.fault(Fault::on("upload").reset_after());
    let lagging = r#"{"data":{"status":"PROCESSING_UPLOAD","uploaded_bytes":0},"error":{"code":"ok","message":"","log_id":"L"}}"#;
    world.fault(Fault::on("status").times(0).raw(200, "application/json", lagging));
    let options = emptied_when_sent(&video);
    let error = world.client.publish_video(&account, &private(&video.path), &options).await.unwrap_err();
    assert!(!error.is_safe_to_repeat(), "{error:?}");
    assert!(error.publish_id().is_some() && error.idempotency_key() == Some("k"), "{error:?}");
}

/// A stream that returns its bytes and then an error.
struct Broken(io::Cursor<Vec<u8>>);

impl AsyncRead for Broken {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.position() == self.0.get_ref().len() as u64 {
            return Poll::Ready(Err(io::Error::other("the browser went away")));
        }
        Pin::new(&mut self.0).poll_read(context, to)
    }
}

#[tokio::test]
async fn stream_that_fails_at_its_end_is_not_posted() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(1000);
    let source = VideoSource::stream(Broken(io::Cursor::new(bytes.clone())), bytes.len() as u64);
    let error = publish(&world.client, &account, source).await.unwrap_err();
    let mut causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    assert!(causes.any(|cause| cause.to_string().contains("the browser went away")), "{error:?}");
    assert!(world.emulator.posts().iter().all(|post| post.bytes_received < bytes.len() as u64));
    publish(&world.client, &account, VideoSource::Bytes(bytes.clone().into())).await.unwrap();
    let sha256 = file("clip.mp4", &bytes).sha256;
    assert!(world.emulator.posts().iter().any(|post| post.sha256.as_deref() == Some(sha256.as_str())));
}

#[tokio::test]
async fn publish_is_rejected_when_its_idempotency_key_is_empty() {
    let (world, account) = connected().await;
    for key in ["", " ", "\t\n"] {
        let source = VideoSource::Bytes(mp4_bytes(1_000_000).into());
        let error = world.client.publish_video(&account, &private(source), &keyed(key)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{key:?}");
    }
    assert_eq!(world.emulator.count(INIT), 0);
}
