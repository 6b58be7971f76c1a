//! Compares the window with a brute-force oracle that keeps every request and checks each millisecond.

use super::*;
use crate::quota::policy::{QuotaKind, Rule, Scope, Span};
use crate::quota::queue::NO_TICKET;
use crate::quota::warning::WarningThresholds;
use proptest::prelude::*;

/// The length of the windows in these tests.
const MINUTE: u64 = Span::Minute.as_millis() as u64;
const DAY: u64 = Span::Day.as_millis() as u64;

fn limit_of(limit: u32) -> Limit {
    let rule = Rule::new(Span::Minute, Scope::Account, limit).unwrap();
    Limit { kind: QuotaKind::UserInfo, rule, thresholds: WarningThresholds::of(limit) }
}

#[derive(Debug, Clone)]
enum Act {
    Advance(u64),
    /// Takes a slot if one is free.
    Take,
    /// Completes the n-th request in flight. TikTok answered it this many milliseconds ago.
    Complete(prop::sample::Index, u64),
    Release(prop::sample::Index),
    Close,
    Clear,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..30_000_u64).prop_map(Act::Advance),
        1 => (0..3 * MINUTE).prop_map(Act::Advance),
        1 => Just(Act::Advance(40 * DAY)),
        10 => Just(Act::Take),
        8 => (any::<prop::sample::Index>(), 0..3000_u64).prop_map(|(nth, ago)| Act::Complete(nth, ago)),
        2 => any::<prop::sample::Index>().prop_map(Act::Release),
        1 => Just(Act::Close),
        1 => Just(Act::Clear),
    ]
}

struct Request {
    sent: u64,
    epoch: u32,
    forgotten: bool,
}

#[derive(Default)]
struct Oracle {
    in_flight: Vec<Request>,
    /// The response times of the completed requests.
    answers: Vec<u64>,
    closed_until: u64,
}

impl Oracle {
    fn count(&self, now: u64) -> u32 {
        let in_flight = self.in_flight.iter().filter(|request| !request.forgotten).count();
        to_u32(in_flight + self.answers.iter().filter(|&&answer| now < answer + MINUTE).count())
    }

    /// Checks every time at which the window changes. Assumes that TikTok answers all requests in flight at `now` and that no
    /// other request starts.
    fn earliest(&self, limit: u32, now: u64) -> u64 {
        let in_flight = self.in_flight.iter().filter(|request| !request.forgotten).count();
        let answers = || self.answers.iter().copied().chain(std::iter::repeat_n(now, in_flight));
        let occupied = |at: u64| to_u32(answers().filter(|answer| at < answer + MINUTE).count());
        let fits = |at: &u64| *at >= now && *at >= self.closed_until && occupied(*at) < limit;
        let changes = answers().map(|answer| answer + MINUTE).chain([now, self.closed_until]);
        changes.filter(fits).min().unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn window_agrees_with_the_oracle(
        limit in 1..6_u32,
        acts in prop::collection::vec(act(), 1..120),
    ) {
        let (mut window, mut oracle, mut now) = (Window::new(0, 0), Oracle::default(), 10_000);
        let (mut epoch, of) = (0, limit_of(limit));
        for act in acts {
            match act {
                Act::Advance(by) => now += by,
                Act::Take => {
                    if window.full(&of, now, NO_TICKET).is_none() {
                        window.take();
                        oracle.in_flight.push(Request { sent: now, epoch, forgotten: false });
                    }
                }
                Act::Complete(nth, ago) => {
                    if !oracle.in_flight.is_empty() {
                        let request = oracle.in_flight.swap_remove(nth.index(oracle.in_flight.len()));
                        let answer = (now - ago).max(request.sent);
                        window.complete(request.epoch, &of, answer);
                        if !request.forgotten {
                            oracle.answers.push(answer);
                        }
                    }
                }
                Act::Release(nth) => {
                    if !oracle.in_flight.is_empty() {
                        let request = oracle.in_flight.swap_remove(nth.index(oracle.in_flight.len()));
                        window.release(request.epoch);
                    }
                }
                Act::Close => {
                    window.close(now + MINUTE);
                    oracle.closed_until = now + MINUTE;
                }
                Act::Clear => {
                    epoch += 1;
                    window.clear(epoch);
                    oracle.answers.clear();
                    oracle.closed_until = 0;
                    oracle.in_flight.iter_mut().for_each(|request| request.forgotten = true);
                }
            }
            let count = oracle.count(now);
            let free = if now < oracle.closed_until { 0 } else { limit - count };
            prop_assert_eq!(window.count(now), count);
            prop_assert_eq!(window.remaining(&of, now), free);
            prop_assert_eq!(window.earliest(&of, now, 0), oracle.earliest(limit, now));
            let full = window.full(&of, now, NO_TICKET);
            prop_assert_eq!(full.map_or(now, |full| full.earliest), window.earliest(&of, now, 0));
            // `fits` requires that ended slots were dropped, as `full` does.
            window.drop_ended(now);
            for ahead in 0..3 * limit as usize {
                prop_assert_eq!(window.fits(&of, now, ahead), window.earliest(&of, now, ahead) == now);
            }
            prop_assert_eq!(window.is_idle(now), count == 0 && now >= oracle.closed_until);
        }
    }

    /// TikTok may timestamp a request at any time between its start and its response. No choice exceeds the limit.
    #[test]
    fn tiktok_never_receives_more_requests_than_its_limit(
        limit in 1..6_u32,
        acts in prop::collection::vec((0..8000_u64, 0..40_000_u64, 0..=100_u64), 1..150),
    ) {
        let (mut window, of) = (Window::new(0, 0), limit_of(limit));
        let (mut now, mut in_flight, mut stamps) = (0_u64, Vec::new(), Vec::new());
        for (pause, takes_ms, place) in acts {
            now += pause;
            in_flight.retain(|answer| {
                let is_answered = *answer <= now;
                if is_answered {
                    window.complete(0, &of, *answer);
                }
                !is_answered
            });
            if window.full(&of, now, NO_TICKET).is_none() {
                stamps.push(now + takes_ms * place / 100);
                window.take();
                in_flight.push(now + takes_ms);
            }
        }
        for &from in &stamps {
            let until = from + MINUTE;
            let within = stamps.iter().filter(|&&stamp| from <= stamp && stamp < until).count();
            prop_assert!(to_u32(within) <= limit, "{within} stamps within a minute from {from}");
        }
    }
}

#[test]
fn window_of_one_request_reserves_one_slot() {
    let mut window = Window::new(0, 0);
    window.record(&limit_of(1), 1);
    assert_eq!(window.ends.capacity(), 1);
}

#[test]
fn slots_end_at_the_exact_time_after_180_days() {
    let (mut window, two) = (Window::new(0, 0), limit_of(2));
    for days in [0, 1, 30, 49, 50, 51, 180] {
        let now = days * DAY + 7;
        window.insert(now + DAY);
        window.insert(now + 1);
        assert_eq!((window.count(now), window.earliest(&two, now, 0)), (2, now + 1), "day {days}");
        assert_eq!((window.count(now + 1), window.count(now + DAY)), (1, 0), "day {days}");
    }
}

#[test]
fn slot_is_occupied_until_a_full_window_after_the_response() {
    let (mut window, one) = (Window::new(0, 0), limit_of(1));
    window.take();
    assert_eq!(window.remaining(&one, 5 * MINUTE), 0);
    window.complete(0, &one, 5 * MINUTE);
    let just_before = 6 * MINUTE - 1;
    assert_eq!((window.remaining(&one, just_before), window.earliest(&one, just_before, 0)), (0, 6 * MINUTE));
    assert_eq!(window.remaining(&one, 6 * MINUTE), 1);
}

#[test]
fn earliest_assumes_instant_responses_to_requests_ahead() {
    let (mut window, three) = (Window::new(0, 0), limit_of(3));
    for end in [1, 2, 3] {
        window.insert(MINUTE + end);
    }
    // Each request starts as early as possible and gets its response at once, so the third request after it uses the same slot.
    let times = (0..9).map(|ahead| window.earliest(&three, 300, ahead));
    let rounds = (1..=3).flat_map(|round| [1, 2, 3].map(|end| round * MINUTE + end));
    assert_eq!(times.collect::<Vec<_>>(), rounds.collect::<Vec<_>>());
}
