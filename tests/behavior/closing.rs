//! Closes a client within a deadline, and resumes its publishes in another process.

use crate::suspended_attempts::upload;
use crate::suspension_points::{self, Points};
use crate::video::mp4_bytes;
use crate::world::World;
use std::future::Future;
use std::io::Cursor;
use std::time::Duration;
use toklink::{
    AccountKey, Client, CloseReport, ErrorKind, PostInfo, PrivacyLevel, PublishOptions, PublishOutcome,
    PublishPhotos, Result, Secret, VideoSource,
};

/// An upper bound on the number of suspension points in one publish.
const MANY: usize = 200;
const DEADLINE: Duration = Duration::from_secs(2);
/// The time after which a closing client interrupts a chunk that is still in flight: three quarters of the deadline.
const PATIENCE: Duration = Duration::from_millis(1500);
/// The number of chunks in an 11 MB stream.
const CHUNKS: usize = 2;

fn stream(bytes: &[u8]) -> VideoSource {
    VideoSource::stream(Cursor::new(bytes.to_vec()), bytes.len() as u64)
}

async fn photos(client: Client, account: AccountKey) -> Result<PublishOutcome> {
    let photos = PublishPhotos {
        urls: vec![Secret::new("https://media.example.test/1.webp")],
        cover_index: 0,
        post: PostInfo::new(PrivacyLevel::SelfOnly),
        draft: false,
    };
    let options =
        PublishOptions { idempotency_key: Some("k".into()), wait: false, ..PublishOptions::default() };
    client.publish_photos(&account, &photos, &options).await
}

/// Lets all ready tasks run.
async fn idle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// The behaviour of the suspended publish while its client closes.
#[derive(Clone, Copy, PartialEq)]
enum Meanwhile {
    /// The publish resumes and reaches a safe point.
    Moves,
    /// The publish stays suspended.
    Hangs,
}

/// Suspends `publish` at point `n`, then closes its client. Returns `None` if the publish ends before that point.
async fn closed_at<A>(
    world: &World,
    n: usize,
    meanwhile: Meanwhile,
    publish: impl FnOnce(Client) -> A,
) -> Option<(String, CloseReport, Result<PublishOutcome>)>
where
    A: Future<Output = Result<PublishOutcome>> + Send + 'static,
{
    let points = Points::stop_at(n);
    let client = suspension_points::client(world, &points);
    let mut running = tokio::spawn(publish(client.clone()));
    tokio::select! {
        () = points.reached.notified() => {}
        ended = &mut running => {
            ended.unwrap().unwrap();
            return None;
        }
    }
    let time = async {
        idle().await;
        match meanwhile {
            Meanwhile::Moves => points.wake.notify_one(),
            Meanwhile::Hangs => world.advance(PATIENCE),
        }
        // The test clock wakes no task, so the tasks must run again to notice that a time limit has passed.
        idle().await;
    };
    let (report, ()) = tokio::join!(client.close_within(DEADLINE), time);
    let ended = running.await.unwrap();
    world.emulator.settled().await;
    Some((points.name(), report, ended))
}

/// Returns true if the report lists the publish exactly when the publish has no outcome.
fn reports(report: &CloseReport, ended: &Result<PublishOutcome>, account: &AccountKey) -> bool {
    let named = |id: Option<&str>| {
        matches!(&*report.publishes, [left] if left.account == *account
            && left.idempotency_key == "k"
            && left.publish_id.as_deref() == id)
    };
    report.complete
        && match ended {
            Ok(_) => report.publishes.is_empty(),
            Err(error) => {
                error.kind() == ErrorKind::Closed
                    && (error.is_safe_to_repeat() || error.may_have_been_sent())
                    && error.idempotency_key() == Some("k")
                    && named(error.publish_id())
            }
        }
}

async fn uploads_close_at_every_point(meanwhile: Meanwhile) {
    let bytes = mp4_bytes(11_000_000);
    let (mut faults, mut stopped, mut points_passed) = (Vec::new(), 0, 0);
    for n in 1..MANY {
        let world = World::new().await;
        let account = world.connect("ana.makes").await;
        let run = |client| upload(client, account.clone(), stream(&bytes));
        let Some((point, report, ended)) = closed_at(&world, n, meanwhile, run).await else { break };
        points_passed = n;
        stopped += usize::from(ended.is_err());
        if !reports(&report, &ended, &account) {
            faults.push(format!("{point}: {report:?}; {ended:?}"));
        }
        let resumed = run(suspension_points::other_process(&world)).await;
        let posts = world.emulator.posts();
        let posted = posts.iter().filter(|post| post.status == "PUBLISH_COMPLETE").count();
        let chunks = world.emulator.count("upload");
        if resumed.is_err() || posted != 1 || chunks > CHUNKS + 1 {
            faults.push(format!("{point}: {posted} posts by {chunks} chunks; {resumed:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(stopped > 10 && (20..MANY - 1).contains(&points_passed), "{stopped} of {points_passed} points");
}

#[tokio::test]
async fn upload_of_a_closed_client_is_posted_once_by_another_process() {
    uploads_close_at_every_point(Meanwhile::Moves).await;
}

#[tokio::test]
async fn stalled_upload_of_a_closed_client_is_posted_once_elsewhere() {
    uploads_close_at_every_point(Meanwhile::Hangs).await;
}

#[tokio::test]
async fn photo_post_of_a_closed_client_is_never_sent_twice() {
    for n in 1..MANY {
        let world = World::new().await;
        let account = world.connect("ana.makes").await;
        crate::media_host::serving(&world.emulator).await;
        let run = |client| photos(client, account.clone());
        let Some((point, report, ended)) = closed_at(&world, n, Meanwhile::Hangs, run).await else {
            assert!(n > 5, "{n} points");
            return;
        };
        assert!(reports(&report, &ended, &account), "{point}: {report:?}; {ended:?}");
        let resumed = run(suspension_points::other_process(&world)).await;
        let inits = world.emulator.count("/v2/post/publish/content/init/");
        // If the init was in flight, the photo post stays unclear until the caller abandons it.
        assert!(inits <= 1, "{point}: {inits} inits");
        assert!(resumed.is_ok() || resumed.unwrap_err().kind() == ErrorKind::Conflict, "{point}");
    }
}

#[tokio::test]
async fn close_reports_incomplete_when_work_outlasts_the_deadline() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let points = Points::stop_at(1);
    let client = suspension_points::client(&world, &points);
    let reader = client.clone();
    let reading = tokio::spawn(async move { reader.user_info(&account).await });
    points.reached.notified().await;
    let time = async {
        idle().await;
        world.advance(DEADLINE);
        idle().await;
        world.advance(DEADLINE);
        idle().await;
    };
    let (report, ()) = tokio::join!(client.close_within(DEADLINE), time);
    assert_eq!((report.complete, report.publishes), (false, vec![]));
    assert_eq!(client.accounts(None).await.unwrap_err().kind(), ErrorKind::Closed);
    points.wake.notify_one();
    reading.await.unwrap().unwrap();
    assert!(client.close_within(DEADLINE).await.complete);
}
