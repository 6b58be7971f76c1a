//! One publish in progress: does what the machine says, and writes down what came of it.

use super::claim::Claim;
use super::driver::STATUS_QUOTA_WAIT;
use super::journal::Journal;
use super::machine::{Machine, Step};
use super::progress::{Phase, Reporter};
use super::upload::Upload;
use super::waiters::Waiter;
use crate::api::status::{FetchStatus, PublishStatus, StatusCode};
use crate::error::{Error, Result};
use crate::pipeline::Pipeline;
use crate::store::AccountKey;
use crate::transport::retry::backoff;
use std::time::Duration;

/// One publish in progress.
pub(super) struct Run<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) account: AccountKey,
    pub(super) machine: Machine,
    pub(super) upload: Option<Upload>,
    pub(super) journal: Option<Journal>,
    pub(super) reporter: Reporter,
    pub(super) claim: Option<&'a Claim>,
    pub(super) waiter: Waiter,
}

impl Run<'_> {
    /// Obeys the machine until it is done, and writes down how it ended.
    pub(super) async fn finish(&mut self, publish_id: &str) -> Result<(PublishStatus, Phase)> {
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
                    let upload =
                        self.upload.as_ref().ok_or_else(|| Error::bug("there is no upload to go on with"))?;
                    let (transport, claim) = (&*self.pipeline.transport, self.claim);
                    let answer = upload.send(transport, &chunk, &mut self.reporter, || keep(claim)).await;
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
            keep(self.claim).await;
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

/// Work goes on: another process must not take it for dead.
async fn keep(claim: Option<&Claim>) {
    if let Some(claim) = claim {
        claim.keep().await;
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
