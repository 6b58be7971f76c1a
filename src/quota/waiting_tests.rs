use super::*;
use crate::clock::{Clock, ManualClock, Timestamp};
use crate::error::ErrorKind;
use crate::quota::{QuotaPolicy, Rule, Scope, Span};
use std::sync::Mutex;
use tokio::task::JoinHandle;

const MINUTE: Duration = Duration::from_secs(60);
const MS: Duration = Duration::from_millis(1);

struct Scene {
    clock: ManualClock,
    limiter: Arc<Limiter>,
    /// Who was let through, in order.
    through: Arc<Mutex<Vec<&'static str>>>,
}

impl Scene {
    /// One upload a minute for each account, one profile read a minute for all.
    fn new() -> Self {
        let one = |scope| Rule::new(Span::Minute, scope, 1).unwrap();
        let policy = QuotaPolicy::unlimited()
            .with_rule(QuotaKind::UserInfo, one(Scope::App))
            .with_rule(QuotaKind::VideoUpload, one(Scope::Account));
        let clock = ManualClock::new(Timestamp::from_millis(1_790_000_000_000));
        Self { limiter: Limiter::new(policy, Arc::new(clock.clone())), clock, through: Arc::default() }
    }

    /// Starts a request that waits.
    async fn ask(&self, name: &'static str, kinds: &'static [QuotaKind], wait: Duration) -> JoinHandle<()> {
        let (limiter, through) = (Arc::clone(&self.limiter), Arc::clone(&self.through));
        let task = tokio::spawn(async move {
            let permit = limiter.acquire(kinds, &ana(), wait).await;
            through.lock().unwrap().push(if permit.is_ok() { name } else { "refused" });
        });
        settle().await;
        task
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        settle().await;
    }

    fn through(&self) -> Vec<&'static str> {
        self.through.lock().unwrap().clone()
    }

    fn waiting(&self) -> usize {
        self.limiter
            .lanes
            .iter()
            .filter_map(|lane| lane.cell(&ana()))
            .map(|mut cell| cell.busy_already().map_or(0, |busy| busy.waiting()))
            .sum()
    }
}

fn ana() -> QuotaSubject {
    QuotaSubject::new("app", "studio", "ana")
}

async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

const READ: &[QuotaKind] = &[QuotaKind::UserInfo];
const POST: &[QuotaKind] = &[QuotaKind::VideoUpload];
const BOTH: &[QuotaKind] = &[QuotaKind::UserInfo, QuotaKind::VideoUpload];

#[tokio::test]
async fn who_came_first_goes_first_and_nobody_barges_in() {
    let scene = Scene::new();
    scene.limiter.try_acquire(READ, &ana()).unwrap().complete();
    for name in ["first", "second", "third"] {
        scene.ask(name, READ, 10 * MINUTE).await;
    }
    assert!(scene.through().is_empty());
    scene.clock.advance(MINUTE);
    let refused = scene.limiter.try_acquire(READ, &ana()).unwrap_err();
    assert_eq!(refused.retry_after(), Some(3 * MINUTE), "the slot is free and due to the first: {refused}");
    settle().await;
    assert_eq!(scene.through(), ["first"]);
    scene.advance(MINUTE).await;
    assert_eq!(scene.through(), ["first", "second"]);
    scene.advance(MINUTE).await;
    assert_eq!((scene.through(), scene.waiting()), (vec!["first", "second", "third"], 0));
}

#[tokio::test]
async fn who_queues_up_for_a_window_that_has_left_asks_again_instead() {
    let scene = Scene::new();
    let mut place = Place::new(&scene.limiter, ana());
    let of_uploads = scene.limiter.lanes_of(POST);
    assert!(place.queue_up(of_uploads), "nothing was sent yet, so there is no window");
    assert_eq!((place.bit, scene.waiting()), (0, 0));
    scene.limiter.try_acquire(POST, &ana()).unwrap().complete();
    assert!(place.queue_up(of_uploads));
    assert_eq!((place.bit, scene.waiting()), (of_uploads, 1));
    drop(place);
    assert_eq!(scene.waiting(), 0);
}

#[tokio::test]
async fn a_waiter_that_is_cancelled_leaves_its_turn_to_the_next() {
    let scene = Scene::new();
    scene.limiter.try_acquire(READ, &ana()).unwrap().complete();
    let first = scene.ask("first", READ, 10 * MINUTE).await;
    scene.ask("second", READ, 10 * MINUTE).await;
    scene.ask("third", READ, 10 * MINUTE).await.abort();
    first.abort();
    settle().await;
    assert_eq!(scene.waiting(), 1);
    scene.advance(MINUTE).await;
    assert_eq!((scene.through(), scene.waiting()), (vec!["second"], 0));
}

#[tokio::test]
async fn a_slot_that_is_given_back_goes_to_the_first_in_the_queue_at_once() {
    let scene = Scene::new();
    let permit = scene.limiter.try_acquire(READ, &ana()).unwrap();
    scene.ask("first", READ, MINUTE).await;
    scene.ask("second", READ, 10 * MINUTE).await;
    permit.release();
    settle().await;
    assert_eq!((scene.through(), scene.waiting()), (vec!["first"], 1));
    scene.limiter.reset(&ana());
    settle().await;
    assert_eq!(scene.through(), ["first", "second"], "and so does one that a reset frees");
}

#[tokio::test]
async fn a_deadline_that_those_before_make_impossible_is_refused_at_once() {
    let scene = Scene::new();
    scene.limiter.try_acquire(READ, &ana()).unwrap().complete();
    scene.ask("first", READ, MINUTE).await;
    scene.ask("too late", READ, (2 * MINUTE).saturating_sub(MS)).await;
    assert_eq!((scene.through(), scene.waiting()), (vec!["refused"], 1));
    scene.ask("in time", READ, 2 * MINUTE).await;
    scene.advance(MINUTE).await;
    scene.advance(MINUTE).await;
    assert_eq!(scene.through(), ["refused", "first", "in time"]);
}

#[tokio::test]
async fn a_wait_that_an_answer_makes_too_long_is_given_up_when_that_is_certain() {
    let scene = Scene::new();
    let slow = scene.limiter.try_acquire(READ, &ana()).unwrap();
    scene.ask("first", READ, MINUTE).await;
    scene.advance(MS).await;
    slow.complete();
    scene.advance(MINUTE.saturating_sub(MS)).await;
    assert_eq!((scene.through(), scene.waiting()), (vec!["refused"], 0));
}

#[tokio::test]
async fn who_waits_for_one_window_does_not_hold_up_those_who_need_another() {
    let scene = Scene::new();
    scene.limiter.try_acquire(POST, &ana()).unwrap().complete();
    scene.ask("both", BOTH, 10 * MINUTE).await;
    scene.ask("read", READ, 10 * MINUTE).await;
    assert_eq!(scene.through(), ["read"]);
    // Now the read's slot blocks it too; it keeps its seniority before a later reader.
    scene.advance(30 * MS).await;
    scene.ask("later", READ, 10 * MINUTE).await;
    scene.advance(MINUTE).await;
    scene.advance(MINUTE).await;
    scene.advance(MINUTE).await;
    assert_eq!(scene.through(), ["read", "both", "later"]);
}

#[tokio::test]
async fn the_queue_of_a_window_is_bounded() {
    let scene = Scene::new();
    scene.limiter.try_acquire(READ, &ana()).unwrap().complete();
    let lane = &scene.limiter.lanes[0];
    for number in 0..10_000 {
        assert!(lane.cell(&ana()).unwrap().busy(lane.measures, 0).wait(1_000_000 + number, &Arc::default()));
    }
    let error = scene.limiter.acquire(READ, &ana(), Duration::MAX).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.message().starts_with("Too many requests of this process wait"), "{error}");
    assert!(scene.clock.monotonic() == Duration::ZERO);
}

#[tokio::test]
async fn hundreds_who_wait_and_give_up_in_a_race_all_come_through_or_leave() {
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
    settle().await;
    for (n, task) in tasks.iter().enumerate() {
        if n % 5 == 4 {
            task.abort();
        }
    }
    for _ in 0..60 {
        clock.advance(MINUTE);
        settle().await;
    }
    assert!(tasks.iter().all(JoinHandle::is_finished));
}
