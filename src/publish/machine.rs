//! The upload and the wait for its outcome as a state machine without I/O. The machine returns each step to take and
//! receives its result. It makes all decisions about retries (docs/tiktok-api.md 5.7, 5.8).

use super::chunk_plan::ChunkPlan;
use super::poll_interval;
use super::progress::Phase;
use crate::api::consumer::status::{PublishStatus, StatusCode};
use crate::clock::Timestamp;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Reason, Result, Retry};
use std::ops::Range;
use std::time::Duration;

/// The next step of the publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Send these bytes as one chunk.
    Send(Range<u64>),
    /// Query the publish's status.
    AskStatus,
    /// Wait for this duration.
    Wait(Duration),
    /// The publish is complete.
    Done(Phase),
}

/// TikTok's response to a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ChunkAnswer {
    /// Any 2xx status: TikTok has the bytes.
    Accepted,
    /// A 5xx status, or no response.
    Lost,
    /// Status 416, with the `Content-Range` of the response.
    OutOfRange(Option<String>),
    /// Status 403: the upload URL has expired.
    Expired,
    /// Status 404: TikTok does not have the upload, or has finished it.
    Gone,
    /// Any other refusal.
    Refused(u16),
}

impl ChunkAnswer {
    /// Returns the reason why a chunk is sent again.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Accepted => "accepted".to_owned(),
            Self::Lost => "no response, or a server error".to_owned(),
            Self::OutOfRange(_) => "HTTP 416".to_owned(),
            Self::Expired => "HTTP 403".to_owned(),
            Self::Gone => "HTTP 404".to_owned(),
            Self::Refused(status) => format!("HTTP {status}"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Sending,
    /// It is unknown whether the last chunk arrived. The publish status shows the result.
    Verifying,
    Processing,
    Moderating {
        until: Timestamp,
    },
    Ended(Phase),
}

/// Maximum number of consecutive failures of one chunk or one status query. Pauses grow to 5 s, so the retries outlast
/// an outage of more than a minute.
pub(super) const MAX_FAILURES: u32 = 20;
/// The pause between a refused last chunk and the status query that follows, so that the status is newer than the
/// refusal.
const RANGE_PAUSE: Duration = Duration::from_secs(5);
/// Maximum number of refusals when it is unclear whether the last chunk arrived. After each refusal, TikTok reports a
/// status without the chunk's bytes; then the attempt ends.
const MAX_REFUSALS: u32 = 3;
/// Maximum number of times that TikTok may request an earlier chunk before it accepts a new one.
const MAX_RETURNS: u32 = 3;
/// The time to wait for the id of a public post after it is posted; moderation is "usually within one minute".
const MODERATION_WAIT: Duration = Duration::from_secs(60);
/// The maximum time to wait for processing: 4 GB take "over two minutes", and sandboxes took up to 15 minutes.
const PROCESSING_WAIT: Duration = Duration::from_secs(30 * 60);
/// The time within which TikTok may fetch media from a URL (docs/tiktok-api.md 5.6, "Deadline").
const FETCH_WAIT: Duration = Duration::from_secs(60 * 60);

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Machine {
    plan: ChunkPlan,
    accepted: u64,
    /// The highest number of bytes that TikTok has accepted. TikTok may lose bytes and request them again.
    most: u64,
    mode: Mode,
    pause: Option<Duration>,
    failures: u32,
    /// True when the next chunk was already sent and it is unknown whether it arrived.
    unclear: bool,
    /// True when the last chunk may have arrived or may still arrive: this attempt or an earlier one may have sent it,
    /// and no response is conclusive. The flag stays set when TikTok accepts earlier chunks again. A refusal does not
    /// clear it, because TikTok also refuses bytes that it already has.
    last_unclear: bool,
    /// True when TikTok refused a chunk while the last chunk may have arrived, and no status has been read since then.
    refused: bool,
    refusals: u32,
    /// The offset from which TikTok asks to continue. It is kept until a status query about the last chunk returns.
    going_back_to: Option<u64>,
    returns: u32,
    /// True until the first status of a resumed upload was read. TikTok may have lost bytes that the journal recorded
    /// as accepted.
    resuming: bool,
    polls: usize,
    processing_since: Option<Timestamp>,
    /// True when the post may receive a public id; `None` for a publish that was started elsewhere.
    may_become_public: Option<bool>,
    wait: bool,
    /// The time within which TikTok may process the publish.
    patience: Duration,
}

impl Machine {
    /// Creates a machine that starts an upload. `may_become_public` states whether the post can receive a public id,
    /// and `wait` whether to wait for the outcome.
    pub(super) fn new(plan: ChunkPlan, may_become_public: bool, wait: bool) -> Self {
        Self::after(plan, 0, Some(may_become_public), wait)
    }

    /// Creates a machine that resumes an upload after `accepted` bytes. An earlier attempt may also have sent the next
    /// chunk, so the first step is a status query.
    pub(super) fn resumed(plan: ChunkPlan, accepted: u64, may_become_public: bool, wait: bool) -> Self {
        let mut machine = Self::after(plan, accepted, Some(may_become_public), wait);
        if machine.mode == Mode::Sending {
            machine.unclear = true;
            machine.resuming = true;
            machine.mode = Mode::Verifying;
        }
        machine
    }

    fn after(plan: ChunkPlan, accepted: u64, may_become_public: Option<bool>, wait: bool) -> Self {
        let mut machine = Self {
            plan,
            accepted,
            most: accepted,
            mode: Mode::Sending,
            pause: None,
            failures: 0,
            unclear: false,
            last_unclear: false,
            refused: false,
            refusals: 0,
            going_back_to: None,
            returns: 0,
            resuming: false,
            polls: 0,
            processing_since: None,
            may_become_public,
            wait,
            patience: PROCESSING_WAIT,
        };
        machine.all_sent_if_complete();
        machine
    }

    /// Records that an earlier attempt may have sent the last chunk, or may still send it.
    pub(super) fn inheriting(mut self, last_chunk: bool) -> Self {
        self.last_unclear = last_chunk;
        self
    }

    /// Creates a machine that only queries the outcome of a publish whose bytes TikTok has received. It queries once,
    /// or until the outcome is known.
    pub(super) fn asking(plan: ChunkPlan, may_become_public: Option<bool>, wait: bool) -> Self {
        let accepted = plan.video_size();
        let mut machine = Self::after(plan, accepted, may_become_public, wait);
        machine.mode = Mode::Processing;
        machine
    }

    /// Extends the waiting time by the hour within which TikTok may fetch the media itself.
    pub(super) fn fetched_by_tiktok(mut self, fetched: bool) -> Self {
        if fetched {
            self.patience = PROCESSING_WAIT + FETCH_WAIT;
        }
        self
    }

    /// Returns the number of bytes that TikTok has accepted.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted
    }

    pub(super) fn phase(&self) -> Phase {
        match self.mode {
            Mode::Sending | Mode::Verifying => Phase::Sending,
            Mode::Processing => Phase::Processing,
            Mode::Moderating { .. } => Phase::Moderating,
            Mode::Ended(phase) => phase,
        }
    }

    pub(super) fn next(&mut self) -> Step {
        if let Some(pause) = self.pause.take() {
            return Step::Wait(pause);
        }
        match self.mode {
            Mode::Sending => {
                let index = self.plan.chunk_at(self.accepted);
                index.and_then(|index| self.plan.chunk(index)).map_or(Step::AskStatus, Step::Send)
            }
            Mode::Verifying | Mode::Processing | Mode::Moderating { .. } => Step::AskStatus,
            Mode::Ended(phase) => Step::Done(phase),
        }
    }

    pub(super) fn on_chunk(
        &mut self,
        chunk: &Range<u64>,
        answer: &ChunkAnswer,
        pause: Duration,
    ) -> Result<()> {
        let is_last = chunk.end == self.plan.video_size();
        let refusal = match answer {
            ChunkAnswer::Accepted => {
                self.accept(chunk.end);
                return Ok(());
            }
            ChunkAnswer::Lost => {
                self.unclear = true;
                self.last_unclear |= is_last;
                return self.try_again(pause, is_last);
            }
            ChunkAnswer::OutOfRange(range) => match self.stored(range.as_deref()) {
                // The chunk has arrived after all, or chunks that seemed lost have arrived.
                Some(stored)
                    if stored == chunk.end || (chunk.end..self.plan.video_size()).contains(&stored) =>
                {
                    self.accept(stored);
                    return Ok(());
                }
                Some(stored) if self.returns < MAX_RETURNS => {
                    self.go_back(stored, pause, is_last);
                    return Ok(());
                }
                stored => {
                    self.last_unclear |= is_last && stored.is_none();
                    upload_over(416, "TikTok's record of the upload differs from the journal")
                }
            },
            ChunkAnswer::Expired => upload_over(403, "the upload URL has expired (it is valid for one hour)"),
            ChunkAnswer::Gone => {
                // TikTok sends the same response for a finished upload, for example when a proxy sent the chunk twice.
                self.last_unclear |= is_last;
                upload_over(404, "TikTok no longer accepts bytes for this upload")
            }
            ChunkAnswer::Refused(status) => upload_over(*status, "TikTok rejected the chunk"),
        };
        if self.last_unclear {
            // TikTok refuses bytes that it already has with different statuses. Only the publish status shows whether
            // the video was posted.
            self.refused = true;
            self.mode = Mode::Verifying;
            return self.try_again(RANGE_PAUSE, is_last);
        }
        Err(refusal)
    }

    /// Returns the number of stored bytes according to a 416 response, if this number is the end of a chunk. If both
    /// interpretations of the header are possible, the smaller number is used, because sending a chunk twice is
    /// harmless and omitting one is not.
    fn stored(&self, range: Option<&str>) -> Option<u64> {
        stored_bytes(range, self.plan.video_size()).find(|&bytes| self.plan.boundary(bytes).is_some())
    }

    /// Continues from `stored`, as TikTok requests (docs/tiktok-api.md 5.7). If the last chunk may have arrived, or
    /// TikTok reports that it has all bytes, a status must first confirm that bytes are missing, because the last chunk
    /// starts the post.
    fn go_back(&mut self, stored: u64, pause: Duration, is_last: bool) {
        self.returns += 1;
        let has_all = stored == self.plan.video_size();
        self.last_unclear |= has_all;
        if is_last || self.last_unclear {
            self.going_back_to = Some(stored).filter(|_| !has_all);
            self.pause = Some(RANGE_PAUSE);
            self.mode = Mode::Verifying;
        } else {
            self.pause = Some(pause);
            self.send_from(stored);
        }
    }

    fn send_from(&mut self, stored: u64) {
        self.accepted = stored;
        self.unclear = false;
        self.mode = Mode::Sending;
    }

    /// Returns true when the bytes sent so far may result in a post, even if a later step failed.
    pub(super) fn may_have_posted(&self) -> bool {
        self.accepted == self.plan.video_size() || self.unclear || self.last_unclear
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Retries a chunk. The last chunk starts the post, so its retry depends on the status; any other chunk is sent
    /// again.
    fn try_again(&mut self, pause: Duration, is_last: bool) -> Result<()> {
        self.failures += 1;
        if self.failures >= MAX_FAILURES {
            return Err(lost_for_good());
        }
        self.pause = Some(pause);
        if is_last || self.last_unclear {
            self.mode = Mode::Verifying;
        }
        Ok(())
    }

    pub(super) fn on_status(&mut self, status: &PublishStatus, now: Timestamp) -> Result<()> {
        if let Some(failure) = status.failure() {
            return Err(failure);
        }
        if self.mode == Mode::Verifying {
            let all_there = status.status != StatusCode::ProcessingUpload
                || status.uploaded_bytes == Some(self.plan.video_size());
            if !all_there {
                return self.on_missing_bytes(status.uploaded_bytes);
            }
            self.accept(self.plan.video_size());
            if let Mode::Ended(_) = self.mode {
                return Ok(());
            }
        }
        self.failures = 0;
        match status.status {
            StatusCode::SendToUserInbox => self.mode = Mode::Ended(Phase::Published),
            StatusCode::PublishComplete => self.on_complete(status, now),
            StatusCode::ProcessingUpload | StatusCode::ProcessingDownload | StatusCode::Failed => {
                if !self.wait {
                    self.mode = Mode::Ended(Phase::Processing);
                    return Ok(());
                }
                let since = *self.processing_since.get_or_insert(now);
                if now.since(since) >= self.patience {
                    return Err(still_processing());
                }
                self.pause = Some(poll_interval::while_processing(self.polls));
                self.polls += 1;
            }
        }
        Ok(())
    }

    /// Handles a status that follows an unclear chunk and lacks some of its bytes. The status may be outdated.
    fn on_missing_bytes(&mut self, uploaded: Option<u64>) -> Result<()> {
        self.mode = Mode::Sending;
        let (resuming, back) = (std::mem::take(&mut self.resuming), self.going_back_to.take());
        let counted = uploaded.filter(|&bytes| self.plan.boundary(bytes).is_some());
        if let Some(bytes) = counted.filter(|&bytes| bytes > self.accepted) {
            self.accept(bytes);
            return Ok(());
        }
        if let Some(back) = back.or(counted.filter(|_| resuming)) {
            self.send_from(back);
            return Ok(());
        }
        if uploaded.is_none() {
            return Ok(());
        }
        if std::mem::take(&mut self.refused) {
            self.refusals += 1;
            if self.refusals >= MAX_REFUSALS {
                return Err(unclear_last_chunk());
            }
        }
        Ok(())
    }

    /// Handles a failed status query, which is retried until it has failed too often.
    pub(super) fn on_status_error(&mut self, error: Error) -> Result<()> {
        self.failures += 1;
        if !error.is_retryable() || self.failures >= MAX_FAILURES {
            return Err(error);
        }
        self.pause = Some(error.retry_after().unwrap_or(poll_interval::WHILE_MODERATING));
        Ok(())
    }

    fn on_complete(&mut self, status: &PublishStatus, now: Timestamp) {
        let until = match self.mode {
            Mode::Moderating { until } => until,
            _ => now.plus(MODERATION_WAIT),
        };
        self.mode = if !status.post_ids.is_empty() || self.may_become_public == Some(false) {
            Mode::Ended(Phase::Published)
        } else if now >= until || !self.wait {
            let sure = self.may_become_public.is_some();
            Mode::Ended(if sure { Phase::Moderating } else { Phase::Published })
        } else {
            self.pause = Some(poll_interval::WHILE_MODERATING);
            Mode::Moderating { until }
        };
    }

    fn accept(&mut self, end: u64) {
        if end > self.most {
            self.most = end;
            self.returns = 0;
        }
        self.accepted = end;
        self.failures = 0;
        self.unclear = false;
        self.refused = false;
        self.refusals = 0;
        self.all_sent_if_complete();
    }

    fn all_sent_if_complete(&mut self) {
        if self.accepted == self.plan.video_size() {
            self.mode = if self.wait { Mode::Processing } else { Mode::Ended(Phase::Processing) };
        } else {
            self.mode = Mode::Sending;
        }
    }
}

/// Returns the possible meanings of `Content-Range: bytes 0-N/total` in a response: N bytes, or the bytes up to and
/// including index N. The documentation does not state which is correct (docs/tiktok-api.md 5.7). A range with a
/// different total belongs to another upload.
fn stored_bytes(header: Option<&str>, total: u64) -> impl Iterator<Item = u64> {
    let range = header
        .and_then(|text| text.trim().strip_prefix("bytes"))
        .and_then(|text| text.trim_start().strip_prefix("0-"))
        .and_then(|text| text.split_once('/'));
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let last = range.filter(|(_, of)| number(of) == Some(total)).and_then(|(last, _)| number(last));
    last.into_iter().flat_map(|last| [last, last.saturating_add(1)])
}

fn lost_for_good() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the upload failed repeatedly; check the network, then publish again with the same idempotency key",
    )
    .with_retry(Retry::Backoff)
}

fn upload_over(status: u16, what: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("{what} and nothing was posted; start a new publish"))
        .with_http_status(status)
        .with_dispatch(Dispatch::Answered)
        .with_owner(Owner::TikTok)
        .with_safe_to_repeat(true)
}

/// Returns the error for an unclear last chunk. TikTok's status may be outdated, and another attempt may be suspended, so no number
/// of refusals proves that nothing was posted.
fn unclear_last_chunk() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "the last chunk of this upload may have arrived, but TikTok neither accepts it again nor reports it; retry \
         later, or look for the post in TikTok, and if it is not there and no process still works on it, abandon \
         this publish",
    )
    .with_reason(Reason::StartUnclear)
    .with_dispatch(Dispatch::MaybeSent)
}

pub(super) fn still_processing() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "TikTok has received the video and is still processing it; query its status later",
    )
    .with_reason(Reason::StillProcessing)
    .with_dispatch(Dispatch::Answered)
    .with_retry(Retry::After(Duration::from_secs(60)))
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "machine_return_tests.rs"]
mod return_tests;
