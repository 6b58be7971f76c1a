//! Does what the machine says: judges the file, begins the task, sends chunks, asks for the outcome.

use super::claim::Claim;
use super::journal::{Begun, Journal, fingerprint, settings_of};
use super::machine::{Machine, Step};
use super::progress::{Phase, Reporter};
use super::source::FileSource;
use super::upload::Upload;
use super::waiters::{Waiter, Waiters};
use super::{PublishOptions, PublishOutcome, PublishVideo};
use crate::api::creator::{CreatorInfo, PrivacyLevel, QueryCreator};
use crate::api::post::InitVideo;
use crate::api::status::{FetchStatus, PublishStatus, StatusCode};
use crate::config::is_loopback;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result};
use crate::media::{ChunkPlan, Severity, VideoInfo, cover, findings};
use crate::pipeline::Pipeline;
use crate::secret::Secret;
use crate::store::{AccountKey, JournalStore, LeaseStore};
use crate::transport::retry::backoff;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The longest wait for a slot of the status window while polling; one frees within a minute.
const STATUS_QUOTA_WAIT: Duration = Duration::from_secs(60);

/// Publishes videos. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    pipeline: Pipeline,
    pub(super) journal: Arc<dyn JournalStore>,
    leases: Arc<dyn LeaseStore>,
    pub(super) waiters: Waiters,
}

impl Publisher {
    pub(crate) fn new(
        pipeline: Pipeline,
        journal: Arc<dyn JournalStore>,
        leases: Arc<dyn LeaseStore>,
    ) -> Self {
        Self { pipeline, journal, leases, waiters: Waiters::default() }
    }

    /// Publishes `input`, at most once per idempotency key.
    pub(crate) async fn publish(
        &self,
        account: &AccountKey,
        input: &PublishVideo,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let key =
            options.idempotency_key.clone().unwrap_or_else(|| format!("{:032x}", rand::random::<u128>()));
        input.post.validate()?;
        let known = OnceLock::new();
        let (leases, clock) = (Arc::clone(&self.leases), Arc::clone(&self.pipeline.clock));
        let claim = Claim::take(leases, clock, &self.pipeline.config.client_key, account, &key).await?;
        let begun = Beginning { account, key: &key, known: &known, claim: &claim };
        let outcome = options.cancel.guard(self.run(&begun, input, options)).await;
        claim.release().await;
        outcome.map_err(|error| about(error, &key, known.get()))
    }

    async fn run(
        &self,
        begun: &Beginning<'_>,
        input: &PublishVideo,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let &Beginning { account, key, known, claim } = begun;
        let settings = settings_of(input);
        let earlier = Journal::find(&self.journal, &self.pipeline, account, key).await?;
        let source = FileSource::open(&input.file).await;
        if let Some(journal) = earlier
            && let Some(publish_id) = journal.sent(&settings, source.as_ref().ok().map(FileSource::mark))?
        {
            let _ = known.set(publish_id.clone());
            return self.ask(account, &publish_id, Some(journal), Some(claim), options).await;
        }
        let source = source?;
        let plan = ChunkPlan::for_size(source.size()).map_err(|error| error.with_owner(Owner::User))?;
        let mut reporter =
            Reporter::new(options.progress.clone(), Arc::clone(&self.pipeline.clock), source.size());
        let video = source.probe().await?;
        let creator = self.pipeline.run(account, &QueryCreator).await?;
        judge(&video, input, &creator)?;
        let may_become_public = input.post.privacy_level == PrivacyLevel::PublicToEveryone;
        let fingerprint = fingerprint(&settings, source.mark());
        let intent = (&plan, may_become_public);
        let begun = Journal::begin(&self.journal, &self.pipeline, account, key, fingerprint, intent).await?;
        let (journal, publish_id, upload_url, machine) = match begun {
            Begun::Fresh(journal) => {
                let (journal, publish_id, upload_url) = self.init(account, input, &plan, journal).await?;
                (journal, publish_id, upload_url, Machine::new(plan, may_become_public, options.wait))
            }
            Begun::Sending { journal, publish_id, upload_url } => {
                let (plan, accepted) = (journal.plan()?, journal.accepted_bytes());
                let machine = Machine::resumed(plan, accepted, may_become_public, options.wait);
                (journal, publish_id, upload_url, machine)
            }
        };
        let _ = known.set(publish_id.clone());
        let on_loopback = is_loopback(&self.pipeline.config.api_base_url);
        let upload = Upload::new(source, journal.plan()?, video.container.mime(), &upload_url, on_loopback)?;
        reporter.sending(&publish_id, journal.accepted_bytes());
        let (pipeline, account, upload, journal) =
            (&self.pipeline, account.clone(), Some(upload), Some(journal));
        let (claim, waiter) = (Some(claim), self.waiters.join(&publish_id));
        let mut run = Run { pipeline, account, machine, upload, journal, reporter, claim, waiter };
        let (status, phase) = run.finish(&publish_id).await?;
        Ok(PublishOutcome::new(status, phase, key, Some(&creator.username)))
    }

    /// Begins the task at TikTok. Never repeated by itself: an unclear init may have begun one.
    async fn init(
        &self,
        account: &AccountKey,
        input: &PublishVideo,
        plan: &ChunkPlan,
        mut journal: Journal,
    ) -> Result<(Journal, String, Secret)> {
        let call = InitVideo {
            post: input.post.clone(),
            video_size: plan.video_size(),
            chunk_size: plan.chunk_size(),
            total_chunk_count: plan.total_chunk_count(),
        };
        match self.pipeline.run(account, &call).await {
            Ok(reply) => {
                journal.begun(&reply.publish_id, &reply.upload_url).await?;
                Ok((journal, reply.publish_id, reply.upload_url))
            }
            // A task that never gets a byte never posts, so the same key may begin another.
            Err(error) if error.dispatch() == Dispatch::MaybeSent => Err(error.with_safe_to_repeat(true)),
            Err(error) => {
                journal.ended(false, &[], None).await;
                Err(error)
            }
        }
    }

    /// Waits for the outcome of a publish whose bytes TikTok has.
    pub(crate) async fn wait(
        &self,
        account: &AccountKey,
        publish_id: &str,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        FetchStatus::new(publish_id)?;
        let row = self.journal.find_publish(publish_id).await?.filter(|row| row.account == *account);
        let journal = match row {
            Some(row) => Journal::find(&self.journal, &self.pipeline, account, &row.key).await?,
            None => None,
        };
        let options = PublishOptions { wait: true, ..options.clone() };
        let work = self.ask(account, publish_id, journal, None, &options);
        options.cancel.guard(work).await.map_err(|error| error.with_publish_id(publish_id))
    }

    /// Asks for the outcome of a publish whose bytes TikTok has; one from elsewhere has no journal.
    async fn ask(
        &self,
        account: &AccountKey,
        publish_id: &str,
        journal: Option<Journal>,
        claim: Option<&Claim>,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        // What was posted elsewhere has an unknown size; asking for its outcome does not need it.
        let plan = journal.as_ref().map_or_else(|| ChunkPlan::for_size(1), Journal::plan)?;
        let key = journal.as_ref().map_or_else(String::new, |journal| journal.key().to_owned());
        let visible = journal.as_ref().map(Journal::may_become_public);
        let mut reporter =
            Reporter::new(options.progress.clone(), Arc::clone(&self.pipeline.clock), plan.video_size());
        reporter.about(publish_id);
        let machine = Machine::asking(plan, visible, options.wait);
        let (pipeline, account) = (&self.pipeline, account.clone());
        let waiter = self.waiters.join(publish_id);
        let mut run = Run { pipeline, account, machine, upload: None, journal, reporter, claim, waiter };
        let (status, phase) = run.finish(publish_id).await?;
        let username = self.pipeline.session.username(&run.account).await?;
        Ok(PublishOutcome::new(status, phase, &key, username.as_deref()))
    }
}

/// Who publishes under which key, and what is known of it so far.
struct Beginning<'a> {
    account: &'a AccountKey,
    key: &'a str,
    known: &'a OnceLock<String>,
    claim: &'a Claim,
}

/// Says which publish failed and how to go on with it. Once TikTok has a task, a failure in between says nothing about
/// whether a post comes of it.
fn about(error: Error, key: &str, publish_id: Option<&String>) -> Error {
    let error = error.with_idempotency_key(key);
    let Some(publish_id) = publish_id else { return error };
    let error = error.with_publish_id(publish_id);
    if error.is_safe_to_repeat() || error.fail_reason().is_some() {
        return error;
    }
    error.with_dispatch(Dispatch::MaybeSent)
}

/// One publish in progress.
struct Run<'a> {
    pipeline: &'a Pipeline,
    account: AccountKey,
    machine: Machine,
    upload: Option<Upload>,
    journal: Option<Journal>,
    reporter: Reporter,
    claim: Option<&'a Claim>,
    waiter: Waiter,
}

impl Run<'_> {
    /// Obeys the machine until it is done, and writes down how it ended.
    async fn finish(&mut self, publish_id: &str) -> Result<(PublishStatus, Phase)> {
        let ended = self.obey(publish_id).await;
        if let Some(journal) = &mut self.journal {
            match &ended {
                Ok((_, Phase::Processing)) => {}
                Ok((status, _)) => journal.ended(true, &status.post_ids, None).await,
                Err(error) if error.fail_reason().is_some() || error.is_safe_to_repeat() => {
                    journal.ended(false, &[], error.fail_reason()).await;
                }
                Err(_) => {}
            }
        }
        ended
    }

    async fn obey(&mut self, publish_id: &str) -> Result<(PublishStatus, Phase)> {
        let call = FetchStatus::new(publish_id)?;
        let mut last = None;
        loop {
            self.reporter.enter(self.machine.phase());
            match self.machine.next() {
                Step::Send(chunk) => {
                    let upload = self.upload.as_ref().ok_or_else(|| {
                        Error::new(ErrorKind::Internal, "there is no upload to go on with; please report it")
                    })?;
                    let claim = self.claim;
                    let alive = || async move {
                        if let Some(claim) = claim {
                            claim.keep().await;
                        }
                    };
                    let answer =
                        upload.send(&*self.pipeline.transport, &chunk, &mut self.reporter, alive).await;
                    let answer = answer.map_err(|error| unless_posted(error, &self.machine))?;
                    self.machine.on_chunk(&chunk, &answer, backoff(self.machine.failures() + 1))?;
                }
                Step::Wait(pause) => {
                    if let Some(status) = self.wait(pause).await {
                        self.machine.on_status(&status, self.pipeline.clock.now())?;
                        last = Some(status);
                    }
                }
                Step::AskStatus => {
                    if let Some(status) = self.told().await {
                        self.machine.on_status(&status, self.pipeline.clock.now())?;
                        last = Some(status);
                        continue;
                    }
                    match self.pipeline.run_waiting(&self.account, &call, STATUS_QUOTA_WAIT).await {
                        Ok(status) => {
                            self.machine.on_status(&status, self.pipeline.clock.now())?;
                            last = Some(status);
                        }
                        Err(error) => self.machine.on_status_error(error)?,
                    }
                }
                Step::Done(phase) => {
                    return Ok((
                        last.unwrap_or_else(|| received(publish_id, self.machine.accepted())),
                        phase,
                    ));
                }
            }
            self.write_down_accepted().await?;
            if let Some(claim) = self.claim {
                claim.keep().await;
            }
        }
    }

    /// Waits, unless a webhook has ended the publish or does so meanwhile.
    async fn wait(&mut self, pause: Duration) -> Option<PublishStatus> {
        let signal = self.waiter.signal();
        let heard = signal.notified();
        tokio::pin!(heard);
        // Before the journal is read, or news in between would be missed.
        heard.as_mut().enable();
        if let Some(status) = self.told().await {
            return Some(status);
        }
        tokio::select! {
            () = heard => self.told().await,
            () = self.pipeline.clock.sleep(pause) => None,
        }
    }

    async fn told(&mut self) -> Option<PublishStatus> {
        match &mut self.journal {
            Some(journal) => journal.told().await,
            None => None,
        }
    }

    async fn write_down_accepted(&mut self) -> Result<()> {
        let accepted = self.machine.accepted();
        match &mut self.journal {
            Some(journal) if journal.accepted_bytes() < accepted => journal.accepted(accepted).await,
            _ => Ok(()),
        }
    }
}

/// What is known when nobody waits for TikTok's work: it has all bytes.
fn received(publish_id: &str, bytes: u64) -> PublishStatus {
    PublishStatus {
        publish_id: publish_id.to_owned(),
        status: StatusCode::ProcessingUpload,
        fail_reason: None,
        post_ids: Vec::new(),
        uploaded_bytes: Some(bytes),
    }
}

/// A fault of ours while the last chunk may have arrived: a post may come of it, whatever the fault says.
fn unless_posted(error: Error, machine: &Machine) -> Error {
    if !machine.may_have_posted() {
        return error;
    }
    let message = format!(
        "{}; but all bytes may have reached TikTok before: ask for the status of the publish first",
        error.message()
    );
    error.with_safe_to_repeat(false).with_message(message)
}

/// Refuses before a byte is sent what TikTok or the creator's settings would refuse after the upload.
fn judge(video: &VideoInfo, input: &PublishVideo, creator: &CreatorInfo) -> Result<()> {
    let refuse = |message: String| Err(Error::invalid(message).with_owner(Owner::User));
    let mut found = findings(video, Some(creator.max_video_post_duration_sec));
    found.extend(input.post.cover_timestamp_ms.and_then(|at| cover(video, at)));
    if let Some(finding) = found.iter().find(|finding| finding.severity == Severity::Error) {
        return refuse(format!(
            "TikTok would refuse this video: {} is {}, allowed is {}; {}",
            finding.rule, finding.found, finding.allowed, finding.advice
        ));
    }
    let post = &input.post;
    if !creator.privacy_level_options.contains(&post.privacy_level) {
        let options: Vec<_> = creator.privacy_level_options.iter().map(|option| option.as_str()).collect();
        return refuse(format!(
            "{} may not post with {}; choose one of {}",
            creator.nickname,
            post.privacy_level.as_str(),
            options.join(", ")
        ));
    }
    for (allowed, disabled, what) in [
        (post.allow_comment, creator.comment_disabled, "comments"),
        (post.allow_duet, creator.duet_disabled, "duets"),
        (post.allow_stitch, creator.stitch_disabled, "stitches"),
    ] {
        if allowed && disabled {
            return refuse(format!(
                "{} has turned {what} off in TikTok; do not allow them",
                creator.nickname
            ));
        }
    }
    Ok(())
}
