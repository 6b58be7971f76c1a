//! Encrypts every stored token with the current key while the application runs.

use super::Client;
use super::reseal_options::{ResealFormat, ResealOptions, ResealProgress};
use super::reseal_report::{ResealReport, Turn};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::AccountKey;
use crate::session::Event;
use crate::store::{AccountPage, AccountPatch, AccountRow, Expected, SealedTokens};
use crate::transport::retry::backoff;
use futures_util::StreamExt;

/// The number of accounts that are read at once. One page takes a few hundred kibibytes.
const PAGE: usize = 100;
/// The number of accounts that are written at once. It is low, so that the store can still serve callers that wait for
/// a token.
const DEFAULT_CONCURRENCY: usize = 4;
/// The maximum number of attempts per account or page when the store is busy or a refresh changes the row.
const MAX_TRIES: u32 = 5;

impl Client {
    /// Re-encrypts all tokens that are in the dashboard's old format or under an older key, while other work continues.
    /// A row is only written if it has not changed since it was read, so no refresh is overwritten. The run can be
    /// stopped and restarted at any time. Values that are already current are not rewritten.
    ///
    /// Before the run, the new key must be the first one in the key ring of every process that shares the store.
    /// Otherwise those processes continue to encrypt with the old key. The report shows when a key or the old format is
    /// no longer needed. Keep such a key for one more hour, because it also encrypts uploads (docs/tiktok-api.md 5.3: 1
    /// hour) and logins (10 minutes) in progress.
    ///
    /// With [`ResealFormat::Legacy`], the run writes the dashboard's old format instead, for a rollback to the
    /// dashboard's own code. Before such a run, every process that shares the store must accept the old format.
    ///
    /// # Errors
    /// Returns `Cancelled` when the run is stopped or the client is closed, `Config` when the host's store does not
    /// support re-encryption, and the store's own error when its pages cannot be read. The report lists the failures of
    /// single accounts.
    pub async fn reseal_accounts(&self, options: &ResealOptions) -> Result<ResealReport> {
        self.operation("reseal_accounts", self.reseal_all(options)).await
    }

    async fn reseal_all(&self, options: &ResealOptions) -> Result<ResealReport> {
        let (config, clock) = (&self.shared.config, &self.shared.clock);
        let kids: Vec<_> = config.vault.kids().map(str::to_owned).collect();
        let mut report =
            ResealReport { sealing_key: kids.first().cloned().unwrap_or_default(), ..Default::default() };
        let mut after = options.after.clone();
        let began = clock.monotonic();
        let is_late =
            || options.time_limit.is_some_and(|limit| clock.monotonic().saturating_sub(began) >= limit);
        loop {
            let page = self.page(after.as_ref()).await?;
            if after.is_none() {
                report.counts.done += page.without_tokens;
                report.counts.skipped += page.without_tokens;
            }
            report.counts.total = page.total.map(|total| total + page.without_tokens);
            if page.rows.is_empty() {
                break;
            }
            // Sorted, because the next run continues after the last recorded account.
            let mut turns = futures_util::stream::iter(page.rows)
                .map(|row| async {
                    let key = row.key.clone();
                    (key, self.turn(row, options).await)
                })
                .buffered(DEFAULT_CONCURRENCY);
            loop {
                if options.cancel.is_cancelled() || self.shared.running.is_closed() {
                    return Err(options.cancel.timed_out().unwrap_or_else(|| stopped(&report.counts)));
                }
                if after != options.after && is_late() {
                    report.next = after;
                    return Ok(report);
                }
                let Some((key, turn)) = turns.next().await else { break };
                report.note(&config.vault, options.format, &key, turn?);
                after = Some(key);
            }
            if let Some(progress) = &options.progress {
                progress(report.counts);
            }
        }
        let is_whole = options.after.is_none() && options.format == ResealFormat::Current;
        if is_whole && !options.check_only {
            self.tell_retired(&kids, &report);
        }
        Ok(report)
    }

    async fn page(&self, after: Option<&AccountKey>) -> Result<AccountPage> {
        let mut tries = 0;
        loop {
            match self.shared.accounts.list(None, after, PAGE).await {
                Err(error) if error.retry() == Retry::Backoff && tries < MAX_TRIES => {
                    tries += 1;
                    self.shared.clock.sleep(backoff(tries)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Re-encrypts the tokens of one account. Returns an error only when every other account would fail the same way.
    async fn turn(&self, mut row: AccountRow, options: &ResealOptions) -> Result<Turn> {
        let mut failure = None;
        for tries in 1..=MAX_TRIES {
            if row.access_token_sealed.is_empty() {
                return Ok(Turn::Skipped);
            }
            let pair = SealedTokens::of(&row);
            let next = match self.resealed_pair(&row, options) {
                Ok(None) => return Ok(Turn::Current(pair)),
                Ok(Some(_)) if options.check_only => return Ok(Turn::Outstanding(pair)),
                Ok(Some(next)) => next,
                Err(error) => return Ok(Turn::Failed(pair, error)),
            };
            let (expected, patch) = (Expected::Tokens(pair.clone()), AccountPatch::tokens(next.clone()));
            match self.shared.accounts.update(&row.key, &expected, &patch).await {
                Ok(true) => return Ok(Turn::Resealed(next)),
                // A refresh or a login wrote the row in between, so check the new token pair.
                Ok(false) => {}
                Err(error) if error.kind() == ErrorKind::Config => return Err(error),
                Err(error) => {
                    failure = Some(error);
                    self.shared.clock.sleep(backoff(tries)).await;
                }
            }
            match self.shared.accounts.load(&row.key).await {
                Ok(Some(now)) => row = now,
                Ok(None) => return Ok(Turn::Skipped),
                Err(error) => failure = Some(error),
            }
        }
        let failure = failure.unwrap_or_else(|| {
            Error::new(
                ErrorKind::Conflict,
                "another process changed the account during each attempt; run the reseal again",
            )
        });
        Ok(Turn::Failed(SealedTokens::of(&row), failure))
    }

    /// Emits an event for each key that is no longer needed. A value in the old format does not name its key, so while
    /// such values exist, every key may still be needed.
    fn tell_retired(&self, kids: &[String], report: &ResealReport) {
        let retired = kids.iter().skip(1).filter(|kid| report.legacy == 0 && !report.keys.contains_key(*kid));
        for key in retired {
            let at = self.shared.clock.now();
            self.shared.events.emit(Event::KeyRetired { key: key.clone(), at });
        }
    }
}

fn stopped(counts: &ResealProgress) -> Error {
    let message = format!(
        "the reseal was cancelled after {} accounts, and no account is partially re-encrypted; run it again to continue",
        counts.done
    );
    Error::new(ErrorKind::Cancelled, message)
}
