//! Wakes callers in this process that wait for a publish. `webhook_update.rs` calls `notify` to end their wait immediately.

use dashmap::DashMap;
use std::sync::{Arc, Weak};
use tokio::sync::Notify;

/// The current waits by publish id. Clones share the same map.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiters(Arc<DashMap<String, Weak<Notify>>>);

/// A waiting caller. Its wait is removed when it is dropped.
#[derive(Debug)]
pub(super) struct Waiter {
    waiters: Waiters,
    publish_id: String,
    /// Notified when the publish changes. All callers that wait for the same publish share it, and read it only through
    /// `notified`.
    signal: Arc<Notify>,
}

impl Waiters {
    /// Registers a waiting caller for `publish_id`.
    pub(super) fn join(&self, publish_id: &str) -> Waiter {
        let mut entry = self.0.entry(publish_id.to_owned()).or_default();
        let signal = entry.upgrade().unwrap_or_else(|| {
            let signal = Arc::new(Notify::new());
            *entry = Arc::downgrade(&signal);
            signal
        });
        Waiter { waiters: self.clone(), publish_id: publish_id.to_owned(), signal }
    }

    /// Wakes the callers that wait for `publish_id`, after the journal has changed.
    pub(super) fn notify(&self, publish_id: &str) {
        let signal = self.0.get(publish_id).and_then(|entry| entry.upgrade());
        if let Some(signal) = signal {
            signal.notify_waiters();
        }
    }
}

impl Waiter {
    /// Returns the signal. It records notifications from the moment it is enabled.
    pub(super) fn signal(&self) -> Arc<Notify> {
        Arc::clone(&self.signal)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        // This is the last waiter if no other handle exists, because handles exist only during a wait.
        self.waiters.0.remove_if(&self.publish_id, |_, entry| {
            Weak::ptr_eq(entry, &Arc::downgrade(&self.signal)) && Arc::strong_count(&self.signal) == 1
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn notification_wakes_only_the_waiters_of_its_publish() {
        let waiters = Waiters::default();
        let (one, two, other) = (waiters.join("a"), waiters.join("a"), waiters.join("b"));
        let signals = [one.signal(), two.signal(), other.signal()];
        let [mut first, mut second, mut third] =
            [0, 1, 2].map(|n| Box::pin(Arc::clone(&signals[n]).notified_owned()));
        assert!(
            ![first.as_mut().enable(), second.as_mut().enable(), third.as_mut().enable()].contains(&true)
        );
        waiters.notify("a");
        first.await;
        second.await;
        assert!(!third.as_mut().enable());
    }

    #[test]
    fn waiter_is_removed_when_dropped() {
        let waiters = Waiters::default();
        let (one, two) = (waiters.join("a"), waiters.join("a"));
        drop(one);
        assert_eq!(waiters.0.len(), 1);
        drop(two);
        assert!(waiters.0.is_empty());
    }
}
