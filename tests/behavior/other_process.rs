//! A publish in one process that another process on the same store observes and cancels.

use crate::video::mp4_bytes;
use crate::world::{World, clock_of, config};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;
use toklink::PublishPhase;
use toklink::clock::ManualClock;
use toklink::store::{AccountStore, JournalStore, LeaseStore, MetricsStore, UsageStore};
use toklink::{
    AccountKey, CachePolicy, Client, Clock, ErrorKind, JournaledPublish, PostInfo, PrivacyLevel,
    PublishOptions, PublishOutcome, PublishVideo, Result, SqliteStore, Timestamp, VideoSource,
};
use toklink_emulator::Fault;

const SIZE: usize = 20_000_000;
/// A number of bytes that exceeds the first chunk of a stream.
const STARTED: usize = 8_000_000;

/// Two processes that share one store. The test advances the clock of the first process.
pub(crate) struct Two {
    pub(crate) world: World,
    pub(crate) account: AccountKey,
    pub(crate) clock: ManualClock,
    pub(crate) first: Client,
    pub(crate) second: Client,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) type Running = JoinHandle<Result<PublishOutcome>>;

fn client_on<S>(world: &World, store: &Arc<S>, clock: Arc<dyn Clock>) -> Client
where
    S: AccountStore + JournalStore + LeaseStore + MetricsStore + UsageStore + 'static,
{
    Client::builder(config(&world.emulator, world.client_key))
        .cache(CachePolicy::off())
        .store(Arc::clone(store))
        .clock(clock)
        .build()
        .unwrap()
}

fn now(world: &World) -> Timestamp {
    Timestamp::from_millis(world.emulator.now_ms())
}

pub(crate) fn keyed() -> PublishOptions {
    PublishOptions { idempotency_key: Some("k".into()), ..PublishOptions::default() }
}

pub(crate) fn video(source: VideoSource) -> PublishVideo {
    PublishVideo::new(source, PostInfo::new(PrivacyLevel::SelfOnly))
}

impl Two {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let account = world.connect("ana.makes").await;
        let store = Arc::clone(&world.store);
        Self::on(world, account, &store)
    }

    fn on<S>(world: World, account: AccountKey, store: &Arc<S>) -> Self
    where
        S: AccountStore + JournalStore + LeaseStore + MetricsStore + UsageStore + 'static,
    {
        let clock = ManualClock::new(now(&world));
        let first = client_on(&world, store, Arc::new(clock.clone()));
        let second = client_on(&world, store, clock_of(&world.emulator));
        Self { world, account, clock, first, second, bytes: mp4_bytes(SIZE) }
    }

    /// Publishes a stream in the first process. The test writes the stream's bytes to the returned sender.
    pub(crate) fn stream(&self) -> (Running, DuplexStream) {
        let (feed, reader) = tokio::io::duplex(64 * 1024);
        let (client, account) = (self.first.clone(), self.account.clone());
        let input = video(VideoSource::stream(reader, self.bytes.len() as u64));
        (tokio::spawn(async move { client.publish_video(&account, &input, &keyed()).await }), feed)
    }

    /// Publishes a stream that stalls after TikTok has received its first chunk.
    pub(crate) async fn stalled(&self) -> (Running, DuplexStream) {
        let (running, mut feed) = self.stream();
        feed.write_all(&self.bytes[..STARTED]).await.unwrap();
        self.until(|publish| publish.accepted_bytes > 0).await;
        (running, feed)
    }

    pub(crate) async fn find(&self) -> Option<JournaledPublish> {
        self.second.find_publish(&self.account, "k").await.unwrap()
    }

    pub(crate) async fn until(&self, is_so: impl Fn(&JournaledPublish) -> bool) -> JournaledPublish {
        for _ in 0..1_000_000 {
            if let Some(publish) = self.find().await.filter(&is_so) {
                return publish;
            }
            tokio::task::yield_now().await;
        }
        panic!("{:?}", self.find().await);
    }

    /// Advances the clocks until `running` ends. Returns the result and the elapsed milliseconds.
    pub(crate) async fn ended(&self, mut running: Running) -> (Result<PublishOutcome>, u128) {
        let since = self.clock.monotonic();
        loop {
            assert!(
                self.clock.monotonic().saturating_sub(since) < Duration::from_secs(600),
                "{:?}",
                self.find().await
            );
            tokio::select! {
                biased;
                ended = &mut running => return (ended.unwrap(), self.clock.monotonic().saturating_sub(since).as_millis()),
                () = self.settled() => {
                    self.clock.advance(Duration::from_millis(100));
                    self.world.advance(Duration::from_millis(100));
                }
            }
        }
    }

    /// Lets all tasks run that do not wait for the clock.
    pub(crate) async fn settled(&self) {
        for _ in 0..200 {
            self.find().await;
            tokio::task::yield_now().await;
        }
    }
}

async fn cancel_ends_a_stalled_upload(two: Two) {
    let (running, _feed) = two.stalled().await;
    let asked = two.second.request_cancel(&two.account, "k").await.unwrap();
    assert_eq!((asked.phase, asked.cancel_requested), (PublishPhase::Sending, true));
    let (ended, took) = two.ended(running).await;
    let error = ended.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(took <= 3000, "it took {took} ms");
    let left = two.find().await.unwrap();
    let noted = left.last_error.unwrap();
    assert_eq!((noted.kind(), noted.message()), (ErrorKind::Cancelled, error.message()));
    assert_eq!((noted.may_have_been_sent(), left.cancel_requested), (error.may_have_been_sent(), false));
    assert!(
        two.world.emulator.posts().iter().all(|post| post.status != "PUBLISH_COMPLETE"),
        "a post came of it"
    );
}

#[tokio::test]
async fn cancel_from_another_process_ends_a_stalled_upload() {
    cancel_ends_a_stalled_upload(Two::new().await).await;
}

#[tokio::test]
async fn cancel_from_another_process_works_with_one_sqlite_file() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let store = Arc::new(SqliteStore::open(folder.path().join("store.db")).unwrap());
    let row = world.store.load(&account).await.unwrap().unwrap();
    store.put(&row).await.unwrap();
    cancel_ends_a_stalled_upload(Two::on(world, account, &store)).await;
}

#[tokio::test]
async fn cancel_after_the_last_chunk_leaves_the_outcome_unknown() {
    let two = Two::new().await;
    two.world.emulator.configure(|settings| settings.processing_delay_ms = 600_000);
    let (running, mut feed) = two.stream();
    feed.write_all(&two.bytes).await.unwrap();
    drop(feed);
    two.until(|publish| publish.phase == PublishPhase::Processing).await;
    two.second.request_cancel(&two.account, "k").await.unwrap();
    let (ended, took) = two.ended(running).await;
    let error = ended.unwrap_err();
    assert!(error.kind() == ErrorKind::Cancelled && error.may_have_been_sent(), "{error:?}");
    assert!(error.is_safe_to_repeat(), "{error:?}");
    assert!(took <= 3000, "it took {took} ms");
    assert!(two.find().await.unwrap().last_error.unwrap().may_have_been_sent());
}

#[tokio::test]
async fn new_attempt_ignores_an_old_cancel_request() {
    let two = Two::new().await;
    let (running, feed) = two.stalled().await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    drop(feed);
    assert!(two.second.request_cancel(&two.account, "k").await.unwrap().cancel_requested);
    let (running, mut feed) = two.stream();
    let all_sent = async {
        feed.write_all(&two.bytes).await.unwrap();
        drop(feed);
    };
    let ((), (ended, _)) = tokio::join!(all_sent, two.ended(running));
    ended.unwrap();
    assert_eq!(two.world.emulator.posts().len(), 1);
}

#[tokio::test]
async fn other_process_reads_the_outcome() {
    let two = Two::new().await;
    let (running, mut feed) = two.stream();
    feed.write_all(&two.bytes).await.unwrap();
    drop(feed);
    let outcome = two.ended(running).await.0.unwrap();
    let found = two.find().await.unwrap();
    assert_eq!(found.phase, PublishPhase::Done);
    let read = found.outcome.unwrap();
    assert_eq!(
        (read.publish_id, read.status, read.phase),
        (outcome.publish_id, outcome.status, outcome.phase)
    );
    let late = two.second.request_cancel(&two.account, "k").await.unwrap();
    assert!(!late.cancel_requested && late.outcome.is_some(), "the outcome stays unchanged");
}

#[tokio::test]
async fn other_process_reads_an_error_that_precedes_the_upload() {
    let two = Two::new().await;
    let input = video(VideoSource::Bytes(b"no video".to_vec().into()));
    let error = two.first.publish_video(&two.account, &input, &keyed()).await.unwrap_err();
    let found = two.find().await.unwrap();
    assert_eq!(found.phase, PublishPhase::Failed);
    assert_eq!(found.last_error.unwrap().message(), error.message());
    // The same key can publish the corrected video.
    let input = video(VideoSource::Bytes(mp4_bytes(100_000).into()));
    two.second.publish_video(&two.account, &input, &keyed()).await.unwrap();
    assert!(two.find().await.unwrap().outcome.is_some());
}

#[tokio::test]
async fn other_process_reads_tiktoks_fail_reason() {
    let two = Two::new().await;
    let failed = r#"{"data":{"status":"FAILED","fail_reason":"spam_risk"},"error":{"code":"ok","message":"","log_id":"L"}}"#;
    two.world.fault(Fault::on("status").raw(200, "application/json", failed));
    let input = video(VideoSource::Bytes(mp4_bytes(100_000).into()));
    let error = two.second.publish_video(&two.account, &input, &keyed()).await.unwrap_err();
    let found = two.find().await.unwrap();
    assert_eq!(found.last_error.unwrap().fail_reason(), error.fail_reason());
}

#[tokio::test]
async fn stalled_upload_updates_its_row_every_20_seconds() {
    let two = Two::new().await;
    let (_running, _feed) = two.stalled().await;
    let before = two.find().await.unwrap().updated_at;
    for _ in 0..13 {
        two.clock.advance(Duration::from_secs(2));
        two.settled().await;
    }
    let after = two.find().await.unwrap();
    assert!(after.updated_at.since(before) >= Duration::from_secs(20), "{:?}", after.updated_at);
    assert_eq!(after.last_error.map(|error| error.kind()), None);
}

#[tokio::test]
async fn cancel_fails_when_the_publish_does_not_exist() {
    let two = Two::new().await;
    assert!(two.find().await.is_none());
    let error = two.second.request_cancel(&two.account, "k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
