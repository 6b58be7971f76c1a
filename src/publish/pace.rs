//! The timing rules for every streamed video (a relayed URL, a JavaScript stream, a C reader): how soon the source must
//! respond, how fast its bytes must arrive, and when the last byte must have arrived. Only the time during which the
//! publish waits for the source counts, because a source is read no faster than TikTok accepts the bytes.

use crate::clock::{BoxFuture, Clock};
use crate::error::{Dispatch, Error, ErrorKind, Owner, Reason, Result, Retry};
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};

/// The maximum time to wait for a host's response headers, including the DNS lookup, the connection and redirects.
const OPENING: Duration = Duration::from_secs(30);
/// The total time that a publish waits for a source that delivers nothing. Each received byte restores a part of this
/// time.
const GRACE: Duration = Duration::from_secs(60);
/// The minimum average rate after [`GRACE`] is used up. This rate delivers 36 MB in an hour.
const SLOWEST_BYTES_PER_SECOND: u32 = 10_000;
/// The maximum overrun of the time limit that later bytes must make up for. Timers fire
/// slightly late, so each wait may exceed the limit. Without this debt, a source whose bytes arrive just as the timer
/// fires could be slow forever. A longer excess is caused by a suspended process, not by the source.
const MOST_DEBT: Duration = Duration::from_secs(1);
/// The time during which an upload URL accepts bytes (docs/tiktok-api.md 5.3, `upload_url`).
const UPLOAD_URL_LIFE: Duration = Duration::from_secs(60 * 60);

pub(super) type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// Opens a source; fails when this takes longer than 30 s.
pub(super) async fn opened<T>(clock: &dyn Clock, opening: impl Future<Output = Result<T>>) -> Result<T> {
    let limit = clock.timeout(OPENING);
    tokio::select! {
        biased;
        opened = opening => opened,
        () = limit => Err(slow(&format!("the server of the video URL did not respond within {} s", OPENING.as_secs()))
            .with_dispatch(Dispatch::NotSent)),
    }
}

/// Returns the maximum time that a source may take to deliver `length` bytes.
pub(super) fn longest(length: u64) -> Duration {
    GRACE + Duration::from_secs(length / u64::from(SLOWEST_BYTES_PER_SECOND))
}

/// A reader that enforces a minimum rate.
pub(super) struct Paced {
    reader: Reader,
    clock: Arc<dyn Clock>,
    /// Deadline on the monotonic clock, after which TikTok accepts no more bytes.
    ends: Duration,
    /// The remaining time that the publish may wait for the next byte.
    patience: Duration,
    /// The total time by which waits have exceeded the time limit.
    debt: Duration,
    /// Start of the current wait for the source; `None` while the publish does not wait for it.
    waiting_since: Option<Duration>,
    alarm: Option<BoxFuture<'static, ()>>,
}

impl fmt::Debug for Paced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paced").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Paced {
    pub(super) fn new(reader: Reader, clock: Arc<dyn Clock>) -> Self {
        let ends = clock.monotonic() + UPLOAD_URL_LIFE;
        Self { reader, clock, ends, patience: GRACE, debt: Duration::ZERO, waiting_since: None, alarm: None }
    }

    /// Switches to another reader with the same limits.
    pub(super) fn replace(&mut self, reader: Reader) {
        self.reader = reader;
        self.rest();
    }

    /// Starts the lifetime of the upload URL, which TikTok has just issued.
    pub(super) fn upload_url_issued(&mut self) {
        self.ends = self.clock.monotonic() + UPLOAD_URL_LIFE;
    }

    /// Stops the timer until the next read, because the publish does not wait for the source in between.
    pub(super) fn rest(&mut self) {
        if let Some(since) = self.waiting_since.take() {
            let waited = self.clock.monotonic().saturating_sub(since);
            self.debt = MOST_DEBT.min(self.debt + waited.saturating_sub(self.patience));
            self.patience = self.patience.saturating_sub(waited);
        }
    }

    /// Reads into `buffer` and returns the number of bytes read; 0 means the end. If the source is too slow, the I/O
    /// error contains an [`Error`].
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut space = ReadBuf::new(buffer);
        match self.reader.as_mut().poll_read(context, &mut space) {
            Poll::Pending => self.poll_late(context).map(|late| Err(io::Error::other(late))),
            Poll::Ready(read) => {
                self.rest();
                let count = space.filled().len();
                let earned = Duration::from_secs(count as u64) / SLOWEST_BYTES_PER_SECOND;
                let left = earned.saturating_sub(self.debt);
                self.debt = self.debt.saturating_sub(earned);
                self.patience = GRACE.min(self.patience + left);
                Poll::Ready(read.map(|()| count))
            }
        }
    }

    /// Completes with an error when the source has exceeded a time limit.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<Error> {
        loop {
            let now = self.clock.monotonic();
            let waited = now.saturating_sub(*self.waiting_since.get_or_insert(now));
            if now >= self.ends {
                return Poll::Ready(too_late());
            }
            let left = self.patience.saturating_sub(waited);
            if left.is_zero() {
                return Poll::Ready(too_slow());
            }
            // A timer that was set before new bytes extended the time limit fires too early, so it is set again.
            let until = left.min(self.ends.saturating_sub(now));
            let alarm = self.alarm.get_or_insert_with(|| self.clock.timeout(until));
            if alarm.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.alarm = None;
        }
    }
}

fn too_slow() -> Error {
    slow(&format!(
        "the video source is too slow: less than {SLOWEST_BYTES_PER_SECOND} bytes per second on average after a \
         grace period of {} s; nothing was posted",
        GRACE.as_secs()
    ))
}

fn slow(what: &str) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("{what}; check the source, then publish again with the same idempotency key"),
    )
    .with_reason(Reason::SourceTooSlow)
    .with_owner(Owner::User)
    .with_retry(Retry::Backoff)
}

fn too_late() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the video source did not deliver all bytes within the hour that TikTok allows, and nothing was posted; \
         publish again from a faster source",
    ).with_reason(Reason::SourceTooSlow)
    .with_owner(Owner::User)
    .with_safe_to_repeat(true)
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
