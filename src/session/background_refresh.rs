//! Refreshes tokens before they are needed, a few at a time. It uses the same code as a caller's refresh, so it has the
//! same guarantees for races and crashes.

use super::lifetime::background_due;
use super::single_flight::Session;
use crate::clock::Timestamp;
use crate::model::{AccountKey, AccountStatus};
use crate::store::{AccountRow, all_accounts};
use futures_util::StreamExt as _;
use futures_util::stream;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The maximum time between two reads of the store: half of the shortest period in which a two-hour token is due. This
/// finds an account that another process connected in time.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// The minimum time between two reads, because each read loads all accounts.
const MIN_PAUSE: Duration = Duration::from_secs(1);
/// The maximum delay of the first read. The delay is random, so that processes that start together do not read at the
/// same time.
const START_SPREAD: Duration = Duration::from_secs(15);
/// The time for which an account is not refreshed after a failure. Each further failure doubles the time.
const FIRST_BACKOFF: Duration = Duration::from_secs(60);
const MAX_BACKOFF: Duration = Duration::from_secs(30 * 60);

/// Refreshes tokens in the background until it is dropped. Closing the client or dropping the last client also stops
/// it. A refresh that has started finishes.
#[derive(Debug)]
#[must_use = "background refresh stops when this value is dropped"]
pub struct BackgroundRefresh {
    stop: DropGuard,
}

impl BackgroundRefresh {
    /// Stops background refresh.
    pub fn stop(self) {
        drop(self.stop);
    }
}

/// For each account, the number of failed refreshes and the earliest monotonic time of the next refresh.
type Backoffs = HashMap<AccountKey, (u32, Duration)>;

impl Session {
    /// Refreshes tokens, at most `max_concurrency` accounts at a time, until `stopping` is cancelled or the handle is
    /// dropped.
    pub(crate) fn start_background_refresh(
        &self,
        max_concurrency: NonZeroUsize,
        stopping: &CancellationToken,
    ) -> BackgroundRefresh {
        let stop = stopping.child_token();
        let task = BackgroundTask {
            session: self.clone(),
            max_concurrency: max_concurrency.get(),
            stop: stop.clone(),
            backoffs: Mutex::default(),
            spread: RandomState::new(),
        };
        self.spawn(async move { task.run().await });
        BackgroundRefresh { stop: stop.drop_guard() }
    }
}

struct BackgroundTask {
    session: Session,
    max_concurrency: usize,
    stop: CancellationToken,
    backoffs: Mutex<Backoffs>,
    spread: RandomState,
}

impl BackgroundTask {
    async fn run(&self) {
        let mut pause = START_SPREAD.mul_f64(rand::random::<f64>());
        loop {
            let wait = self.session.refresher().clock.sleep(pause);
            if self.stop.run_until_cancelled(wait).await.is_none() {
                return;
            }
            pause = self.round().await;
        }
    }

    /// Refreshes the tokens that are due. Returns the time until the next one is due.
    async fn round(&self) -> Duration {
        let refresher = self.session.refresher();
        // If the store fails, it is read again later. A caller that needs a token before then receives the error
        // itself.
        let Ok(rows) = all_accounts(&*refresher.accounts, None).await else { return MAX_PAUSE };
        let rows: Vec<_> = rows.into_iter().filter(can_be_refreshed).collect();
        let now = refresher.clock.now();
        let (mut due, later): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| self.due(row) <= now);
        let next = later.iter().map(|row| self.due(row)).min();
        due.retain(|row| self.backoff_is_over(&row.key));
        // Refreshes valid tokens first, in the order of their expiry, because a failure to do so in time would affect
        // users.
        due.sort_by_key(|row| (row.access_expires_at <= now, row.access_expires_at));
        stream::iter(due).for_each_concurrent(self.max_concurrency, |row| self.refresh(row)).await;
        let pause = next.map_or(MAX_PAUSE, |next| next.since(refresher.clock.now()));
        pause.clamp(MIN_PAUSE, MAX_PAUSE)
    }

    /// Returns the time at which the token of `row` is due: always the same for one token, but different for each
    /// token.
    fn due(&self, row: &AccountRow) -> Timestamp {
        let hash = self.spread.hash_one((&row.key, row.access_expires_at));
        let spread = f64::from(u32::try_from(hash >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        background_due(row.access_expires_at, self.session.refresher().margin(&row.key), spread)
    }

    async fn refresh(&self, row: AccountRow) {
        if self.stop.is_cancelled() {
            return;
        }
        let failed = self.session.renew(&row).await.is_err();
        let now = self.session.refresher().clock.monotonic();
        let mut backoffs = self.backoffs.lock().unwrap_or_else(PoisonError::into_inner);
        if failed {
            let times = backoffs.get(&row.key).map_or(0, |(times, _)| *times);
            let backoff = FIRST_BACKOFF.saturating_mul(1 << times.min(10)).min(MAX_BACKOFF);
            backoffs.insert(row.key, (times + 1, now + backoff));
        } else {
            backoffs.remove(&row.key);
        }
    }

    fn backoff_is_over(&self, key: &AccountKey) -> bool {
        let now = self.session.refresher().clock.monotonic();
        let backoffs = self.backoffs.lock().unwrap_or_else(PoisonError::into_inner);
        backoffs.get(key).is_none_or(|(_, until)| *until <= now)
    }
}

fn can_be_refreshed(row: &AccountRow) -> bool {
    row.refresh_token_sealed.is_some()
        && !matches!(row.status, AccountStatus::Expired | AccountStatus::Disconnected)
}
