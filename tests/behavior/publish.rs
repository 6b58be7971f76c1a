use crate::video::{mp4, mp4_bytes};
use crate::world::World;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toklink::PublishPhase;
use toklink::store::JournalStore;
use toklink::{
    AccountKey, CancelToken, ErrorKind, Phase, PostInfo, PrivacyLevel, PublishOptions, PublishProgress,
    PublishVideo, StatusCode,
};
use toklink_emulator::{Fault, UNAUDITED_CLIENT_KEY};

const INIT: &str = "/v2/post/publish/video/init/";

fn post(file: &crate::video::VideoFile, privacy: PrivacyLevel) -> PublishVideo {
    let mut post = PostInfo::new(privacy);
    post.title = "Morning run #running".into();
    PublishVideo::new(&file.path, post)
}

fn keyed(key: &str) -> PublishOptions {
    PublishOptions { idempotency_key: Some(key.into()), ..PublishOptions::default() }
}

async fn connected() -> (World, AccountKey) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    (world, account)
}

#[tokio::test]
async fn public_video_is_sent_in_chunks_and_listed() {
    let (world, account) = connected().await;
    let file = mp4(70_000_000);
    let input = post(&file, PrivacyLevel::PublicToEveryone);
    let outcome = world.client.publish_video(&account, &input, &PublishOptions::default()).await.unwrap();
    assert_eq!((outcome.status, outcome.phase), (StatusCode::PublishComplete, Phase::Published));
    let arrived = &world.emulator.posts()[0];
    assert_eq!((arrived.bytes_received, arrived.sha256.as_deref()), (file.size, Some(file.sha256.as_str())));
    assert_eq!(arrived.chunk_sizes.len(), 6);
    let id = outcome.post_id.unwrap();
    assert_eq!(outcome.share_url, Some(format!("https://www.tiktok.com/@ana.makes/video/{id}")));
    let newest = &world.client.list_videos(&account, None, 1).await.unwrap().videos[0];
    assert_eq!((newest.id.as_str(), newest.title.as_str()), (id.as_str(), "Morning run #running"));
}

#[tokio::test]
async fn private_post_is_published_without_a_post_id() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    let outcome = world.client.publish_video(&account, &input, &PublishOptions::default()).await.unwrap();
    assert_eq!((outcome.phase, outcome.post_id), (Phase::Published, None));
    assert!(world.emulator.requests().iter().all(|request| request.status < 400));
    let row = world.store.find_publish(&outcome.publish_id).await.unwrap().unwrap();
    assert_eq!((row.phase, row.upload_url_sealed), (PublishPhase::Done, None));
}

#[tokio::test]
async fn progress_reports_every_phase_in_order_and_every_byte() {
    let (world, account) = connected().await;
    let file = mp4(66_000_000);
    let events = Arc::new(Mutex::new(Vec::<PublishProgress>::new()));
    let sink = Arc::clone(&events);
    let options = PublishOptions {
        progress: Some(Arc::new(move |event| sink.lock().unwrap().push(event))),
        ..PublishOptions::default()
    };
    let input = post(&file, PrivacyLevel::PublicToEveryone);
    world.client.publish_video(&account, &input, &options).await.unwrap();
    let events = events.lock().unwrap();
    let mut phases: Vec<_> = events.iter().map(|event| event.phase).collect();
    phases.dedup();
    assert_eq!(
        phases,
        [Phase::Probing, Phase::Sending, Phase::Processing, Phase::Moderating, Phase::Published]
    );
    assert!(events.windows(2).all(|pair| pair[0].bytes_sent <= pair[1].bytes_sent));
    assert_eq!(events.last().unwrap().bytes_sent, file.size);
}

#[tokio::test]
async fn same_key_returns_the_same_publish_after_success() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    let first = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    let second = world.another_client().publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!(first.publish_id, second.publish_id);
    assert_eq!(world.emulator.count(INIT), 1);
    let mut other = input.clone();
    other.post.title = "something else".into();
    let error = world.client.publish_video(&account, &other, &keyed("k")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn new_client_resumes_an_upload_after_the_last_accepted_byte() {
    let (world, account) = connected().await;
    let file = mp4(70_000_000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    world.fault(Fault::on("upload").nth(3).times(20).status(503));
    let error = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap_err();
    assert!(error.is_retryable() && !error.is_safe_to_repeat(), "{error:?}");
    let row = world.store.find_publish(error.publish_id().unwrap()).await.unwrap().unwrap();
    assert_eq!((row.phase, row.accepted_bytes), (PublishPhase::Sending, 20_971_520));
    assert!(!row.upload_url_sealed.unwrap().contains("upload_token"));
    let sent = world.emulator.count("upload");
    let outcome = world.another_client().publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!(Some(outcome.publish_id.as_str()), error.publish_id());
    assert_eq!(world.emulator.count("upload"), sent + 4);
    let arrived = &world.emulator.posts()[0];
    assert_eq!((world.emulator.posts().len(), arrived.sha256.as_deref()), (1, Some(file.sha256.as_str())));
}

#[tokio::test]
async fn video_cancelled_at_its_last_byte_is_posted_once() {
    let (world, account) = connected().await;
    let file = mp4(70_000_000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    let cancel = CancelToken::new();
    let stop = cancel.clone();
    let size = file.size;
    let mut options = keyed("k");
    options.cancel = cancel;
    options.progress = Some(Arc::new(move |event| {
        if event.bytes_sent == size {
            stop.cancel();
        }
    }));
    let error = world.client.publish_video(&account, &input, &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let outcome = world.another_client().publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!((Some(outcome.publish_id.as_str()), outcome.phase), (error.publish_id(), Phase::Published));
    let arrived = &world.emulator.posts()[0];
    assert_eq!((world.emulator.posts().len(), arrived.sha256.as_deref()), (1, Some(file.sha256.as_str())));
}

#[tokio::test]
async fn key_allows_one_running_publish_per_store() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    let other = world.another_client();
    let (options, again) = (keyed("k"), keyed("k"));
    let (first, second) = tokio::join!(
        world.client.publish_video(&account, &input, &options),
        other.publish_video(&account, &input, &again),
    );
    let errors: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    assert_eq!((errors.len(), errors[0].kind()), (1, ErrorKind::Conflict));
    assert_eq!(errors[0].idempotency_key(), Some("k"));
    assert!(errors[0].retry_after().is_some());
    assert_eq!((world.emulator.count(INIT), world.emulator.posts().len()), (1, 1));
}

#[tokio::test]
async fn same_key_finds_its_publish_when_the_file_was_deleted() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    let first = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    drop(file);
    world.fault(Fault::on("creator_info").times(0).error(200, "spam_risk_too_many_posts"));
    let second = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!((first.publish_id, second.phase), (second.publish_id, Phase::Published));
}

#[tokio::test]
async fn same_key_with_another_file_is_a_conflict_after_success() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    let mut changed = std::fs::read(&file.path).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    for (what, bytes) in [("longer", mp4_bytes(2000)), ("of the same size", changed)] {
        let other = crate::video::file("other.mp4", &bytes);
        let input = post(&other, PrivacyLevel::SelfOnly);
        let error = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "a file {what}");
    }
    assert_eq!(world.emulator.posts().len(), 1);
}

#[tokio::test]
async fn upload_resumes_from_a_copy_of_the_file() {
    let (world, account) = connected().await;
    let file = mp4(70_000_000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    world.fault(Fault::on("upload").nth(3).times(20).status(503));
    let error = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap_err();
    let copy = crate::video::file("copy.mp4", &std::fs::read(&file.path).unwrap());
    let input = post(&copy, PrivacyLevel::SelfOnly);
    let outcome = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!(Some(outcome.publish_id.as_str()), error.publish_id());
    assert_eq!(world.emulator.posts()[0].sha256.as_deref(), Some(file.sha256.as_str()));
}

#[tokio::test]
async fn long_title_is_rejected_before_the_journal_is_read() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let mut input = post(&file, PrivacyLevel::SelfOnly);
    world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    input.post.title = "x".repeat(2201);
    let error = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn unrecorded_chunk_that_arrived_is_not_sent_again() {
    let (world, account) = connected().await;
    let file = mp4(70_000_000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    world.fault(Fault::on("upload").nth(3).times(20).status(503));
    let error = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap_err();
    let mut row = world.store.find_publish(error.publish_id().unwrap()).await.unwrap().unwrap();
    row.accepted_bytes = 10_485_760;
    assert!(world.store.update_if(&row, row.revision).await.unwrap());
    let sent = world.emulator.count("upload");
    world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!(world.emulator.count("upload"), sent + 4);
    assert_eq!(world.emulator.posts()[0].sha256.as_deref(), Some(file.sha256.as_str()));
}

#[tokio::test]
async fn upload_error_contains_the_generated_idempotency_key() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    world.fault(Fault::on("upload").times(20).status(503));
    let error = world.client.publish_video(&account, &input, &PublishOptions::default()).await.unwrap_err();
    assert!(error.may_have_been_sent(), "{error:?}");
    let key = error.idempotency_key().unwrap().to_owned();
    let outcome = world.client.publish_video(&account, &input, &keyed(&key)).await.unwrap();
    assert_eq!(Some(outcome.publish_id.as_str()), error.publish_id());
}

#[tokio::test]
async fn wait_for_a_published_private_post_returns_at_once() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    let options = PublishOptions { wait: false, ..keyed("k") };
    let sent = world.client.publish_video(&account, &input, &options).await.unwrap();
    world.advance(Duration::from_secs(30));
    let before = world.emulator.now_ms();
    let options = PublishOptions::default();
    let done = world.client.wait_for_publish(&account, &sent.publish_id, &options).await.unwrap();
    assert_eq!((done.phase, world.emulator.now_ms() - before), (Phase::Published, 0));
}

#[tokio::test]
async fn key_allows_one_running_publish_per_client() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    let (options, again) = (keyed("k"), keyed("k"));
    let (first, second) = tokio::join!(
        world.client.publish_video(&account, &input, &options),
        world.client.publish_video(&account, &input, &again),
    );
    let errors: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].kind(), world.emulator.count(INIT)), (ErrorKind::Conflict, 1));
}

#[tokio::test]
async fn publish_without_wait_returns_after_the_last_byte() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::PublicToEveryone);
    let options = PublishOptions { wait: false, ..keyed("k") };
    let sent = world.client.publish_video(&account, &input, &options).await.unwrap();
    assert_eq!((sent.phase, sent.status), (Phase::Processing, StatusCode::ProcessingUpload));
    let now = world.client.publish_status(&account, &sent.publish_id).await.unwrap();
    assert_eq!(now.uploaded_bytes, Some(file.size));
    let options = PublishOptions::default();
    let done = world.client.wait_for_publish(&account, &sent.publish_id, &options).await.unwrap();
    assert_eq!((done.phase, done.idempotency_key.as_str()), (Phase::Published, "k"));
    assert_eq!(done.post_ids.len(), 1);
}

#[tokio::test]
async fn setting_disabled_by_the_creator_is_rejected_before_init() {
    let world = World::new().await;
    let ben = world.connect("ben.private").await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::PublicToEveryone);
    let error = world.client.publish_video(&ben, &input, &PublishOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("SELF_ONLY"), "{error}");
    let mut duet = post(&file, PrivacyLevel::SelfOnly);
    duet.post.allow_duet = true;
    let error = world.client.publish_video(&ben, &duet, &PublishOptions::default()).await.unwrap_err();
    assert!(error.message().contains("duets"), "{error}");
    assert_eq!(world.emulator.count(INIT), 0);
}

#[tokio::test]
async fn unaudited_app_gets_the_reason_when_the_account_is_public() {
    let world = World::of_app(UNAUDITED_CLIENT_KEY).await;
    let account = world.connect("ana.makes").await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    let error = world.client.publish_video(&account, &input, &PublishOptions::default()).await.unwrap_err();
    assert_eq!(error.tiktok_code(), Some("unaudited_client_can_only_post_to_private_accounts"));
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn key_can_be_reused_after_tiktok_rejects_the_init() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let input = post(&file, PrivacyLevel::SelfOnly);
    world.fault(Fault::on("video_init").error(403, "spam_risk_too_many_posts"));
    let error = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
    world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
}
