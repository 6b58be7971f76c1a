//! Who waits for the same window in this process asks Redis in the order of the calls, one at a time.

use crate::clock::Clock;
use dashmap::DashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How many requests may wait for one window; more are refused at once.
const MAX_WAITING: usize = 10_000;

/// The queues of all windows that somebody waits for.
#[derive(Debug, Default)]
pub(super) struct Lines(DashMap<String, Arc<Line>>);

#[derive(Debug, Default)]
struct Line {
    turn: Arc<Mutex<()>>,
    waiting: AtomicUsize,
}

/// A place in a queue, given up when it is dropped.
struct Place<'a> {
    lines: &'a Lines,
    window: String,
    line: Arc<Line>,
}

/// The first place in a queue.
pub(super) struct Turn<'a> {
    // Dropped before the place, so that the next is called before an empty queue is removed.
    _first: OwnedMutexGuard<()>,
    _place: Place<'a>,
}

impl Lines {
    /// Whether somebody waits for `window`.
    pub(super) fn is_waited_for(&self, window: &str) -> bool {
        self.0.contains_key(window)
    }

    /// Queues up for `window` until it is one's turn; `None` after `longest`, or at once when too many wait.
    pub(super) async fn queue_up(
        &self,
        window: &str,
        clock: &dyn Clock,
        longest: Duration,
    ) -> Option<Turn<'_>> {
        let line = {
            let line = self.0.entry(window.to_owned()).or_default();
            line.waiting.fetch_add(1, Ordering::SeqCst);
            Arc::clone(&line)
        };
        let place = Place { lines: self, window: window.to_owned(), line };
        if place.line.waiting.load(Ordering::SeqCst) > MAX_WAITING {
            return None;
        }
        let turn = Arc::clone(&place.line.turn).lock_owned();
        tokio::select! {
            // A turn that has come is taken, even when the time is over as well.
            biased;
            first = turn => Some(Turn { _first: first, _place: place }),
            () = clock.sleep(longest) => None,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.line.waiting.fetch_sub(1, Ordering::SeqCst);
        self.lines.0.remove_if(&self.window, |_, line| line.waiting.load(Ordering::SeqCst) == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, Timestamp};

    #[tokio::test]
    async fn a_turn_comes_when_the_one_before_is_done_and_an_empty_queue_leaves() {
        let (lines, clock) = (Lines::default(), ManualClock::new(Timestamp::from_millis(0)));
        let minute = Duration::from_secs(60);
        let first = lines.queue_up("w", &clock, minute).await;
        assert!(first.is_some() && lines.is_waited_for("w"));
        let second = lines.queue_up("w", &clock, minute);
        tokio::pin!(second);
        let waits = std::future::poll_fn(|cx| std::task::Poll::Ready(second.as_mut().poll(cx).is_pending()));
        assert!(waits.await);
        drop(first);
        assert!(second.await.is_some());
        assert!(!lines.is_waited_for("w"));
    }

    #[tokio::test]
    async fn a_queue_has_an_end() {
        let (lines, clock) = (Lines::default(), ManualClock::new(Timestamp::from_millis(0)));
        let minute = Duration::from_secs(60);
        let first = lines.queue_up("w", &clock, minute).await;
        let mut waiting: Vec<_> =
            (1..MAX_WAITING).map(|_| Box::pin(lines.queue_up("w", &clock, minute))).collect();
        std::future::poll_fn(|cx| {
            assert!(waiting.iter_mut().all(|place| place.as_mut().poll(cx).is_pending()));
            std::task::Poll::Ready(())
        })
        .await;
        assert!(lines.queue_up("w", &clock, minute).await.is_none(), "one more than may wait");
        drop((first, waiting));
        assert!(!lines.is_waited_for("w"));
    }

    #[tokio::test]
    async fn who_waits_too_long_goes_away_without_a_trace() {
        let (lines, clock) = (Lines::default(), ManualClock::auto_advancing(Timestamp::from_millis(0)));
        let first = lines.queue_up("w", &clock, Duration::from_secs(9)).await;
        assert!(lines.queue_up("w", &clock, Duration::from_secs(9)).await.is_none());
        drop(first);
        assert!(!lines.is_waited_for("w"));
    }
}
