//! Kills a process with `kill -9` at every external operation of a publish: before and after each request, at each part
//! of a body, and before and after each read and write of the journal and the lease. Another process then repeats the
//! call with the same key, or resumes by the publish ID. The result must be exactly one post with the exact bytes. Only
//! the outcome of a post that TikTok fetches itself may remain unclear; the error reports this until the caller
//! abandons the publish.

use crate::child::{ChildTask, was_killed};
use crate::media_host::serving;
use crate::publish_job::{IDEMPOTENCY_KEY, Kind, PublishJob};
use crate::video::{VideoFile, mp4};
use crate::{LEASE_EXPIRED, client, connect};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use toklink::PublishPhase;
use toklink::clock::ManualClock;
use toklink::store::JournalStore;
use toklink::{AccountKey, Client, ErrorKind, PublishOptions, PublishOutcome, SqliteStore, Timestamp};
use toklink_emulator::{Emulator, EmulatorConfig, PostSummary, Settings};

/// Number of points at which the short round kills the large upload, out of several hundred points.
pub(crate) const SHORT_ROUND: u32 = 6;
/// Time in which TikTok processes even the largest file of this test.
const PROCESSED: Duration = Duration::from_secs(120);

/// Results of the kills for one kind of publish.
#[derive(Debug, Default)]
struct Tally {
    kills: u32,
    resumed: u32,
    restarted: u32,
    unclear: u32,
}

/// Way in which the next process finished the publish.
enum Recovery {
    Resumed,
    Restarted,
    /// The outcome was unknown, so the caller had to decide what to do.
    Unclear,
}

pub(crate) async fn prove(points_of_the_large: u32) -> Result<(), Box<dyn Error>> {
    println!("published     points  kills  resumed     restarted   left to a person");
    // `small` is small enough for TikTok to process it immediately; `large` is just large enough for several chunks.
    let (small, large) = (mp4(1000), mp4(66_000_000));
    let mut kills = 0;
    for kind in Kind::ALL {
        let video = if kind == Kind::Chunks { &large } else { &small };
        let points = Scene::new(kind, video).await?.count().await?;
        let step = if kind == Kind::Chunks { points.div_ceil(points_of_the_large.max(1).into()) } else { 1 };
        let mut tally = Tally::default();
        for point in (1..=points).step_by(usize::try_from(step)?) {
            let scene = Scene::new(kind, video).await?;
            let outcome = scene.round(point, &mut tally).await;
            outcome.map_err(|error| format!("{} killed at point {point}: {error}", kind.name()))?;
        }
        let Tally { kills: killed, resumed, restarted, unclear } = tally;
        kills += killed;
        let name = kind.name();
        println!("{name:<12} {points:>7} {killed:>6} {resumed:>8} {restarted:>12} {unclear:>17}");
    }
    println!("{kills} publishes killed: 0 duplicate posts, 0 lost without an error");
    Ok(())
}

/// An emulator, a store in a file and a connected account for one kill, because TikTok limits posts per day.
struct Scene<'a> {
    emulator: Emulator,
    folder: TempDir,
    account: AccountKey,
    kind: Kind,
    video: &'a VideoFile,
}

impl<'a> Scene<'a> {
    async fn new(kind: Kind, video: &'a VideoFile) -> Result<Self, Box<dyn Error>> {
        let settings = Settings { processing_delay_ms: 0, moderation_delay_ms: 0, ..Settings::default() };
        let config = EmulatorConfig { frozen_clock: true, settings, ..EmulatorConfig::default() };
        let emulator = Emulator::start(config).await?;
        serving(&emulator).await;
        let folder = tempfile::tempdir()?;
        let mut scene = Self { emulator, folder, account: AccountKey::new("", ""), kind, video };
        scene.account = connect(&scene.emulator, &scene.client()?.0).await?;
        Ok(scene)
    }

    /// Returns the number of points that an undisturbed publish passes.
    async fn count(&self) -> Result<u64, Box<dyn Error>> {
        let output = self.task(None).spawn(None)?.wait_with_output().await?;
        let points = std::str::from_utf8(&output.stdout)?.trim().parse();
        points.map_err(|_| format!("an undisturbed publish ended with {output:?}").into())
    }

    async fn round(&self, point: u64, tally: &mut Tally) -> Result<(), Box<dyn Error>> {
        let output = self.task(Some(point)).spawn(None)?.wait_with_output().await?;
        if was_killed(output.status) {
            tally.kills += 1;
        } else if !output.status.success() {
            return Err(format!("the child exited before it was killed: {output:?}").into());
        }
        self.emulator.settled().await;
        // The lease of the killed process has expired.
        self.emulator.advance(LEASE_EXPIRED);
        let (client, store) = self.client()?;
        // Alternates between the two calls that a host can make next.
        let back =
            if point.is_multiple_of(2) { self.resume(&client).await? } else { self.publish(&client).await? };
        match back {
            (Recovery::Unclear, None) => {
                tally.unclear += 1;
                return self.is_unchanged().await;
            }
            (Recovery::Resumed, _) => tally.resumed += 1,
            (Recovery::Restarted | Recovery::Unclear, _) => tally.restarted += 1,
        }
        self.emulator.settled().await;
        self.emulator.advance(PROCESSED);
        let (client, _) = self.client()?;
        let row = store.find(&self.account, IDEMPOTENCY_KEY).await?.ok_or("the journal row is missing")?;
        let id = row.publish_id.ok_or("the journal row has no publish ID")?;
        client.wait_for_publish(&self.account, &id, &PublishOptions::default()).await?;
        let row =
            store.find(&self.account, IDEMPOTENCY_KEY).await?.ok_or("the journal row has disappeared")?;
        if row.phase != PublishPhase::Done {
            return Err(format!("the phase in the journal is {:?}", row.phase).into());
        }
        self.is_one_post(&id)
    }

    /// Resumes by the publish ID. If no publish has started, repeats the call.
    async fn resume(&self, client: &Client) -> Result<(Recovery, Option<PublishOutcome>), Box<dyn Error>> {
        let options = PublishOptions { wait: false, ..PublishOptions::default() };
        match client.resume_publish(&self.account, IDEMPOTENCY_KEY, None, &options).await {
            Ok(outcome) => Ok((Recovery::Resumed, Some(outcome))),
            Err(error) if error.kind() == ErrorKind::NotFound || error.is_safe_to_repeat() => {
                let (_, outcome) = self.publish(client).await?;
                Ok((Recovery::Restarted, outcome))
            }
            Err(error) if error.kind() == ErrorKind::Conflict => self.decide_unclear(client).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Repeats the call.
    async fn publish(&self, client: &Client) -> Result<(Recovery, Option<PublishOutcome>), Box<dyn Error>> {
        let tasks = self.emulator.posts().len();
        match self.publish_job(None).publish(client, &self.account, false).await {
            Ok(outcome) if self.emulator.posts().len() == tasks => Ok((Recovery::Resumed, Some(outcome))),
            Ok(outcome) => Ok((Recovery::Restarted, Some(outcome))),
            Err(error) if error.kind() == ErrorKind::Conflict => self.decide_unclear(client).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Handles an unclear init as a person would: checks TikTok for the post, and abandons the publish if there is no
    /// post.
    async fn decide_unclear(
        &self,
        client: &Client,
    ) -> Result<(Recovery, Option<PublishOutcome>), Box<dyn Error>> {
        if !self.kind.is_pulled() {
            return Err("the outcome of an upload must never be unclear".into());
        }
        let again = self.publish_job(None).publish(client, &self.account, false).await;
        let error = again.err().ok_or("an unclear publish must not start again automatically")?;
        if error.kind() != ErrorKind::Conflict || !error.may_have_been_sent() || error.is_safe_to_repeat() {
            return Err(error.into());
        }
        if !self.emulator.posts().is_empty() {
            return Ok((Recovery::Unclear, None));
        }
        client.abandon_publish(&self.account, IDEMPOTENCY_KEY).await?;
        let outcome = self.publish_job(None).publish(client, &self.account, false).await?;
        Ok((Recovery::Unclear, Some(outcome)))
    }

    /// Checks that the post that the person found is still the only one.
    async fn is_unchanged(&self) -> Result<(), Box<dyn Error>> {
        self.emulator.settled().await;
        let id = self.emulator.posts()[0].publish_id.clone();
        self.is_one_post(&id)
    }

    fn is_one_post(&self, id: &str) -> Result<(), Box<dyn Error>> {
        let posts = self.emulator.posts();
        let ended = |post: &&PostSummary| matches!(post.status, "PUBLISH_COMPLETE" | "SEND_TO_USER_INBOX");
        let [post] = posts.iter().filter(ended).collect::<Vec<_>>()[..] else {
            return Err(format!("expected exactly one post: {posts:?}").into());
        };
        let same = self.kind.is_pulled()
            || (post.bytes_received, post.sha256.as_deref())
                == (self.video.size, Some(self.video.sha256.as_str()));
        if post.publish_id != id || !same {
            return Err(format!("expected the post {id} with the exact bytes: {post:?}").into());
        }
        Ok(())
    }

    fn publish_job(&self, crash_at: Option<u64>) -> PublishJob {
        PublishJob { kind: self.kind, video: self.video.path.clone(), crash_at }
    }

    fn task(&self, crash_at: Option<u64>) -> ChildTask {
        ChildTask {
            base_url: self.emulator.base_url().to_owned(),
            file: self.folder.path().join("toklink.db"),
            now_ms: self.emulator.now_ms(),
            tenant: self.account.tenant.clone(),
            open_id: self.account.open_id.clone(),
            reseal: false,
            publish_job: Some(self.publish_job(crash_at)),
        }
    }

    /// Opens a client of the process that continues the publish, and returns the client with its store.
    fn client(&self) -> toklink::Result<(Client, Arc<SqliteStore>)> {
        let clock = ManualClock::auto_advancing(Timestamp::from_millis(self.emulator.now_ms()));
        let store = Arc::new(SqliteStore::open(self.folder.path().join("toklink.db"))?);
        Ok((client(self.emulator.base_url(), Arc::clone(&store), clock)?, store))
    }
}
