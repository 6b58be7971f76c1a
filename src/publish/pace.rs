//! The one rule for every video that somebody else feeds (a relayed host, a JavaScript stream, a C reader): how soon its
//! source must answer, how fast its bytes must come, and when they must all be there. Only time in which the publish waits
//! for the source counts: a source is read no faster than TikTok takes the bytes.

use crate::clock::{BoxFuture, Clock};
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result, Retry};
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};

/// Longest wait for the head of a host's answer: look-up of its name, connection and redirects included.
const OPENING: Duration = Duration::from_secs(30);
/// How long a publish waits for a source altogether while that gives nothing. Each byte earns a part of it back.
const GRACE: Duration = Duration::from_secs(60);
/// The least rate, on average, once [`GRACE`] is used up. At this rate an hour brings 36 MB.
const SLOWEST_BYTES_PER_SECOND: u32 = 10_000;
/// The most of a wait beyond the patience that later bytes must make up for. Alarms ring late by a little, so each wait may be
/// longer than the patience, and without a debt slow bytes that come just then would be read for ever. A longer one comes
/// from a process that was suspended, for which the source is not blamed.
const MOST_DEBT: Duration = Duration::from_secs(1);
/// How long TikTok takes bytes of an upload (docs/tiktok-api.md 5.3, `upload_url`).
const UPLOAD_URL_LIFE: Duration = Duration::from_secs(60 * 60);

pub(super) type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// Opens a source, or fails when that takes longer than 30 s.
pub(super) async fn opened<T>(clock: &dyn Clock, opening: impl Future<Output = Result<T>>) -> Result<T> {
    let limit = clock.timeout(OPENING);
    tokio::select! {
        biased;
        opened = opening => opened,
        () = limit => Err(slow(&format!("the host of the video's address did not answer within {} s", OPENING.as_secs()))
            .with_dispatch(Dispatch::NotSent)),
    }
}

/// Returns the longest time in which `length` bytes may come from a source.
pub(super) fn longest(length: u64) -> Duration {
    GRACE + Duration::from_secs(length / u64::from(SLOWEST_BYTES_PER_SECOND))
}

/// A reader that must keep the pace.
pub(super) struct Paced {
    reader: Reader,
    clock: Arc<dyn Clock>,
    /// On the monotonic clock: no byte is of use after it.
    ends: Duration,
    /// How much longer the publish waits when nothing comes.
    patience: Duration,
    /// How much longer than that it has waited.
    debt: Duration,
    /// Since when the publish waits.
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

    /// Reads from another reader from now on, under the same limits.
    pub(super) fn replace(&mut self, reader: Reader) {
        self.reader = reader;
        self.rest();
    }

    /// Counts the life of the upload URL from now: TikTok has just issued it.
    pub(super) fn upload_url_issued(&mut self) {
        self.ends = self.clock.monotonic() + UPLOAD_URL_LIFE;
    }

    /// Stops the count: nobody waits for the source until the next read.
    pub(super) fn rest(&mut self) {
        if let Some(since) = self.waiting_since.take() {
            let waited = self.clock.monotonic().saturating_sub(since);
            self.debt = MOST_DEBT.min(self.debt + waited.saturating_sub(self.patience));
            self.patience = self.patience.saturating_sub(waited);
        }
    }

    /// Reads into `buffer` and returns how many bytes came; 0 is the end. A source that is too slow fails with an
    /// [`Error`] inside the I/O error.
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

    /// Completes with the reason once the wait has been too long.
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
            // An alarm that was set before the source earned more patience rings early, and is set again.
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
        "the video comes too slowly from its source: less than {SLOWEST_BYTES_PER_SECOND} bytes per second on average, after \
         {} s without enough of them; nothing was posted",
        GRACE.as_secs()
    ))
}

fn slow(what: &str) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("{what}; check the source, then publish again under the same idempotency key"),
    )
    .with_owner(Owner::User)
    .with_retry(Retry::Backoff)
}

fn too_late() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the video did not come from its source within the hour in which TikTok takes its bytes; nothing was posted, publish \
         it again from a faster source",
    )
    .with_owner(Owner::User)
    .with_safe_to_repeat(true)
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
