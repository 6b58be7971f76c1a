//! Compares the limiter with an oracle that stores every request. Several threads run random operations on many keys,
//! with a clock that advances in steps. `QUOTA_ORACLE_OPERATIONS` sets the number of operations;
//! `npm run prove -- quota-oracle` runs 10 million.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests print the number of operations, and may fail"
)]

mod oracle;

use oracle::{Granted, Oracle};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;
use toklink::Timestamp;
use toklink::clock::{BoxFuture, Clock};
use toklink::quota::{Limiter, Permit, QuotaKind, QuotaPolicy, QuotaSubject, Rule, Scope, Span};

const THREADS: usize = 4;
/// Number of accounts in each thread's app.
const ACCOUNTS: usize = 6;
/// Number of operations that a thread runs between two steps of the clock.
const BATCH: usize = 250;
const SHORT_OPERATIONS: usize = 200_000;
/// Limit per minute of the window that all threads share.
const SHARED_LIMIT: u32 = 500;

const REQUESTS: [&[QuotaKind]; 7] = [
    &[QuotaKind::UserInfo],
    &[QuotaKind::VideoList],
    &[QuotaKind::VideoQuery],
    &[QuotaKind::CreatorInfo],
    &[QuotaKind::PublishInit, QuotaKind::VideoUpload],
    &[QuotaKind::PublishStatus],
    &[QuotaKind::VideoUpload, QuotaKind::UserInfo, QuotaKind::PublishStatus],
];

/// A clock whose wall-clock time jumps at random while its monotonic time advances in steps.
#[derive(Debug, Clone, Default)]
struct Stepping {
    ms: Arc<AtomicU64>,
    wall_secs: Arc<AtomicU32>,
}

impl Clock for Stepping {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(i64::from(self.wall_secs.load(Ordering::SeqCst)))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.ms.load(Ordering::SeqCst))
    }

    fn sleep(&self, _pause: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// A `SplitMix64` generator. The same seed produces the same run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }
}

fn rule(span: Span, scope: Scope, limit: u32) -> Rule {
    Rule::new(span, scope, limit).unwrap()
}

/// Returns the planned policy, with limits low enough that six accounts reach every rule.
fn policy() -> QuotaPolicy {
    QuotaPolicy::planned()
        .with_rule(QuotaKind::UserInfo, rule(Span::Minute, Scope::App, 120))
        .with_rule(QuotaKind::VideoList, rule(Span::Minute, Scope::App, 60))
        .with_rule(QuotaKind::VideoQuery, rule(Span::Minute, Scope::App, 1))
}

/// A thread with its own windows.
struct Worker<'a> {
    limiter: &'a Limiter,
    clock: Stepping,
    dice: Dice,
    subjects: Vec<QuotaSubject>,
    oracle: Oracle,
    in_flight: Vec<(Permit<'a>, Granted)>,
    granted: u64,
    refused: u64,
}

impl Worker<'_> {
    fn now(&self) -> u64 {
        self.clock.ms.load(Ordering::SeqCst)
    }

    fn step(&mut self) {
        let (account, now) = (self.dice.roll(ACCOUNTS), self.now());
        let kinds = REQUESTS[self.dice.roll(REQUESTS.len())];
        let subject = self.subjects[account];
        match self.dice.roll(1000) {
            0..700 => self.take(kinds, account),
            700..850 => self.end_one(now),
            850..930 => {
                let fits = self.oracle.earliest(kinds, account, now) <= now;
                assert_eq!(self.limiter.check(kinds, &subject).is_ok(), fits, "check of {kinds:?} at {now}");
            }
            930..996 => {
                let status = self.limiter.status(&subject);
                let seen: Vec<_> = status.iter().map(|s| (s.count as usize, s.remaining as usize)).collect();
                assert_eq!(seen, self.oracle.status(account, now));
            }
            996..998 => {
                self.limiter.increment(kinds, &subject);
                self.oracle.increment(kinds, account, now);
            }
            _ => {
                self.limiter.reset(&subject);
                self.oracle.reset(account);
            }
        }
    }

    fn take(&mut self, kinds: &[QuotaKind], account: usize) {
        let (now, earliest) = (self.now(), self.oracle.earliest(kinds, account, self.now()));
        match self.limiter.try_acquire(kinds, &self.subjects[account]) {
            Ok(permit) => {
                assert!(earliest <= now, "violation: {kinds:?} at {now}, possible at {earliest}");
                let granted = self.oracle.take(kinds, account);
                self.granted += 1;
                // Completes most requests immediately and some after a long time.
                if self.dice.roll(5) == 0 {
                    self.in_flight.push((permit, granted));
                } else {
                    permit.complete();
                    self.oracle.complete(&granted, now);
                }
            }
            Err(error) => {
                assert!(earliest > now, "unnecessary refusal of {kinds:?} at {now}");
                let retry_at = now + u64::try_from(error.retry_after().unwrap().as_millis()).unwrap();
                assert_eq!(retry_at, earliest, "wrong retry time for {kinds:?}");
                self.refused += 1;
            }
        }
    }

    fn end_one(&mut self, now: u64) {
        if self.in_flight.is_empty() {
            return;
        }
        let (permit, granted) = self.in_flight.swap_remove(self.dice.roll(self.in_flight.len()));
        match self.dice.roll(100) {
            0..60 => {
                permit.complete();
                self.oracle.complete(&granted, now);
            }
            60..75 => {
                drop(permit);
                self.oracle.complete(&granted, now);
            }
            75..99 => {
                permit.release();
                self.oracle.release(&granted);
            }
            _ => {
                permit.throttled();
                self.oracle.throttled(&granted, now);
            }
        }
    }
}

/// The requests of all threads in one shared window. A batch only adds requests, so the count at the end of a batch
/// shows whether a refusal was necessary.
#[derive(Default)]
struct SharedWindow {
    granted: AtomicU32,
    refused: AtomicU32,
    /// Completion times, each with the number of responses at that time.
    log: Mutex<Vec<(u64, u32)>>,
}

impl SharedWindow {
    fn request(&self, limiter: &Limiter, subject: &QuotaSubject) {
        match limiter.try_acquire(&[QuotaKind::UserInfo], subject) {
            Ok(permit) => {
                self.granted.fetch_add(1, Ordering::SeqCst);
                permit.complete();
            }
            Err(_) => drop(self.refused.fetch_add(1, Ordering::SeqCst)),
        }
    }

    fn check_batch(&self, now: u64) {
        let mut log = self.log.lock().unwrap();
        log.retain(|(at, _)| now < at + 60_000);
        log.push((now, self.granted.swap(0, Ordering::SeqCst)));
        let occupied: u32 = log.iter().map(|(_, count)| count).sum();
        assert!(occupied <= SHARED_LIMIT, "violation: {occupied} requests in a minute");
        let refused = self.refused.swap(0, Ordering::SeqCst);
        assert!(
            refused == 0 || occupied == SHARED_LIMIT,
            "unnecessary refusal: {occupied} requests in a minute"
        );
    }
}

/// Aborts the process when a thread panics, because the other threads would wait for it forever.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}

/// State that all threads share.
struct Race {
    batches: usize,
    clock: Stepping,
    limiter: Arc<Limiter>,
    shared_limiter: Arc<Limiter>,
    shared: SharedWindow,
    barrier: Barrier,
}

#[test]
fn limiter_agrees_with_the_oracle_on_every_operation() {
    let operations: usize = std::env::var("QUOTA_ORACLE_OPERATIONS")
        .map_or(SHORT_OPERATIONS, |text| text.parse().expect("QUOTA_ORACLE_OPERATIONS is a number"));
    let clock = Stepping::default();
    let shared_policy =
        QuotaPolicy::unlimited().with_rule(QuotaKind::UserInfo, rule(Span::Minute, Scope::App, SHARED_LIMIT));
    let race = Race {
        batches: operations.div_ceil(THREADS * BATCH),
        limiter: Limiter::new(policy(), Arc::new(clock.clone())),
        shared_limiter: Limiter::new(shared_policy, Arc::new(clock.clone())),
        shared: SharedWindow::default(),
        barrier: Barrier::new(THREADS),
        clock,
    };
    let (granted, refused) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|n| {
                let race = &race;
                scope.spawn(move || work(n, race))
            })
            .collect();
        let counts = threads.into_iter().map(|thread| thread.join().unwrap());
        counts.fold((0, 0), |(granted, refused), (g, r)| (granted + g, refused + r))
    });
    let enough = operations as u64 / 25;
    assert!(granted > enough && refused > enough, "{granted} granted, {refused} refused");
    println!(
        "{} operations of {THREADS} threads: {granted} granted, {refused} refused, 0 violations, 0 unnecessary refusals",
        race.batches * THREADS * BATCH
    );
}

fn work(n: usize, race: &Race) -> (u64, u64) {
    let _abort_on_panic = AbortOnPanic;
    let app = format!("app {n}");
    let mut worker = Worker {
        limiter: &race.limiter,
        clock: race.clock.clone(),
        dice: Dice(n as u64),
        subjects: (0..ACCOUNTS).map(|account| QuotaSubject::new(&app, "t", &account.to_string())).collect(),
        oracle: Oracle::new(&policy(), ACCOUNTS),
        in_flight: Vec::new(),
        granted: 0,
        refused: 0,
    };
    let shared_subject = QuotaSubject::new("shared", "", "");
    for _ in 0..race.batches {
        for turn in 0..BATCH {
            if turn % 10 == 0 {
                race.shared.request(&race.shared_limiter, &shared_subject);
            } else {
                worker.step();
            }
        }
        if race.barrier.wait().is_leader() {
            // Only this thread runs until the next barrier.
            let now = worker.now();
            race.shared.check_batch(now);
            let hours = if worker.dice.roll(40) == 0 { worker.dice.roll(30) } else { 0 };
            let step = hours * 3_600_000 + worker.dice.roll(4) * worker.dice.roll(5000);
            race.clock.ms.store(now + step as u64, Ordering::SeqCst);
            race.clock.wall_secs.store(u32::try_from(worker.dice.roll(1 << 31)).unwrap(), Ordering::SeqCst);
        }
        race.barrier.wait();
    }
    (worker.granted, worker.refused)
}
