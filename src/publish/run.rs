//! A publish in progress: executes the steps of the machine and records their results.

use super::closing::Closing;
use super::journal::Journal;
use super::key_lease::KeyLease;
use super::machine::{ChunkAnswer, Machine, Step};
use super::poll_interval::STATUS_QUOTA_WAIT;
use super::progress::{Phase, Reporter};
use super::upload::Upload;
use super::waiters::Waiter;
use crate::api::consumer::status::{FetchStatus, PublishStatus, StatusCode};
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::model::AccountKey;
use crate::pipeline::{Pipeline, cause};
use crate::transport::retry::backoff;
use std::time::Duration;

/// The operation name of requests that send bytes, used in retry notices.
const UPLOAD: &str = "video_upload";

/// A publish in progress.
pub(super) struct Run<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) account: AccountKey,
    pub(super) machine: Machine,
    pub(super) upload: Option<Upload>,
    pub(super) journal: Option<Journal>,
    pub(super) reporter: Reporter,
    pub(super) lease: Option<&'a KeyLease>,
    pub(super) waiter: Waiter,
    pub(super) closing: &'a Closing,
    /// True when this attempt has recorded that the last chunk may be sent.
    pub(super) last_chunk_written: bool,
}

impl Run<'_> {
    /// Executes the steps of the machine until it is done, and records the outcome.
    pub(super) async fn finish(&mut self, publish_id: &str) -> Result<(PublishStatus, Phase)> {
        let ended = self.drive(publish_id).await;
        let Some(journal) = &mut self.journal else { return ended };
        match &ended {
            Ok((_, Phase::Processing)) => {}
            Ok((status, _)) => journal.ended(true, &status.post_ids, None).await,
            Err(error) if error.fail_reason().is_some() => {
                journal.ended(false, &[], error.fail_reason()).await;
            }
            // If this attempt has lost the publish, TikTok's response to this attempt does not describe the state of
            // the publish.
            Err(error) if error.is_safe_to_repeat() => journal.give_up().await?,
            Err(_) => {}
        }
        ended
    }

    async fn drive(&mut self, publish_id: &str) -> Result<(PublishStatus, Phase)> {
        let call = FetchStatus::new(publish_id)?;
        let mut last = None;
        loop {
            self.reporter.enter(self.machine.phase());
            match self.machine.next() {
                Step::Send(chunk) => {
                    self.closing.check()?;
                    self.verify_ownership(chunk.end).await?;
                    if let Some(status) = self.journal.as_ref().and_then(Journal::end) {
                        self.machine.on_status(&status, self.pipeline.clock.now())?;
                        last = Some(status);
                        continue;
                    }
                    let upload =
                        self.upload.as_ref().ok_or_else(|| Error::bug("there is no upload to continue"))?;
                    let (transport, lease, journal) =
                        (&*self.pipeline.transport, self.lease, self.journal.as_ref());
                    let alive = || still_owned(lease, journal);
                    let answer = upload.send(transport, &chunk, &mut self.reporter, alive).await;
                    let answer = answer.map_err(|error| mark_possibly_posted(error, &self.machine))?;
                    let pause = backoff(self.machine.failures() + 1);
                    self.machine.on_chunk(&chunk, &answer, pause)?;
                    if answer != ChunkAnswer::Accepted {
                        self.pipeline.retries.notify(UPLOAD, Some(pause), || {
                            format!("bytes {} to {}: {}", chunk.start, chunk.end, answer.cause())
                        });
                    }
                }
                Step::Wait(pause) => {
                    let closing = self.closing;
                    if let Some(status) = closing.unless_closing(self.wait(pause)).await? {
                        self.machine.on_status(&status, self.pipeline.clock.now())?;
                        last = Some(status);
                    }
                }
                Step::AskStatus => {
                    if let Some(status) = self.recorded_status().await {
                        self.machine.on_status(&status, self.pipeline.clock.now())?;
                        last = Some(status);
                        continue;
                    }
                    // Type-erased, because the nested future type would exceed the recursion limit of host crates.
                    let ask: BoxFuture<'_, _> =
                        Box::pin(self.pipeline.run_waiting(&self.account, &call, STATUS_QUOTA_WAIT));
                    match self.closing.unless_closing(ask).await? {
                        Ok(status) => {
                            self.machine.on_status(&status, self.pipeline.clock.now())?;
                            last = Some(status);
                        }
                        Err(error) => {
                            let failure = cause(&error);
                            self.machine.on_status_error(error)?;
                            self.pipeline.retries.notify("publish_status", None, || failure);
                        }
                    }
                }
                Step::Done(phase) => {
                    return Ok((
                        last.unwrap_or_else(|| received(publish_id, self.machine.accepted())),
                        phase,
                    ));
                }
            }
            self.record_accepted().await?;
            if let Some(lease) = self.lease {
                lease.renew_if_due().await;
            }
        }
    }

    /// Waits for `pause`, or until a webhook ends the publish.
    async fn wait(&mut self, pause: Duration) -> Option<PublishStatus> {
        let signal = self.waiter.signal();
        let notified = signal.notified();
        tokio::pin!(notified);
        // The signal is enabled before the journal is read; otherwise, a change between these two steps would be
        // missed.
        notified.as_mut().enable();
        if let Some(status) = self.recorded_status().await {
            return Some(status);
        }
        tokio::select! {
            () = notified => self.recorded_status().await,
            () = self.pipeline.clock.sleep(pause) => None,
        }
    }

    async fn recorded_status(&mut self) -> Option<PublishStatus> {
        match &mut self.journal {
            Some(journal) => journal.recorded_status().await,
            None => None,
        }
    }

    /// Verifies that this attempt owns the publish immediately before it sends a chunk that ends at `end`. Before the
    /// last chunk, also records in the journal that this chunk may be sent, because a post may result from it.
    async fn verify_ownership(&mut self, end: u64) -> Result<()> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        if end < journal.video_size() || self.last_chunk_written {
            return journal.refresh().await;
        }
        journal.last_chunk().await?;
        self.last_chunk_written = true;
        Ok(())
    }

    /// Records the number of accepted bytes. Only an upload has this number; a query of the outcome records nothing.
    async fn record_accepted(&mut self) -> Result<()> {
        let accepted = self.machine.accepted();
        match &mut self.journal {
            Some(journal) if self.upload.is_some() && journal.accepted_bytes() < accepted => {
                journal.accepted(accepted).await
            }
            _ => Ok(()),
        }
    }
}

/// Renews the lease while bytes are sent, and verifies at the same interval that the attempt still owns the publish. If
/// the journal cannot be read, the check runs again later, and always before the next chunk.
async fn still_owned(lease: Option<&KeyLease>, journal: Option<&Journal>) -> Result<()> {
    let (Some(lease), Some(journal)) = (lease, journal) else { return Ok(()) };
    if !lease.renew_if_due().await {
        return Ok(());
    }
    match journal.check().await {
        Err(error) if error.kind() == ErrorKind::Conflict => Err(error),
        _ => Ok(()),
    }
}

/// Returns the status of a publish whose caller does not wait for processing: TikTok has all bytes.
fn received(publish_id: &str, bytes: u64) -> PublishStatus {
    PublishStatus {
        publish_id: publish_id.to_owned(),
        status: StatusCode::ProcessingUpload,
        fail_reason: None,
        post_ids: Vec::new(),
        uploaded_bytes: Some(bytes),
    }
}

/// Adds to an internal error that the last chunk may have arrived, because a post may still result from it.
fn mark_possibly_posted(error: Error, machine: &Machine) -> Error {
    if error.may_have_been_sent() || !machine.may_have_posted() {
        return error;
    }
    let message = format!(
        "{}; TikTok may have received all bytes: query the status of the publish first",
        error.message()
    );
    error.with_safe_to_repeat(false).with_message(message)
}
