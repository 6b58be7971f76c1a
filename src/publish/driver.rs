//! Does what the machine says: judges the file, begins the task, sends chunks, asks for the outcome.

use super::journal::{Begun, Journal};
use super::machine::{Machine, Step};
use super::progress::{Phase, Reporter};
use super::source::FileSource;
use super::upload::Upload;
use super::{PublishOptions, PublishOutcome, PublishVideo};
use crate::api::creator::{CreatorInfo, PrivacyLevel, QueryCreator};
use crate::api::post::InitVideo;
use crate::api::status::{FetchStatus, PublishStatus, StatusCode};
use crate::config::is_loopback;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result};
use crate::media::{ChunkPlan, Severity, VideoInfo, findings};
use crate::pipeline::Pipeline;
use crate::secret::Secret;
use crate::store::{AccountKey, JournalStore};
use crate::transport::retry::backoff;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fmt::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// The longest wait for a slot of the status window while polling; one frees within a minute.
const STATUS_QUOTA_WAIT: Duration = Duration::from_secs(60);

type Active = Arc<Mutex<HashSet<(AccountKey, String)>>>;

/// Publishes videos. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    pipeline: Pipeline,
    journal: Arc<dyn JournalStore>,
    active: Active,
}

impl Publisher {
    pub(crate) fn new(pipeline: Pipeline, journal: Arc<dyn JournalStore>) -> Self {
        Self { pipeline, journal, active: Arc::default() }
    }

    /// Publishes `input`, at most once per idempotency key.
    pub(crate) async fn publish(
        &self,
        account: &AccountKey,
        input: &PublishVideo,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let known = OnceLock::new();
        let work = self.run(account, input, options, &known);
        options.cancel.guard(work).await.map_err(|error| match known.get() {
            Some(publish_id) => error.with_publish_id(publish_id),
            None => error,
        })
    }

    async fn run(
        &self,
        account: &AccountKey,
        input: &PublishVideo,
        options: &PublishOptions,
        known: &OnceLock<String>,
    ) -> Result<PublishOutcome> {
        let key =
            options.idempotency_key.clone().unwrap_or_else(|| format!("{:032x}", rand::random::<u128>()));
        let _claim = Claim::take(&self.active, account, &key)?;
        input.post.validate()?;
        let source = FileSource::open(&input.file).await?;
        let plan = ChunkPlan::for_size(source.size()).map_err(|error| error.with_owner(Owner::User))?;
        let mut reporter =
            Reporter::new(options.progress.clone(), Arc::clone(&self.pipeline.clock), source.size());
        let video = source.probe().await?;
        let creator = self.pipeline.run(account, &QueryCreator).await?;
        judge(&video, input, &creator)?;
        let (store, fingerprint) = (Arc::clone(&self.journal), fingerprint(input, &source));
        let begun = Journal::begin(store, &self.pipeline, account, &key, fingerprint, source.size()).await?;
        let may_become_public = input.post.privacy_level == PrivacyLevel::PublicToEveryone;
        let resumed = !matches!(begun, Begun::Fresh(_));
        let (journal, publish_id, upload_url) = match begun {
            Begun::Fresh(journal) => self.init(account, input, &plan, journal).await?,
            Begun::Sending { journal, publish_id, upload_url } => (journal, publish_id, Some(upload_url)),
            Begun::Sent { journal, publish_id } => (journal, publish_id, None),
        };
        let _ = known.set(publish_id.clone());
        let (machine, upload) = match upload_url {
            Some(url) => {
                let on_loopback = is_loopback(&self.pipeline.config.api_base_url);
                let upload = Upload::new(source, video.container.mime(), &url, on_loopback)?;
                reporter.sending(&publish_id, journal.accepted_bytes());
                let accepted = journal.accepted_bytes();
                let machine = if resumed {
                    Machine::resumed(plan, accepted, may_become_public, options.wait)
                } else {
                    Machine::new(plan, may_become_public, options.wait)
                };
                (machine, Some(upload))
            }
            None => (Machine::waiting(plan, may_become_public), None),
        };
        reporter.about(&publish_id);
        let (pipeline, account) = (&self.pipeline, account.clone());
        let mut run = Run { pipeline, account, machine, upload, journal: Some(journal), reporter };
        let (status, phase) = run.finish(&publish_id).await?;
        Ok(PublishOutcome::new(status, phase, &key, Some(&creator.username)))
    }

    /// Begins the task at TikTok. Never repeated by itself: an unclear init may have begun one.
    async fn init(
        &self,
        account: &AccountKey,
        input: &PublishVideo,
        plan: &ChunkPlan,
        mut journal: Journal,
    ) -> Result<(Journal, String, Option<Secret>)> {
        let call = InitVideo {
            post: input.post.clone(),
            video_size: plan.video_size(),
            chunk_size: plan.chunk_size(),
            total_chunk_count: plan.total_chunk_count(),
        };
        match self.pipeline.run(account, &call).await {
            Ok(reply) => {
                journal.begun(&reply.publish_id, &reply.upload_url).await?;
                Ok((journal, reply.publish_id, Some(reply.upload_url)))
            }
            // A task that never gets a byte never posts, so the same key may begin another.
            Err(error) if error.dispatch() == Dispatch::MaybeSent => Err(error.with_safe_to_repeat(true)),
            Err(error) => {
                journal.ended(false).await?;
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
        let work = async {
            FetchStatus::new(publish_id)?;
            let row = self.journal.find_publish(publish_id).await?.filter(|row| row.account == *account);
            let key = row.as_ref().map_or_else(String::new, |row| row.key.clone());
            // What was posted elsewhere has an unknown size; waiting for its outcome does not need it.
            let plan = ChunkPlan::for_size(row.map_or(1, |row| row.video_size))?;
            let clock = Arc::clone(&self.pipeline.clock);
            let mut reporter = Reporter::new(options.progress.clone(), clock, plan.video_size());
            reporter.about(publish_id);
            let (pipeline, account) = (&self.pipeline, account.clone());
            let machine = Machine::waiting(plan, true);
            let mut run = Run { pipeline, account, machine, upload: None, journal: None, reporter };
            let (status, phase) = run.finish(publish_id).await?;
            Ok(PublishOutcome::new(status, phase, &key, None))
        };
        options.cancel.guard(work).await.map_err(|error| error.with_publish_id(publish_id))
    }
}

/// One publish in progress.
struct Run<'a> {
    pipeline: &'a Pipeline,
    account: AccountKey,
    machine: Machine,
    upload: Option<Upload>,
    journal: Option<Journal>,
    reporter: Reporter,
}

impl Run<'_> {
    /// Obeys the machine until it is done, and writes down how it ended.
    async fn finish(&mut self, publish_id: &str) -> Result<(PublishStatus, Phase)> {
        let ended = self.obey(publish_id).await;
        if let Some(journal) = &mut self.journal {
            match &ended {
                Ok((_, Phase::Processing)) => {}
                Ok(_) => journal.ended(true).await?,
                Err(error) if error.fail_reason().is_some() || error.is_safe_to_repeat() => {
                    journal.ended(false).await?;
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
                    let answer = upload.send(&*self.pipeline.transport, &chunk, &mut self.reporter).await?;
                    self.machine.on_chunk(&chunk, &answer, backoff(1))?;
                }
                Step::Wait(pause) => self.pipeline.clock.sleep(pause).await,
                Step::AskStatus => {
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

/// One publish per key at a time in this process.
struct Claim<'a> {
    active: &'a Active,
    name: (AccountKey, String),
}

impl<'a> Claim<'a> {
    fn take(active: &'a Active, account: &AccountKey, key: &str) -> Result<Self> {
        let name = (account.clone(), key.to_owned());
        if active.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone()) {
            return Ok(Self { active, name });
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "a publish with this idempotency key is running; wait for its outcome",
        ))
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.active.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// Refuses before a byte is sent what TikTok or the creator's settings would refuse after the upload.
fn judge(video: &VideoInfo, input: &PublishVideo, creator: &CreatorInfo) -> Result<()> {
    let refuse = |message: String| Err(Error::invalid(message).with_owner(Owner::User));
    let found = findings(video, Some(creator.max_video_post_duration_sec));
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

/// Marks what is posted, so that a key is not used for two things.
fn fingerprint(input: &PublishVideo, source: &FileSource) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(text, "{:?}|{}|{}", input, source.size(), source.modified_nanos());
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
