use super::*;
use crate::clock::{ManualClock, Timestamp};
use crate::error::{Dispatch, ErrorKind, Owner};
use crate::quota::{Rule, Scope};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
const MS: Duration = Duration::from_millis(1);
const NEARLY_A_MINUTE: Duration = Duration::from_millis(59_999);

fn clock() -> ManualClock {
    ManualClock::new(Timestamp::from_millis(1_790_000_000_000))
}

fn planned() -> (Arc<Limiter>, ManualClock) {
    let clock = clock();
    (Limiter::new(QuotaPolicy::planned(), Arc::new(clock.clone())), clock)
}

fn ana() -> QuotaSubject {
    QuotaSubject::new("app", "studio", "ana")
}

fn ben() -> QuotaSubject {
    QuotaSubject::new("app", "studio", "ben")
}

fn rule(span: Span, scope: Scope, limit: u32) -> Rule {
    Rule::new(span, scope, limit).unwrap()
}

impl Limiter {
    /// Returns the number of windows and the capacity of the tables.
    fn size(&self) -> (usize, usize) {
        let tables = self.apps.tables().chain(self.accounts.tables());
        tables.map(|table| table.size()).fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1))
    }
}

fn status(limiter: &Limiter, subject: &QuotaSubject, kind: QuotaKind, span: Span) -> QuotaWindow {
    let wanted = |s: &QuotaWindow| s.kind == kind && s.window_ms == u64::from(span.as_millis());
    limiter.status(subject).into_iter().find(wanted).unwrap()
}

#[test]
fn permit_debug_output_shows_the_number_of_windows() {
    let (limiter, _) = planned();
    let permit = limiter.try_acquire(&[QuotaKind::PublishInit, QuotaKind::VideoUpload], &ana()).unwrap();
    assert_eq!(format!("{permit:?}"), "Permit { windows: 2, .. }");
    permit.release();
}

#[test]
fn refused_call_succeeds_exactly_after_retry_after() {
    let (limiter, clock) = planned();
    for _ in 0..6 {
        let permit = limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap();
        clock.advance(Duration::from_millis(70));
        permit.complete();
    }
    let error = limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!((error.owner(), error.dispatch()), (Owner::App, Dispatch::NotSent));
    let wait = error.retry_after().unwrap();
    assert_eq!(wait, Duration::from_millis(70 + 60_000 - 420));
    clock.advance(wait.saturating_sub(MS));
    let error = limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap_err();
    assert_eq!(error.retry_after(), Some(MS));
    clock.advance(MS);
    limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap().complete();
}

#[test]
fn daily_limit_error_contains_the_time_of_the_next_request() {
    let (limiter, clock) = planned();
    for _ in 0..24 {
        limiter.try_acquire(&[QuotaKind::VideoUpload], &ana()).unwrap().complete();
    }
    let hour = Duration::from_secs(3600);
    clock.advance(hour);
    let error = limiter.try_acquire(&[QuotaKind::VideoUpload], &ana()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
    assert_eq!(error.retry_after(), Some(DAY.saturating_sub(hour)));
    let free_at = clock.now().plus(DAY.saturating_sub(hour)).to_iso8601();
    assert!(error.message().contains("videoUpload") && error.message().contains(&free_at), "{error}");
}

#[test]
fn daily_limit_error_does_not_count_in_the_minute_window() {
    let (limiter, clock) = planned();
    let post = [QuotaKind::PublishInit, QuotaKind::VideoUpload];
    for _ in 0..24 {
        limiter.try_acquire(&post, &ana()).unwrap().complete();
        clock.advance(MINUTE);
    }
    let error = limiter.try_acquire(&post, &ana()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
    assert_eq!(error.retry_after(), Some(DAY.saturating_sub(24 * MINUTE)));
    assert_eq!(status(&limiter, &ana(), QuotaKind::PublishInit, Span::Minute).count, 0);
}

#[test]
fn minute_limit_error_does_not_count_in_the_daily_window() {
    let (limiter, _clock) = planned();
    let post = [QuotaKind::PublishInit, QuotaKind::VideoUpload];
    for _ in 0..6 {
        limiter.try_acquire(&post, &ana()).unwrap().complete();
    }
    assert_eq!(limiter.try_acquire(&post, &ana()).unwrap_err().kind(), ErrorKind::RateLimited);
    assert_eq!(status(&limiter, &ana(), QuotaKind::VideoUpload, Span::Day).count, 6);
}

#[test]
fn only_display_calls_share_the_window_of_the_app() {
    let clock = clock();
    let limiter = Limiter::new(QuotaPolicy::documented(), Arc::new(clock));
    for _ in 0..600 {
        limiter.try_acquire(&[QuotaKind::UserInfo], &ana()).unwrap().complete();
    }
    assert!(limiter.try_acquire(&[QuotaKind::UserInfo], &ben()).is_err());
    limiter.try_acquire(&[QuotaKind::VideoList], &ben()).unwrap().complete();
    let other_app = QuotaSubject::new("other", "studio", "ana");
    limiter.try_acquire(&[QuotaKind::UserInfo], &other_app).unwrap().complete();
    for _ in 0..6 {
        limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap().complete();
    }
    assert!(limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).is_err());
    limiter.try_acquire(&[QuotaKind::PublishInit], &ben()).unwrap().complete();
}

#[test]
fn dropped_permit_counts_and_released_one_does_not() {
    let (limiter, clock) = planned();
    let count = || status(&limiter, &ana(), QuotaKind::CreatorInfo, Span::Minute).count;
    limiter.try_acquire(&[QuotaKind::CreatorInfo], &ana()).unwrap().release();
    assert_eq!(count(), 0);
    let permit = limiter.try_acquire(&[QuotaKind::CreatorInfo], &ana()).unwrap();
    clock.advance(2 * MINUTE);
    assert_eq!(count(), 1, "a request in flight occupies its slot");
    drop(permit);
    clock.advance(NEARLY_A_MINUTE);
    assert_eq!(count(), 1);
    clock.advance(MS);
    assert_eq!(count(), 0);
}

#[test]
fn throttled_permit_closes_the_minute_and_frees_the_day() {
    let (limiter, clock) = planned();
    let first = limiter.try_acquire(&[QuotaKind::PublishInit, QuotaKind::VideoUpload], &ana()).unwrap();
    clock.advance(MS);
    first.throttled();
    let error = limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap_err();
    assert_eq!(error.retry_after(), Some(MINUTE));
    let closed = status(&limiter, &ana(), QuotaKind::PublishInit, Span::Minute);
    assert_eq!((closed.remaining, closed.resets_in), (0, MINUTE));
    assert_eq!(status(&limiter, &ana(), QuotaKind::VideoUpload, Span::Day).count, 0);
    limiter.try_acquire(&[QuotaKind::PublishInit], &ben()).unwrap().complete();
    clock.advance(MINUTE);
    limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap().complete();
}

#[test]
fn status_lists_each_window_with_its_reset_time() {
    let (limiter, clock) = planned();
    let fresh = limiter.status(&ana());
    assert_eq!(fresh.len(), 9);
    assert!(fresh.iter().all(|s| s.count == 0 && s.remaining == s.limit && s.reset_at == clock.now()));
    limiter.try_acquire(&[QuotaKind::UserInfo], &ana()).unwrap().complete();
    clock.advance(Duration::from_secs(10));
    let minute = status(&limiter, &ana(), QuotaKind::UserInfo, Span::Minute);
    assert_eq!((minute.limit, minute.count, minute.remaining), (600, 1, 599));
    assert_eq!(minute.resets_in, Duration::from_secs(50));
    assert_eq!(minute.reset_at, clock.now().plus(Duration::from_secs(50)));
    let day = status(&limiter, &ana(), QuotaKind::UserInfo, Span::Day);
    assert_eq!((day.limit, day.remaining, day.resets_in), (100, 99, Duration::from_secs(86_390)));
}

#[test]
fn reset_empties_the_windows_and_ignores_older_permits() {
    let (limiter, _clock) = planned();
    let before = limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap();
    limiter.try_acquire(&[QuotaKind::PublishInit], &ben()).unwrap().complete();
    limiter.reset(&ana());
    before.complete();
    assert_eq!(status(&limiter, &ana(), QuotaKind::PublishInit, Span::Minute).count, 0);
    assert_eq!(status(&limiter, &ben(), QuotaKind::PublishInit, Span::Minute).count, 1);
}

#[test]
fn repeated_kind_counts_once() {
    let (limiter, _clock) = planned();
    limiter.try_acquire(&[QuotaKind::VideoUpload, QuotaKind::VideoUpload], &ana()).unwrap().complete();
    assert_eq!(status(&limiter, &ana(), QuotaKind::VideoUpload, Span::Day).count, 1);
}

#[tokio::test]
async fn acquire_returns_as_soon_as_a_request_is_allowed() {
    let clock = ManualClock::auto_advancing(Timestamp::from_millis(0));
    let limiter = Limiter::new(QuotaPolicy::planned(), Arc::new(clock.clone()));
    for _ in 0..6 {
        limiter.acquire(&[QuotaKind::PublishInit], &ana(), Duration::ZERO).await.unwrap().complete();
    }
    limiter.acquire(&[QuotaKind::PublishInit], &ana(), MINUTE).await.unwrap().complete();
    assert_eq!(clock.monotonic(), MINUTE);
}

#[tokio::test]
async fn acquire_fails_at_once_when_the_wait_would_be_too_long() {
    let (limiter, clock) = planned();
    for _ in 0..6 {
        limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap().complete();
    }
    let error = limiter.acquire(&[QuotaKind::PublishInit], &ana(), NEARLY_A_MINUTE).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(MINUTE)));
    assert_eq!(clock.monotonic(), Duration::ZERO);
}

#[tokio::test]
async fn waiters_pass_at_the_rate_of_the_window() {
    let (limiter, clock) = planned();
    let mut waiting: Vec<_> = (0..18)
        .map(|_| {
            let limiter = Arc::clone(&limiter);
            tokio::spawn(async move {
                let got = limiter.acquire(&[QuotaKind::PublishInit], &ana(), 3 * MINUTE).await;
                got.map(Permit::complete)
            })
        })
        .collect();
    for minute in 1..=3 {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        let through = waiting.iter().filter(|task| task.is_finished()).count();
        assert_eq!(through, minute * 6);
        clock.advance(MINUTE);
    }
    for task in waiting.drain(..) {
        task.await.unwrap().unwrap();
    }
}

#[test]
fn limit_error_names_the_window_with_the_longest_wait() {
    // The limiter checks windows in the order of their kinds. The daily window is last in the first pair and first in the second.
    for (short, daily) in
        [(QuotaKind::UserInfo, QuotaKind::VideoUpload), (QuotaKind::VideoUpload, QuotaKind::UserInfo)]
    {
        let policy = QuotaPolicy::unlimited()
            .with_rule(short, rule(Span::Minute, Scope::Account, 1))
            .with_rule(daily, rule(Span::Day, Scope::Account, 1));
        let limiter = Limiter::new(policy, Arc::new(clock()));
        let both = [short, daily];
        limiter.try_acquire(&both, &ana()).unwrap().complete();
        let error = limiter.try_acquire(&both, &ana()).unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::QuotaExhausted, Some(DAY)));
    }
}

#[test]
fn concurrent_threads_get_exactly_the_limit() {
    const THREADS: usize = 8;
    let policy = QuotaPolicy::unlimited()
        .with_rule(QuotaKind::UserInfo, rule(Span::Minute, Scope::App, 500))
        .with_rule(QuotaKind::UserInfo, rule(Span::Day, Scope::Account, 130))
        .with_rule(QuotaKind::VideoList, rule(Span::Minute, Scope::App, 300));
    let limiter = Limiter::new(policy, Arc::new(clock()));
    let start = Barrier::new(THREADS);
    let granted = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|n| {
                let (limiter, start) = (&limiter, &start);
                scope.spawn(move || {
                    // The threads use the same kinds in opposite order. Locks in the order of the arguments would deadlock.
                    let kinds = [QuotaKind::UserInfo, QuotaKind::VideoList];
                    let reversed = [QuotaKind::VideoList, QuotaKind::UserInfo];
                    start.wait();
                    (0..400)
                        .filter(|i| {
                            let subject = if (n + i) % 2 == 0 { ana() } else { ben() };
                            let kinds = if n % 2 == 0 { &kinds } else { &reversed };
                            limiter.try_acquire(kinds, &subject).map(Permit::complete).is_ok()
                        })
                        .count()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum::<usize>()
    });
    assert_eq!(granted, 260, "two accounts of 130 each are the tightest rule");
    for kind in [QuotaKind::UserInfo, QuotaKind::VideoList] {
        assert_eq!(status(&limiter, &ana(), kind, Span::Minute).count, 260);
    }
    assert_eq!(status(&limiter, &ana(), QuotaKind::UserInfo, Span::Day).count, 130);
    assert_eq!(status(&limiter, &ben(), QuotaKind::UserInfo, Span::Day).count, 130);
}

#[test]
fn removal_of_idle_windows_keeps_all_counts() {
    let policy = QuotaPolicy::unlimited()
        .with_rule(QuotaKind::UserInfo, rule(Span::Minute, Scope::App, 1000))
        .with_rule(QuotaKind::UserInfo, rule(Span::Day, Scope::Account, 1));
    let limiter = Limiter::new(policy, Arc::new(clock()));
    std::thread::scope(|scope| {
        for n in 0..4 {
            let limiter = &limiter;
            scope.spawn(move || {
                for i in 0..250 {
                    let subject = QuotaSubject::new("app", "t", &format!("{n}-{i}"));
                    limiter.try_acquire(&[QuotaKind::UserInfo], &subject).unwrap().complete();
                }
            });
        }
    });
    assert_eq!(status(&limiter, &ana(), QuotaKind::UserInfo, Span::Minute).count, 1000);
    assert_eq!(limiter.size().0, 1001);
}

#[test]
fn window_of_a_request_in_flight_is_kept() {
    let (limiter, clock) = planned();
    let permit = limiter.try_acquire(&[QuotaKind::CreatorInfo], &ana()).unwrap();
    clock.advance(DAY);
    ask_for_many_accounts(&limiter);
    permit.complete();
    assert_eq!(status(&limiter, &ana(), QuotaKind::CreatorInfo, Span::Minute).count, 1);
}

/// Takes and completes one permit for each of 50,000 accounts.
fn ask_for_many_accounts(limiter: &Limiter) {
    for n in 0..50_000 {
        let subject = QuotaSubject::new("app", "t", &n.to_string());
        limiter.try_acquire(&[QuotaKind::CreatorInfo], &subject).unwrap().complete();
    }
}

#[test]
fn rounding_never_shortens_a_window() {
    let clock = Fractions::default();
    let limiter = Limiter::new(QuotaPolicy::planned(), Arc::new(clock.clone()));
    clock.set(Duration::from_micros(300));
    for _ in 0..6 {
        limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap().complete();
    }
    clock.set(MINUTE + Duration::from_micros(299));
    let wait = limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap_err().retry_after().unwrap();
    assert!(wait >= Duration::from_micros(1) && wait <= MS, "{wait:?}");
    clock.set(clock.monotonic() + wait);
    limiter.try_acquire(&[QuotaKind::PublishInit], &ana()).unwrap().complete();
}

/// A clock with a resolution of microseconds.
#[derive(Debug, Clone, Default)]
struct Fractions(Arc<AtomicU64>);

impl Fractions {
    fn set(&self, at: Duration) {
        self.0.store(u64::try_from(at.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Fractions {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, _pause: Duration) -> crate::clock::BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn idle_windows_are_removed_when_a_table_is_full() {
    let (limiter, clock) = planned();
    ask_for_many_accounts(&limiter);
    let (windows, places) = limiter.size();
    assert_eq!(windows, 50_000);
    for n in 0..20 {
        clock.advance(MINUTE);
        for account in 0..10_000 {
            let subject = QuotaSubject::new("app", "t", &format!("{n}-{account}"));
            limiter.try_acquire(&[QuotaKind::CreatorInfo], &subject).unwrap().complete();
        }
    }
    let (windows, fewer) = limiter.size();
    assert!(windows <= places && fewer <= places, "{windows} windows in {fewer} places, {places} before");
}

#[test]
fn check_does_not_count_and_increment_may_exceed_the_limit() {
    let (limiter, clock) = planned();
    let post = [QuotaKind::PublishInit, QuotaKind::VideoUpload];
    for _ in 0..7 {
        limiter.check(&[QuotaKind::UserInfo], &ana()).unwrap();
        limiter.increment(&post, &ana());
        clock.advance(MS);
    }
    assert_eq!(limiter.check(&post, &ana()).unwrap_err().retry_after(), Some(MINUTE.saturating_sub(6 * MS)));
    for _ in 0..5 {
        limiter.increment(&post, &ana());
    }
    assert_eq!(
        limiter.check(&post, &ana()).unwrap_err().retry_after(),
        Some(MINUTE.saturating_sub(MS)),
        "7 of 12 must be free"
    );
    assert_eq!(status(&limiter, &ana(), QuotaKind::PublishInit, Span::Minute).count, 12);
    assert_eq!(status(&limiter, &ana(), QuotaKind::VideoUpload, Span::Day).count, 12);
    assert_eq!(status(&limiter, &ana(), QuotaKind::UserInfo, Span::Minute).count, 0);
}

#[test]
fn window_warns_once_per_threshold_until_half_empty() {
    let policy = QuotaPolicy::unlimited().with_rule(QuotaKind::UserInfo, rule(Span::Minute, Scope::App, 100));
    let clock = clock();
    let limiter = Limiter::new(policy, Arc::new(clock.clone()));
    let mut warnings = Vec::new();
    let ask = |warnings: &mut Vec<(u32, u8)>| {
        clock.advance(10 * MS);
        let permit = limiter.try_acquire(&[QuotaKind::UserInfo], &ana()).unwrap();
        warnings.extend(permit.warnings().iter().map(|warning| (warning.count, warning.percent)));
        permit.complete();
    };
    for _ in 0..100 {
        ask(&mut warnings);
    }
    assert_eq!(warnings, [(80, 80), (95, 95)]);
    clock.advance(MINUTE.saturating_sub(Duration::from_millis(500)));
    for _ in 0..50 {
        ask(&mut warnings);
    }
    assert_eq!(warnings.len(), 2, "it was never half empty");
    clock.advance(MINUTE);
    for _ in 0..80 {
        ask(&mut warnings);
    }
    assert_eq!(warnings, [(80, 80), (95, 95), (80, 80)]);
}
