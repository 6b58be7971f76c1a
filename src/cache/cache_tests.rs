use super::*;
use crate::clock::{ManualClock, Timestamp};
use crate::error::{Error, ErrorKind};
use futures_util::future::{self, join_all};
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

const HOUR: Duration = Duration::from_secs(3600);

struct Bench {
    cache: Arc<Cache>,
    clock: ManualClock,
    asked: Arc<AtomicUsize>,
}

impl Bench {
    fn new(policy: CachePolicy) -> Self {
        let clock = ManualClock::new(Timestamp::from_millis(0));
        let cache = Arc::new(Cache::new(policy, Arc::new(clock.clone())));
        Self { cache, clock, asked: Arc::default() }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Performs a read and returns the number of the request that supplied the result.
    async fn read(&self, who: &str, token: &str, request: &str, age: Duration) -> usize {
        let ask = async { Ok(self.asked.fetch_add(1, Ordering::SeqCst) + 1) };
        self.cache.read(&key(who), &Secret::from(token), request, age, |_| 100, ask).await.unwrap()
    }
}

fn key(who: &str) -> AccountKey {
    AccountKey::new("workspace", who)
}

#[tokio::test]
async fn cached_response_is_returned_until_its_maximum_age() {
    let bench = Bench::new(CachePolicy::default());
    assert_eq!(bench.read("ana", "t", "user", HOUR).await, 1);
    bench.clock.advance(Duration::from_millis(3_599_999));
    assert_eq!(bench.read("ana", "t", "user", HOUR).await, 1);
    bench.clock.advance(Duration::from_millis(1));
    assert_eq!(bench.read("ana", "t", "user", HOUR).await, 2);
}

#[tokio::test]
async fn each_account_token_and_request_has_its_own_entry() {
    let bench = Bench::new(CachePolicy::default());
    for (who, token, request) in
        [("ana", "t", "user"), ("ben", "t", "user"), ("ana", "u", "user"), ("ana", "t", "list")]
    {
        let before = bench.asked();
        assert_eq!(bench.read(who, token, request, HOUR).await, before + 1);
    }
    assert_eq!(bench.read("ana", "t", "user", HOUR).await, 1);
}

#[tokio::test]
async fn read_with_maximum_age_zero_always_sends_a_request() {
    let bench = Bench::new(CachePolicy::default());
    assert_eq!(bench.read("ana", "t", "creator", Duration::ZERO).await, 1);
    assert_eq!(bench.read("ana", "t", "creator", Duration::ZERO).await, 2);
    assert_eq!(bench.cache.state().used.len(), 0);
}

#[tokio::test]
async fn invalidation_removes_only_entries_of_the_given_account() {
    let bench = Bench::new(CachePolicy::default());
    bench.read("ana", "t", "user", HOUR).await;
    bench.read("ben", "t", "user", HOUR).await;
    bench.cache.forget(&key("ana"));
    assert_eq!(bench.read("ben", "t", "user", HOUR).await, 2);
    assert_eq!(bench.read("ana", "t", "user", HOUR).await, 3);
    bench.cache.forget_user("ben");
    assert_eq!(bench.read("ben", "t", "user", HOUR).await, 4);
}

/// Starts `count` readers of the same entry, whose request ends with `outcome` once `gate` opens.
fn crowd(
    bench: &Bench,
    count: usize,
    gate: &Arc<Semaphore>,
    outcome: &Result<usize>,
) -> Vec<tokio::task::JoinHandle<Result<usize>>> {
    let reader = || {
        let (cache, asked, gate) = (Arc::clone(&bench.cache), Arc::clone(&bench.asked), Arc::clone(gate));
        let outcome = outcome.clone();
        async move {
            let ask = async {
                asked.fetch_add(1, Ordering::SeqCst);
                gate.acquire().await.unwrap().forget();
                outcome
            };
            cache.read(&key("ana"), &Secret::from("t"), "user", HOUR, |_| 100, ask).await
        }
    };
    (0..count).map(|_| tokio::spawn(reader())).collect()
}

async fn all_wait() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn concurrent_readers_share_one_request() {
    let (bench, gate) = (Bench::new(CachePolicy::default()), Arc::new(Semaphore::new(0)));
    let readers = crowd(&bench, 1000, &gate, &Ok(7));
    all_wait().await;
    gate.add_permits(1);
    assert!(join_all(readers).await.into_iter().all(|answer| answer.unwrap().unwrap() == 7));
    assert_eq!(bench.asked(), 1);
}

#[tokio::test]
async fn failure_reaches_all_waiters_and_is_not_cached() {
    let (bench, gate) = (Bench::new(CachePolicy::default()), Arc::new(Semaphore::new(0)));
    let failure = Err(Error::new(ErrorKind::Unavailable, "TikTok is unavailable"));
    let readers = crowd(&bench, 50, &gate, &failure);
    all_wait().await;
    gate.add_permits(1);
    for answer in join_all(readers).await {
        assert_eq!(answer.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert_eq!(bench.asked(), 1);
    assert_eq!(bench.read("ana", "t", "user", HOUR).await, 2);
}

#[tokio::test]
async fn waiting_reader_sends_request_when_the_first_is_cancelled() {
    let (bench, gate) = (Bench::new(CachePolicy::default()), Arc::new(Semaphore::new(0)));
    let mut readers = crowd(&bench, 20, &gate, &Ok(7));
    all_wait().await;
    assert_eq!(bench.asked(), 1);
    readers.remove(0).abort();
    all_wait().await;
    assert_eq!(bench.asked(), 2);
    gate.add_permits(1);
    assert!(join_all(readers).await.into_iter().all(|answer| answer.unwrap().unwrap() == 7));
    assert_eq!(bench.asked(), 2);
}

#[tokio::test]
async fn response_is_not_cached_when_invalidated_during_request() {
    let (bench, gate) = (Bench::new(CachePolicy::default()), Arc::new(Semaphore::new(0)));
    let readers = crowd(&bench, 3, &gate, &Ok(7));
    all_wait().await;
    bench.cache.forget(&key("ana"));
    let later = crowd(&bench, 1, &gate, &Ok(8));
    all_wait().await;
    assert_eq!(bench.asked(), 2, "a later caller must not receive the earlier response");
    gate.add_permits(2);
    assert!(join_all(readers).await.into_iter().all(|answer| answer.unwrap().unwrap() == 7));
    assert_eq!(join_all(later).await.pop().unwrap().unwrap().unwrap(), 8);
    bench.asked.store(8, Ordering::SeqCst);
    assert_eq!(bench.read("ana", "t", "user", HOUR).await, 8, "the later response is cached");
}

#[tokio::test]
async fn least_recently_used_entries_are_removed_first() {
    let bench = Bench::new(CachePolicy { max_entries: 2, ..CachePolicy::default() });
    for who in ["ana", "ben", "ana", "cleo"] {
        bench.read(who, "t", "user", HOUR).await;
    }
    assert_eq!(bench.read("ana", "t", "user", HOUR).await, 1);
    assert_eq!(bench.read("ben", "t", "user", HOUR).await, 4);
}

#[test]
fn debug_output_contains_no_account_or_response() {
    let bench = Bench::new(CachePolicy::default());
    assert!(format!("{:?}", bench.cache).contains("entries: 0"));
}

proptest! {
    /// Checks that the limits hold and the recorded sizes match the content, for any sequence of reads, invalidations and waits.
    #[test]
    fn entries_and_bytes_stay_within_their_limits(
        acts in proptest::collection::vec((0_u8..4, 0_u8..6, 0_u8..4, 1_usize..900), 1..200),
    ) {
        let bench = Bench::new(CachePolicy { max_entries: 5, max_bytes: 2500, ..CachePolicy::default() });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (act, who, request, size) in acts {
            match act {
                0 => bench.cache.forget(&key(&who.to_string())),
                1 => bench.clock.advance(Duration::from_secs(900)),
                _ => {
                    let (account, request) = (key(&who.to_string()), request.to_string());
                    let token = Secret::from("t");
                    let ask = future::ready(Ok(size));
                    let read = bench.cache.read(&account, &token, &request, HOUR, |_| size, ask);
                    runtime.block_on(read).unwrap();
                }
            }
            let state = bench.cache.state();
            let sizes: Vec<usize> = state.accounts.values().flat_map(HashMap::values).map(|entry| entry.bytes).collect();
            prop_assert!(sizes.len() <= 5 && state.bytes <= 2500);
            prop_assert_eq!((sizes.len(), sizes.iter().sum::<usize>()), (state.used.len(), state.bytes));
            prop_assert!(state.accounts.values().all(|of| !of.is_empty()) && state.flights.is_empty());
        }
    }
}
