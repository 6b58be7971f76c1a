//! Compares four processes with a log of every reply, replayed in the order of Redis's clock. Each grant must have been
//! possible, and each refusal necessary, up to the returned time. `QUOTA_REDIS_OPERATIONS` sets the number of operations;
//! `npm run prove -- quota-redis` runs 100,000.

use super::super::scripts::{MAX_IN_FLIGHT, PermitOutcome, Scripts, TakeReply};
use super::super::window_keys::WindowKeys;
use super::process::{Process, given};
use super::server::Server;
use crate::clock::{Clock, SystemClock};
use crate::quota::policy::Span;
use crate::quota::{QuotaKind, QuotaPolicy, QuotaSubject, Rule, Scope};
use crate::tls::Roots;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PROCESSES: usize = 4;
/// Callers within a process.
const CALLERS: usize = 6;
const ACCOUNTS: usize = 3;
/// A minute takes 150 ms.
const TIME_SCALE: u32 = 400;
const SHORT_OPERATIONS: usize = 8_000;

const REQUESTS: [&[QuotaKind]; 5] = [
    &[QuotaKind::UserInfo],
    &[QuotaKind::VideoList],
    &[QuotaKind::CreatorInfo],
    &[QuotaKind::PublishInit, QuotaKind::VideoUpload],
    &[QuotaKind::PublishStatus],
];

/// The planned policy, with daily limits that last for the whole run.
fn policy() -> QuotaPolicy {
    let rule = |span, scope, limit| Rule::new(span, scope, limit).unwrap();
    QuotaPolicy::planned()
        .with_rule(QuotaKind::UserInfo, rule(Span::Day, Scope::Account, 900))
        .with_rule(QuotaKind::VideoList, rule(Span::Minute, Scope::App, 40))
        .with_rule(QuotaKind::VideoList, rule(Span::Day, Scope::Account, 5000))
        .with_rule(QuotaKind::VideoUpload, rule(Span::Day, Scope::Account, 5000))
}

fn accounts() -> Vec<QuotaSubject> {
    (0..ACCOUNTS).map(|n| QuotaSubject::new("app", "", &n.to_string())).collect()
}

/// Runs one process. `words` are the address of Redis and the number of operations.
#[test]
fn child_process_of_the_oracle_test() {
    let Some((log, words)) = given() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let written = Arc::new(Mutex::new(String::new()));
    let operations: usize = words[1].parse().unwrap();
    runtime.block_on(async {
        let connection = super::super::connection::Connection::new(
            &words[0],
            &Roots::built_in(),
            Arc::new(SystemClock::new()),
        )
        .unwrap();
        let client =
            Arc::new((connection, WindowKeys::new(&policy(), &accounts()[0]), Scripts::new(TIME_SCALE)));
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| tokio::spawn(call(Arc::clone(&client), operations / CALLERS, Arc::clone(&written))))
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
    });
    std::fs::write(log, written.lock().unwrap().as_str()).unwrap();
}

async fn call(
    client: Arc<(super::super::connection::Connection, WindowKeys, Scripts)>,
    operations: usize,
    log: Arc<Mutex<String>>,
) {
    let (connection, keys, scripts) = &*client;
    let (clock, accounts) = (SystemClock::new(), accounts());
    let (mut done, mut reported) = (0, false);
    while done < operations {
        if done >= operations / 2 && !std::mem::replace(&mut reported, true) {
            println!("\nhalf");
        }
        let account = rand::random_range(0..ACCOUNTS);
        let rules: Vec<_> =
            keys.limits.of_kinds(REQUESTS[rand::random_range(0..REQUESTS.len())]).iter().collect();
        let subject = &accounts[account];
        done += 1;
        match scripts.take(connection, keys, &rules, subject, ("", "0123456789abcdef")).await.unwrap() {
            TakeReply::Granted { at_us, slots, .. } => {
                let mut entry = format!("{at_us} granted {account}");
                for (number, slot) in rules.iter().zip(&slots) {
                    write!(entry, " {number}:{}", slot.ends).unwrap();
                }
                writeln!(log.lock().unwrap(), "{entry}").unwrap();
                // Most are answered at once, some are in flight for long, a few longer than Redis keeps a slot.
                let in_flight = match rand::random_range(0..200) {
                    0 => MAX_IN_FLIGHT / TIME_SCALE + Duration::from_millis(rand::random_range(0..300)),
                    1..40 => Duration::from_millis(rand::random_range(1..30)),
                    _ => Duration::ZERO,
                };
                if in_flight > Duration::ZERO {
                    clock.sleep(in_flight).await;
                }
                let (outcome, word) = match rand::random_range(0..100) {
                    0..85 => (PermitOutcome::Complete, "complete"),
                    85..99 => (PermitOutcome::Release, "release"),
                    _ => (PermitOutcome::Throttled, "throttled"),
                };
                let taken: Vec<_> = rules.iter().copied().zip(slots.iter().map(|slot| slot.ends)).collect();
                let at =
                    scripts.finish(connection, keys, &taken, subject, "", outcome).await.unwrap().unwrap();
                done += 1;
                writeln!(
                    log.lock().unwrap(),
                    "{}",
                    entry.replacen(&format!("{at_us} granted"), &format!("{at} {word}"), 1)
                )
                .unwrap();
            }
            TakeReply::Full { at_us, blocked, wait, .. } => {
                let windows: Vec<_> = rules.iter().map(|number| format!(" {number}:0")).collect();
                let wait = wait.as_millis() / u128::from(TIME_SCALE);
                writeln!(
                    log.lock().unwrap(),
                    "{at_us} refused-{}-{wait} {account}{}",
                    rules[blocked],
                    windows.concat()
                )
                .unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
}

/// One window with all its slots.
#[derive(Default)]
struct Window {
    ends: Vec<u64>,
    closed: u64,
}

impl Window {
    /// Returns the milliseconds until one more request fits.
    fn wait(&mut self, now: u64, limit: usize, length: u64) -> u64 {
        self.ends.retain(|&end| end > now);
        self.ends.sort_unstable();
        let closed = self.closed.saturating_sub(now);
        match self.ends.len().checked_sub(limit) {
            None => closed,
            Some(nth) => closed.max((self.ends[nth] - now).min(length)),
        }
    }
}

#[test]
fn processes_agree_with_the_oracle_on_every_reply() {
    let server = Server::start(false);
    tokio::runtime::Runtime::new().unwrap().block_on(server.wait_until_ready());
    compare(&server.url(), || {});
}

/// Compares processes on `url` with the replay of their log. Runs `halfway` when each has made half of its calls.
pub(super) fn compare(url: &str, halfway: impl FnOnce()) {
    let operations: usize = std::env::var("QUOTA_REDIS_OPERATIONS")
        .map_or(SHORT_OPERATIONS, |text| text.parse().expect("QUOTA_REDIS_OPERATIONS is a number"));
    let folder = tempfile::tempdir().unwrap();
    let name = "quota::redis::tests::oracle::child_process_of_the_oracle_test";
    let words = format!("{url} {}", operations / PROCESSES + CALLERS);
    let mut processes: Vec<_> =
        (0..PROCESSES).map(|n| Process::start(name, folder.path(), n, &words)).collect();
    for process in &mut processes {
        process.wait_for("half");
    }
    halfway();
    let mut answers = BTreeMap::new();
    for process in processes {
        for line in process.end().lines() {
            let (at, rest) = line.split_once(' ').unwrap();
            let before = answers.insert(at.parse::<u64>().unwrap(), rest.to_owned());
            assert!(before.is_none(), "two answers at {at}");
        }
    }
    assert!(answers.len() >= operations, "{} operations", answers.len());
    let (granted, refused) = replay(&answers);
    assert!(granted > operations / 50 && refused > operations / 50, "{granted} granted, {refused} refused");
    println!(
        "{} operations of {PROCESSES} processes on Redis: {granted} granted, {refused} refused, 0 violations, \
         0 needless refusals",
        answers.len()
    );
}

fn replay(answers: &BTreeMap<u64, String>) -> (usize, usize) {
    let keys = WindowKeys::new(&policy(), &accounts()[0]);
    let hold = u64::try_from(MAX_IN_FLIGHT.as_millis()).unwrap() / u64::from(TIME_SCALE);
    let mut windows: HashMap<(u8, usize), Window> = HashMap::new();
    let (mut granted, mut refused) = (0, 0);
    for (at, answer) in answers {
        let (now, answered) = (at / 1000, at.div_ceil(1000));
        let mut words = answer.split(' ');
        let (what, account) = (words.next().unwrap(), words.next().unwrap().parse::<usize>().unwrap());
        let slots: Vec<(u8, u64)> = words
            .map(|word| word.split_once(':').map(|(n, e)| (n.parse().unwrap(), e.parse().unwrap())).unwrap())
            .collect();
        let window_of = |number: u8| {
            let rule = keys.limits.get(number).rule;
            let whose = if rule.scope() == Scope::App { ACCOUNTS } else { account };
            let length = u64::from(rule.span().as_millis()) / u64::from(TIME_SCALE);
            ((number, whose), rule.limit() as usize, length, rule.span())
        };
        let mut wait = 0;
        for &(number, _) in &slots {
            let (key, limit, length, _) = window_of(number);
            wait = wait.max(windows.entry(key).or_default().wait(now, limit, length));
        }
        for &(number, ends) in &slots {
            let (key, _, length, span) = window_of(number);
            let window = windows.get_mut(&key).unwrap();
            match what {
                "granted" => {
                    assert_eq!(wait, 0, "violation: {answer} at {now}");
                    let last = window.ends.last().copied().unwrap_or(0);
                    assert_eq!(ends, (now + hold + length).max(last + 1), "another slot: {answer}");
                    window.ends.push(ends);
                }
                "complete" | "release" | "throttled" => {
                    let stored = window.ends.iter().position(|&end| end == ends);
                    assert!(stored.is_some() || ends <= now, "no slot: {answer} at {now}");
                    stored.map(|index| window.ends.swap_remove(index));
                    if what == "complete" || (what == "throttled" && span == Span::Minute) {
                        window.ends.push(answered + length);
                    }
                    if what == "throttled" && span == Span::Minute {
                        window.closed = window.closed.max(answered + length);
                    }
                }
                _ => {
                    assert!(wait > 0, "needless refusal: {answer} at {now}");
                    assert!(what.ends_with(&format!("-{wait}")), "{answer} at {now}, possible in {wait} ms");
                }
            }
        }
        granted += usize::from(what == "granted");
        refused += usize::from(what.starts_with("refused"));
    }
    (granted, refused)
}
