//! Compares the limiter with governor and measures the memory per key. governor is not exact (GCRA) and does not take
//! TikTok's responses into account.

use crate::against;
use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};
use toklink::clock::BoxFuture;
use toklink::quota::{Limiter, Permit, QuotaKind, QuotaSubject};
use toklink::{Clock, QuotaPolicy, Timestamp};

/// The time between two checks of one key. At this interval, 300 of the 600 requests per minute are always in use.
const STEP: Duration = Duration::from_millis(200);
/// The requests of each key before the measurement. After them, a window has as many slots as in continuous use.
const WARM_UP: u32 = 400;
const KEYS_IN_MEMORY: u32 = 1_000_000;
const SHARED_CALLS: u32 = 200_000;
const SHARED_ROUNDS: usize = 9;
const CALLS_PER_STEP: u32 = 64;

/// A clock that is as cheap as governor's fake clock, so that the benchmark compares the limiters and not the clocks.
#[derive(Debug, Clone, Default)]
struct Turned(Arc<AtomicU64>);

impl Turned {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_nanos()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_790_000_000).plus(self.monotonic())
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, _pause: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// The system allocator, with a counter of allocated bytes.
struct Counting;

static TAKEN: AtomicI64 = AtomicI64::new(0);

fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[expect(unsafe_code, reason = "the allocator trait is unsafe; this one only counts")]
// SAFETY: every call is forwarded to the system allocator with the caller's arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.fetch_add(signed(layout.size()), Ordering::Relaxed);
        // SAFETY: the caller upholds the contract of `alloc`, which is the same for the system allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(signed(layout.size()), Ordering::Relaxed);
        // SAFETY: the caller upholds the contract of `dealloc`, which is the same for the system allocator.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

pub(crate) fn run() {
    hot(1);
    hot(1000);
    shared(1);
    shared(1000);
    memory();
}

fn subjects(keys: u32) -> Vec<QuotaSubject> {
    (0..keys).map(|key| QuotaSubject::new(&format!("aw{key}"), "w", "-000user")).collect()
}

fn hot(keys: u32) {
    let clock = Turned::default();
    let limiter = Limiter::new(QuotaPolicy::documented(), Arc::new(clock.clone()));
    let subjects = subjects(keys);
    let fake = FakeRelativeClock::default();
    let limit = Quota::per_minute(NonZeroU32::new(600).unwrap());
    let peer = RateLimiter::dashmap_with_clock(limit, fake.clone());
    let names: Vec<_> = (0..keys).map(|key| format!("aw{key}/userInfo")).collect();
    let mut check = |i: u32| {
        clock.advance(STEP / keys);
        let subject = &subjects[(i % keys) as usize];
        limiter.try_acquire(&[QuotaKind::UserInfo], subject).unwrap().complete();
    };
    (0..WARM_UP * keys).for_each(&mut check);
    against(&format!("quota check, {keys} keys, exact"), &mut check, "governor (GCRA)", &mut |i| {
        fake.advance(STEP / keys);
        peer.check_key(&names[(i % keys) as usize]).unwrap();
    });
}

/// Runs one thread, and then two. Each seldom advances the clock, so that its cache line is not the bottleneck. No limit is
/// reached.
fn shared(keys: u32) {
    let mut rounds = (Vec::new(), Vec::new(), Vec::new());
    let subjects = subjects(keys);
    let names: Vec<_> = (0..keys).map(|key| format!("aw{key}/userInfo")).collect();
    for _ in 0..SHARED_ROUNDS {
        for threads in [1, 2] {
            let clock = Turned::default();
            let limiter = Limiter::new(QuotaPolicy::documented(), Arc::new(clock.clone()));
            let nanoseconds = on_threads(threads, |n, i| {
                if n % CALLS_PER_STEP == 0 {
                    clock.advance(CALLS_PER_STEP * STEP);
                }
                let permit = limiter.try_acquire(&[QuotaKind::UserInfo], &subjects[(i % keys) as usize]);
                permit.map(Permit::complete).is_ok()
            });
            if threads == 1 { rounds.0.push(nanoseconds) } else { rounds.1.push(nanoseconds) }
        }
        let fake = FakeRelativeClock::default();
        let limit = Quota::per_minute(NonZeroU32::new(600).unwrap());
        let peer = RateLimiter::dashmap_with_clock(limit, fake.clone());
        rounds.2.push(on_threads(2, |n, i| {
            if n % CALLS_PER_STEP == 0 {
                fake.advance(CALLS_PER_STEP * STEP);
            }
            // governor refuses a thread that paused between reading the clock and the check.
            let _ = black_box(peer.check_key(&names[(i % keys) as usize]));
            true
        }));
    }
    let (one, ours, theirs) = (crate::median(rounds.0), crate::median(rounds.1), crate::median(rounds.2));
    let what = format!("the same on 2 threads, {keys} keys");
    let scale = 2.0 * one / ours;
    println!(
        "{what:<34} {ours:>8.0} ns   governor (GCRA) {theirs:>6.0} ns   ratio {:.2}   {scale:.2} times one thread",
        ours / theirs
    );
}

/// Returns the nanoseconds in which each of `threads` makes one call. `call` gets the number of the call in its thread and over all
/// threads.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn on_threads(threads: u32, call: impl Fn(u32, u32) -> bool + Sync) -> f64 {
    let start = Barrier::new(threads as usize + 1);
    let mut began = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (start, call) = (&start, &call);
            scope.spawn(move || {
                start.wait();
                assert!((0..SHARED_CALLS).all(|n| call(n, threads * n + thread)), "no limit is reached");
            });
        }
        start.wait();
        began = Instant::now();
    });
    began.elapsed().as_secs_f64() * 1e9 / f64::from(SHARED_CALLS)
}

fn memory() {
    let clock = Turned::default();
    let limiter = Limiter::new(QuotaPolicy::documented(), Arc::new(clock));
    let before = TAKEN.load(Ordering::Relaxed);
    for key in 0..KEYS_IN_MEMORY {
        let subject = QuotaSubject::new("aw", "w", &key.to_string());
        limiter.try_acquire(&[QuotaKind::CreatorInfo], &subject).unwrap().complete();
    }
    let taken = TAKEN.load(Ordering::Relaxed) - before;
    let each = taken / i64::from(KEYS_IN_MEMORY);
    println!("{KEYS_IN_MEMORY} keys, each used once        {each:>8} bytes a key");
    drop(limiter);
}
