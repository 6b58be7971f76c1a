//! Limits the combined rate at which all uploads of a client send bytes.

use crate::clock::Clock;
use crate::transport::ByteStream;
use bytes::Bytes;
use futures_util::stream::{StreamExt, unfold};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Blocks are cut to the bytes of 1/20 s, so that the rate is also kept over short times.
const BLOCKS_PER_SECOND: u64 = 20;
/// The unused time that later blocks may use, so that late timers do not lower the rate. It is 1 % of 5 s.
const CREDIT: Duration = Duration::from_millis(50);

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
            let free_at = Mutex::new(clock.monotonic());
            Arc::new(Limit { clock, bytes_per_second, free_at, transfers: AtomicU32::default() })
        }))
    }

    pub(super) fn unlimited() -> Self {
        Self(None)
    }

    /// Limits `stream`: cuts it into blocks, and delays each block until the limit allows it.
    pub(super) fn limited(&self, stream: ByteStream) -> ByteStream {
        let Some(limit) = self.0.clone() else { return stream };
        let transfer = Transfer::start(limit);
        Box::pin(unfold((stream, Bytes::new(), transfer), |(mut stream, mut rest, transfer)| async move {
            while rest.is_empty() {
                match stream.next().await? {
                    Ok(bytes) => rest = bytes,
                    Err(error) => return Some((Err(error), (stream, rest, transfer))),
                }
            }
            let piece = rest.split_to(rest.len().min(transfer.0.piece()));
            transfer.reserve(piece.len() as u64).await;
            Some((Ok(piece), (stream, rest, transfer)))
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
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(self.bytes_per_second.get());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Returns the largest number of bytes that are sent at once.
    fn piece(&self) -> usize {
        usize::try_from(self.bytes_per_second.get() / BLOCKS_PER_SECOND).unwrap_or(usize::MAX).max(1)
    }
}

/// A chunk that is being sent.
struct Transfer(Arc<Limit>);

impl Transfer {
    fn start(limit: Arc<Limit>) -> Self {
        limit.transfers.fetch_add(1, Ordering::Relaxed);
        Self(limit)
    }

    /// Reserves the time that `bytes` take under the limit, and waits until it has passed.
    async fn reserve(&self, bytes: u64) {
        let Limit { clock, free_at, .. } = &*self.0;
        let (now, time) = (clock.monotonic(), self.0.time_of(bytes));
        let until = {
            let mut free_at = free_at.lock().unwrap_or_else(PoisonError::into_inner);
            *free_at = (*free_at).max(now.saturating_sub(CREDIT)) + time;
            *free_at
        };
        let pause = until.saturating_sub(now);
        if !pause.is_zero() {
            clock.sleep(pause).await;
        }
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
    use futures_util::FutureExt;
    use futures_util::stream::iter;

    fn pieces(count: usize, bytes: usize) -> ByteStream {
        Box::pin(iter(vec![Bytes::from(vec![0; bytes]); count]).map(Ok))
    }

    #[tokio::test]
    async fn concurrent_transfers_share_the_rate_limit() {
        let clock = Arc::new(ManualClock::new(Timestamp::default()));
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let rate = UploadRate::new(NonZeroU64::new(10_000), &shared);
        let (mut first, mut second) = (rate.limited(pieces(2, 500)), rate.limited(pieces(2, 500)));
        assert_eq!(rate.longest(10_000), Duration::from_secs(2));
        let (mut one, mut other) = (first.next(), second.next());
        assert!((&mut one).now_or_never().is_none() && (&mut other).now_or_never().is_none());
        clock.advance(Duration::from_millis(50));
        assert!((&mut one).now_or_never().is_some() && (&mut other).now_or_never().is_none());
        clock.advance(Duration::from_millis(50));
        assert!(other.now_or_never().is_some());
        drop((first, second));
        assert_eq!(rate.longest(10_000), Duration::from_secs(1));
    }

    #[tokio::test]
    async fn rate_is_kept_within_3_percent_over_5_seconds() {
        for bytes_per_second in [10_000_u64, 200_000, 3_000_000] {
            let clock = Arc::new(ManualClock::new(Timestamp::default()));
            let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
            let rate = UploadRate::new(NonZeroU64::new(bytes_per_second), &shared);
            // Both transfers start after a minute without uploads.
            clock.advance(Duration::from_secs(60));
            let (start, mut sent) = (clock.monotonic(), 0_u64);
            let mut streams = [rate.limited(pieces(1000, 131_072)), rate.limited(pieces(1000, 131_072))];
            while clock.monotonic() < start + Duration::from_secs(5) {
                for stream in &mut streams {
                    while let Some(Some(Ok(piece))) = stream.next().now_or_never() {
                        sent += piece.len() as u64;
                    }
                }
                // Timers fire up to 7 ms late.
                clock.advance(Duration::from_millis(7));
            }
            let allowed = bytes_per_second * 5;
            assert!(sent.abs_diff(allowed) * 100 <= allowed * 3, "{sent} of {allowed} bytes");
        }
    }

    #[tokio::test]
    async fn uploads_without_a_rate_limit_do_not_wait() {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(Timestamp::default()));
        let rate = UploadRate::new(None, &clock);
        assert_eq!((rate.limited(pieces(2, 9)).count().await, rate.longest(u64::MAX)), (2, Duration::ZERO));
    }
}
