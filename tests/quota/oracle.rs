//! A second implementation of the quota windows. It stores every request and computes each result from all of them.

use toklink::quota::{QuotaKind, QuotaPolicy, Rule, Scope, Span};

/// The requests of one window.
#[derive(Debug, Default)]
struct Log {
    in_flight: usize,
    /// Completion times, milliseconds.
    answers: Vec<u64>,
    closed_until: u64,
    /// Number of resets. A permit from before a reset does not count.
    resets: u32,
}

/// A permit that the oracle granted.
#[derive(Debug)]
pub(crate) struct Granted {
    windows: Vec<(usize, u32)>,
}

/// The windows of one app and its accounts under one policy.
#[derive(Debug)]
pub(crate) struct Oracle {
    rules: Vec<(QuotaKind, Rule)>,
    accounts: usize,
    /// One log per rule and account. A rule for the whole app uses the log of the first account.
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

    /// Returns the earliest time at which the request is allowed; `now` or an earlier time if it is allowed now.
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

    pub(crate) fn take(&mut self, kinds: &[QuotaKind], account: usize) -> Granted {
        let mut windows = Vec::new();
        for (_, window) in self.windows(kinds, account) {
            self.logs[window].in_flight += 1;
            windows.push((window, self.logs[window].resets));
        }
        Granted { windows }
    }

    fn end(&mut self, granted: &Granted, mut then: impl FnMut(Span, &mut Log)) {
        for &(window, resets) in &granted.windows {
            let span = self.rules[window / self.accounts].1.span();
            let log = &mut self.logs[window];
            if log.resets == resets {
                log.in_flight -= 1;
                then(span, log);
            }
        }
    }

    pub(crate) fn complete(&mut self, granted: &Granted, now: u64) {
        self.end(granted, |_, log| log.answers.push(now));
        self.prune(now);
    }

    pub(crate) fn release(&mut self, granted: &Granted) {
        self.end(granted, |_, _| {});
    }

    pub(crate) fn throttled(&mut self, granted: &Granted, now: u64) {
        self.end(granted, |span, log| {
            if span == Span::Minute {
                log.answers.push(now);
            }
        });
        for &(window, _) in &granted.windows {
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

    /// Returns the used and the remaining requests of each rule.
    pub(crate) fn status(&self, account: usize, now: u64) -> Vec<(usize, usize)> {
        let of = |(at, &(_, rule)): (usize, &(QuotaKind, Rule))| {
            let window = self.index(at, account);
            let count = self.count(rule, window, now);
            let closed = now < self.logs[window].closed_until;
            (count, if closed { 0 } else { (rule.limit() as usize).saturating_sub(count) })
        };
        self.rules.iter().enumerate().map(of).collect()
    }

    /// Removes responses that are older than two windows, to keep long runs fast.
    fn prune(&mut self, now: u64) {
        for (window, log) in self.logs.iter_mut().enumerate() {
            let old = 2 * length(self.rules[window / self.accounts].1);
            if log.answers.len() > 2000 {
                log.answers.retain(|&at| now < at + old);
            }
        }
    }
}
