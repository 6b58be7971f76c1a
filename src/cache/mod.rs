//! Caches reads of an account. Concurrent callers of the same read share one request.
//!
//! An entry is bound to the access token that read it, so the cache never returns it for a new token or another user.
//! Errors are returned to all waiting callers and are not cached. The cache removes the least recently used entries
//! first.

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::model::AccountKey;
use crate::secret::Secret;
use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// The approximate size of an entry in bytes without its strings: two keys, the entry and their slots in the maps.
const ENTRY_BYTES: usize = 256;

/// Sets how long reads of an account are cached and how large the cache may become.
///
/// Creator info is never cached, because a posting page must show TikTok's current response (docs/tiktok-api.md 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CachePolicy {
    /// The maximum age of a profile. The default is one hour; the profile's signed picture URLs are valid for longer.
    pub user_info: Duration,
    /// The maximum age of a page of videos. The default is 30 seconds, so that a video list and the metrics computed
    /// from it share one request.
    pub videos: Duration,
    /// The maximum number of entries.
    pub max_entries: usize,
    /// The approximate maximum memory of the entries, in bytes.
    pub max_bytes: usize,
}

impl CachePolicy {
    /// Returns a policy without caching. Concurrent callers of the same read still share one request.
    #[must_use]
    pub const fn off() -> Self {
        Self { user_info: Duration::ZERO, videos: Duration::ZERO, max_entries: 0, max_bytes: 0 }
    }

    /// Sets the maximum age of profiles.
    #[must_use]
    pub const fn with_user_info(mut self, age: Duration) -> Self {
        self.user_info = age;
        self
    }

    /// Sets the maximum age of pages of videos.
    #[must_use]
    pub const fn with_videos(mut self, age: Duration) -> Self {
        self.videos = age;
        self
    }
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self {
            user_info: Duration::from_secs(3600),
            videos: Duration::from_secs(30),
            max_entries: 10_000,
            max_bytes: 32 << 20,
        }
    }
}

/// A cached response of any type. All responses to the same request have the same type.
type CachedValue = Arc<dyn Any + Send + Sync>;
type SharedResult = Option<Result<CachedValue>>;

/// Identifies a request and, by its hash, the token that sends it.
type CacheKey = String;

/// Caches responses and lets concurrent callers share one request. All threads share the cache; no lock is held while a
/// request runs.
pub(crate) struct Cache {
    pub(crate) policy: CachePolicy,
    clock: Arc<dyn Clock>,
    /// Hashes tokens with a random key, so that the cache stores no part of a token.
    tokens: RandomState,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    accounts: HashMap<AccountKey, HashMap<CacheKey, Entry>>,
    /// The keys of all entries by last use, the oldest first.
    used: BTreeMap<u64, (AccountKey, CacheKey)>,
    uses: u64,
    bytes: usize,
    flights: HashMap<(AccountKey, CacheKey), Flight>,
    last_id: u64,
}

struct Entry {
    value: CachedValue,
    /// Monotonic time at which the request was sent. The age of the response is measured from this time.
    asked: Duration,
    bytes: usize,
    used: u64,
}

struct Flight {
    id: u64,
    result: watch::Receiver<SharedResult>,
}

/// The caller's next action.
enum Lookup<'a> {
    Hit(CachedValue),
    Join(watch::Receiver<SharedResult>),
    Miss(Fetcher<'a>),
}

/// The caller that sends the request for all waiting callers. If it is dropped without a response, one of the waiting
/// callers sends the request instead.
struct Fetcher<'a> {
    cache: &'a Cache,
    slot: (AccountKey, CacheKey),
    id: u64,
    asked: Duration,
    sender: watch::Sender<SharedResult>,
}

impl Cache {
    pub(crate) fn new(policy: CachePolicy, clock: Arc<dyn Clock>) -> Self {
        Self { policy, clock, tokens: RandomState::new(), state: Mutex::default() }
    }

    /// Returns the response to `request` for `account`: a cached entry no older than `age`, the response to a running
    /// request, or the result of `ask`.
    ///
    /// `size` returns the size of a value in bytes; it is not called for a value that is not cached.
    pub(crate) async fn read<T: Clone + Send + Sync + 'static>(
        &self,
        account: &AccountKey,
        token: &Secret,
        request: &str,
        age: Duration,
        size: impl FnOnce(&T) -> usize,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let request_key = format!("{:016x} {request}", self.tokens.hash_one(token.expose()));
        loop {
            let cached = match self.look_up(account, &request_key, age) {
                Lookup::Hit(cached) => Ok(cached),
                Lookup::Join(mut result) => {
                    match result.wait_for(Option::is_some).await.map(|result| result.clone()) {
                        Ok(Some(result)) => result,
                        // The fetcher was cancelled, so another caller must send the request.
                        _ => continue,
                    }
                }
                Lookup::Miss(fetcher) => {
                    let answer = ask.await;
                    let bytes = match &answer {
                        Ok(value) if !age.is_zero() => request_key.len() + ENTRY_BYTES + size(value),
                        _ => 0,
                    };
                    fetcher.answer(answer.clone().map(|value| Arc::new(value) as CachedValue), bytes);
                    return answer;
                }
            };
            // All responses to the same request have the same type, so the downcast succeeds.
            return cached?
                .downcast_ref::<T>()
                .cloned()
                .ok_or_else(|| Error::bug("a cached response has the wrong type"));
        }
    }

    /// Removes the entries of `account`. Callers that already wait for a running request still receive its response;
    /// later callers do not.
    pub(crate) fn forget(&self, account: &AccountKey) {
        let mut state = self.state();
        state.flights.retain(|(of, _), _| of != account);
        for entry in state.accounts.remove(account).into_iter().flat_map(HashMap::into_values) {
            state.bytes -= entry.bytes;
            state.used.remove(&entry.used);
        }
    }

    /// Removes the entries of the TikTok user `open_id` in all tenants.
    pub(crate) fn forget_user(&self, open_id: &str) {
        let mut of: Vec<AccountKey> = {
            let state = self.state();
            let flying = state.flights.keys().map(|(account, _)| account);
            state.accounts.keys().chain(flying).filter(|key| key.open_id == open_id).cloned().collect()
        };
        of.dedup();
        for account in &of {
            self.forget(account);
        }
    }

    fn look_up(&self, account: &AccountKey, request_key: &str, age: Duration) -> Lookup<'_> {
        let now = self.clock.monotonic();
        let mut state = self.state();
        if let Some(cached) = state.get(account, request_key, now, age) {
            return Lookup::Hit(cached);
        }
        let slot = (account.clone(), request_key.to_owned());
        if let Some(flight) = state.flights.get(&slot).filter(|flight| flight.result.has_changed().is_ok()) {
            return Lookup::Join(flight.result.clone());
        }
        let (sender, result) = watch::channel(None);
        state.last_id += 1;
        let id = state.last_id;
        state.flights.insert(slot.clone(), Flight { id, result });
        Lookup::Miss(Fetcher { cache: self, slot, id, asked: now, sender })
    }

    /// Locks the state. A poisoned lock is safe to use, because no method leaves the maps inconsistent when it panics.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn get(
        &mut self,
        account: &AccountKey,
        request_key: &str,
        now: Duration,
        age: Duration,
    ) -> Option<CachedValue> {
        let entry = self.accounts.get_mut(account)?.get_mut(request_key)?;
        if now.saturating_sub(entry.asked) >= age {
            let used = entry.used;
            self.drop_used(used);
            return None;
        }
        self.uses += 1;
        let before = std::mem::replace(&mut entry.used, self.uses);
        let slot = self.used.remove(&before)?;
        self.used.insert(self.uses, slot);
        Some(Arc::clone(&entry.value))
    }

    fn insert(&mut self, slot: (AccountKey, CacheKey), value: CachedValue, asked: Duration, bytes: usize) {
        self.uses += 1;
        let used = self.uses;
        let entry = Entry { value, asked, bytes, used };
        let of = self.accounts.entry(slot.0.clone()).or_default();
        let before = of.insert(slot.1.clone(), entry);
        debug_assert!(
            before.is_none(),
            "the caller must remove the outdated entry before it inserts a new one"
        );
        self.bytes += bytes;
        self.used.insert(used, slot);
    }

    fn drop_used(&mut self, used: u64) {
        let Some((account, request_key)) = self.used.remove(&used) else { return };
        let Some(of) = self.accounts.get_mut(&account) else { return };
        if let Some(entry) = of.remove(&request_key) {
            self.bytes -= entry.bytes;
        }
        if of.is_empty() {
            self.accounts.remove(&account);
        }
    }
}

impl Fetcher<'_> {
    /// Passes `answer` to all waiting callers. Caches a response with its size `bytes`, unless the account was
    /// invalidated during the request.
    fn answer(self, answer: Result<CachedValue>, bytes: usize) {
        let policy = &self.cache.policy;
        let mut state = self.cache.state();
        let current = state.flights.get(&self.slot).is_some_and(|flight| flight.id == self.id);
        if let Ok(value) = &answer
            && current
            && bytes > 0
            && bytes <= policy.max_bytes
        {
            state.insert(self.slot.clone(), Arc::clone(value), self.asked, bytes);
            while state.used.len() > policy.max_entries || state.bytes > policy.max_bytes {
                let Some(&oldest) = state.used.keys().next() else { break };
                state.drop_used(oldest);
            }
        }
        drop(state);
        self.sender.send_replace(Some(answer));
    }
}

impl Drop for Fetcher<'_> {
    fn drop(&mut self) {
        let mut state = self.cache.state();
        if state.flights.get(&self.slot).is_some_and(|flight| flight.id == self.id) {
            state.flights.remove(&self.slot);
        }
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Cache")
            .field("policy", &self.policy)
            .field("entries", &state.used.len())
            .field("bytes", &state.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
