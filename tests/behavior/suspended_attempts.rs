//! Two concurrent attempts with one key on one store, without shared leases. The first attempt is suspended at one
//! point of its publish, the second attempt completes, and then the first attempt resumes.

use crate::media_host::serving;
use crate::suspension_points::{self, Points};
use crate::video::mp4_bytes;
use crate::world::World;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use toklink::PublishPhase;
use toklink::store::{JournalStore, PublishRow};
use toklink::{
    AccountKey, Client, ErrorKind, PostInfo, PrivacyLevel, PublishOptions, PublishOutcome, PublishPhotos,
    PublishVideo, Reason, Result, Secret, VideoSource,
};
use toklink_emulator::Fault;

/// An upper bound on the number of suspension points in one publish.
const MANY: usize = 200;

fn options() -> PublishOptions {
    PublishOptions { idempotency_key: Some("k".into()), ..PublishOptions::default() }
}

/// Returns a stream of `bytes`. A stream of 11 MB has two chunks.
fn stream(bytes: &[u8]) -> VideoSource {
    VideoSource::stream(Cursor::new(bytes.to_vec()), bytes.len() as u64)
}

pub(crate) async fn upload(
    client: Client,
    account: AccountKey,
    source: VideoSource,
) -> Result<PublishOutcome> {
    let input = PublishVideo::new(source, PostInfo::new(PrivacyLevel::SelfOnly));
    client.publish_video(&account, &input, &options()).await
}

async fn photos(client: Client, account: AccountKey) -> Result<PublishOutcome> {
    let photos = PublishPhotos {
        urls: vec![Secret::new("https://media.example.test/1.webp")],
        cover_index: 0,
        post: PostInfo::new(PrivacyLevel::SelfOnly),
        draft: false,
    };
    client.publish_photos(&account, &photos, &PublishOptions { wait: false, ..options() }).await
}

async fn connected() -> (World, AccountKey) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    (world, account)
}

/// Suspends `first` at the point that `points` selects, completes `second`, then resumes `first`. Returns both
/// results, or `None` if `first` ends before that point.
async fn overtaken<A, B>(
    world: &World,
    points: &Arc<Points>,
    first: impl FnOnce(Client) -> A,
    second: impl FnOnce(Client) -> B,
) -> Option<(Result<PublishOutcome>, Result<PublishOutcome>)>
where
    A: Future<Output = Result<PublishOutcome>> + Send + 'static,
    B: Future<Output = Result<PublishOutcome>>,
{
    let mut sleeper = tokio::spawn(first(suspension_points::client(world, points)));
    tokio::select! {
        () = points.reached.notified() => {}
        ended = &mut sleeper => {
            ended.unwrap().unwrap();
            return None;
        }
    }
    let second = second(suspension_points::other_process(world)).await;
    points.wake.notify_one();
    let first = sleeper.await.unwrap();
    world.emulator.settled().await;
    Some((first, second))
}

/// Returns true if both attempts return the same publish, or if one of them reports that it lost the publish.
fn agree(first: &Result<PublishOutcome>, second: &Result<PublishOutcome>) -> bool {
    match (first, second) {
        (Ok(first), Ok(second)) => first.publish_id == second.publish_id,
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => {
            error.kind() == ErrorKind::Conflict && !error.is_safe_to_repeat()
        }
        (Err(_), Err(_)) => false,
    }
}

#[tokio::test]
async fn upload_is_posted_once_when_suspended_at_any_point() {
    let bytes = mp4_bytes(11_000_000);
    let (mut faults, mut points_passed) = (Vec::new(), 0);
    for n in 1..MANY {
        let (world, account) = connected().await;
        let points = Points::stop_at(n);
        let run = |client| upload(client, account.clone(), stream(&bytes));
        let Some((first, second)) = overtaken(&world, &points, run, run).await else { break };
        points_passed = n;
        let posts = world.emulator.posts();
        let posted = posts.iter().filter(|post| post.status == "PUBLISH_COMPLETE").count();
        let row = world.store.find(&account, "k").await.unwrap().unwrap();
        if posted != 1 || !agree(&first, &second) || row.phase != PublishPhase::Done {
            faults.push(format!("{}: {posted} posts; {first:?}; {second:?}", points.name()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!((20..MANY - 1).contains(&points_passed), "{points_passed} points");
}

#[tokio::test]
async fn photos_are_sent_once_when_suspended_at_any_point() {
    let (mut faults, mut points_passed) = (Vec::new(), 0);
    for n in 1..MANY {
        let (world, account) = connected().await;
        serving(&world.emulator).await;
        let points = Points::stop_at(n);
        let run = |client| photos(client, account.clone());
        let Some((first, second)) = overtaken(&world, &points, run, run).await else { break };
        points_passed = n;
        let sent = world.emulator.count("/v2/post/publish/content/init/");
        if sent != 1 || !agree(&first, &second) {
            faults.push(format!("{}: {sent} inits; {first:?}; {second:?}", points.name()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!((10..MANY - 1).contains(&points_passed), "{points_passed} points");
}

/// A suspended attempt.
pub(crate) struct Asleep {
    pub(crate) points: Arc<Points>,
    pub(crate) attempt: JoinHandle<Result<PublishOutcome>>,
}

impl Asleep {
    pub(crate) async fn wake(self) -> Result<PublishOutcome> {
        self.points.wake.notify_one();
        self.attempt.await.unwrap()
    }
}

/// Returns an upload that is suspended right before it sends its last chunk.
pub(crate) async fn last_chunk_asleep() -> (World, AccountKey, Vec<u8>, Asleep) {
    asleep_at("after update_if to LAST_CHUNK").await
}

/// Returns an upload of one chunk that is suspended at the point with the name `point`.
pub(crate) async fn asleep_at(point: &str) -> (World, AccountKey, Vec<u8>, Asleep) {
    let (bytes, mut n) = (mp4_bytes(1000), 1);
    loop {
        let (world, account) = connected().await;
        let points = Points::stop_at(n);
        let client = suspension_points::client(&world, &points);
        let sleeper = tokio::spawn(upload(client, account.clone(), VideoSource::Bytes(bytes.clone().into())));
        points.reached.notified().await;
        if points.name() == point {
            return (world, account, bytes, Asleep { points, attempt: sleeper });
        }
        sleeper.abort();
        n += 1;
    }
}

#[tokio::test]
async fn inherited_last_chunk_is_unclear_after_its_url_expired() {
    let (world, account, bytes, asleep) = last_chunk_asleep().await;
    world.advance(Duration::from_secs(2 * 60 * 60));
    let again = || {
        upload(
            suspension_points::other_process(&world),
            account.clone(),
            VideoSource::Bytes(bytes.clone().into()),
        )
    };
    for _ in 0..2 {
        let error = again().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
        assert!(error.may_have_been_sent() && !error.is_safe_to_repeat(), "{error:?}");
        assert_eq!(error.reason(), Reason::StartUnclear, "{error}");
        assert_eq!(world.emulator.posts().len(), 1, "no other upload is started");
    }
    let row = world.store.find(&account, "k").await.unwrap().unwrap();
    assert_eq!(row.phase, PublishPhase::LastChunk, "the row stays");

    world.client.abandon_publish(&account, "k").await.unwrap();
    again().await.unwrap();
    let error = asleep.wake().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    world.emulator.settled().await;
    let posts = world.emulator.posts();
    assert_eq!(posts.iter().filter(|post| post.status == "PUBLISH_COMPLETE").count(), 1, "{posts:?}");
}

#[tokio::test]
async fn inherited_last_chunk_is_sent_to_the_same_upload() {
    let (world, account, bytes, _) = last_chunk_asleep().await;
    let outcome = upload(suspension_points::other_process(&world), account, VideoSource::Bytes(bytes.into()))
        .await
        .unwrap();
    let posts = world.emulator.posts();
    assert_eq!((posts.len(), &posts[0].publish_id), (1, &outcome.publish_id));
}

#[tokio::test]
async fn key_can_be_reused_when_tiktok_reports_a_failed_upload() {
    let (world, account, bytes, _) = last_chunk_asleep().await;
    let failed = r#"{"data":{"status":"FAILED","fail_reason":"internal"},"error":{"code":"ok","message":"","log_id":"L"}}"#;
    world.fault(Fault::on("status").raw(200, "application/json", failed));
    let again = || {
        upload(
            suspension_points::other_process(&world),
            account.clone(),
            VideoSource::Bytes(bytes.clone().into()),
        )
    };
    let error = again().await.unwrap_err();
    assert_eq!(error.fail_reason(), Some("internal"), "{error:?}");
    again().await.unwrap();
    let posts = world.emulator.posts();
    assert_eq!(posts.iter().filter(|post| post.status == "PUBLISH_COMPLETE").count(), 1, "{posts:?}");
}

#[tokio::test]
async fn suspended_attempt_leaves_an_abandoned_photo_post_unchanged() {
    let (world, account) = connected().await;
    let points = Points::stop_at(1);
    let mut n = 1;
    let (points, sleeper) = loop {
        let points = if n == 1 { Arc::clone(&points) } else { Points::stop_at(n) };
        let sleeper = tokio::spawn(photos(suspension_points::client(&world, &points), account.clone()));
        points.reached.notified().await;
        if points.name() == "after /v2/post/publish/content/init/" {
            break (points, sleeper);
        }
        sleeper.abort();
        n += 1;
        world.store.forget(&account).await.unwrap();
    };
    let error = photos(suspension_points::other_process(&world), account.clone()).await.unwrap_err();
    assert_eq!(error.reason(), Reason::StartUnclear, "{error}");
    suspension_points::other_process(&world).abandon_publish(&account, "k").await.unwrap();
    points.wake.notify_one();
    let error = sleeper.await.unwrap().unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.may_have_been_sent(), "{error:?}");
    let row = world.store.find(&account, "k").await.unwrap().unwrap();
    assert_eq!((row.phase, row.publish_id), (PublishPhase::Failed, None));
}

#[tokio::test]
async fn waiting_caller_writes_nothing_during_the_upload() {
    let (world, account, _, _) = last_chunk_asleep().await;
    let row = world.store.find(&account, "k").await.unwrap().unwrap();
    let id = row.publish_id.clone().unwrap();
    let client = suspension_points::other_process(&world);
    client.wait_for_publish(&account, &id, &PublishOptions::default()).await.unwrap_err();
    assert_eq!(world.store.find(&account, "k").await.unwrap().unwrap(), row);
}

#[tokio::test]
async fn suspended_attempt_sends_no_init_after_the_retention_ended() {
    let mut asleep_after_insert = false;
    for n in 1..MANY {
        let (world, account) = connected().await;
        let points = Points::stop_at(n);
        let sleeper = tokio::spawn(photos(suspension_points::client(&world, &points), account.clone()));
        points.reached.notified().await;
        if points.name() == "before /v2/post/publish/content/init/" {
            break;
        }
        world.advance(Duration::from_secs(31 * 24 * 3600));
        points.wake.notify_one();
        let error = sleeper.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{}: {error:?}", points.name());
        assert_eq!(world.emulator.count("/v2/post/publish/content/init/"), 0, "{}", points.name());
        asleep_after_insert |= points.name() == "after insert";
    }
    assert!(asleep_after_insert);
}

#[tokio::test]
async fn upload_ended_by_a_webhook_is_not_safe_to_repeat() {
    let (world, account, _, asleep) = last_chunk_asleep().await;
    let row = world.store.find(&account, "k").await.unwrap().unwrap();
    let posted = PublishRow { phase: PublishPhase::Done, revision: row.revision + 1, ..row.clone() };
    assert!(world.store.update_if(&posted, row.revision).await.unwrap());
    world.fault(Fault::on("upload").times(0).status(403));
    let error = asleep.wake().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    assert!(error.may_have_been_sent() && !error.is_safe_to_repeat(), "{error:?}");
    assert_eq!(world.store.find(&account, "k").await.unwrap(), Some(posted), "the outcome is written once");
}
