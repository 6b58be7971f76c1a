//! Redis is killed and started again under four processes, with its counts and without them. Every request notes when
//! TikTok stamped it: at some moment between its permit and its answer. No window may hold more than the limit.

use super::super::{ContactListener, RedisAway, SharedLimiter, SharedSettings};
use super::process::{Process, given};
use super::server::Server;
use crate::clock::{BoxFuture, Clock, SystemClock, Timestamp};
use crate::quota::policy::Span;
use crate::quota::{QuotaKind, QuotaPolicy, QuotaSubject, Rule, Scope};
use crate::tls::Roots;
use std::fmt::Write;
use std::io::Read;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PROCESSES: u32 = 4;
/// A minute takes 300 ms, and a share begins 525 ms after the counts are lost.
const HASTE: u32 = 200;
const LIMIT: u32 = 40;
const CALLERS: usize = 4;

/// The system's clock, faster.
#[derive(Debug)]
pub(super) struct Hurried(pub(super) SystemClock, pub(super) u32);

impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now().as_millis() * i64::from(self.1))
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic() * self.1
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(pause / self.1)
    }
}

pub(super) fn policy(limit: u32) -> QuotaPolicy {
    let minute = Rule::new(Span::Minute, Scope::Account, limit).unwrap();
    QuotaPolicy::unlimited().with_rule(QuotaKind::CreatorInfo, minute)
}

pub(super) fn limiter(url: &str, policy: &QuotaPolicy, away: RedisAway, haste: u32) -> Arc<SharedLimiter> {
    limiter_telling(url, policy, away, haste, Arc::new(|_| {}))
}

pub(super) fn limiter_telling(
    url: &str,
    policy: &QuotaPolicy,
    away: RedisAway,
    haste: u32,
    listener: ContactListener,
) -> Arc<SharedLimiter> {
    let settings =
        SharedSettings { url: url.to_owned().into(), roots: Roots::built_in(), away, found: false, haste };
    let clock = Arc::new(Hurried(SystemClock::new(), haste));
    SharedLimiter::new(policy, &subject(), &settings, clock, listener).unwrap()
}

pub(super) fn subject() -> QuotaSubject {
    QuotaSubject::new("app", "", "ana")
}

/// What one process has seen, said once each.
#[derive(Default)]
struct Seen {
    by_redis: usize,
    by_share: usize,
    again: usize,
    stamps: String,
}

#[test]
fn one_of_the_processes_of_the_outage() {
    let Some((log, words)) = given() else { return };
    let away = match words[1].as_str() {
        "share" => RedisAway::Share { processes: NonZeroU32::new(PROCESSES).unwrap() },
        _ => RedisAway::Refuse,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (seen, ends) = (Arc::new(Mutex::new(Seen::default())), Arc::new(AtomicBool::new(false)));
    let end = Arc::clone(&ends);
    std::thread::spawn(move || {
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        end.store(true, Ordering::SeqCst);
    });
    runtime.block_on(async {
        let lost = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&lost);
        let listener: ContactListener =
            Arc::new(move |away| noted.store(noted.load(Ordering::SeqCst) || away, Ordering::SeqCst));
        let limiter = limiter_telling(&words[0], &policy(LIMIT), away, HASTE, listener);
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let (limiter, seen, ends, lost) = (limiter.clone(), seen.clone(), ends.clone(), lost.clone());
                tokio::spawn(async move {
                    while !ends.load(Ordering::SeqCst) {
                        call(&limiter, &seen, &lost).await;
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        limiter.settled().await;
    });
    std::fs::write(log, &seen.lock().unwrap().stamps).unwrap();
}

async fn call(limiter: &Arc<SharedLimiter>, seen: &Mutex<Seen>, lost: &AtomicBool) {
    let clock = SystemClock::new();
    let was_lost = lost.load(Ordering::SeqCst);
    let Ok(pass) = limiter.acquire(&[QuotaKind::CreatorInfo], &subject(), Duration::ZERO).await else {
        return clock.sleep(Duration::from_millis(2)).await;
    };
    let (shared, both) = (pass.slots.is_empty(), pass.own.is_some());
    clock.sleep(Duration::from_millis(rand::random_range(0..4))).await;
    let stamp = clock.now().as_millis();
    clock.sleep(Duration::from_millis(rand::random_range(0..4))).await;
    pass.complete();
    let mut seen = seen.lock().unwrap();
    writeln!(seen.stamps, "{stamp}").unwrap();
    let (count, word) = match (shared, both) {
        (true, _) => (&mut seen.by_share, "shares"),
        // Redis alone again: what came between is over.
        (false, false) if was_lost => (&mut seen.again, "again"),
        (false, true) => return,
        (false, false) => (&mut seen.by_redis, "counts"),
    };
    *count += 1;
    if *count == 5 {
        println!("\n{word}");
    }
}

fn all_say(processes: &mut [Process], word: &str) {
    for process in processes {
        process.wait_for(word);
    }
}

/// Gives how many requests were sent.
fn run(keeps: bool, away: &str, outage: impl FnOnce(&mut Server, &mut [Process])) -> usize {
    let mut server = Server::start(keeps);
    tokio::runtime::Runtime::new().unwrap().block_on(server.answers());
    let folder = tempfile::tempdir().unwrap();
    let name = "quota::shared::tests::outage::one_of_the_processes_of_the_outage";
    let words = format!("{} {away}", server.url());
    let mut processes: Vec<_> =
        (0..PROCESSES).map(|n| Process::start(name, folder.path(), n as usize, &words)).collect();
    all_say(&mut processes, "counts");
    outage(&mut server, &mut processes);
    all_say(&mut processes, "again");
    let mut stamps: Vec<i64> = Vec::new();
    for process in processes {
        stamps.extend(process.end().lines().map(|line| line.parse::<i64>().unwrap()));
    }
    stamps.sort_unstable();
    // Stamps are whole milliseconds, so that two can be one less apart than they were.
    let length = i64::from(Span::Minute.as_millis() / HASTE) - 1;
    for window in stamps.windows(LIMIT as usize + 1) {
        let apart = window[LIMIT as usize] - window[0];
        assert!(apart >= length, "violation: {} requests in {apart} ms", LIMIT + 1);
    }
    stamps.len()
}

#[test]
fn an_outage_with_shares_breaks_no_window_when_redis_keeps_its_counts() {
    let sent = run(true, "share", |server, processes| {
        server.kill();
        all_say(processes, "shares");
        server.start_again();
    });
    println!("{sent} requests of {PROCESSES} processes over an outage with shares: 0 violations");
}

#[test]
fn an_outage_with_shares_breaks_no_window_when_redis_loses_its_counts() {
    let sent = run(false, "share", |server, processes| {
        server.kill();
        all_say(processes, "shares");
        server.start_again();
    });
    println!("{sent} requests of {PROCESSES} processes over an outage with loss: 0 violations");
}

#[test]
fn a_restart_that_loses_the_counts_breaks_no_window() {
    for away in ["share", "refuse"] {
        let sent = run(false, away, |server, _| {
            server.kill();
            server.start_again();
        });
        println!("{sent} requests of {PROCESSES} processes over a restart ({away}): 0 violations");
    }
}
