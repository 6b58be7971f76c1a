//! Collects the figures of many accounts, each once a day or whenever its figures are older than the host wants.
//!
//! What is left to do is in the store alone: an account is claimed for the day before it is read, and its row ends the
//! claim. So a sweep that was stopped goes on when it is started again, and several may run at the same time.

use super::Client;
use super::collecting::{Accounts, CollectFailure, CollectOptions, CollectProgress, CollectReport};
use crate::clock::Timestamp;
use crate::error::{Error, Result, Retry};
use crate::store::{AccountKey, AccountRow, AccountStatus, Day, MetricsClaim, MetricsRow};
use crate::transport::retry::backoff;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::time::Duration;

/// How many accounts are read from the store at once: a page of a few hundred kibibytes.
const PAGE: usize = 200;
/// How long a request waits for its slot. Windows are a minute long, so this is the work of five of them.
const MAX_WAIT: Duration = Duration::from_secs(300);
/// How long a claim holds. Longer than two accounts one after the other can take, with both their waits.
const CLAIM_TTL: Duration = Duration::from_secs(30 * 60);
/// How often the store is asked when it is busy.
const MAX_TRIES: u32 = 5;
/// The ages, in multiples of the wanted one, whose accounts a limited run reads first: without that the accounts that come
/// first would be old enough again at each run, and the last would never be read.
const OLDEST_FIRST: [u32; 2] = [16, 4];
/// What these multiples are of at least.
const SHORTEST_AGE: Duration = Duration::from_secs(60);
/// So many rows that the store refuses one after another are the store's failure, not theirs.
const MAX_REFUSED: usize = 16;
/// How many failures are told one by one; beyond that only their number.
const MAX_FAILURES: usize = 100;

impl Client {
    /// Reads the figures of many accounts and stores them under today (UTC), one row for each account and day.
    ///
    /// It keeps within all quota windows, waiting in order; renews tokens as needed; and a failure stays with its account.
    /// Stop it at any time, or start it again: accounts whose row of the day is there are not read again, unless it is older
    /// than [`CollectOptions::max_age`]; then the new figures replace it. Several workers may sweep one store at the same time. One that dies leaves its accounts in hand to the others after 30 minutes.
    ///
    /// # Errors
    /// The store's own when it cannot be read, or takes no row; a row that it refuses alone is a failure of its account. A stopped
    /// sweep is none: the report says `complete: false`.
    pub async fn collect_metrics(
        &self,
        accounts: &Accounts,
        options: &CollectOptions,
    ) -> Result<CollectReport> {
        self.operation("collect_metrics", Sweep::new(self, accounts, options).run()).await
    }
}

type Measured = (AccountKey, Result<MetricsRow>);

/// One run.
struct Sweep<'a> {
    client: &'a Client,
    options: &'a CollectOptions,
    accounts: &'a Accounts,
    owner: String,
    source: Source<'a>,
    /// Since when figures are fresh: for this pass through the accounts, then for those after it.
    passes: VecDeque<Timestamp>,
    /// Claimed by an earlier pass, which read them or failed to.
    tried: HashSet<AccountKey>,
    /// Claimed, not yet begun.
    queue: VecDeque<AccountKey>,
    /// Claimed, not yet stored or given back.
    held: HashSet<AccountKey>,
    /// How many more accounts may be claimed.
    left: usize,
    /// How many more times a store that refuses rows is asked again in this run.
    retries_left: u32,
    /// How many rows the store has refused since it took one.
    refused_in_a_row: usize,
    /// Why the store refused a row.
    store_fault: Option<Error>,
    report: CollectReport,
}

/// Where the accounts come from, a page at a time.
enum Source<'a> {
    Store { tenant: Option<&'a str>, after: Option<AccountKey>, page: VecDeque<AccountKey>, ended: bool },
    List(std::slice::Iter<'a, AccountKey>),
}

impl<'a> Source<'a> {
    fn of(accounts: &'a Accounts) -> Self {
        let store = |tenant: Option<&'a str>, after| Self::Store {
            tenant,
            after,
            page: VecDeque::new(),
            ended: false,
        };
        match accounts {
            Accounts::All => store(None, None),
            Accounts::Tenant(tenant) => store(Some(tenant), Some(AccountKey::new(tenant, ""))),
            Accounts::These(keys) => Self::List(keys.iter()),
        }
    }
}

/// Since when figures are fresh, for each pass through the accounts. A later pass reads younger figures again.
fn passes(day: Day, started: Timestamp, options: &CollectOptions) -> VecDeque<Timestamp> {
    let mut passes = VecDeque::from([day.start()]);
    let Some(age) = options.max_age else { return passes };
    if options.limit.is_none() {
        passes.clear();
    }
    let step = age.max(SHORTEST_AGE);
    let ages =
        OLDEST_FIRST.iter().filter(|_| options.limit.is_some()).map(|times| step.saturating_mul(*times));
    for age in ages.chain([age]) {
        // Counted from the start of the run, so that what another worker has read since is fresh whatever the age.
        let since = started.minus(age).max(day.start());
        if passes.back().is_none_or(|last| *last < since) {
            passes.push_back(since);
        }
    }
    passes
}

impl<'a> Sweep<'a> {
    fn new(client: &'a Client, accounts: &'a Accounts, options: &'a CollectOptions) -> Self {
        let total = match accounts {
            Accounts::These(keys) => u64::try_from(keys.len()).ok(),
            _ => None,
        };
        let started = client.shared.clock.now();
        let day = Day::of(started);
        Self {
            client,
            options,
            accounts,
            owner: format!("{:032x}", rand::random::<u128>()),
            source: Source::of(accounts),
            passes: passes(day, started, options),
            tried: HashSet::new(),
            queue: VecDeque::new(),
            held: HashSet::new(),
            left: options.limit.unwrap_or(usize::MAX),
            retries_left: 2 * MAX_TRIES,
            refused_in_a_row: 0,
            store_fault: None,
            report: CollectReport {
                counts: CollectProgress { total, ..CollectProgress::default() },
                day,
                complete: false,
                failures: Vec::new(),
            },
        }
    }

    async fn run(mut self) -> Result<CollectReport> {
        self.client.shared.publisher.sweep_journal().await;
        let outcome = self.sweep().await;
        let held: Vec<_> = self.held.drain().collect();
        let released = match held.as_slice() {
            [] => Ok(()),
            held => self.client.shared.metrics.release_metrics(self.report.day, &self.owner, held).await,
        };
        outcome.and(released)?;
        Ok(self.report)
    }

    async fn sweep(&mut self) -> Result<()> {
        let (client, options) = (self.client, self.options);
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < options.at_once.get() && !self.is_stopped() {
                let Some(account) = self.next().await? else { break };
                running.push(async move {
                    let measured = client.measure(&account, MAX_WAIT).await;
                    (account, measured)
                });
            }
            let Some(Some(first)) = self.until_stopped(running.next()).await else { break };
            let mut done = vec![first];
            // Whatever else is done by now is written in the same go.
            while let Some(Some(next)) = running.next().now_or_never() {
                done.push(next);
            }
            self.keep(done).await?;
        }
        self.report.complete = !self.is_stopped() && self.left > 0;
        let CollectProgress { collected, current, .. } = self.report.counts;
        // Nothing shows that the store takes rows at all.
        self.store_fault.take().filter(|_| collected == 0 && current == 0).map_or(Ok(()), Err)
    }

    fn is_stopped(&self) -> bool {
        self.options.cancel.is_cancelled() || self.client.shared.running.is_closed()
    }

    /// The outcome of `work`, or `None` as soon as the sweep is stopped or the client closed.
    async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.options.cancel.cancelled() => None,
            () = self.client.shared.background.stop.cancelled() => None,
            outcome = work => Some(outcome),
        }
    }

    /// The next account that is this worker's to read.
    async fn next(&mut self) -> Result<Option<AccountKey>> {
        loop {
            if let Some(account) = self.queue.pop_front() {
                return Ok(Some(account));
            }
            let Some(fresh_since) = self.passes.front().copied() else { return Ok(None) };
            let mut batch = Vec::new();
            while batch.len() < self.options.at_once.get().min(self.left) {
                let Some(account) = self.candidate().await? else { break };
                if !self.tried.contains(&account) {
                    batch.push(account);
                }
            }
            if batch.is_empty() {
                if self.left == 0 || self.passes.len() == 1 {
                    return Ok(None);
                }
                self.passes.pop_front();
                self.source = Source::of(self.accounts);
                continue;
            }
            let shared = &self.client.shared;
            let claim = MetricsClaim {
                day: self.report.day,
                owner: self.owner.clone(),
                now: shared.clock.now(),
                fresh_since,
                ttl: CLAIM_TTL,
            };
            let taken = self.patiently(|| shared.metrics.claim_metrics(&claim, &batch)).await?;
            if self.passes.len() == 1 {
                self.report.counts.current += batch.len().saturating_sub(taken.len()) as u64;
            } else {
                self.tried.extend(taken.iter().cloned());
            }
            self.left -= taken.len();
            self.held.extend(taken.iter().cloned());
            self.queue.extend(taken);
        }
    }

    /// The next account that can be read at all.
    async fn candidate(&mut self) -> Result<Option<AccountKey>> {
        loop {
            let (tenant, after) = match &mut self.source {
                Source::List(keys) => return Ok(keys.next().cloned()),
                Source::Store { tenant, after, page, ended } => {
                    if let Some(account) = page.pop_front() {
                        return Ok(Some(account));
                    }
                    if *ended {
                        return Ok(None);
                    }
                    (*tenant, after.clone())
                }
            };
            let accounts = &self.client.shared.accounts;
            let read = self.patiently(|| accounts.list_page(after.as_ref(), PAGE)).await?;
            let all = read.rows.len();
            let rows: Vec<_> = read
                .rows
                .into_iter()
                .take_while(|row| tenant.is_none_or(|of| row.key.tenant == of))
                .collect();
            if tenant.is_none() {
                self.report.counts.total = read.total;
            }
            let last = rows.last().map(|row| row.key.clone());
            let found = rows.len();
            let (readable, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(can_be_read);
            if self.passes.len() == 1 {
                self.report.counts.skipped += others.len() as u64;
            }
            let Source::Store { after, page, ended, .. } = &mut self.source else { continue };
            *ended = found == 0 || found < all;
            *after = last;
            page.extend(readable.into_iter().map(|row| row.key));
        }
    }

    /// Stores what was read, and gives back what could not be.
    async fn keep(&mut self, done: Vec<Measured>) -> Result<()> {
        let (mut rows, mut failed) = (Vec::new(), Vec::new());
        for (account, measured) in done {
            match measured {
                Ok(row) => rows.push(MetricsRow { day: self.report.day, ..row }),
                Err(error) => {
                    if self.report.failures.len() < MAX_FAILURES {
                        self.report.failures.push(failure(&account, &error));
                    }
                    failed.push(account);
                }
            }
        }
        let rows = self.save(rows, &mut failed).await?;
        let metrics = &self.client.shared.metrics;
        if !failed.is_empty() {
            let (day, owner) = (self.report.day, self.owner.as_str());
            self.patiently(|| metrics.release_metrics(day, owner, &failed)).await?;
        }
        self.report.counts.collected += rows.len() as u64;
        self.report.counts.failed += failed.len() as u64;
        for account in rows.iter().map(|row| &row.account).chain(&failed) {
            self.held.remove(account);
        }
        if let Some(progress) = &self.options.progress {
            progress(self.report.counts);
        }
        Ok(())
    }

    /// Stores `rows` and returns those that were stored. A store that refuses them together is given each alone, so that a row
    /// that does not fit its column fails its own account only. A store that takes none may be busy and is asked again; one that
    /// goes on refusing has failed itself.
    async fn save(&mut self, rows: Vec<MetricsRow>, failed: &mut Vec<AccountKey>) -> Result<Vec<MetricsRow>> {
        let shared = &self.client.shared;
        if rows.is_empty() {
            return Ok(rows);
        }
        let Err(mut fault) = shared.metrics.save_metrics(&rows).await else {
            self.refused_in_a_row = 0;
            return Ok(rows);
        };
        let (mut stored, mut refused) = (Vec::new(), Vec::new());
        for row in rows {
            match shared.metrics.save_metrics(std::slice::from_ref(&row)).await {
                Ok(()) => stored.push(row),
                Err(error) => refused.push((row, error)),
            }
        }
        let mut tries = 0;
        while stored.is_empty()
            && fault.retry() == Retry::Backoff
            && tries < MAX_TRIES
            && self.retries_left > 0
        {
            (tries, self.retries_left) = (tries + 1, self.retries_left - 1);
            shared.clock.sleep(backoff(tries)).await;
            let again: Vec<_> = refused.iter().map(|(row, _)| row.clone()).collect();
            match shared.metrics.save_metrics(&again).await {
                Ok(()) => {
                    stored = again;
                    refused.clear();
                }
                Err(error) => fault = error,
            }
        }
        self.refused_in_a_row = if stored.is_empty() { self.refused_in_a_row + refused.len() } else { 0 };
        if self.refused_in_a_row >= MAX_REFUSED {
            return Err(fault);
        }
        for (row, error) in refused {
            if self.report.failures.len() < MAX_FAILURES {
                self.report.failures.push(failure(&row.account, &error));
            }
            failed.push(row.account);
            self.store_fault = Some(error);
        }
        Ok(stored)
    }

    /// Asks a busy store again.
    async fn patiently<T, W: Future<Output = Result<T>>>(&self, ask: impl Fn() -> W) -> Result<T> {
        let mut tries = 0;
        loop {
            match ask().await {
                Err(error) if error.retry() == Retry::Backoff && tries < MAX_TRIES => {
                    tries += 1;
                    self.client.shared.clock.sleep(backoff(tries)).await;
                }
                outcome => return outcome,
            }
        }
    }
}

fn can_be_read(row: &AccountRow) -> bool {
    !matches!(row.status, AccountStatus::Expired | AccountStatus::Disconnected)
}

fn failure(account: &AccountKey, error: &Error) -> CollectFailure {
    CollectFailure {
        tenant: account.tenant.clone(),
        account_id: account.open_id.clone(),
        code: error.kind().code(),
        message: error.message().to_owned(),
        error: error.clone(),
    }
}
