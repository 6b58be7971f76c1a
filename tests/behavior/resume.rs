//! Resumes a publish in a process that has only the key or the publish id.

use crate::video::{VideoFile, file, mp4, mp4_bytes};
use crate::world::World;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toklink::store::JournalStore;
use toklink::{
    AccountKey, Error, ErrorKind, Owner, Phase, PostInfo, PrivacyLevel, PublishOptions, PublishPhotos,
    PublishVideo, Reason, Secret, StatusCode, VideoSource,
};
use toklink_emulator::Fault;

const SIZE: usize = 70_000_000;
const TWO_CHUNKS: u64 = 20_971_520;

fn keyed(key: &str) -> PublishOptions {
    PublishOptions { idempotency_key: Some(key.into()), ..PublishOptions::default() }
}

/// Returns an upload that was interrupted after two of its six chunks.
async fn broken_off(source: impl Into<VideoSource>) -> (World, AccountKey, Error) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.fault(Fault::on("upload").nth(3).times(20).status(503));
    let input = PublishVideo::new(source, PostInfo::new(PrivacyLevel::PublicToEveryone));
    let error = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap_err();
    (world, account, error)
}

fn assert_one_post_of(world: &World, video: &VideoFile) {
    let posts = world.emulator.posts();
    assert_eq!((posts.len(), posts[0].sha256.as_deref()), (1, Some(video.sha256.as_str())));
}

#[tokio::test]
async fn upload_resumes_by_its_id_and_sends_no_byte_twice() {
    let video = mp4(SIZE);
    let (world, account, error) = broken_off(&video.path).await;
    let sent = world.emulator.count("upload");
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&events);
    let options = PublishOptions {
        progress: Some(Arc::new(move |event: toklink::PublishProgress| sink.lock().unwrap().push(event))),
        ..PublishOptions::default()
    };
    let id = error.publish_id().unwrap();
    let outcome = world.another_client().resume_publish(&account, id, None, &options).await.unwrap();
    assert_eq!((outcome.phase, outcome.idempotency_key.as_str()), (Phase::Published, "k"));
    assert!(outcome.share_url.unwrap().contains("/@ana.makes/video/"));
    assert_eq!(world.emulator.count("upload"), sent + 4);
    assert_one_post_of(&world, &video);
    let events = std::mem::take(&mut *events.lock().unwrap());
    let mut sending = events.iter().filter(|event| event.phase == Phase::Sending);
    assert!(sending.all(|event| event.bytes_sent >= TWO_CHUNKS));
    assert_eq!(events.last().map(|event| event.phase), Some(Phase::Published));
    let again = world.client.resume_publish(&account, "k", None, &PublishOptions::default()).await.unwrap();
    assert_eq!((again.publish_id, world.emulator.posts().len()), (outcome.publish_id, 1));
}

#[tokio::test]
async fn resume_with_empty_bytes_is_a_user_error() {
    let (world, account, _) = broken_off(&mp4(SIZE).path).await;
    let none = VideoSource::Bytes(Vec::new().into());
    let options = PublishOptions::default();
    let refused = world.client.resume_publish(&account, "k", Some(&none), &options).await.unwrap_err();
    assert_eq!((refused.kind(), refused.owner()), (ErrorKind::InvalidInput, Owner::User), "{refused}");
}

#[tokio::test]
async fn resume_does_not_restart_an_upload_without_its_url() {
    let (world, account, error) = broken_off(&mp4(SIZE).path).await;
    let mut row = world.store.find_publish(error.publish_id().unwrap()).await.unwrap().unwrap();
    row.upload_url_sealed = None;
    let sent = world.emulator.count("upload");
    assert!(world.store.update_if(&row, row.revision).await.unwrap());
    let options = PublishOptions::default();
    let refused = world.client.resume_publish(&account, "k", None, &options).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Integrity, "{refused}");
    assert_eq!((world.emulator.posts().len(), world.emulator.count("upload")), (1, sent));
}

#[tokio::test]
async fn unfinished_publish_is_listed_until_it_ends() {
    let video = mp4(SIZE);
    let (world, account, error) = broken_off(&video.path).await;
    let listed = world.client.unfinished_publishes(&account).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].idempotency_key.as_str(), listed[0].publish_id.as_deref()),
        ("k", error.publish_id())
    );
    assert_eq!((listed[0].accepted_bytes, listed[0].total_bytes), (TWO_CHUNKS, video.size));
    let other = AccountKey::new("elsewhere", account.open_id.clone());
    assert_eq!(world.client.unfinished_publishes(&other).await.unwrap(), []);
    world.client.resume_publish(&account, "k", None, &PublishOptions::default()).await.unwrap();
    assert_eq!(world.client.unfinished_publishes(&account).await.unwrap(), []);
}

#[tokio::test]
async fn resume_rejects_a_changed_file_and_accepts_a_copy() {
    let video = mp4(SIZE);
    let (world, account, error) = broken_off(&video.path).await;
    let (sent, bytes) = (world.emulator.count("upload"), std::fs::read(&video.path).unwrap());
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    let resume = async |source: Option<&VideoSource>| {
        world.client.resume_publish(&account, "k", source, &PublishOptions::default()).await
    };
    let name = video.path.display().to_string();
    std::fs::write(&video.path, &changed).unwrap();
    let refused = resume(None).await.unwrap_err();
    assert_eq!((refused.kind(), refused.owner()), (ErrorKind::Conflict, Owner::User));
    assert!(refused.reason() == Reason::VideoChanged && refused.message().contains(&name), "{refused}");
    std::fs::remove_file(&video.path).unwrap();
    let refused = resume(None).await.unwrap_err();
    assert_eq!((refused.kind(), refused.publish_id()), (ErrorKind::NotFound, error.publish_id()));
    assert!(refused.message().contains(&name), "{refused}");
    let shorter = file("shorter.mp4", &mp4_bytes(1000));
    assert_eq!(resume(Some(&shorter.path.clone().into())).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(world.emulator.count("upload"), sent);
    let copy = file("copy.mp4", &bytes);
    resume(Some(&copy.path.clone().into())).await.unwrap();
    assert_one_post_of(&world, &copy);
}

#[tokio::test]
async fn resume_of_in_memory_bytes_requires_them_again() {
    let bytes = mp4_bytes(SIZE);
    let (world, account, _) = broken_off(VideoSource::Bytes(bytes.clone().into())).await;
    let options = PublishOptions::default();
    let error = world.client.resume_publish(&account, "k", None, &options).await.unwrap_err();
    assert_eq!(error.reason(), Reason::SourceUnavailable, "{error}");
    let url = VideoSource::Url(Secret::new("https://media.example.test/v.mp4"));
    let error = world.client.resume_publish(&account, "k", Some(&url), &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let source = VideoSource::Bytes(bytes.clone().into());
    world.client.resume_publish(&account, "k", Some(&source), &options).await.unwrap();
    assert_one_post_of(&world, &file("same.mp4", &bytes));
}

#[tokio::test]
async fn resume_needs_no_file_when_tiktok_has_every_byte() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let video = mp4(1000);
    let input = PublishVideo::new(&video.path, PostInfo::new(PrivacyLevel::SelfOnly));
    world.fault(Fault::on("status").times(0).status(503));
    world.fault(Fault::on("upload").times(1).reset_after());
    let error = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap_err();
    assert!(error.may_have_been_sent(), "{error:?}");
    world.emulator.clear_faults();
    std::fs::remove_file(&video.path).unwrap();
    let outcome = world.client.resume_publish(&account, "k", None, &PublishOptions::default()).await.unwrap();
    assert_eq!((outcome.status, world.emulator.posts().len()), (StatusCode::PublishComplete, 1));
}

#[tokio::test]
async fn resume_reports_if_an_unstarted_publish_is_safe_to_repeat() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let options = PublishOptions::default();
    let error = world.client.resume_publish(&account, "nothing", None, &options).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::NotFound, Owner::User));

    let video = mp4(1000);
    let input = PublishVideo::new(&video.path, PostInfo::new(PrivacyLevel::SelfOnly));
    world.fault(Fault::on("video_init").reset_before());
    world.client.publish_video(&account, &input, &keyed("upload")).await.unwrap_err();
    let error = world.client.resume_publish(&account, "upload", None, &options).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.is_safe_to_repeat(), "{error:?}");
    world.client.publish_video(&account, &input, &keyed("upload")).await.unwrap();

    let photos = PublishPhotos {
        urls: vec![Secret::new("https://media.example.test/1.webp")],
        cover_index: 0,
        post: PostInfo::new(PrivacyLevel::SelfOnly),
        draft: false,
    };
    world.fault(Fault::on("content_init").reset_before());
    world.client.publish_photos(&account, &photos, &keyed("photos")).await.unwrap_err();
    let error = world.client.resume_publish(&account, "photos", None, &options).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && !error.is_safe_to_repeat(), "{error:?}");
    assert_eq!(error.reason(), Reason::StartUnclear, "{error}");
    world.client.abandon_publish(&account, "photos").await.unwrap();
    let error = world.client.resume_publish(&account, "photos", None, &options).await.unwrap_err();
    assert!(error.is_safe_to_repeat(), "{error:?}");
}

#[tokio::test]
async fn concurrent_resumes_upload_the_bytes_once() {
    let video = mp4(SIZE);
    let (world, account, _) = broken_off(&video.path).await;
    let (options, other) = (PublishOptions::default(), world.another_client());
    let (first, second) = tokio::join!(
        world.client.resume_publish(&account, "k", None, &options),
        other.resume_publish(&account, "k", None, &options),
    );
    let errors: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    assert_eq!((errors.len(), errors[0].kind()), (1, ErrorKind::Conflict));
    assert_one_post_of(&world, &video);
}

#[tokio::test]
async fn file_path_is_encrypted_and_erased_with_the_upload_url() {
    let video = mp4(SIZE);
    let (world, account, error) = broken_off(&video.path).await;
    let row = world.store.find_publish(error.publish_id().unwrap()).await.unwrap().unwrap();
    assert!(!format!("{row:?}").contains(video.path.to_str().unwrap()));
    world.advance(Duration::from_secs(1));
    world.client.resume_publish(&account, "k", None, &PublishOptions::default()).await.unwrap();
    let row = world.store.find_publish(error.publish_id().unwrap()).await.unwrap().unwrap();
    assert_eq!(row.upload_url_sealed, None);
}
