//! Orders this process's waiters for one window. They query Redis one at a time, in the order of the calls.

use crate::clock::Clock;
use crate::quota::queue::MAX_WAITING;
use dashmap::DashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The queues of all windows with waiters.
#[derive(Debug, Default)]
pub(super) struct WaitQueues(DashMap<String, Arc<WaitQueue>>);

#[derive(Debug, Default)]
struct WaitQueue {
    head: Arc<Mutex<()>>,
    waiting: AtomicUsize,
}

/// A waiter in a queue. Dropping it leaves the queue.
struct Waiter<'a> {
    queues: &'a WaitQueues,
    window: String,
    queue: Arc<WaitQueue>,
}

/// The waiter at the head of a queue.
pub(super) struct QueueHead<'a> {
    // Dropped before the waiter, so that the next one wakes before an empty queue is removed.
    _head: OwnedMutexGuard<()>,
    _waiter: Waiter<'a>,
}

impl WaitQueues {
    /// Returns true when a request waits for `window`.
    pub(super) fn has_waiters(&self, window: &str) -> bool {
        self.0.contains_key(window)
    }

    /// Waits for the head of the queue of `window`. Returns `None` after `timeout`, or at once when the queue is full.
    pub(super) async fn enqueue(
        &self,
        window: &str,
        clock: &dyn Clock,
        timeout: Duration,
    ) -> Option<QueueHead<'_>> {
        let queue = {
            let queue = self.0.entry(window.to_owned()).or_default();
            queue.waiting.fetch_add(1, Ordering::SeqCst);
            Arc::clone(&queue)
        };
        let waiter = Waiter { queues: self, window: window.to_owned(), queue };
        if waiter.queue.waiting.load(Ordering::SeqCst) > MAX_WAITING {
            return None;
        }
        let head = Arc::clone(&waiter.queue.head).lock_owned();
        tokio::select! {
            // At the head of the queue, the lock wins over an elapsed timeout.
            biased;
            first = head => Some(QueueHead { _head: first, _waiter: waiter }),
            () = clock.sleep(timeout) => None,
        }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.queue.waiting.fetch_sub(1, Ordering::SeqCst);
        self.queues.0.remove_if(&self.window, |_, queue| queue.waiting.load(Ordering::SeqCst) == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, Timestamp};

    #[tokio::test]
    async fn waiter_becomes_head_after_its_predecessor_leaves() {
        let (queues, clock) = (WaitQueues::default(), ManualClock::new(Timestamp::from_millis(0)));
        let minute = Duration::from_secs(60);
        let first = queues.enqueue("w", &clock, minute).await;
        assert!(first.is_some() && queues.has_waiters("w"));
        let second = queues.enqueue("w", &clock, minute);
        tokio::pin!(second);
        let waits = std::future::poll_fn(|cx| std::task::Poll::Ready(second.as_mut().poll(cx).is_pending()));
        assert!(waits.await);
        drop(first);
        assert!(second.await.is_some());
        assert!(!queues.has_waiters("w"));
    }

    #[tokio::test]
    async fn wait_queue_has_a_maximum_length() {
        let (queues, clock) = (WaitQueues::default(), ManualClock::new(Timestamp::from_millis(0)));
        let minute = Duration::from_secs(60);
        let first = queues.enqueue("w", &clock, minute).await;
        let mut waiting: Vec<_> =
            (1..MAX_WAITING).map(|_| Box::pin(queues.enqueue("w", &clock, minute))).collect();
        std::future::poll_fn(|cx| {
            assert!(waiting.iter_mut().all(|waiter| waiter.as_mut().poll(cx).is_pending()));
            std::task::Poll::Ready(())
        })
        .await;
        assert!(queues.enqueue("w", &clock, minute).await.is_none(), "the queue is full");
        drop((first, waiting));
        assert!(!queues.has_waiters("w"));
    }

    #[tokio::test]
    async fn waiter_leaves_the_queue_after_its_timeout() {
        let (queues, clock) = (WaitQueues::default(), ManualClock::auto_advancing(Timestamp::from_millis(0)));
        let first = queues.enqueue("w", &clock, Duration::from_secs(9)).await;
        assert!(queues.enqueue("w", &clock, Duration::from_secs(9)).await.is_none());
        drop(first);
        assert!(!queues.has_waiters("w"));
    }
}
