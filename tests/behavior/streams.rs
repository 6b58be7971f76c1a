//! Videos from a stream. The client reads a stream once, forwards it unchanged and never posts part of it.

use crate::video::{file, mp4_bytes};
use crate::world::World;
use std::io::Cursor;
use tokio::io::AsyncWriteExt;
use toklink::{
    AccountKey, ErrorKind, Owner, PostInfo, PrivacyLevel, PublishOptions, PublishOutcome, PublishVideo,
    Reason, Result, StatusCode, VideoSource,
};
use toklink_emulator::Fault;

fn stream(bytes: &[u8]) -> VideoSource {
    VideoSource::stream(Cursor::new(bytes.to_vec()), bytes.len() as u64)
}

/// Returns a video whose headers follow after `before` bytes of padding.
fn index_last(before: usize) -> Vec<u8> {
    let bytes = mp4_bytes(0);
    let size = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let index = size(0);
    let (head, rest) = (&bytes[..index], index + size(index));
    let padding =
        [&u32::try_from(before + 8).unwrap().to_be_bytes(), b"free".as_slice(), &vec![0; before]].concat();
    [head, &padding, &bytes[rest..], &bytes[index..rest]].concat()
}

async fn publish(world: &World, account: &AccountKey, source: VideoSource) -> Result<PublishOutcome> {
    let input = PublishVideo::new(source, PostInfo::new(PrivacyLevel::SelfOnly));
    let options = PublishOptions { idempotency_key: Some("k".into()), ..PublishOptions::default() };
    world.client.publish_video(account, &input, &options).await
}

#[tokio::test]
async fn stream_upload_completes_with_any_fault_on_any_chunk() {
    let bytes = mp4_bytes(16_000_000);
    let sha256 = file("clip.mp4", &bytes).sha256;
    for nth in 1..=3 {
        for fault in [
            Fault::on("upload").status(500),
            Fault::on("upload").status(503).after_effect(),
            Fault::on("upload").reset_before(),
            Fault::on("upload").reset_after(),
        ] {
            let world = World::new().await;
            let account = world.connect("ana.makes").await;
            let shown = format!("{nth}: {fault:?}");
            world.fault(fault.nth(nth));
            let outcome = publish(&world, &account, stream(&bytes)).await;
            let outcome = outcome.unwrap_or_else(|error| panic!("{shown}: {error:?}"));
            assert_eq!((outcome.status, outcome.warnings.len()), (StatusCode::PublishComplete, 0), "{shown}");
            let posts = world.emulator.posts();
            assert_eq!((posts.len(), posts[0].sha256.as_deref()), (1, Some(sha256.as_str())), "{shown}");
            assert_eq!(posts[0].chunk_sizes.len(), 3, "{shown}");
        }
    }
}

#[tokio::test]
async fn interrupted_stream_is_not_posted_and_resumes_with_its_bytes() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let bytes = mp4_bytes(22_000_000);
    let cut = VideoSource::stream(Cursor::new(bytes[..12_000_000].to_vec()), bytes.len() as u64);
    let error = publish(&world, &account, cut).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::App), "{error:?}");
    assert_eq!(error.reason(), Reason::StreamLengthMismatch, "{error}");
    assert!(error.publish_id().is_some());
    let outcome = publish(&world, &account, stream(&bytes)).await.unwrap();
    assert_eq!(outcome.publish_id, error.publish_id().unwrap());
    let posts = world.emulator.posts();
    let sha256 = file("clip.mp4", &bytes).sha256;
    assert_eq!((posts.len(), posts[0].sha256.as_deref()), (1, Some(sha256.as_str())));
    assert_eq!(posts[0].chunk_sizes.len(), 4, "no accepted chunk is sent again");
    let again = publish(&world, &account, stream(&bytes)).await.unwrap();
    assert_eq!((again.publish_id, world.emulator.posts().len()), (outcome.publish_id, 1));
}

#[tokio::test]
async fn stream_longer_than_announced_is_not_posted() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let bytes = mp4_bytes(12_000_000);
    // The bytes up to the announced length are a complete video.
    let long = Cursor::new([bytes.as_slice(), &[0; 100]].concat());
    let error = publish(&world, &account, VideoSource::stream(long, bytes.len() as u64)).await.unwrap_err();
    assert!(error.is_safe_to_repeat() && error.reason() == Reason::StreamLengthMismatch, "{error:?}");
    assert!(world.emulator.posts().iter().all(|post| post.bytes_received < bytes.len() as u64));
    publish(&world, &account, stream(&bytes)).await.unwrap();
}

#[tokio::test]
async fn stream_is_validated_before_a_byte_is_sent() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let error = publish(&world, &account, stream(&vec![b'x'; 20_000_000])).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::User));
    assert!(error.reason() == Reason::NotAVideo && world.emulator.posts().is_empty());
    let short = VideoSource::stream(Cursor::new(mp4_bytes(1000)), 900_000);
    assert_eq!(publish(&world, &account, short).await.unwrap_err().reason(), Reason::StreamLengthMismatch);
    assert_eq!(world.emulator.count("/v2/post/publish/video/init/"), 0);
}

#[tokio::test]
async fn stream_with_late_headers_is_sent_with_a_warning() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let bytes = index_last(12_000_000);
    let outcome = publish(&world, &account, stream(&bytes)).await.unwrap();
    assert!(outcome.warnings[0].contains("fast start"), "{:?}", outcome.warnings);
    // The client reads a small stream completely before it sends the first byte.
    let options = PublishOptions::default();
    let input = PublishVideo::new(stream(&index_last(9_000_000)), PostInfo::new(PrivacyLevel::SelfOnly));
    let small = world.client.publish_video(&account, &input, &options).await.unwrap();
    assert!(small.warnings.is_empty());
}

#[tokio::test]
async fn stalled_stream_can_be_cancelled_and_is_dropped() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let bytes = mp4_bytes(22_000_000);
    let (mut writer, reader) = tokio::io::duplex(64 * 1024);
    let source = VideoSource::stream(reader, bytes.len() as u64);
    let options = PublishOptions::default();
    let cancel = options.cancel.clone();
    let feeding = tokio::spawn(async move {
        writer.write_all(&bytes[..12_000_000]).await.unwrap();
        cancel.cancel();
        // The cancelled publish drops the reader, so these writes fail.
        while writer.write_all(&[0]).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
    let input = PublishVideo::new(source, PostInfo::new(PrivacyLevel::SelfOnly));
    let error = world.client.publish_video(&account, &input, &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    feeding.await.unwrap();
}

#[tokio::test]
async fn stream_upload_resumes_from_a_stream_a_file_or_bytes() {
    let video = file("clip.mp4", &mp4_bytes(22_000_000));
    let bytes = std::fs::read(&video.path).unwrap();
    let same = [stream(&bytes), VideoSource::from(&video.path), VideoSource::Bytes(bytes.clone().into())];
    for source in same {
        let world = World::new().await;
        let account = world.connect("ana.makes").await;
        let cut = VideoSource::stream(Cursor::new(bytes[..12_000_000].to_vec()), bytes.len() as u64);
        publish(&world, &account, cut).await.unwrap_err();
        let client = world.another_client();
        let options = PublishOptions::default();
        let nothing = client.resume_publish(&account, "k", None, &options).await.unwrap_err();
        assert_eq!(nothing.reason(), Reason::SourceUnavailable, "{nothing:?}");
        let mut other = bytes.clone();
        other[500_000] ^= 1;
        let error = client.resume_publish(&account, "k", Some(&stream(&other)), &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
        client.resume_publish(&account, "k", Some(&source), &options).await.unwrap();
        let posts = world.emulator.posts();
        assert_eq!((posts.len(), posts[0].sha256.as_deref()), (1, Some(video.sha256.as_str())));
        assert_eq!(posts[0].chunk_sizes.len(), 4);
    }
}

#[tokio::test]
async fn stream_with_a_lost_chunk_resumes_when_passed_again() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let bytes = mp4_bytes(22_000_000);
    let sha256 = file("clip.mp4", &bytes).sha256;
    // TikTok confirms the second chunk without storing it.
    world.fault(Fault::on("upload").nth(2).status(206));
    let error = publish(&world, &account, stream(&bytes)).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::Unavailable, Owner::App), "{error:?}");
    assert!(error.reason() == Reason::SourceUnavailable && !error.is_safe_to_repeat(), "{error:?}");
    let outcome = publish(&world, &account, stream(&bytes)).await.unwrap();
    assert_eq!(Some(outcome.publish_id.as_str()), error.publish_id());
    let posts = world.emulator.posts();
    assert_eq!((posts.len(), posts[0].sha256.as_deref()), (1, Some(sha256.as_str())));
}

#[tokio::test]
async fn stream_sends_a_chunk_again_when_a_416_requests_it() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let bytes = mp4_bytes(16_000_000);
    let sha256 = file("clip.mp4", &bytes).sha256;
    let end_of_first = bytes.len() as u64 / 3;
    let range = format!("bytes 0-{}/{}", end_of_first - 1, bytes.len());
    world.fault(Fault::on("upload").nth(2).times(2).status(416).content_range(&range));
    publish(&world, &account, stream(&bytes)).await.unwrap();
    let posts = world.emulator.posts();
    assert_eq!((posts.len(), posts[0].sha256.as_deref()), (1, Some(sha256.as_str())));
}
