//! Progress and cancellation of a publish.

use super::ProgressFn;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Owner, Reason, Retry};
use serde::Serialize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Phase of a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The file is being checked against TikTok's rules.
    Probing,
    /// Bytes are being sent.
    Sending,
    /// TikTok is processing the file.
    Processing,
    /// The post exists, and TikTok is moderating it before it assigns a public id.
    Moderating,
    /// The post is published.
    Published,
}

/// Progress of a publish.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishProgress {
    /// Current phase.
    pub phase: Phase,
    /// TikTok's publish id, once known.
    pub publish_id: Option<String>,
    /// Bytes handed to the network so far. The number decreases when a chunk must be sent again.
    pub bytes_sent: u64,
    /// Size of the file in bytes.
    pub total_bytes: u64,
    /// Average rate of this attempt, in bytes per second.
    pub bytes_per_second: u64,
    /// Estimated milliseconds until all bytes are sent; `None` while unknown.
    pub remaining_ms: Option<u64>,
}

/// Cancels a publish, a collection of metrics or a re-encryption of tokens. Clones cancel the same operation.
#[derive(Debug, Clone, Default)]
pub struct CancelToken {
    token: CancellationToken,
    /// The time limit whose end cancelled the operation.
    limit: Arc<OnceLock<Duration>>,
}

impl CancelToken {
    /// Creates a token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the operation that holds this token, permanently.
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// Cancels the operation that holds this token because it did not end within `limit`. It fails with [`Reason::TimedOut`] instead of
    /// [`ErrorKind::Cancelled`], and the journal records that error. Has no effect on the error after [`CancelToken::cancel`].
    pub fn time_out(&self, limit: Duration) {
        if !self.token.is_cancelled() {
            // The first limit counts.
            let _ = self.limit.set(limit);
        }
        self.token.cancel();
    }

    /// Returns true when [`CancelToken::cancel`] or [`CancelToken::time_out`] was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Completes when the operation is cancelled.
    pub(crate) async fn cancelled(&self) {
        self.token.cancelled().await;
    }

    /// Returns the error of an operation whose time limit has ended.
    pub(crate) fn timed_out(&self) -> Option<Error> {
        let limit = self.limit.get()?.as_millis();
        let sentence =
            format!("the operation did not end within {limit} ms; try again, or set a longer time limit");
        let error = Error::new(ErrorKind::Unavailable, sentence).with_reason(Reason::TimedOut);
        Some(error.with_retry(Retry::Backoff))
    }
}

/// Returns the error for a publish that its caller cancelled.
pub(super) fn cancelled(token: &CancelToken) -> Error {
    let by_caller =
        || Error::new(ErrorKind::Cancelled, "the caller cancelled the publish").with_owner(Owner::User);
    token.timed_out().unwrap_or_else(by_caller)
}

/// The minimum time between two progress events while bytes are sent: at most ten events per second.
const THROTTLE: Duration = Duration::from_millis(100);

/// Reports progress to the caller at a limited rate. A change of phase and the last byte are always reported.
pub(super) struct Reporter {
    callback: Option<ProgressFn>,
    clock: Arc<dyn Clock>,
    started: Duration,
    last_report: Option<Duration>,
    already_sent: u64,
    state: PublishProgress,
}

impl Reporter {
    pub(super) fn new(callback: Option<ProgressFn>, clock: Arc<dyn Clock>, total_bytes: u64) -> Self {
        let state = PublishProgress {
            phase: Phase::Probing,
            publish_id: None,
            bytes_sent: 0,
            total_bytes,
            bytes_per_second: 0,
            remaining_ms: None,
        };
        let started = clock.monotonic();
        let mut reporter = Self { callback, clock, started, last_report: None, already_sent: 0, state };
        reporter.report(started);
        reporter
    }

    /// Starts the sending phase. An earlier attempt has already sent `from` bytes, which TikTok accepted.
    pub(super) fn sending(&mut self, publish_id: &str, from: u64) {
        self.started = self.clock.monotonic();
        self.already_sent = from;
        self.state.bytes_sent = from;
        self.state.publish_id = Some(publish_id.to_owned());
        self.enter(Phase::Sending);
    }

    pub(super) fn with_publish_context(&mut self, publish_id: &str) {
        self.state.publish_id = Some(publish_id.to_owned());
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        let changed = self.state.phase != phase;
        self.state.phase = phase;
        if !matches!(phase, Phase::Sending | Phase::Probing) {
            self.state.bytes_sent = self.state.total_bytes;
            self.state.remaining_ms = Some(0);
        }
        if changed {
            self.report(self.clock.monotonic());
        }
    }

    pub(super) fn sent(&mut self, bytes_sent: u64) {
        let now = self.clock.monotonic();
        self.state.bytes_sent = bytes_sent;
        let millis = u64::try_from(now.saturating_sub(self.started).as_millis()).unwrap_or(u64::MAX);
        let fresh = bytes_sent.saturating_sub(self.already_sent);
        if millis > 0 && fresh > 0 {
            let rate = u64::try_from(u128::from(fresh) * 1000 / u128::from(millis)).unwrap_or(u64::MAX);
            self.state.bytes_per_second = rate;
            let left = u128::from(self.state.total_bytes.saturating_sub(bytes_sent));
            self.state.remaining_ms =
                (rate > 0).then(|| u64::try_from(left * 1000 / u128::from(rate)).unwrap_or(u64::MAX));
        }
        let due = self.last_report.is_none_or(|last_report| now.saturating_sub(last_report) >= THROTTLE);
        if due || bytes_sent == self.state.total_bytes {
            self.report(now);
        }
    }

    fn report(&mut self, now: Duration) {
        self.last_report = Some(now);
        if let Some(callback) = &self.callback {
            callback(self.state.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, Timestamp};
    use std::sync::Mutex;

    fn recorder() -> (ProgressFn, Arc<Mutex<Vec<PublishProgress>>>) {
        let events = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&events);
        (Arc::new(move |event| sink.lock().unwrap().push(event)), events)
    }

    #[test]
    fn progress_is_throttled_but_the_last_byte_is_reported() {
        let clock = ManualClock::new(Timestamp::from_millis(0));
        let (callback, events) = recorder();
        let mut reporter = Reporter::new(Some(callback), Arc::new(clock.clone()), 1000);
        reporter.sending("p", 0);
        for byte in 1..=1000 {
            clock.advance(Duration::from_millis(1));
            reporter.sent(byte);
        }
        let events = events.lock().unwrap();
        assert!(events.len() <= 13, "{}", events.len());
        let last = events.last().unwrap();
        assert_eq!((last.bytes_sent, last.remaining_ms, last.bytes_per_second), (1000, Some(0), 1000));
    }

    #[test]
    fn rate_counts_only_the_bytes_of_this_attempt() {
        let clock = ManualClock::new(Timestamp::from_millis(0));
        let (callback, events) = recorder();
        let mut reporter = Reporter::new(Some(callback), Arc::new(clock.clone()), 1000);
        reporter.sending("p", 500);
        clock.advance(Duration::from_secs(1));
        reporter.sent(600);
        let event = events.lock().unwrap().last().unwrap().clone();
        assert_eq!((event.bytes_per_second, event.remaining_ms), (100, Some(4000)));
    }
}
