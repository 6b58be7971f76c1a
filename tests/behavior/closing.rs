//! A client that has to close by a deadline, and the process that resumes its publishes.

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

/// An upper bound of the points that a publish passes in these tests.
const MANY: usize = 200;
const DEADLINE: Duration = Duration::from_secs(2);
/// The time after which a publish stops inside its chunk.
const PATIENCE: Duration = Duration::from_millis(1500);
/// The number of chunks of an 11 MB stream.
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

/// Runs all tasks that are ready.
async fn idle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// The behaviour of the publish while its client closes.
#[derive(Clone, Copy, PartialEq)]
enum Meanwhile {
    /// It reaches a safe point.
    Moves,
    /// It is suspended until the deadline.
    Hangs,
}

/// Suspends `publish` at point `n` and closes its client. Returns `None` if it ends before that point.
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
        // The test's clock checks a time limit only when it polls the work.
        idle().await;
    };
    let (report, ()) = tokio::join!(client.close_within(DEADLINE), time);
    let ended = running.await.unwrap();
    world.emulator.settled().await;
    Some((points.name(), report, ended))
}

/// The report names the publish exactly when it has no outcome.
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
                    && !error.is_safe_to_repeat()
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
async fn close_stops_uploads_safely_and_another_process_posts() {
    uploads_close_at_every_point(Meanwhile::Moves).await;
}

#[tokio::test]
async fn close_stops_stalled_uploads_and_another_process_posts() {
    uploads_close_at_every_point(Meanwhile::Hangs).await;
}

#[tokio::test]
async fn close_never_lets_photos_post_twice() {
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
        // A photo post whose init was in flight stays unclear until its caller decides.
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
