//! Kills and restarts Redis under four processes, with and without its counts. Every request records its stamp, a moment
//! between its permit and its answer. No window may contain more stamps than the limit.

use super::super::{AvailabilityListener, RedisLimiter, RedisSettings};
use super::process::{Process, given};
use super::server::Server;
use crate::clock::{BoxFuture, Clock, SystemClock, Timestamp};
use crate::quota::policy::Span;
use crate::quota::{QuotaKind, QuotaPolicy, QuotaSubject, Rule, Scope};
use crate::tls::Roots;
use std::fmt::Write;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PROCESSES: u32 = 4;
/// A minute takes 300 ms, and a Redis without its counts pauses for 525 ms.
const TIME_SCALE: u32 = 200;
const LIMIT: u32 = 40;
const CALLERS: usize = 4;

/// The system clock, sped up.
#[derive(Debug)]
pub(super) struct FastClock(pub(super) SystemClock, pub(super) u32);

impl Clock for FastClock {
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

pub(super) fn limiter(url: &str, policy: &QuotaPolicy, time_scale: u32) -> Arc<RedisLimiter> {
    limiter_with_listener(url, policy, time_scale, Arc::new(|_| {}))
}

pub(super) fn limiter_with_listener(
    url: &str,
    policy: &QuotaPolicy,
    time_scale: u32,
    listener: AvailabilityListener,
) -> Arc<RedisLimiter> {
    let settings = RedisSettings { url: url.to_owned().into(), roots: Roots::built_in(), detected: false };
    let clock = Arc::new(FastClock(SystemClock::new(), time_scale));
    RedisLimiter::with_time_scale(policy, &subject(), &settings, clock, listener, time_scale).unwrap()
}

pub(super) fn subject() -> QuotaSubject {
    QuotaSubject::new("app", "", "ana")
}

/// The observations of one process. Each is printed once.
#[derive(Default)]
struct Seen {
    by_redis: usize,
    again: usize,
    stamps: String,
}

#[test]
fn child_process_of_the_outage_test() {
    let Some((log, words)) = given() else { return };
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
        let listener: AvailabilityListener =
            Arc::new(move |down| noted.store(noted.load(Ordering::SeqCst) || down, Ordering::SeqCst));
        let limiter = limiter_with_listener(&words[0], &policy(LIMIT), TIME_SCALE, listener);
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
        limiter.flush().await;
    });
    std::fs::write(log, &seen.lock().unwrap().stamps).unwrap();
}

async fn call(limiter: &Arc<RedisLimiter>, seen: &Mutex<Seen>, lost: &AtomicBool) {
    let clock = SystemClock::new();
    let was_lost = lost.load(Ordering::SeqCst);
    let Ok(permit) = limiter.acquire(&[QuotaKind::CreatorInfo], &subject(), Duration::ZERO).await else {
        return clock.sleep(Duration::from_millis(2)).await;
    };
    clock.sleep(Duration::from_millis(rand::random_range(0..4))).await;
    let stamp = clock.now().as_millis();
    clock.sleep(Duration::from_millis(rand::random_range(0..4))).await;
    permit.complete();
    let mut seen = seen.lock().unwrap();
    writeln!(seen.stamps, "{stamp}").unwrap();
    // Redis was lost and counts again, so the pause is over.
    let (count, word) = if was_lost { (&mut seen.again, "again") } else { (&mut seen.by_redis, "counts") };
    *count += 1;
    if *count == 5 {
        println!("\n{word}");
    }
}

fn wait_for_all(processes: &mut [Process], word: &str) {
    for process in processes {
        process.wait_for(word);
    }
}

fn run(persistent: bool) -> usize {
    let mut server = Server::start(persistent);
    tokio::runtime::Runtime::new().unwrap().block_on(server.wait_until_ready());
    let url = server.url();
    run_processes(&url, || {
        server.kill();
        server.restart();
    })
}

/// Runs the processes on `url` with an outage, and returns the number of requests.
pub(super) fn run_processes(url: &str, outage: impl FnOnce()) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let name = "quota::redis::tests::outage::child_process_of_the_outage_test";
    let mut processes: Vec<_> =
        (0..PROCESSES).map(|n| Process::start(name, folder.path(), n as usize, url)).collect();
    wait_for_all(&mut processes, "counts");
    outage();
    wait_for_all(&mut processes, "again");
    let mut stamps: Vec<i64> = Vec::new();
    for process in processes {
        stamps.extend(process.end().lines().map(|line| line.parse::<i64>().unwrap()));
    }
    stamps.sort_unstable();
    // Stamps are whole milliseconds, so a distance can be 1 ms too short.
    let length = i64::from(Span::Minute.as_millis() / TIME_SCALE) - 1;
    for window in stamps.windows(LIMIT as usize + 1) {
        let apart = window[LIMIT as usize] - window[0];
        assert!(apart >= length, "violation: {} requests in {apart} ms", LIMIT + 1);
    }
    stamps.len()
}

#[test]
fn restart_keeps_the_limits_with_and_without_counts() {
    for persistent in [true, false] {
        let sent = run(persistent);
        println!("{sent} requests of {PROCESSES} processes over a restart ({persistent}): 0 violations");
    }
}
