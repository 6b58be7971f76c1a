//! Two live attempts of one key on one store, without shared leases: one stands still at each step of its publish, the
//! other runs to its end, and the first wakes up.

use crate::host::serving;
use crate::suspended::{self, Moment, Stop};
use crate::video::mp4_bytes;
use crate::world::World;
use std::io::Cursor;
use toklink::{
    AccountKey, Client, ErrorKind, PostInfo, PrivacyLevel, PublishOptions, PublishOutcome, PublishPhotos,
    PublishVideo, Result, Secret, VideoSource,
};

const CREATOR: &str = "creator_info";
const INIT: &str = "video/init";
const PHOTOS_INIT: &str = "content/init";
const STATUS: &str = "status/fetch";
const CHUNK: &str = "chunk";

fn at(path: &'static str, nth: usize, moment: Moment) -> Stop {
    Stop { path, nth, moment }
}

fn options() -> PublishOptions {
    PublishOptions { idempotency_key: Some("k".into()), ..PublishOptions::default() }
}

/// Two chunks of a stream.
fn upload(bytes: &[u8]) -> PublishVideo {
    let source = VideoSource::stream(Cursor::new(bytes.to_vec()), bytes.len() as u64);
    PublishVideo::new(source, PostInfo::new(PrivacyLevel::SelfOnly))
}

async fn connected() -> (World, AccountKey) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    (world, account)
}

/// Runs `first` until it stands still, `second` to its end, then wakes `first`; returns both results.
async fn overtaken<A, B>(
    world: &World,
    stop: Stop,
    first: impl FnOnce(Client) -> A,
    second: impl FnOnce(Client) -> B,
) -> (Result<PublishOutcome>, Result<PublishOutcome>)
where
    A: Future<Output = Result<PublishOutcome>> + Send + 'static,
    B: Future<Output = Result<PublishOutcome>>,
{
    let (client, suspension) = suspended::client(world, stop);
    let sleeper = tokio::spawn(first(client));
    suspension.reached.notified().await;
    let second = second(suspended::other_process(world)).await;
    suspension.wake.notify_one();
    let first = sleeper.await.unwrap();
    world.emulator.settled().await;
    (first, second)
}

#[tokio::test]
async fn upload_posts_once_when_an_attempt_sleeps_at_any_step() {
    let bytes = mp4_bytes(11_000_000);
    let mut faults = Vec::new();
    for stop in [
        at(CREATOR, 1, Moment::Before),
        at(CREATOR, 1, Moment::After),
        at(INIT, 1, Moment::Before),
        at(INIT, 1, Moment::After),
        at(CHUNK, 1, Moment::Before),
        at(CHUNK, 1, Moment::Inside),
        at(CHUNK, 1, Moment::After),
        at(CHUNK, 2, Moment::Before),
        at(CHUNK, 2, Moment::Inside),
        at(CHUNK, 2, Moment::After),
        at(STATUS, 1, Moment::Before),
        at(STATUS, 1, Moment::After),
    ] {
        let (world, account) = connected().await;
        let run = |client: Client| {
            let (account, input) = (account.clone(), upload(&bytes));
            async move { client.publish_video(&account, &input, &options()).await }
        };
        let (first, second) = overtaken(&world, stop, run, run).await;
        let posts = world.emulator.posts();
        let posted = posts.iter().filter(|post| post.status == "PUBLISH_COMPLETE").count();
        let id = second.as_ref().map(|outcome| outcome.publish_id.clone());
        let agrees = match (&first, &id) {
            (Ok(first), Ok(id)) => first.publish_id == *id,
            (Err(error), Ok(_)) => error.kind() == ErrorKind::Conflict && !error.is_safe_to_repeat(),
            _ => false,
        };
        if posted != 1 || !agrees {
            faults.push(format!("{stop:?}: {posted} posts; first {first:?}; second {second:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn photos_are_sent_once_when_an_attempt_sleeps_at_any_step() {
    let mut faults = Vec::new();
    for stop in [
        at(CREATOR, 1, Moment::Before),
        at(CREATOR, 1, Moment::After),
        at(PHOTOS_INIT, 1, Moment::Before),
        at(PHOTOS_INIT, 1, Moment::After),
        at(STATUS, 1, Moment::Before),
    ] {
        let (world, account) = connected().await;
        serving(&world.emulator).await;
        let run = |client: Client| {
            let account = account.clone();
            let photos = PublishPhotos {
                urls: vec![Secret::new("https://media.example.test/1.webp")],
                cover_index: 0,
                post: PostInfo::new(PrivacyLevel::SelfOnly),
                draft: false,
            };
            async move {
                client.publish_photos(&account, &photos, &PublishOptions { wait: false, ..options() }).await
            }
        };
        let (first, second) = overtaken(&world, stop, run, run).await;
        let sent = world.emulator.count("/v2/post/publish/content/init/");
        let ids: Vec<_> =
            [&first, &second].into_iter().flatten().map(|outcome| outcome.publish_id.as_str()).collect();
        let same = ids.windows(2).all(|pair| pair[0] == pair[1]);
        let refused = [&first, &second].into_iter().filter_map(|result| result.as_ref().err());
        let conflicts = refused.clone().all(|error| error.kind() == ErrorKind::Conflict);
        if sent != 1 || ids.is_empty() || !same || !conflicts {
            faults.push(format!("{stop:?}: {sent} inits; first {first:?}; second {second:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
