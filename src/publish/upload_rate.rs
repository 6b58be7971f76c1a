//! Limits the combined rate at which all uploads of a client send bytes.

use crate::clock::Clock;
use crate::transport::ByteStream;
use futures_util::stream::{StreamExt, unfold};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The limit, if there is one. Clones share the same limit.
#[derive(Debug, Clone)]
pub(super) struct UploadRate(Option<Arc<Limit>>);

#[derive(Debug)]
struct Limit {
    clock: Arc<dyn Clock>,
    bytes_per_second: NonZeroU64,
    /// Time on the monotonic clock at which the rate allows the next bytes.
    free_at: Mutex<Duration>,
    transfers: AtomicU32,
}

impl UploadRate {
    pub(super) fn new(limit: Option<NonZeroU64>, clock: &Arc<dyn Clock>) -> Self {
        Self(limit.map(|bytes_per_second| {
            let clock = Arc::clone(clock);
            Arc::new(Limit {
                clock,
                bytes_per_second,
                free_at: Mutex::default(),
                transfers: AtomicU32::default(),
            })
        }))
    }

    pub(super) fn unlimited() -> Self {
        Self(None)
    }

    /// Limits `stream`, so that its blocks are read no faster than the limit allows.
    pub(super) fn limited(&self, stream: ByteStream) -> ByteStream {
        let Some(limit) = self.0.clone() else { return stream };
        let transfer = Transfer::start(limit);
        Box::pin(unfold((stream, transfer), |(mut stream, transfer)| async move {
            transfer.wait().await;
            let piece = stream.next().await?;
            transfer.sent(piece.as_ref().map_or(0, |bytes| bytes.len() as u64));
            Some((piece, (stream, transfer)))
        }))
    }

    /// Returns the time that `length` bytes take when all running transfers share the limit.
    pub(super) fn longest(&self, length: u64) -> Duration {
        let Some(limit) = &self.0 else { return Duration::ZERO };
        limit.time_of(length).saturating_mul(limit.transfers.load(Ordering::Relaxed).max(1))
    }
}

impl Limit {
    fn time_of(&self, bytes: u64) -> Duration {
        Duration::from_millis(bytes.saturating_mul(1000) / self.bytes_per_second)
    }
}

/// A chunk that is being sent.
struct Transfer(Arc<Limit>);

impl Transfer {
    fn start(limit: Arc<Limit>) -> Self {
        limit.transfers.fetch_add(1, Ordering::Relaxed);
        Self(limit)
    }

    async fn wait(&self) {
        let free_at = *self.0.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = free_at.saturating_sub(self.0.clock.monotonic());
        if !pause.is_zero() {
            self.0.clock.sleep(pause).await;
        }
    }

    fn sent(&self, bytes: u64) {
        let now = self.0.clock.monotonic();
        let mut free_at = self.0.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        *free_at = (*free_at).max(now) + self.0.time_of(bytes);
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.0.transfers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, Timestamp};
    use bytes::Bytes;
    use futures_util::FutureExt;
    use futures_util::stream::iter;

    fn pieces(count: usize) -> ByteStream {
        Box::pin(iter(vec![Bytes::from_static(&[0; 1000]); count]).map(Ok))
    }

    #[tokio::test]
    async fn concurrent_transfers_share_the_rate_limit() {
        let clock = Arc::new(ManualClock::new(Timestamp::default()));
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let rate = UploadRate::new(NonZeroU64::new(10_000), &shared);
        let (mut first, mut second) = (rate.limited(pieces(2)), rate.limited(pieces(2)));
        assert_eq!(rate.longest(10_000), Duration::from_secs(2));
        // The first block is sent immediately. Each further block waits for the earlier blocks of all transfers.
        first.next().await.unwrap().unwrap();
        let mut next = second.next();
        assert!((&mut next).now_or_never().is_none());
        clock.advance(Duration::from_millis(99));
        assert!((&mut next).now_or_never().is_none());
        clock.advance(Duration::from_millis(1));
        assert!(next.now_or_never().is_some());
        drop((first, second));
        assert_eq!(rate.longest(10_000), Duration::from_secs(1));
    }

    #[tokio::test]
    async fn uploads_without_a_rate_limit_do_not_wait() {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(Timestamp::default()));
        let rate = UploadRate::new(None, &clock);
        assert_eq!((rate.limited(pieces(2)).count().await, rate.longest(u64::MAX)), (2, Duration::ZERO));
    }
}
