//! The windows that exist: made when first needed, gone when idle, bounded in number.

use super::permit::Shared;
use super::policy::{Rule, Span};
use super::window::Window;
use crate::error::{Error, ErrorKind, Result, Retry};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The fewest new windows between two sweeps for idle ones.
const MIN_SWEEP_EVERY: usize = 1024;
/// The pause between two sweeps when the bound is reached, in milliseconds.
const FULL_SWEEP_PAUSE_MS: u64 = 1000;

/// All windows by their keys. Times are milliseconds of the monotonic clock.
pub(super) struct Registry {
    windows: DashMap<String, Arc<Shared>>,
    max: usize,
    /// How many windows exist; counting a dashmap locks all of it.
    count: AtomicUsize,
    made_since_sweep: AtomicUsize,
    last_sweep_ms: AtomicU64,
}

impl Registry {
    /// An empty registry of at most `max` windows.
    pub(super) fn new(max: usize) -> Self {
        Self {
            windows: DashMap::new(),
            max,
            count: AtomicUsize::new(0),
            made_since_sweep: AtomicUsize::new(0),
            last_sweep_ms: AtomicU64::new(0),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<Shared>> {
        self.windows.get(key).map(|window| Arc::clone(window.value()))
    }

    /// The window of `key`, made under `rule` if there is none. Refuses when all are in use.
    pub(super) fn get_or_make(&self, key: &str, rule: Rule, now: u64) -> Result<Arc<Shared>> {
        if let Some(window) = self.get(key) {
            return Ok(window);
        }
        self.make_room(now)?;
        match self.windows.entry(key.to_owned()) {
            Entry::Occupied(there) => {
                self.count.fetch_sub(1, Ordering::Relaxed);
                Ok(Arc::clone(there.get()))
            }
            Entry::Vacant(free) => {
                let window = Shared::new(Window::new(rule.limit(), rule.span().as_millis()));
                free.insert(Arc::clone(&window));
                Ok(window)
            }
        }
    }

    /// Counts one more window in, sweeping idle ones out when it is time.
    fn make_room(&self, now: u64) -> Result<()> {
        let made = self.made_since_sweep.fetch_add(1, Ordering::Relaxed) + 1;
        // A sweep looks at every window, so that its price per new window stays the same however many there are.
        if made >= MIN_SWEEP_EVERY.max(self.len() / 2) {
            self.sweep(now);
        }
        if self.count_in() {
            return Ok(());
        }
        if now.saturating_sub(self.last_sweep_ms.load(Ordering::Relaxed)) >= FULL_SWEEP_PAUSE_MS {
            self.sweep(now);
            if self.count_in() {
                return Ok(());
            }
        }
        let message = format!(
            "All {} quota windows of this process are in use, so a new account must wait: try again in a minute, \
             or spread the accounts over more processes.",
            self.max
        );
        Err(Error::new(ErrorKind::RateLimited, message).with_retry(Retry::After(Span::Minute.duration())))
    }

    fn count_in(&self) -> bool {
        let one_more = |count| (count < self.max).then_some(count + 1);
        self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// Removes the windows that hold nothing and that nobody is about to use: while the map's shard is locked, a
    /// count of one means that no other hand can get at the window.
    pub(super) fn sweep(&self, now: u64) {
        self.made_since_sweep.store(0, Ordering::Relaxed);
        self.last_sweep_ms.store(now, Ordering::Relaxed);
        let mut removed = 0;
        self.windows.retain(|_, window| {
            let keep = Arc::strong_count(window) > 1 || !window.lock().is_idle(now);
            removed += usize::from(!keep);
            keep
        });
        self.count.fetch_sub(removed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::Scope;

    fn rule() -> Rule {
        Rule::new(Span::Minute, Scope::Account, 1).unwrap()
    }

    fn use_once(registry: &Registry, key: &str, now: u64) {
        let window = registry.get_or_make(key, rule(), now).unwrap();
        let ticket = window.lock().take(now);
        window.lock().complete(&ticket, now);
    }

    #[test]
    fn idle_windows_leave_by_themselves() {
        let registry = Registry::new(100_000);
        for n in 0..4 * MIN_SWEEP_EVERY {
            use_once(&registry, &n.to_string(), n as u64 * 1000);
        }
        assert!(registry.len() <= MIN_SWEEP_EVERY + 60, "{}", registry.len());
        assert_eq!(registry.len(), registry.windows.len());
    }

    #[test]
    fn the_number_of_windows_is_bounded_and_known_keys_go_on() {
        let registry = Registry::new(2);
        use_once(&registry, "a", 60_000);
        use_once(&registry, "b", 60_000);
        let error = registry.get_or_make("c", rule(), 60_000).unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_after()),
            (ErrorKind::RateLimited, Some(Span::Minute.duration()))
        );
        assert!(registry.get_or_make("a", rule(), 60_000).is_ok());
        use_once(&registry, "c", 120_000);
        assert_eq!(registry.len(), registry.windows.len());
    }

    #[test]
    fn a_window_that_is_empty_but_in_hand_stays() {
        let registry = Registry::new(10);
        let in_hand = registry.get_or_make("a", rule(), 0).unwrap();
        registry.sweep(0);
        assert!(Arc::ptr_eq(&in_hand, &registry.get("a").unwrap()));
        drop(in_hand);
        registry.sweep(0);
        assert!(registry.get("a").is_none());
    }
}
