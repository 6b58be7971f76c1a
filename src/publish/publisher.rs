//! Starts or continues a publish: validates it, acquires the lease of its key, and creates the publish on TikTok.

use super::chunk_plan::ChunkPlan;
use super::closing::Closing;
use super::context::PublishContext;
use super::fingerprint::settings_of;
use super::journal::Journal;
use super::key_lease::KeyLease;
use super::machine::{Machine, still_processing};
use super::poll_interval::STATUS_QUOTA_WAIT;
use super::progress::{Phase, Reporter};
use super::retention_schedule::RetentionSchedule;
use super::run::Run;
use super::source::Source;
use super::start::{Intent, Start, new_attempt};
use super::upload::Upload;
use super::upload_rate::UploadRate;
use super::upload_target::UploadTarget;
use super::validate::checked_key;
use super::waiters::Waiters;
use super::{PublishOptions, PublishOutcome, PublishPhotos, PublishVideo, VideoSource, scopes, validate};
use crate::api::consumer::creator::{PrivacyLevel, QueryCreator};
use crate::api::consumer::post::{InitReply, InitVideo, PostForm, PostInfo, VideoOrigin};
use crate::api::consumer::status::{FetchStatus, PublishStatus, StatusCode};
use crate::clock::BoxFuture;
use crate::config::is_loopback;
use crate::error::{Dispatch, Error, ErrorKind, Reason, Result};
use crate::model::AccountKey;
use crate::pipeline::Pipeline;
use crate::secret::Secret;
use crate::store::{JournalStore, LeaseStore};
use crate::transport::Outbound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// TikTok's error code for a video on a domain that is not verified for the app (docs/tiktok-api.md 5.8).
const UNVERIFIED: &str = "url_ownership_unverified";

/// Publishes videos. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    pub(super) pipeline: Pipeline,
    pub(super) journal: Arc<dyn JournalStore>,
    pub(super) leases: Arc<dyn LeaseStore>,
    pub(super) waiters: Waiters,
    pub(super) retention: Arc<RetentionSchedule>,
    /// The client that reads relayed videos.
    pub(super) outbound: Outbound,
    upload_rate: UploadRate,
    pub(crate) closing: Closing,
}

impl Publisher {
    pub(crate) fn new(
        pipeline: Pipeline,
        journal: Arc<dyn JournalStore>,
        leases: Arc<dyn LeaseStore>,
        retention: Duration,
    ) -> Self {
        let retention = Arc::new(RetentionSchedule::new(retention));
        let config = &pipeline.config;
        let outbound = Outbound::new(config.relay_from_loopback, Arc::clone(&pipeline.clock))
            .trusting(config.roots.clone());
        let upload_rate = UploadRate::new(config.network.max_upload_bytes_per_second, &pipeline.clock);
        let (waiters, closing) = (Waiters::default(), Closing::default());
        Self { pipeline, journal, leases, waiters, retention, outbound, upload_rate, closing }
    }

    /// Publishes a video, at most once per idempotency key.
    pub(crate) async fn publish(
        &self,
        account: &AccountKey,
        input: &PublishVideo,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let form = if input.draft { PostForm::VideoDraft } else { PostForm::Video };
        input.post.validate(form)?;
        let outcome = self.with_key_lease(account, options, async |context| {
            // Boxed and type-erased; otherwise, every future that awaits this one would contain all of its state.
            let work: BoxFuture<'_, _> = match &input.source {
                VideoSource::Url(url) => {
                    Box::pin(self.run_video_pull(context, (&input.post, form), url, options))
                }
                VideoSource::UrlOrRelay(url) => {
                    Box::pin(self.run_pull_or_relay(context, (&input.post, form), url, options))
                }
                source => Box::pin(self.run(context, (&input.post, form), source, options)),
            };
            work.await
        });
        Ok(outcome.await?.warned(&input.post, form))
    }

    /// Publishes photos, at most once per idempotency key.
    pub(crate) async fn publish_photos(
        &self,
        account: &AccountKey,
        input: &PublishPhotos,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let form = if input.draft { PostForm::PhotosDraft } else { PostForm::Photos };
        input.post.validate(form)?;
        let outcome = self.with_key_lease(account, options, async |context| {
            let work: BoxFuture<'_, _> = Box::pin(self.run_photos(context, input, options));
            work.await
        });
        Ok(outcome.await?.warned(&input.post, form))
    }

    /// Runs `work` while this attempt owns the lease of its key. Until the lease is released, attempts in other
    /// processes that share the lease store fail.
    pub(super) async fn with_key_lease(
        &self,
        account: &AccountKey,
        options: &PublishOptions,
        work: impl AsyncFnOnce(&PublishContext<'_>) -> Result<PublishOutcome>,
    ) -> Result<PublishOutcome> {
        let key = match &options.idempotency_key {
            // An empty key probably comes from an environment variable that is not set. It must not match an earlier
            // publish.
            Some(key) if key.trim().is_empty() => {
                return Err(Error::invalid(
                    "the idempotency key is empty; pass a string that identifies this post, or omit the key",
                ));
            }
            Some(key) => checked_key(key)?.to_owned(),
            None => format!("{:032x}", rand::random::<u128>()),
        };
        let (created_id, since) = (Arc::new(OnceLock::new()), self.pipeline.clock.now());
        self.sweep_journal().await;
        let (leases, clock) = (Arc::clone(&self.leases), Arc::clone(&self.pipeline.clock));
        let lease = KeyLease::acquire(leases, clock, &self.pipeline.config.client_key, account, &key).await?;
        let running = self.closing.enter(account, &key, &created_id);
        let (attempt, is_named) = (new_attempt(), options.idempotency_key.is_some());
        let context = PublishContext {
            account,
            key: &key,
            attempt,
            is_named,
            created_id: &created_id,
            lease: &lease,
            since,
            may_have_posted: AtomicBool::new(false),
        };
        let guarded = async {
            if is_named {
                // Clears the row before cancel requests are read, because an old request would stop this attempt.
                let cleared = self.clear_row(&context);
                self.closing.guard(&options.cancel, std::future::pending(), cleared).await?;
            }
            self.closing.guard(&options.cancel, self.cancel_requested(&context), work(&context)).await
        };
        let outcome = guarded.await.map_err(|error| {
            // An error for a cancelled request to create a post must not state that nothing was sent.
            let unclear = context.may_have_posted.load(Ordering::Relaxed);
            let error = with_publish_context(
                if unclear { error.with_dispatch(Dispatch::MaybeSent) } else { error },
                &key,
                created_id.get(),
            );
            // The journal records the bytes that TikTok received, so the same key continues after them.
            let stopped = matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Closed)
                || error.reason() == Reason::TimedOut;
            let resumes = stopped && !unclear;
            if resumes { error.with_safe_to_repeat(true) } else { error }
        });
        if let Err(error) = &outcome {
            self.record_error(&context, error).await;
        }
        lease.release().await;
        running.end(outcome)
    }

    /// Lets TikTok fetch a video, or relays it from this process when its domain is not verified for the app.
    async fn run_pull_or_relay(
        &self,
        context: &PublishContext<'_>,
        (post, form): (&PostInfo, PostForm),
        url: &Secret,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let relay = VideoSource::Relay(url.clone());
        let earlier = Journal::find(&self.journal, &self.pipeline, context.account, context.key).await?;
        if earlier.is_some_and(|journal| !journal.is_pulled() && !journal.is_only_an_error()) {
            return self.run(context, (post, form), &relay, options).await;
        }
        match self.run_video_pull(context, (post, form), url, options).await {
            // TikTok reported that it has not created the publish. After a request with an unknown result, no other
            // request is sent.
            Err(error)
                if error.tiktok_code() == Some(UNVERIFIED) && error.dispatch() == Dispatch::Answered =>
            {
                self.run(context, (post, form), &relay, options).await
            }
            outcome => outcome,
        }
    }

    async fn run(
        &self,
        context: &PublishContext<'_>,
        (post, form): (&PostInfo, PostForm),
        given: &VideoSource,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let &PublishContext { account, key, created_id, lease, ref attempt, .. } = context;
        let settings = settings_of(post, form);
        let mut earlier = Journal::find(&self.journal, &self.pipeline, account, key).await?;
        // Gets the token before opening the source, because a stream can be read only once, and a host should not have
        // to serve a video that cannot be posted.
        let bearer = self.pipeline.bearer(account).await?;
        scopes::check_granted(&bearer.scopes, form, given)?;
        if let Some(journal) = earlier.as_mut().filter(|journal| journal.was_given_up()) {
            self.recheck_abandoned(account, journal).await?;
        }
        let source = Source::open(given, &self.outbound).await;
        if let Some(journal) = earlier
            && let Some(publish_id) =
                journal.sent(&settings, source.as_ref().ok().map(Source::content_digest))?
        {
            let _ = created_id.set(publish_id.clone());
            return self.query_outcome(account, &publish_id, Some(journal), Some(lease), options).await;
        }
        let source = source?;
        let plan = source.plan()?;
        let reporter =
            Reporter::new(options.progress.clone(), Arc::clone(&self.pipeline.clock), source.size());
        let video = source.probe().await?;
        let warning = source.warning(&video);
        // The creator completes a draft in TikTok, so a draft needs no creator limits and no scope for direct posts.
        let creator =
            if form.is_draft() { None } else { Some(self.pipeline.run(account, &QueryCreator).await?) };
        validate::video(&video, post, creator.as_ref())?;
        if let Some(creator) = &creator {
            validate::settings(post, form, creator)?;
        }
        let may_become_public =
            creator.is_some() && post.privacy_level == Some(PrivacyLevel::PublicToEveryone);
        // A slow stream may have outlasted the lease before anything was written to the journal.
        lease.ensure_held().await?;
        self.closing.check()?;
        let (settings, content_digest) = (settings.as_str(), source.content_digest());
        let intent = Intent { attempt, settings, content_digest, plan: Some(&plan), may_become_public, form };
        let (journal, publish_id, upload_url, machine) =
            match Journal::start(&self.journal, &self.pipeline, account, key, intent).await? {
                Start::Sent { journal, publish_id } => {
                    let _ = created_id.set(publish_id.clone());
                    return self
                        .query_outcome(account, &publish_id, Some(journal), Some(lease), options)
                        .await;
                }
                Start::Fresh(mut journal) => {
                    self.within_retention(context, &mut journal).await?;
                    let shown = creator.is_some().then_some(post);
                    let (journal, publish_id, upload_url) =
                        self.init(account, shown, (&plan, given), journal).await?;
                    source.upload_url_issued();
                    (journal, publish_id, upload_url, Machine::new(plan, may_become_public, options.wait))
                }
                Start::Sending { journal, publish_id, upload_url } => {
                    let (plan, accepted) = (journal.plan()?, journal.accepted_bytes());
                    let machine = Machine::resumed(plan, accepted, may_become_public, options.wait)
                        .inheriting(journal.may_have_sent_the_last_chunk());
                    (journal, publish_id, upload_url, machine)
                }
            };
        let mime = video.container.mime();
        let sending = Sending { source, mime, journal, publish_id, upload_url, machine, reporter };
        let (status, phase) = self.send(context, sending).await?;
        let username = match creator {
            Some(creator) => Some(creator.username),
            None => self.pipeline.session.username(account).await?,
        };
        let mut outcome = PublishOutcome::new(status, phase, key, username.as_deref(), false);
        outcome.warnings.extend(warning.map(str::to_owned));
        Ok(outcome)
    }

    /// Sends the missing bytes of an upload that TikTok has created, then waits for the outcome if the caller requested
    /// it.
    pub(super) async fn send(
        &self,
        context: &PublishContext<'_>,
        sending: Sending,
    ) -> Result<(PublishStatus, Phase)> {
        let &PublishContext { account, created_id, lease, .. } = context;
        let Sending { source, mime, journal, publish_id, upload_url, machine, mut reporter } = sending;
        let _ = created_id.set(publish_id.clone());
        let on_loopback = is_loopback(&self.pipeline.config.api_base_url);
        let upload = Upload::new(source, journal.plan()?, mime, &upload_url, on_loopback)?;
        let upload = upload.limited(self.upload_rate.clone());
        reporter.sending(&publish_id, journal.accepted_bytes());
        let (pipeline, account, upload, journal) =
            (&self.pipeline, account.clone(), Some(upload), Some(journal));
        let (lease, waiter) = (Some(lease), self.waiters.join(&publish_id));
        let mut run = Run {
            pipeline,
            account,
            machine,
            upload,
            journal,
            reporter,
            lease,
            waiter,
            closing: &self.closing,
            last_chunk_written: false,
        };
        run.finish(&publish_id).await
    }

    /// Creates the publish on TikTok; without settings, it is a draft. Never retries automatically, because a request
    /// with an unknown result may have created a publish.
    async fn init(
        &self,
        account: &AccountKey,
        post: Option<&PostInfo>,
        (plan, source): (&ChunkPlan, &VideoSource),
        mut journal: Journal,
    ) -> Result<(Journal, String, Secret)> {
        let origin = VideoOrigin::Upload {
            video_size: plan.video_size(),
            chunk_size: plan.chunk_size(),
            total_chunk_count: plan.total_chunk_count(),
        };
        match self.pipeline.run(account, &InitVideo { post: post.cloned(), origin }).await {
            Ok(InitReply { publish_id, upload_url }) => {
                let upload_url = upload_url.ok_or_else(|| {
                    Error::bug(
                        "TikTok created an upload without an upload \
                    URL",
                    )
                })?;
                let target = UploadTarget::new(upload_url, source);
                // Without the record, the same key starts another upload, and TikTok never posts this one.
                let recorded = journal.created(&publish_id, Some(&target)).await;
                recorded.map_err(|error| match error.reason() {
                    Reason::TakenOver => error,
                    _ => error.with_dispatch(Dispatch::MaybeSent).with_safe_to_repeat(true),
                })?;
                Ok((journal, publish_id, target.upload_url))
            }
            // TikTok never posts a publish that receives no bytes, so the same key may start another one.
            Err(error) if error.dispatch() == Dispatch::MaybeSent => Err(error.with_safe_to_repeat(true)),
            Err(error) => {
                journal.give_up().await?;
                Err(error)
            }
        }
    }

    /// Abandons a publish when it is unknown whether TikTok created it or received its last chunk. The caller has
    /// verified that TikTok has no such post and that no process still works on the publish.
    pub(crate) async fn abandon(&self, account: &AccountKey, key: &str) -> Result<()> {
        checked_key(key)?;
        let (leases, clock) = (Arc::clone(&self.leases), Arc::clone(&self.pipeline.clock));
        let lease = KeyLease::acquire(leases, clock, &self.pipeline.config.client_key, account, key).await?;
        let unknown =
            || Error::new(ErrorKind::NotFound, "no publish has this idempotency key; check the key");
        let abandon = async {
            let found = Journal::find(&self.journal, &self.pipeline, account, key).await?;
            found.ok_or_else(unknown)?.abandon(&self.pipeline).await
        };
        let abandoned = abandon.await;
        lease.release().await;
        abandoned.map_err(|error| error.with_idempotency_key(key))
    }

    /// Waits for the outcome of a publish after TikTok has received all bytes.
    pub(crate) async fn wait(
        &self,
        account: &AccountKey,
        publish_id: &str,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        FetchStatus::new(publish_id)?;
        let row = self.journal.find_publish(publish_id).await?.filter(|row| row.account == *account);
        let mut journal = match row {
            Some(row) => Journal::find(&self.journal, &self.pipeline, account, &row.key).await?,
            None => None,
        };
        let options = PublishOptions { wait: true, ..options.clone() };
        let work = async {
            if let Some(journal) = journal.as_mut().filter(|journal| journal.was_given_up()) {
                self.recheck_abandoned(account, journal).await?;
            }
            self.query_outcome(account, publish_id, journal, None, &options).await
        };
        let guarded = self.closing.guard(&options.cancel, std::future::pending(), work);
        guarded.await.map_err(|error| error.with_publish_id(publish_id))
    }

    /// Queries TikTok once about a publish that ended here without a response from TikTok. The last chunk may have
    /// arrived since then.
    async fn recheck_abandoned(&self, account: &AccountKey, journal: &mut Journal) -> Result<()> {
        let Some(publish_id) = journal.publish_id() else { return Ok(()) };
        let call = FetchStatus::new(publish_id)?;
        let status = match self.pipeline.run_waiting(account, &call, STATUS_QUOTA_WAIT).await {
            Ok(status) => status,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        match status.status {
            StatusCode::PublishComplete | StatusCode::SendToUserInbox => {
                journal.ended(true, &status.post_ids, None).await;
            }
            StatusCode::ProcessingUpload if status.uploaded_bytes == Some(journal.video_size()) => {
                let error = still_processing().with_publish_id(publish_id);
                return Err(error.with_dispatch(Dispatch::MaybeSent));
            }
            StatusCode::ProcessingUpload | StatusCode::ProcessingDownload | StatusCode::Failed => {}
        }
        Ok(())
    }

    /// Queries the outcome of a publish whose bytes TikTok has received or fetches itself. `journal` is `None` for a
    /// publish that was started elsewhere.
    pub(super) async fn query_outcome(
        &self,
        account: &AccountKey,
        publish_id: &str,
        journal: Option<Journal>,
        lease: Option<&KeyLease>,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        // The size of a publish that was started elsewhere is unknown, and the query does not need it.
        let plan = journal.as_ref().map_or_else(|| ChunkPlan::for_size(1), Journal::plan)?;
        let key = journal.as_ref().map_or_else(String::new, |journal| journal.key().to_owned());
        let visible = journal.as_ref().map(Journal::may_become_public);
        let mut reporter =
            Reporter::new(options.progress.clone(), Arc::clone(&self.pipeline.clock), plan.video_size());
        reporter.with_publish_context(publish_id);
        let pulled = journal.as_ref().is_some_and(Journal::is_pulled);
        let photos = journal.as_ref().is_some_and(Journal::is_photos);
        let machine = Machine::asking(plan, visible, options.wait).fetched_by_tiktok(pulled);
        let (pipeline, account) = (&self.pipeline, account.clone());
        let waiter = self.waiters.join(publish_id);
        let mut run = Run {
            pipeline,
            account,
            machine,
            upload: None,
            journal,
            reporter,
            lease,
            waiter,
            closing: &self.closing,
            last_chunk_written: false,
        };
        let (status, phase) = run.finish(publish_id).await?;
        let username = self.pipeline.session.username(&run.account).await?;
        Ok(PublishOutcome::new(status, phase, &key, username.as_deref(), photos))
    }
}

/// An upload that TikTok has created, with everything that is necessary to continue it.
pub(super) struct Sending {
    pub(super) source: Source,
    pub(super) mime: &'static str,
    pub(super) journal: Journal,
    pub(super) publish_id: String,
    pub(super) upload_url: Secret,
    pub(super) machine: Machine,
    pub(super) reporter: Reporter,
}

/// Adds the ids that are necessary to resume the failed publish. After TikTok has created the publish, an intermediate
/// failure does not show whether a post will result from it.
fn with_publish_context(error: Error, key: &str, publish_id: Option<&String>) -> Error {
    let error = error.with_idempotency_key(key);
    let Some(publish_id) = publish_id else { return error };
    let error = error.with_publish_id(publish_id);
    if error.is_safe_to_repeat() || error.fail_reason().is_some() {
        return error;
    }
    error.with_dispatch(Dispatch::MaybeSent)
}
