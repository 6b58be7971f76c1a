//! Four processes against a log of every answer, gone through again in the order of Redis's clock: each grant must have
//! been possible, and each refusal needed, until the very time that it told. `QUOTA_REDIS_OPERATIONS` says how many;
//! `npm run prove -- quota-redis` does 100,000.

use super::super::lane::Lanes;
use super::super::script::{LONGEST_FLIGHT, Landing, Scripts, Taken};
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
const HASTE: u32 = 400;
const SHORT_OPERATIONS: usize = 8_000;

const REQUESTS: [&[QuotaKind]; 5] = [
    &[QuotaKind::UserInfo],
    &[QuotaKind::VideoList],
    &[QuotaKind::CreatorInfo],
    &[QuotaKind::PublishInit, QuotaKind::VideoUpload],
    &[QuotaKind::PublishStatus],
];

/// The default policy, with figures of the day that leave something for the whole run.
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

/// What one process does: `words` are the address of Redis and how many operations.
#[test]
fn one_of_the_processes_of_the_oracle() {
    let Some((log, words)) = given() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let written = Arc::new(Mutex::new(String::new()));
    let operations: usize = words[1].parse().unwrap();
    runtime.block_on(async {
        let link = super::super::link::Link::new(&words[0], &Roots::built_in(), Arc::new(SystemClock::new()))
            .unwrap();
        let shared = Arc::new((link, Lanes::new(&policy(), &accounts()[0]), Scripts::new(HASTE)));
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| tokio::spawn(call(Arc::clone(&shared), operations / CALLERS, Arc::clone(&written))))
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
    });
    std::fs::write(log, written.lock().unwrap().as_str()).unwrap();
}

async fn call(
    shared: Arc<(super::super::link::Link, Lanes, Scripts)>,
    operations: usize,
    log: Arc<Mutex<String>>,
) {
    let (link, lanes, scripts) = &*shared;
    let (clock, accounts) = (SystemClock::new(), accounts());
    let mut done = 0;
    while done < operations {
        let account = rand::random_range(0..ACCOUNTS);
        let numbers = lanes.of(REQUESTS[rand::random_range(0..REQUESTS.len())]);
        let subject = &accounts[account];
        done += 1;
        match scripts.take(link, lanes, &numbers, subject, ("", "0123456789abcdef")).await.unwrap() {
            Taken::Granted { at_us, slots, .. } => {
                let mut entry = format!("{at_us} granted {account}");
                for (number, slot) in numbers.iter().zip(&slots) {
                    write!(entry, " {number}:{}", slot.ends).unwrap();
                }
                writeln!(log.lock().unwrap(), "{entry}").unwrap();
                // Most are answered at once, some are under way for long, a few longer than a slot is held.
                let under_way = match rand::random_range(0..200) {
                    0 => LONGEST_FLIGHT / HASTE + Duration::from_millis(rand::random_range(0..300)),
                    1..40 => Duration::from_millis(rand::random_range(1..30)),
                    _ => Duration::ZERO,
                };
                if under_way > Duration::ZERO {
                    clock.sleep(under_way).await;
                }
                let (landing, word) = match rand::random_range(0..100) {
                    0..85 => (Landing::Complete, "complete"),
                    85..99 => (Landing::Release, "release"),
                    _ => (Landing::Throttled, "throttled"),
                };
                let taken: Vec<_> = numbers.iter().copied().zip(slots.iter().map(|slot| slot.ends)).collect();
                let at = scripts.settle(link, lanes, &taken, subject, "", landing).await.unwrap().unwrap();
                done += 1;
                writeln!(
                    log.lock().unwrap(),
                    "{}",
                    entry.replacen(&format!("{at_us} granted"), &format!("{at} {word}"), 1)
                )
                .unwrap();
            }
            Taken::Full { at_us, blocked, wait, .. } => {
                let windows: Vec<_> = numbers.iter().map(|number| format!(" {number}:0")).collect();
                let wait = wait.as_millis() / u128::from(HASTE);
                writeln!(
                    log.lock().unwrap(),
                    "{at_us} refused-{}-{wait} {account}{}",
                    numbers[blocked],
                    windows.concat()
                )
                .unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
}

/// One window, written down in full.
#[derive(Default)]
struct Window {
    ends: Vec<u64>,
    closed: u64,
}

impl Window {
    /// In how many milliseconds one more request fits.
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
fn four_processes_and_the_oracle_agree_on_every_answer_of_redis() {
    let operations: usize = std::env::var("QUOTA_REDIS_OPERATIONS")
        .map_or(SHORT_OPERATIONS, |text| text.parse().expect("QUOTA_REDIS_OPERATIONS is a number"));
    let server = Server::start(false);
    tokio::runtime::Runtime::new().unwrap().block_on(server.answers());
    let folder = tempfile::tempdir().unwrap();
    let name = "quota::shared::tests::oracle::one_of_the_processes_of_the_oracle";
    let words = format!("{} {}", server.url(), operations / PROCESSES + CALLERS);
    let processes: Vec<_> = (0..PROCESSES).map(|n| Process::start(name, folder.path(), n, &words)).collect();
    let mut answers = BTreeMap::new();
    for process in processes {
        for line in process.end().lines() {
            let (at, rest) = line.split_once(' ').unwrap();
            let before = answers.insert(at.parse::<u64>().unwrap(), rest.to_owned());
            assert!(before.is_none(), "two answers at {at}");
        }
    }
    assert!(answers.len() >= operations, "{} operations", answers.len());
    let (granted, refused) = judge(&answers);
    assert!(granted > operations / 50 && refused > operations / 50, "{granted} granted, {refused} refused");
    println!(
        "{} operations of {PROCESSES} processes on Redis: {granted} granted, {refused} refused, 0 violations, \
         0 needless refusals",
        answers.len()
    );
}

fn judge(answers: &BTreeMap<u64, String>) -> (usize, usize) {
    let lanes = Lanes::new(&policy(), &accounts()[0]);
    let hold = u64::try_from(LONGEST_FLIGHT.as_millis()).unwrap() / u64::from(HASTE);
    let mut windows: HashMap<(usize, usize), Window> = HashMap::new();
    let (mut granted, mut refused) = (0, 0);
    for (at, answer) in answers {
        let (now, answered) = (at / 1000, at.div_ceil(1000));
        let mut words = answer.split(' ');
        let (what, account) = (words.next().unwrap(), words.next().unwrap().parse::<usize>().unwrap());
        let slots: Vec<(usize, u64)> = words
            .map(|word| word.split_once(':').map(|(n, e)| (n.parse().unwrap(), e.parse().unwrap())).unwrap())
            .collect();
        let figures = |number: usize| {
            let rule = lanes.all()[number].rule;
            let whose = if rule.scope() == Scope::App { ACCOUNTS } else { account };
            let length = u64::from(rule.span().as_millis()) / u64::from(HASTE);
            ((number, whose), rule.limit() as usize, length, rule.span())
        };
        let mut wait = 0;
        for &(number, _) in &slots {
            let (key, limit, length, _) = figures(number);
            wait = wait.max(windows.entry(key).or_default().wait(now, limit, length));
        }
        for &(number, ends) in &slots {
            let (key, _, length, span) = figures(number);
            let window = windows.get_mut(&key).unwrap();
            match what {
                "granted" => {
                    assert_eq!(wait, 0, "violation: {answer} at {now}");
                    let last = window.ends.last().copied().unwrap_or(0);
                    assert_eq!(ends, (now + hold + length).max(last + 1), "another slot: {answer}");
                    window.ends.push(ends);
                }
                "complete" | "release" | "throttled" => {
                    let there = window.ends.iter().position(|&end| end == ends);
                    assert!(there.is_some() || ends <= now, "no slot: {answer} at {now}");
                    there.map(|place| window.ends.swap_remove(place));
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
