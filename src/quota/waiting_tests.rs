use super::*;
use crate::clock::{Clock, ManualClock, Timestamp};
use crate::error::ErrorKind;
use crate::quota::{QuotaPolicy, Rule, Scope, Span};
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

const MINUTE: Duration = Duration::from_secs(60);
const MS: Duration = Duration::from_millis(1);

struct Scene {
    clock: ManualClock,
    limiter: Arc<Limiter>,
    /// The names of the requests that received a permit, in order.
    passed: Arc<Mutex<Vec<&'static str>>>,
}

impl Scene {
    /// Allows one upload per minute and account, and one profile read per minute for all accounts.
    fn new() -> Self {
        let one = |scope| Rule::new(Span::Minute, scope, 1).unwrap();
        let policy = QuotaPolicy::unlimited()
            .with_rule(QuotaKind::UserInfo, one(Scope::App))
            .with_rule(QuotaKind::VideoUpload, one(Scope::Account));
        let clock = ManualClock::new(Timestamp::from_millis(1_790_000_000_000));
        Self { limiter: Limiter::new(policy, Arc::new(clock.clone())), clock, passed: Arc::default() }
    }

    /// Starts a request that waits for its slots.
    async fn ask(&self, name: &'static str, kinds: &'static [QuotaKind], wait: Duration) -> JoinHandle<()> {
        let (limiter, passed) = (Arc::clone(&self.limiter), Arc::clone(&self.passed));
        let task = tokio::spawn(async move {
            let permit = limiter.acquire(kinds, &ana(), wait).await;
            passed.lock().unwrap().push(if permit.is_ok() { name } else { "refused" });
        });
        run_tasks().await;
        task
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        run_tasks().await;
    }

    fn passed(&self) -> Vec<&'static str> {
        self.passed.lock().unwrap().clone()
    }

    fn waiting(&self) -> usize {
        let mut waiting = 0;
        let limits = self.limiter.limits.of_kinds(BOTH);
        self.limiter.each(limits, &ana(), |_, keyed| waiting += keyed.window.waiting());
        waiting
    }
}

fn ana() -> QuotaSubject {
    QuotaSubject::new("app", "studio", "ana")
}

async fn run_tasks() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

const READ: &[QuotaKind] = &[QuotaKind::UserInfo];
const POST: &[QuotaKind] = &[QuotaKind::VideoUpload];
const BOTH: &[QuotaKind] = &[QuotaKind::UserInfo, QuotaKind::VideoUpload];

#[tokio::test]
async fn waiters_are_served_in_order_and_not_overtaken() {
    let scene = Scene::new();
    scene.limiter.try_acquire(READ, &ana()).unwrap().complete();
    for name in ["first", "second", "third"] {
        scene.ask(name, READ, 10 * MINUTE).await;
    }
    assert!(scene.passed().is_empty());
    scene.clock.advance(MINUTE);
    let refused = scene.limiter.try_acquire(READ, &ana()).unwrap_err();
    assert_eq!(
        refused.retry_after(),
        Some(3 * MINUTE),
        "the free slot is reserved for the first waiter: {refused}"
    );
    run_tasks().await;
    assert_eq!(scene.passed(), ["first"]);
    scene.advance(MINUTE).await;
    assert_eq!(scene.passed(), ["first", "second"]);
    scene.advance(MINUTE).await;
    assert_eq!((scene.passed(), scene.waiting()), (vec!["first", "second", "third"], 0));
}

#[tokio::test]
async fn waiter_does_not_queue_while_no_window_exists() {
    let scene = Scene::new();
    let mut waiter = Waiter::new(&scene.limiter, ana());
    let uploads = scene.limiter.limits.of_kinds(POST).iter().next().unwrap();
    assert!(waiter.enqueue(uploads), "there is no window before the first request");
    assert_eq!((waiter.limit, scene.waiting()), (None, 0));
    scene.limiter.try_acquire(POST, &ana()).unwrap().complete();
    assert!(waiter.enqueue(uploads));
    assert_eq!((waiter.limit, scene.waiting()), (Some(uploads), 1));
    drop(waiter);
    assert_eq!(scene.waiting(), 0);
}

#[tokio::test]
async fn cancelled_waiter_lets_the_next_one_pass() {
    let scene = Scene::new();
    scene.limiter.try_acquire(READ, &ana()).unwrap().complete();
    let first = scene.ask("first", READ, 10 * MINUTE).await;
    scene.ask("second", READ, 10 * MINUTE).await;
    scene.ask("third", READ, 10 * MINUTE).await.abort();
    first.abort();
    run_tasks().await;
    assert_eq!(scene.waiting(), 1);
    scene.advance(MINUTE).await;
    assert_eq!((scene.passed(), scene.waiting()), (vec!["second"], 0));
}

#[tokio::test]
async fn released_request_lets_the_first_waiter_pass_at_once() {
    let scene = Scene::new();
    let permit = scene.limiter.try_acquire(READ, &ana()).unwrap();
    scene.ask("first", READ, MINUTE).await;
    scene.ask("second", READ, 10 * MINUTE).await;
    permit.release();
    run_tasks().await;
    assert_eq!((scene.passed(), scene.waiting()), (vec!["first"], 1));
    scene.limiter.reset(&ana());
    run_tasks().await;
    assert_eq!(scene.passed(), ["first", "second"], "a reset frees a slot too");
}

#[tokio::test]
async fn acquire_fails_at_once_when_waiters_ahead_take_too_long() {
    let scene = Scene::new();
    scene.limiter.try_acquire(READ, &ana()).unwrap().complete();
    scene.ask("first", READ, MINUTE).await;
    scene.ask("too late", READ, (2 * MINUTE).saturating_sub(MS)).await;
    assert_eq!((scene.passed(), scene.waiting()), (vec!["refused"], 1));
    scene.ask("in time", READ, 2 * MINUTE).await;
    scene.advance(MINUTE).await;
    scene.advance(MINUTE).await;
    assert_eq!(scene.passed(), ["refused", "first", "in time"]);
}

#[tokio::test]
async fn waiter_fails_when_a_late_response_exceeds_its_deadline() {
    let scene = Scene::new();
    let slow = scene.limiter.try_acquire(READ, &ana()).unwrap();
    scene.ask("first", READ, MINUTE).await;
    scene.advance(MS).await;
    slow.complete();
    scene.advance(MINUTE.saturating_sub(MS)).await;
    assert_eq!((scene.passed(), scene.waiting()), (vec!["refused"], 0));
}

#[tokio::test]
async fn waiter_of_one_window_does_not_block_another_window() {
    let scene = Scene::new();
    scene.limiter.try_acquire(POST, &ana()).unwrap().complete();
    scene.ask("both", BOTH, 10 * MINUTE).await;
    scene.ask("read", READ, 10 * MINUTE).await;
    assert_eq!(scene.passed(), ["read"]);
    // Now the slot of the read also blocks `both`. It keeps its position ahead of a later reader.
    scene.advance(30 * MS).await;
    scene.ask("later", READ, 10 * MINUTE).await;
    scene.advance(MINUTE).await;
    scene.advance(MINUTE).await;
    scene.advance(MINUTE).await;
    assert_eq!(scene.passed(), ["read", "both", "later"]);
}

#[tokio::test]
async fn wait_queue_of_a_window_has_a_maximum_length() {
    let scene = Scene::new();
    scene.limiter.try_acquire(READ, &ana()).unwrap().complete();
    scene.limiter.each(scene.limiter.limits.of_kinds(READ), &ana(), |_, keyed| {
        assert!((1_000_000..1_010_000).all(|ticket| keyed.window.wait(ticket, &WakeSignal::default())));
    });
    let error = scene.limiter.acquire(READ, &ana(), Duration::MAX).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(10_001 * MINUTE));
    assert!(scene.clock.monotonic() == Duration::ZERO);
}

#[tokio::test]
async fn concurrent_waiters_all_pass_or_leave_the_queue() {
    let policy = QuotaPolicy::unlimited()
        .with_rule(QuotaKind::UserInfo, Rule::new(Span::Minute, Scope::App, 7).unwrap());
    let clock = ManualClock::new(Timestamp::from_millis(0));
    let limiter = Limiter::new(policy, Arc::new(clock.clone()));
    let tasks: Vec<_> = (0..300)
        .map(|n| {
            let limiter = Arc::clone(&limiter);
            tokio::spawn(async move {
                let permit = limiter.acquire(READ, &ana(), Duration::MAX).await.unwrap();
                tokio::task::yield_now().await;
                if n % 3 == 0 { permit.release() } else { permit.complete() }
            })
        })
        .collect();
    run_tasks().await;
    for (n, task) in tasks.iter().enumerate() {
        if n % 5 == 4 {
            task.abort();
        }
    }
    for _ in 0..60 {
        clock.advance(MINUTE);
        run_tasks().await;
    }
    assert!(tasks.iter().all(JoinHandle::is_finished));
}
