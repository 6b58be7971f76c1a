//! The upload and the wait for its outcome as a state machine without I/O: it says what to do next and is told how it
//! went. Everything that decides about repeating lives here (docs/tiktok-api.md 5.7, 5.8).

use super::progress::Phase;
use crate::api::status::{PublishStatus, StatusCode};
use crate::clock::Timestamp;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result, Retry};
use crate::media::ChunkPlan;
use std::ops::Range;
use std::time::Duration;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Send these bytes as one chunk.
    Send(Range<u64>),
    /// Ask TikTok how far the publish is.
    AskStatus,
    /// Do nothing for this long.
    Wait(Duration),
    /// There is nothing left to do.
    Done(Phase),
}

/// How TikTok answered a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ChunkAnswer {
    /// Any 2xx: the bytes are TikTok's.
    Accepted,
    /// 5xx, or no answer.
    Lost,
    /// 416 with the reply's `Content-Range`.
    OutOfRange(Option<String>),
    /// 403: the upload URL has expired.
    Expired,
    /// 404: TikTok knows no such upload, or has finished it.
    Gone,
    /// Any other refusal.
    Refused(u16),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Sending,
    /// The fate of the last chunk is unclear: status tells whether it arrived.
    Settling,
    Processing,
    Moderating {
        until: Timestamp,
    },
    Ended(Phase),
}

/// How often in a row one chunk, or one question for the status, may fail: with pauses that grow to 5 s, an outage of
/// more than a minute is outlasted.
pub(super) const MAX_FAILURES: u32 = 20;
/// The pause before status is asked about a refused last chunk: it must not tell of a time before the refusal.
const SETTLE_PAUSE: Duration = Duration::from_secs(5);
/// How many refusals, each followed by a status that lacks the bytes, end an attempt whose last chunk is unclear.
const MAX_REFUSALS: u32 = 3;
/// How often TikTok may name an earlier chunk than the one that was sent, without a chunk accepted beyond all before.
const MAX_RETURNS: u32 = 3;
/// A public post's id is waited for this long after it is posted; moderation is "usually within one minute".
const MODERATION_WAIT: Duration = Duration::from_secs(60);
/// The longest wait for processing: 4 GB take "over two minutes", sandboxes were seen to take 15.
const PROCESSING_WAIT: Duration = Duration::from_secs(30 * 60);
/// How long TikTok may fetch media from a URL (docs/tiktok-api.md 5.6, "Deadline").
const FETCH_WAIT: Duration = Duration::from_secs(60 * 60);
/// The pauses between questions while TikTok works, the last one repeated: within the 30 a minute of
/// docs/tiktok-api.md 8.
const POLL_SECONDS: [u64; 8] = [1, 2, 2, 3, 3, 5, 5, 10];
const MODERATION_POLL: Duration = Duration::from_secs(5);

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Machine {
    plan: ChunkPlan,
    accepted: u64,
    /// The most that TikTok ever accepted: it may lose bytes and ask for them again.
    most: u64,
    mode: Mode,
    pause: Option<Duration>,
    failures: u32,
    /// The next chunk was sent before, and nobody knows whether it arrived.
    unclear: bool,
    /// The last chunk may have arrived, or may arrive yet: this or an earlier attempt may have sent it, and no answer is known. It
    /// stays true when TikTok takes earlier chunks again, and no refusal ends it: TikTok refuses what it already has, too.
    last_unclear: bool,
    /// TikTok refused a chunk while the last one may have arrived, and no status has been read since.
    refused: bool,
    refusals: u32,
    /// Where TikTok wants to go on, until a status has been asked about the last chunk.
    going_back_to: Option<u64>,
    returns: u32,
    /// No status was read yet since an earlier run: TikTok may have lost what that run wrote down as accepted.
    resuming: bool,
    polls: usize,
    processing_since: Option<Timestamp>,
    /// `None` for a publish that was begun elsewhere.
    may_become_public: Option<bool>,
    wait: bool,
    /// How long TikTok may work on it.
    patience: Duration,
}

impl Machine {
    /// Begins an upload. `may_become_public` tells whether a public id can be expected, `wait` whether the outcome
    /// matters.
    pub(super) fn new(plan: ChunkPlan, may_become_public: bool, wait: bool) -> Self {
        Self::after(plan, 0, Some(may_become_public), wait)
    }

    /// Goes on after `accepted` bytes. An earlier run may have sent the next chunk too, so status is asked first.
    pub(super) fn resumed(plan: ChunkPlan, accepted: u64, may_become_public: bool, wait: bool) -> Self {
        let mut machine = Self::after(plan, accepted, Some(may_become_public), wait);
        if machine.mode == Mode::Sending {
            machine.unclear = true;
            machine.resuming = true;
            machine.mode = Mode::Settling;
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

    /// Takes a last chunk into account that an earlier attempt may have sent, or may send yet.
    pub(super) fn inheriting(mut self, last_chunk: bool) -> Self {
        self.last_unclear = last_chunk;
        self
    }

    /// Only asks for the outcome of a publish whose bytes TikTok has: once, or until there is one.
    pub(super) fn asking(plan: ChunkPlan, may_become_public: Option<bool>, wait: bool) -> Self {
        let accepted = plan.video_size();
        let mut machine = Self::after(plan, accepted, may_become_public, wait);
        machine.mode = Mode::Processing;
        machine
    }

    /// TikTok fetches the media itself, for which it has an hour, before it works on them.
    pub(super) fn fetched_by_tiktok(mut self, fetched: bool) -> Self {
        if fetched {
            self.patience = PROCESSING_WAIT + FETCH_WAIT;
        }
        self
    }

    /// Bytes that TikTok has accepted.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted
    }

    pub(super) fn phase(&self) -> Phase {
        match self.mode {
            Mode::Sending | Mode::Settling => Phase::Sending,
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
            Mode::Settling | Mode::Processing | Mode::Moderating { .. } => Step::AskStatus,
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
                // The chunk is there after all, or chunks are that TikTok seemed to have lost.
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
                    upload_over(416, "TikTok's record of the upload differs from ours")
                }
            },
            ChunkAnswer::Expired => upload_over(403, "the upload URL has expired (it lives one hour)"),
            ChunkAnswer::Gone => {
                // TikTok answers this for a finished upload, too: a machine on the way may have sent the chunk twice.
                self.last_unclear |= is_last;
                upload_over(404, "TikTok no longer knows this upload")
            }
            ChunkAnswer::Refused(status) => upload_over(*status, "TikTok refused the chunk"),
        };
        if self.last_unclear {
            // TikTok refuses in several ways what it already has: only status can tell whether it was posted.
            self.refused = true;
            self.mode = Mode::Settling;
            return self.try_again(SETTLE_PAUSE, is_last);
        }
        Err(refusal)
    }

    /// Returns how many bytes a 416 says are stored, when that is the end of a chunk. Where both readings of the header are,
    /// the smaller one counts: a chunk that is sent twice does no harm, one that is left out does.
    fn stored(&self, range: Option<&str>) -> Option<u64> {
        stored_bytes(range, self.plan.video_size()).find(|&bytes| self.plan.boundary(bytes).is_some())
    }

    /// Goes on from `stored`, as TikTok asks (docs/tiktok-api.md 5.7). When the last chunk may have arrived, or TikTok says
    /// that it has all bytes, a status must say first that bytes are missing: the post begins with the last one.
    fn go_back(&mut self, stored: u64, pause: Duration, is_last: bool) {
        self.returns += 1;
        let has_all = stored == self.plan.video_size();
        self.last_unclear |= has_all;
        if is_last || self.last_unclear {
            self.going_back_to = Some(stored).filter(|_| !has_all);
            self.pause = Some(SETTLE_PAUSE);
            self.mode = Mode::Settling;
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

    /// Whether a post may come of what was sent, whatever failed since.
    pub(super) fn may_have_posted(&self) -> bool {
        self.accepted == self.plan.video_size() || self.unclear || self.last_unclear
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// The last chunk is settled by status, since the post begins with it; any other is simply sent again.
    fn try_again(&mut self, pause: Duration, is_last: bool) -> Result<()> {
        self.failures += 1;
        if self.failures >= MAX_FAILURES {
            return Err(lost_for_good());
        }
        self.pause = Some(pause);
        if is_last || self.last_unclear {
            self.mode = Mode::Settling;
        }
        Ok(())
    }

    pub(super) fn on_status(&mut self, status: &PublishStatus, now: Timestamp) -> Result<()> {
        if let Some(failure) = status.failure() {
            return Err(failure);
        }
        if self.mode == Mode::Settling {
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
                let seconds = POLL_SECONDS[self.polls.min(POLL_SECONDS.len() - 1)];
                self.polls += 1;
                self.pause = Some(Duration::from_secs(seconds));
            }
        }
        Ok(())
    }

    /// Status was asked about an unclear chunk, and TikTok lacks bytes, or lacks them as yet: it may lag behind.
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

    /// The status could not be read: asked again until it fails too often.
    pub(super) fn on_status_error(&mut self, error: Error) -> Result<()> {
        self.failures += 1;
        if !error.is_retryable() || self.failures >= MAX_FAILURES {
            return Err(error);
        }
        self.pause = Some(error.retry_after().unwrap_or(MODERATION_POLL));
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
            self.pause = Some(MODERATION_POLL);
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

/// Returns what a reply's `Content-Range: bytes 0-N/total` may mean: N bytes, or bytes up to and with index N; the
/// documentation leaves it open (docs/tiktok-api.md 5.7). A range of another total is not about this upload.
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
        "the upload broke off again and again; check the network, then publish again with the same idempotency key",
    )
    .with_retry(Retry::Backoff)
}

fn upload_over(status: u16, what: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("{what}; nothing was posted, begin a new publish"))
        .with_http_status(status)
        .with_dispatch(Dispatch::Answered)
        .with_owner(Owner::TikTok)
        .with_safe_to_repeat(true)
}

/// TikTok's status lags, and another attempt may only be suspended: no number of refusals shows that nothing is posted.
fn unclear_last_chunk() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "the last chunk of this upload may have arrived, but TikTok neither takes it again nor reports it; repeat the call later, or \
         look for the post in TikTok, make sure that no other process still works on it, and abandon this publish when it is \
         not there",
    )
    .with_dispatch(Dispatch::MaybeSent)
}

pub(super) fn still_processing() -> Error {
    Error::new(ErrorKind::Unavailable, "TikTok has the video and still works on it; ask for its status later")
        .with_dispatch(Dispatch::Answered)
        .with_retry(Retry::After(Duration::from_secs(60)))
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "machine_return_tests.rs"]
mod return_tests;
