//! Windows that several processes share, counted by a Redis with its own clock: a slot of each window of a request, or
//! none, in one round trip. `docs/QUOTAS.md` says what is kept there, and what happens when Redis is away.

mod away;
mod found;
mod lane;
mod line;
mod link;
mod pass;
mod refusals;
mod script;

pub use away::RedisAway;
pub(crate) use found::{FoundRedis, IgnoredListener};
pub(crate) use pass::SharedPass;

use super::cell::Full;
use super::keys::QuotaSubject;
use super::limiter::{Limiter, QuotaStatus};
use super::permit::{Permit, QuotaWarning};
use super::policy::{QuotaKind, QuotaPolicy};
use super::refusal::{self, Blocked};
use super::source::QuotaSource;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::tls::Roots;
use away::{Contact, Standing};
use lane::Lanes;
use line::Lines;
use link::Link;
use script::{Landing, Scripts, Taken, TakenSlot};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

/// Which Redis counts, and what to do without it.
#[derive(Debug, Clone)]
pub(crate) struct SharedSettings {
    /// `redis://` or `rediss://`; it can hold a password.
    pub(crate) url: Secret,
    /// The authorities that a `rediss://` server may have its certificate from.
    pub(crate) roots: Roots,
    pub(crate) away: RedisAway,
    /// Nobody named it for toklink: without it this process counts alone, under the whole limits, instead of refusing.
    pub(crate) found: bool,
    /// Time runs so many times faster for the windows; 1 but in tests.
    pub(crate) haste: u32,
}

/// Told when Redis is lost (`true`) and found again (`false`).
pub(crate) type ContactListener = Arc<dyn Fn(bool) + Send + Sync>;

/// Keeps the request rates of one app in a Redis. Used from any thread, within a tokio runtime.
pub(crate) struct SharedLimiter {
    lanes: Lanes,
    scripts: Scripts,
    link: Link,
    clock: Arc<dyn Clock>,
    away: RedisAway,
    /// True when requests go on under the whole limits while Redis is away.
    alone: bool,
    /// What this process sent itself, under its share of the limits.
    own: Arc<Limiter>,
    contact: Contact,
    lines: Lines,
    listener: ContactListener,
    /// What is still to be told to Redis.
    telling: TaskTracker,
    /// Where it was made: callers of what needs no waiting can be outside of it.
    made_in: Option<Handle>,
}

/// A request that was not let through: why, and in how long it may be.
struct Held {
    error: Error,
    wait: Option<Duration>,
}

impl SharedLimiter {
    pub(crate) fn new(
        policy: &QuotaPolicy,
        app: &QuotaSubject,
        settings: &SharedSettings,
        clock: Arc<dyn Clock>,
        listener: ContactListener,
    ) -> Result<Arc<Self>> {
        let link = Link::new(settings.url.expose(), &settings.roots, Arc::clone(&clock))?;
        Ok(Arc::new(Self {
            lanes: Lanes::new(policy, app),
            scripts: Scripts::new(settings.haste),
            link,
            own: Limiter::new(settings.away.share_of(policy)?, Arc::clone(&clock)),
            clock,
            away: settings.away,
            alone: settings.found && settings.away == RedisAway::Refuse,
            contact: Contact::default(),
            lines: Lines::default(),
            listener,
            telling: TaskTracker::new(),
            made_in: Handle::try_current().ok(),
        }))
    }

    fn runtime(&self) -> Option<Handle> {
        Handle::try_current().ok().or_else(|| self.made_in.clone())
    }

    /// What this process sent itself.
    pub(crate) fn own(&self) -> &Limiter {
        &self.own
    }

    /// Takes the slots for one request, waiting up to `max_wait` for them. Who waits in this process for the same window
    /// is let through in the order of the calls; between processes, who asks first once a slot is free.
    pub(crate) async fn acquire<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        max_wait: Duration,
    ) -> Result<SharedPass<'a>> {
        let numbers = self.lanes.of(kinds);
        let window = numbers
            .first()
            .and_then(|&n| self.lanes.all().get(n))
            .map_or_else(String::new, |l| l.name(subject));
        let deadline = self.clock.monotonic().saturating_add(max_wait);
        let left = || deadline.saturating_sub(self.clock.monotonic());
        let mut turn = None;
        if max_wait > Duration::ZERO && self.lines.is_waited_for(&window) {
            turn = self.lines.queue_up(&window, self.clock.as_ref(), left()).await;
        }
        loop {
            let held = match self.attempt(kinds, &numbers, subject).await {
                Ok(pass) => return Ok(pass),
                Err(held) => held,
            };
            let Some(wait) = held.wait.filter(|&wait| wait <= left()) else { return Err(held.error) };
            if turn.is_none() {
                turn = self.lines.queue_up(&window, self.clock.as_ref(), left()).await;
                if turn.is_none() {
                    return Err(held.error);
                }
                continue;
            }
            // At least a millisecond, so that a clock that rounds its waits down cannot make this a busy loop.
            self.clock.sleep(wait.max(Duration::from_millis(1))).await;
        }
    }

    /// Asks once: Redis, or this process's share when Redis is away.
    async fn attempt<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        numbers: &[usize],
        subject: &QuotaSubject,
    ) -> std::result::Result<SharedPass<'a>, Held> {
        let (known, proposed, both) = match self.contact.standing(self.clock.monotonic()) {
            Standing::Away { since } => return self.without_redis(kinds, subject, since),
            Standing::Here { known, proposed, both } => (known, proposed, both),
        };
        // Others may still use shares of which Redis does not know: then both must agree.
        let own = if both { Some(self.of_own_share(kinds, subject)?) } else { None };
        let taken = self.scripts.take(&self.link, &self.lanes, numbers, subject, (&known, &proposed)).await;
        match taken {
            Ok(Taken::Granted { mark, slots, .. }) => {
                self.contact.heard(&mark, self.clock.monotonic());
                let warnings = self.warnings(numbers, &slots);
                let slots = numbers.iter().copied().zip(slots.iter().map(|slot| slot.ends)).collect();
                Ok(SharedPass {
                    limiter: self,
                    subject: *subject,
                    kinds: kinds.to_vec(),
                    slots,
                    mark,
                    own,
                    warnings,
                    runtime: Handle::current(),
                    landed: false,
                })
            }
            Ok(Taken::Full { mark, blocked, wait, .. }) => {
                self.contact.heard(&mark, self.clock.monotonic());
                give_back(own);
                Err(self.full(numbers, blocked, wait))
            }
            Ok(Taken::Quiet { mark, wait }) => {
                self.contact.heard(&mark, self.clock.monotonic());
                give_back(own);
                if self.alone {
                    return self.within_own(kinds, subject);
                }
                Err(Held { error: refusals::quiet(wait), wait: Some(wait) })
            }
            lost => {
                give_back(own);
                let error = refusals::away(self.link.certificate_fault());
                let again = Held { error, wait: Some(Duration::ZERO) };
                let since = self.lose_touch(&known, lost.is_err()).ok_or(again)?;
                self.without_redis(kinds, subject, since)
            }
        }
    }

    fn full(&self, numbers: &[usize], blocked: usize, wait: Duration) -> Held {
        let lane = numbers.get(blocked).and_then(|&number| self.lanes.all().get(number));
        let full = |lane: &lane::SharedLane| {
            let full = Full { earliest: 0, first: true };
            let blocked = Blocked { bit: 0, kind: lane.kind, rule: lane.rule, full };
            refusal::full(blocked, wait, self.clock.now())
        };
        Held { error: lane.map_or_else(|| refusals::quiet(wait), full), wait: Some(wait) }
    }

    fn warnings(&self, numbers: &[usize], slots: &[TakenSlot]) -> Vec<QuotaWarning> {
        let warning = |(&number, slot): (&usize, &TakenSlot)| {
            let lane = self.lanes.all().get(number).filter(|_| slot.level > 0)?;
            Some(QuotaWarning {
                kind: lane.kind,
                window_ms: u64::from(lane.rule.span().as_millis()),
                limit: lane.rule.limit(),
                count: slot.count,
                percent: if slot.level > 1 { 95 } else { 80 },
            })
        };
        numbers.iter().zip(slots).filter_map(warning).collect()
    }

    /// Tells Redis how a flight ended. When that fails the slot ends by itself, a little later than it could.
    async fn settle(
        self: Arc<Self>,
        slots: &[(usize, u64)],
        subject: &QuotaSubject,
        mark: &str,
        landing: Landing,
    ) {
        let told = self.scripts.settle(&self.link, &self.lanes, slots, subject, mark, landing).await;
        match told {
            Ok(Some(_)) => {}
            lost => drop(self.lose_touch(mark, lost.is_err())),
        }
    }

    /// How full each window is: from Redis, or what this process knows of its share while Redis is away.
    pub(crate) async fn read(self: &Arc<Self>, subject: &QuotaSubject) -> Result<Vec<QuotaStatus>> {
        let standing = self.contact.standing(self.clock.monotonic());
        if let Standing::Here { known, .. } = standing {
            match self.scripts.read(&self.link, &self.lanes, subject).await {
                Ok(fills) => {
                    let today = self.clock.now();
                    let status = |(lane, fill): (&lane::SharedLane, script::Fill)| QuotaStatus {
                        kind: lane.kind,
                        window_ms: u64::from(lane.rule.span().as_millis()),
                        limit: lane.rule.limit(),
                        count: fill.count,
                        remaining: fill.remaining,
                        reset_at: today.plus(fill.resets_in),
                        resets_in: fill.resets_in,
                        source: QuotaSource::Redis,
                    };
                    return Ok(self.lanes.all().iter().zip(fills).map(status).collect());
                }
                Err(_) => drop(self.lose_touch(&known, true)),
            }
        }
        match self.away {
            RedisAway::Refuse if !self.alone => Err(refusals::away(self.link.certificate_fault())),
            RedisAway::Refuse | RedisAway::Share { .. } => Ok(self.own_status(subject)),
        }
    }

    /// What this process sent itself, and what is left of its share.
    pub(crate) fn own_status(&self, subject: &QuotaSubject) -> Vec<QuotaStatus> {
        let mut windows = self.own.status(subject);
        for window in &mut windows {
            window.source = QuotaSource::MemoryShare;
        }
        windows
    }

    /// Counts a request that was answered just now and for which no permit was taken.
    pub(crate) fn increment(
        self: &Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
    ) -> Vec<QuotaWarning> {
        let warnings = self.own.increment(kinds, subject);
        if self.note_unreported(kinds, subject)
            && let Some(runtime) = self.runtime()
        {
            let limiter = Arc::clone(self);
            self.telling.spawn_on(async move { limiter.report_pending().await }, &runtime);
        }
        warnings
    }

    /// Empties every window of `subject`, those that its app shares included.
    pub(crate) fn reset(self: &Arc<Self>, subject: &QuotaSubject) {
        self.own.reset(subject);
        if let Some(runtime) = self.runtime() {
            let (limiter, subject) = (Arc::clone(self), *subject);
            let emptied = async move {
                if limiter.scripts.reset(&limiter.link, &limiter.lanes, &subject).await.is_err() {
                    limiter.lose_touch("", true);
                }
            };
            self.telling.spawn_on(emptied, &runtime);
        }
    }

    /// Waits until Redis has been told how all ended requests ended; every try has a bound.
    pub(crate) async fn settled(&self) {
        self.telling.close();
        self.telling.wait().await;
    }
}

fn give_back(own: Option<Permit<'_>>) {
    if let Some(own) = own {
        own.release();
    }
}

impl fmt::Debug for SharedLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedLimiter").field("away", &self.away).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
