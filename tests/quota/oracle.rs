//! The second opinion: every request of a window is written down, and each question is answered by looking at all of
//! them.

use toklink::quota::{QuotaKind, QuotaPolicy, Rule, Scope, Span};

/// One window: what was asked of it, without any cleverness.
#[derive(Debug, Default)]
struct Log {
    in_flight: usize,
    /// When requests were answered, in milliseconds.
    answers: Vec<u64>,
    closed_until: u64,
    /// How often it was reset; permits from before a reset count no more.
    resets: u32,
}

/// A permit as the oracle knows it.
#[derive(Debug)]
pub(crate) struct Flight {
    windows: Vec<(usize, u32)>,
}

/// The windows of one app and its accounts under a policy.
#[derive(Debug)]
pub(crate) struct Oracle {
    rules: Vec<(QuotaKind, Rule)>,
    accounts: usize,
    /// One log per rule and account; those of an app's rule are all the first account's.
    logs: Vec<Log>,
}

fn length(rule: Rule) -> u64 {
    u64::from(rule.span().as_millis())
}

impl Oracle {
    pub(crate) fn new(policy: &QuotaPolicy, accounts: usize) -> Self {
        let rules_of = |kind| policy.rules(kind).iter().map(move |&rule| (kind, rule));
        let rules: Vec<_> = QuotaKind::ALL.into_iter().flat_map(rules_of).collect();
        let logs = (0..rules.len() * accounts).map(|_| Log::default()).collect();
        Self { rules, accounts, logs }
    }

    fn index(&self, rule: usize, account: usize) -> usize {
        let account = if self.rules[rule].1.scope() == Scope::App { 0 } else { account };
        rule * self.accounts + account
    }

    fn windows(&self, kinds: &[QuotaKind], account: usize) -> Vec<(Rule, usize)> {
        let needed = self.rules.iter().enumerate().filter(|(_, (kind, _))| kinds.contains(kind));
        needed.map(|(at, &(_, rule))| (rule, self.index(at, account))).collect()
    }

    fn count(&self, rule: Rule, window: usize, now: u64) -> usize {
        let log = &self.logs[window];
        log.in_flight + log.answers.iter().filter(|&&at| now < at + length(rule)).count()
    }

    /// When a request would fit; `now` or before when it fits now.
    pub(crate) fn earliest(&self, kinds: &[QuotaKind], account: usize, now: u64) -> u64 {
        let of = |&(rule, window): &(Rule, usize)| {
            let (log, limit) = (&self.logs[window], rule.limit() as usize);
            let must_free = (self.count(rule, window, now) + 1).saturating_sub(limit);
            if must_free == 0 {
                return log.closed_until;
            }
            let mut free: Vec<u64> =
                log.answers.iter().map(|at| at + length(rule)).filter(|&at| at > now).collect();
            free.extend(std::iter::repeat_n(now + length(rule), log.in_flight));
            free.sort_unstable();
            free[must_free - 1].max(log.closed_until)
        };
        self.windows(kinds, account).iter().map(of).max().unwrap_or(0)
    }

    pub(crate) fn take(&mut self, kinds: &[QuotaKind], account: usize) -> Flight {
        let mut windows = Vec::new();
        for (_, window) in self.windows(kinds, account) {
            self.logs[window].in_flight += 1;
            windows.push((window, self.logs[window].resets));
        }
        Flight { windows }
    }

    fn land(&mut self, flight: &Flight, mut then: impl FnMut(Span, &mut Log)) {
        for &(window, resets) in &flight.windows {
            let span = self.rules[window / self.accounts].1.span();
            let log = &mut self.logs[window];
            if log.resets == resets {
                log.in_flight -= 1;
                then(span, log);
            }
        }
    }

    pub(crate) fn complete(&mut self, flight: &Flight, now: u64) {
        self.land(flight, |_, log| log.answers.push(now));
        self.prune(now);
    }

    pub(crate) fn release(&mut self, flight: &Flight) {
        self.land(flight, |_, _| {});
    }

    pub(crate) fn throttled(&mut self, flight: &Flight, now: u64) {
        self.land(flight, |span, log| {
            if span == Span::Minute {
                log.answers.push(now);
            }
        });
        for &(window, _) in &flight.windows {
            let rule = self.rules[window / self.accounts].1;
            if rule.span() == Span::Minute {
                self.logs[window].closed_until = now + length(rule);
            }
        }
    }

    pub(crate) fn increment(&mut self, kinds: &[QuotaKind], account: usize, now: u64) {
        for (_, window) in self.windows(kinds, account) {
            self.logs[window].answers.push(now);
        }
    }

    pub(crate) fn reset(&mut self, account: usize) {
        for rule in 0..self.rules.len() {
            let window = self.index(rule, account);
            let log = &mut self.logs[window];
            *log = Log { resets: log.resets + 1, ..Log::default() };
        }
    }

    /// For each rule: how many are occupied, and how many fit.
    pub(crate) fn status(&self, account: usize, now: u64) -> Vec<(usize, usize)> {
        let of = |(at, &(_, rule)): (usize, &(QuotaKind, Rule))| {
            let window = self.index(at, account);
            let count = self.count(rule, window, now);
            let closed = now < self.logs[window].closed_until;
            (count, if closed { 0 } else { (rule.limit() as usize).saturating_sub(count) })
        };
        self.rules.iter().enumerate().map(of).collect()
    }

    /// Forgets what is two windows old, to be done in a day.
    fn prune(&mut self, now: u64) {
        for (window, log) in self.logs.iter_mut().enumerate() {
            let old = 2 * length(self.rules[window / self.accounts].1);
            if log.answers.len() > 2000 {
                log.answers.retain(|&at| now < at + old);
            }
        }
    }
}
