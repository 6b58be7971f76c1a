//! Collects the metrics of many accounts, once a day or as often as the host requires.
//!
//! The store is the only record of the remaining work. A worker takes an account's lease for the day before it reads
//! the account, and storing the metrics row ends that lease. A stopped collection therefore continues when it is
//! started again, and several collections can run at the same time.

use super::Client;
use super::collect_options::{
    AccountSelection, CollectFailure, CollectOptions, CollectProgress, CollectReport,
};
use crate::clock::Timestamp;
use crate::error::{Error, Result, Retry};
use crate::model::{AccountKey, AccountStatus, Day};
use crate::store::{AccountRow, MetricsClaim, MetricsRow};
use crate::transport::retry::backoff;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::time::Duration;

/// The number of accounts that are loaded from the store at once. One page takes a few hundred kibibytes.
const PAGE: usize = 200;
/// The maximum time that a request waits for quota. Windows are a minute long, so this covers five of them.
const MAX_WAIT: Duration = Duration::from_secs(300);
/// The duration of a lease. It exceeds the time that two consecutive accounts can take, including both waits for quota.
const CLAIM_TTL: Duration = Duration::from_secs(30 * 60);
/// Maximum number of attempts when the store is busy.
const MAX_TRIES: u32 = 5;
/// Multiples of the requested maximum age. A run with a limit first reads the accounts whose metrics are older than
/// these multiples. Otherwise each run would read the first accounts again, and never reach the last ones.
const OLDEST_FIRST: [u32; 2] = [16, 4];
/// The minimum age to which [`OLDEST_FIRST`] is applied.
const SHORTEST_AGE: Duration = Duration::from_secs(60);
/// After this many consecutive rejected rows, the run treats the store itself as failed.
const MAX_REFUSED: usize = 16;
/// The maximum number of failures that the report lists. Further failures are only counted.
const MAX_FAILURES: usize = 100;

impl Client {
    /// Reads the metrics of many accounts and stores them under today's date (UTC), one row per account and day.
    ///
    /// The collection stays within all quota windows, refreshes tokens when needed, and continues when single accounts
    /// fail. It can be stopped and restarted at any time. An account that already has a row for the day is not read
    /// again, unless the row is older than [`CollectOptions::max_age`]; the new metrics then replace the row. Several
    /// workers may share one store. When a worker crashes, other workers can read its accounts after 30 minutes.
    ///
    /// # Errors
    /// The store's own error when the store cannot be read or rejects every row. A single rejected row counts as a
    /// failure of its account. A stopped collection is not an error: its report has `complete: false`.
    /// [`Reason::TimedOut`](crate::Reason::TimedOut) after [`CancelToken::time_out`](crate::CancelToken::time_out);
    /// metrics that were read are kept.
    pub async fn collect_metrics(
        &self,
        accounts: &AccountSelection,
        options: &CollectOptions,
    ) -> Result<CollectReport> {
        self.operation("collect_metrics", async {
            let report = CollectRun::new(self, accounts, options).run().await?;
            let late = options.cancel.timed_out().filter(|_| !report.complete);
            late.map_or(Ok(report), Err)
        })
        .await
    }
}

type Measured = (AccountKey, Result<MetricsRow>);

/// One run of the collection.
struct CollectRun<'a> {
    client: &'a Client,
    options: &'a CollectOptions,
    accounts: &'a AccountSelection,
    owner: String,
    candidates: Candidates<'a>,
    /// One threshold for each remaining pass through the accounts. Metrics that were read at or after the threshold are
    /// fresh.
    passes: VecDeque<Timestamp>,
    /// Accounts that an earlier pass leased and tried to read.
    tried: HashSet<AccountKey>,
    /// Accounts that are leased but not being read yet.
    queue: VecDeque<AccountKey>,
    /// Accounts that are leased and whose metrics are not stored yet.
    leased: HashSet<AccountKey>,
    /// The number of accounts that this run may still lease.
    left: usize,
    /// The number of times that this run may still retry after the store rejected rows.
    retries_left: u32,
    /// The number of consecutive rows that the store has rejected.
    refused_in_a_row: usize,
    /// The last error that the store returned for a rejected row.
    store_fault: Option<Error>,
    report: CollectReport,
}

/// The accounts, one page at a time.
enum Candidates<'a> {
    Store { tenant: Option<&'a str>, after: Option<AccountKey>, page: VecDeque<AccountKey>, ended: bool },
    List(std::slice::Iter<'a, AccountKey>),
}

impl<'a> Candidates<'a> {
    fn of(accounts: &'a AccountSelection) -> Self {
        let store = |tenant: Option<&'a str>, after| Self::Store {
            tenant,
            after,
            page: VecDeque::new(),
            ended: false,
        };
        match accounts {
            AccountSelection::All => store(None, None),
            AccountSelection::Tenant(tenant) => store(Some(tenant), Some(AccountKey::new(tenant, ""))),
            AccountSelection::Keys(keys) => Self::List(keys.iter()),
        }
    }
}

/// Returns the freshness threshold of each pass through the accounts. Each later pass also reads accounts with more
/// recent metrics.
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
        // The age is measured from the start of the run, so metrics that another worker has read since then are always
        // fresh.
        let since = started.minus(age).max(day.start());
        if passes.back().is_none_or(|last| *last < since) {
            passes.push_back(since);
        }
    }
    passes
}

impl<'a> CollectRun<'a> {
    fn new(client: &'a Client, accounts: &'a AccountSelection, options: &'a CollectOptions) -> Self {
        let total = match accounts {
            AccountSelection::Keys(keys) => u64::try_from(keys.len()).ok(),
            _ => None,
        };
        let started = client.shared.clock.now();
        let day = Day::of(started);
        Self {
            client,
            options,
            accounts,
            owner: format!("{:032x}", rand::random::<u128>()),
            candidates: Candidates::of(accounts),
            passes: passes(day, started, options),
            tried: HashSet::new(),
            queue: VecDeque::new(),
            leased: HashSet::new(),
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
        let outcome = self.collect().await;
        let leased: Vec<_> = self.leased.drain().collect();
        let released = match leased.as_slice() {
            [] => Ok(()),
            leased => self.client.shared.metrics.release(self.report.day, &self.owner, leased).await,
        };
        outcome.and(released)?;
        Ok(self.report)
    }

    async fn collect(&mut self) -> Result<()> {
        let (client, options) = (self.client, self.options);
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < options.max_concurrency.get() && !self.is_stopped() {
                let Some(account) = self.next().await? else { break };
                running.push(async move {
                    let measured = client.measure(&account, MAX_WAIT).await;
                    (account, measured)
                });
            }
            let Some(Some(first)) = self.until_stopped(running.next()).await else { break };
            let mut done = vec![first];
            // Writes all other accounts that are already finished in the same batch.
            while let Some(Some(next)) = running.next().now_or_never() {
                done.push(next);
            }
            self.record(done).await?;
        }
        self.report.complete = !self.is_stopped() && self.left > 0;
        let CollectProgress { collected, current, .. } = self.report.counts;
        // No row was accepted, so the store itself has failed.
        self.store_fault.take().filter(|_| collected == 0 && current == 0).map_or(Ok(()), Err)
    }

    fn is_stopped(&self) -> bool {
        self.options.cancel.is_cancelled() || self.client.shared.running.is_closed()
    }

    /// Returns the outcome of `work`, or `None` as soon as the collection is stopped or the client is closed.
    async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.options.cancel.cancelled() => None,
            () = self.client.shared.background.stop.cancelled() => None,
            outcome = work => Some(outcome),
        }
    }

    /// Returns the next account that this worker may read.
    async fn next(&mut self) -> Result<Option<AccountKey>> {
        loop {
            if let Some(account) = self.queue.pop_front() {
                return Ok(Some(account));
            }
            let Some(fresh_since) = self.passes.front().copied() else { return Ok(None) };
            let mut batch = Vec::new();
            while batch.len() < self.options.max_concurrency.get().min(self.left) {
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
                self.candidates = Candidates::of(self.accounts);
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
            let taken = self.with_retries(|| shared.metrics.claim(&claim, &batch)).await?;
            if self.passes.len() == 1 {
                self.report.counts.current += batch.len().saturating_sub(taken.len()) as u64;
            } else {
                self.tried.extend(taken.iter().cloned());
            }
            self.left -= taken.len();
            self.leased.extend(taken.iter().cloned());
            self.queue.extend(taken);
        }
    }

    /// Returns the next account that has usable tokens.
    async fn candidate(&mut self) -> Result<Option<AccountKey>> {
        loop {
            let (tenant, after) = match &mut self.candidates {
                Candidates::List(keys) => return Ok(keys.next().cloned()),
                Candidates::Store { tenant, after, page, ended } => {
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
            let read = self.with_retries(|| accounts.list(tenant, after.as_ref(), PAGE)).await?;
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
            let Candidates::Store { after, page, ended, .. } = &mut self.candidates else { continue };
            *ended = found == 0 || found < all;
            *after = last;
            page.extend(readable.into_iter().map(|row| row.key));
        }
    }

    /// Stores the metrics that were read, and releases the leases of accounts that could not be read.
    async fn record(&mut self, done: Vec<Measured>) -> Result<()> {
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
            self.with_retries(|| metrics.release(day, owner, &failed)).await?;
        }
        self.report.counts.collected += rows.len() as u64;
        self.report.counts.failed += failed.len() as u64;
        for account in rows.iter().map(|row| &row.account).chain(&failed) {
            self.leased.remove(account);
        }
        if let Some(progress) = &self.options.progress {
            progress(self.report.counts);
        }
        Ok(())
    }

    /// Stores `rows` and returns the rows that were stored. When the store rejects the batch, each row is written
    /// separately, so that a value that is too large for its column only fails its own account. A store that rejects
    /// every row may be busy and is retried. If it still rejects all rows, it counts as failed.
    async fn save(&mut self, rows: Vec<MetricsRow>, failed: &mut Vec<AccountKey>) -> Result<Vec<MetricsRow>> {
        let shared = &self.client.shared;
        if rows.is_empty() {
            return Ok(rows);
        }
        let Err(mut fault) = shared.metrics.save(&rows).await else {
            self.refused_in_a_row = 0;
            return Ok(rows);
        };
        let (mut stored, mut refused) = (Vec::new(), Vec::new());
        for row in rows {
            match shared.metrics.save(std::slice::from_ref(&row)).await {
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
            match shared.metrics.save(&again).await {
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

    /// Retries an operation while the store is busy.
    async fn with_retries<T, W: Future<Output = Result<T>>>(&self, ask: impl Fn() -> W) -> Result<T> {
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
