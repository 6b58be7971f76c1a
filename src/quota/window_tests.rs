//! Compares the window with a brute-force oracle that keeps every request and checks each millisecond.

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Act {
    Advance(u64),
    /// Takes a slot if one is free.
    Take,
    /// Ends the n-th request in flight, answered this many milliseconds ago.
    Complete(prop::sample::Index, u64),
    Release(prop::sample::Index),
    Close,
    Clear,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..30_u64).prop_map(Act::Advance),
        // Longer than the range of a window's offsets, so that its base must move.
        1 => (4_294_967_000..4_294_968_000_u64).prop_map(Act::Advance),
        10 => Just(Act::Take),
        8 => (any::<prop::sample::Index>(), 0..3_u64).prop_map(|(nth, ago)| Act::Complete(nth, ago)),
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
    /// The completion times that still count.
    answers: Vec<u64>,
    closed_until: u64,
}

impl Oracle {
    fn count(&self, length: u64, now: u64) -> u32 {
        let in_flight = self.in_flight.iter().filter(|request| !request.forgotten).count();
        to_u32(in_flight + self.answers.iter().filter(|&&answer| now < answer + length).count())
    }

    /// Checks each millisecond as if all requests in flight were answered at `now` and no other request came.
    fn earliest(&self, limit: u32, length: u64, now: u64) -> u64 {
        let in_flight = self.in_flight.iter().filter(|request| !request.forgotten).count();
        let answers = || self.answers.iter().copied().chain(std::iter::repeat_n(now, in_flight));
        let occupied = |at: u64| to_u32(answers().filter(|answer| at < answer + length).count());
        let fits = |at: u64| at >= self.closed_until && occupied(at) < limit;
        let last = self.closed_until.max(now + length);
        (now..=last).find(|&at| fits(at)).unwrap_or(u64::MAX)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn window_agrees_with_the_oracle(
        limit in 1..6_u32,
        length in 1..60_u32,
        start in prop_oneof![0..100_u64, (u64::from(u32::MAX) - 100)..(u64::from(u32::MAX) + 100)],
        acts in prop::collection::vec(act(), 1..120),
    ) {
        let (mut window, mut oracle, mut now) = (Window::new(limit, length, 0), Oracle::default(), start + 10);
        let mut epoch = 0;
        let span = u64::from(length);
        for act in acts {
            match act {
                Act::Advance(by) => now += by,
                Act::Take => {
                    if window.admits(now, 0) {
                        window.take();
                        oracle.in_flight.push(Request { sent: now, epoch, forgotten: false });
                    }
                }
                Act::Complete(nth, ago) => {
                    if !oracle.in_flight.is_empty() {
                        let request = oracle.in_flight.swap_remove(nth.index(oracle.in_flight.len()));
                        let answer = (now - ago).max(request.sent);
                        window.complete(request.epoch, answer);
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
                    window.close(now);
                    oracle.closed_until = now + span;
                }
                Act::Clear => {
                    epoch += 1;
                    window.clear(epoch);
                    oracle.answers.clear();
                    oracle.closed_until = 0;
                    oracle.in_flight.iter_mut().for_each(|request| request.forgotten = true);
                }
            }
            let count = oracle.count(span, now);
            let free = if now < oracle.closed_until { 0 } else { limit - count };
            prop_assert_eq!(window.count(now), count);
            prop_assert_eq!(window.remaining(now), free);
            prop_assert_eq!(window.earliest(now, 0), oracle.earliest(limit, span, now));
            prop_assert_eq!(window.remaining(now) > 0, window.earliest(now, 0) == now);
            for ahead in 0..3 * limit {
                prop_assert_eq!(window.admits(now, ahead), window.earliest(now, ahead) == now);
            }
            prop_assert_eq!(window.is_idle(now), count == 0 && now >= oracle.closed_until);
            prop_assert!(window.answers.capacity() <= limit.max(4) as usize);
        }
    }

    /// Checks the purpose of the window: TikTok may stamp each request at any moment between its start and its response.
    #[test]
    fn tiktok_never_receives_more_requests_than_its_limit(
        limit in 1..6_u32,
        length in 1..60_u32,
        acts in prop::collection::vec((0..8_u64, 0..40_u64, 0..=100_u64), 1..150),
    ) {
        let mut window = Window::new(limit, length, 0);
        let (mut now, mut in_flight, mut stamps) = (0_u64, Vec::new(), Vec::new());
        for (pause, takes_ms, place) in acts {
            now += pause;
            in_flight.retain(|answer| {
                let is_answered = *answer <= now;
                if is_answered {
                    window.complete(0, *answer);
                }
                !is_answered
            });
            if window.admits(now, 0) {
                stamps.push(now + takes_ms * place / 100);
                window.take();
                in_flight.push(now + takes_ms);
            }
        }
        for &from in &stamps {
            let until = from + u64::from(length);
            let within = stamps.iter().filter(|&&stamp| from <= stamp && stamp < until).count();
            prop_assert!(to_u32(within) <= limit, "{within} stamps within {length} ms from {from}");
        }
    }
}

#[test]
fn full_window_of_600_requests_takes_2400_bytes() {
    let mut window = Window::new(600, 60_000, 0);
    assert!(window.answers.capacity() == 0);
    for at in 0..600 {
        window.take();
        window.complete(0, at);
    }
    assert_eq!(window.remaining(600), 0);
    assert_eq!(window.answers.capacity() * size_of::<u32>(), 2400);
}

#[test]
fn request_counts_until_a_full_window_after_its_response() {
    let mut window = Window::new(1, 1000, 0);
    window.take();
    assert_eq!(window.remaining(5000), 0);
    window.complete(0, 5000);
    assert_eq!((window.remaining(5999), window.earliest(5001, 0)), (0, 6000));
    assert_eq!(window.remaining(6000), 1);
}

#[test]
fn earliest_time_assumes_earlier_requests_respond_instantly() {
    let mut window = Window::new(3, 1000, 0);
    for at in [0, 100, 200] {
        window.take();
        window.complete(0, at);
    }
    // Each request starts as early as possible and is answered at once, so the third request after it gets its slot.
    let times: Vec<_> = (0..9).map(|ahead| window.earliest(300, ahead)).collect();
    assert_eq!(times, [1000, 1100, 1200, 2000, 2100, 2200, 3000, 3100, 3200]);
}
