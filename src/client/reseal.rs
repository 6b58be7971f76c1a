//! Moves every stored token to the current key while the app runs.

use super::Client;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::publish::CancelToken;
use crate::session::{ACCESS_TOKEN, Event, REFRESH_TOKEN, place};
use crate::store::{AccountKey, AccountPage, AccountRow, SealedPair};
use crate::transport::retry::backoff;
use crate::vault::Purpose;
use futures_util::StreamExt;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// How many accounts are read at once: a page of a few hundred kibibytes.
const PAGE: usize = 100;
/// How many accounts are written at once, so that the store keeps time for those who wait for a token.
const AT_ONCE: usize = 4;
/// How often one account, or one page, is tried when the store is busy or a refresh changed the row meanwhile.
const MAX_TRIES: u32 = 5;
/// How many failures are told one by one; beyond that only their number.
const MAX_FAILURES: usize = 100;

/// How a reseal of all accounts runs.
#[derive(Clone, Default)]
pub struct ResealOptions {
    /// Only looks: counts what would be sealed anew, and writes nothing.
    pub check_only: bool,
    /// Told after each page of accounts; must return quickly.
    pub progress: Option<Arc<dyn Fn(ResealProgress) + Send + Sync>>,
    /// Stops between two accounts.
    pub cancel: CancelToken,
}

impl fmt::Debug for ResealOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResealOptions").field("check_only", &self.check_only).finish_non_exhaustive()
    }
}

/// How far a reseal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResealProgress {
    /// Accounts that were looked at.
    pub done: u64,
    /// Accounts in the store, where it knows.
    pub total: Option<u64>,
    /// Accounts whose tokens were sealed anew.
    pub resealed: u64,
    /// Accounts that needed nothing.
    pub current: u64,
    /// Accounts that were erased before their turn came.
    pub skipped: u64,
    /// Accounts that would not open or could not be written; they are as they were.
    pub failed: u64,
}

/// Why one account was not sealed anew. It is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResealFailure {
    /// The host's tenant.
    pub tenant: String,
    /// TikTok's id of the user for this app.
    pub account_id: String,
    /// The kind of the error, as `ErrorKind::code` spells it.
    pub code: &'static str,
    /// What happened, and what to do.
    pub message: String,
}

/// What a reseal of all accounts found and did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResealReport {
    /// The counts.
    #[serde(flatten)]
    pub counts: ResealProgress,
    /// The first hundred failures.
    pub failures: Vec<ResealFailure>,
    /// The name of the key that seals now.
    pub sealing_key: String,
    /// How many accounts need each key, by its name, as this run left them. A key is safe to remove when it is not
    /// here and `legacy` is 0.
    pub keys: BTreeMap<String, u64>,
    /// How many accounts hold a value of the dashboard's old format; `accept_legacy` is safe to switch off at 0.
    pub legacy: u64,
    /// How many accounts still need another key than the sealing one, or the old format.
    pub outstanding: u64,
}

/// What became of one account, with its pair as it is now.
enum Turn {
    Resealed(SealedPair),
    Current(SealedPair),
    /// It would be sealed anew, but only a look was asked for.
    Outstanding(SealedPair),
    Gone,
    Failed(SealedPair, Error),
}

impl Client {
    /// Seals the tokens of all accounts anew that are in the dashboard's old format or under an older key, while
    /// everything else goes on: each row is written only if it still holds what was read, so that no refresh is
    /// undone. May be stopped and started again at any time; what is current already is only looked at.
    ///
    /// Every process that shares the store must have the new key first in its ring before this runs, or it goes on
    /// sealing with the old one. A key and the old format are done with when the report says so; keep a removed key
    /// for one hour more, since uploads (docs/tiktok-api.md 5.3: 1 hour) and sign-ins (10 minutes) in progress are
    /// sealed with it too.
    ///
    /// # Errors
    /// `Cancelled` when stopped or when the client is closed meanwhile, `Config` when the host's store cannot do it, the
    /// store's own error when its pages cannot be read. A single account that fails is in the report.
    pub async fn reseal_accounts(&self, options: &ResealOptions) -> Result<ResealReport> {
        self.operation("reseal_accounts", self.reseal_all(options)).await
    }

    async fn reseal_all(&self, options: &ResealOptions) -> Result<ResealReport> {
        let kids: Vec<_> = self.shared.config.vault.kids().map(str::to_owned).collect();
        let mut report =
            ResealReport { sealing_key: kids.first().cloned().unwrap_or_default(), ..Default::default() };
        let mut after: Option<AccountKey> = None;
        loop {
            let page = self.page(after.as_ref()).await?;
            let Some(last) = page.rows.last() else { break };
            after = Some(last.key.clone());
            report.counts.total = page.total;
            let mut turns = futures_util::stream::iter(page.rows)
                .map(|row| async {
                    let key = row.key.clone();
                    (key, self.turn(row, options.check_only).await)
                })
                .buffer_unordered(AT_ONCE);
            loop {
                if options.cancel.is_cancelled() || self.shared.running.is_closed() {
                    return Err(stopped(&report.counts));
                }
                let Some((key, turn)) = turns.next().await else { break };
                self.note(&mut report, &key, turn?);
            }
            if let Some(progress) = &options.progress {
                progress(report.counts);
            }
        }
        if !options.check_only {
            self.tell_retired(&kids, &report);
        }
        Ok(report)
    }

    async fn page(&self, after: Option<&AccountKey>) -> Result<AccountPage> {
        let mut tries = 0;
        loop {
            match self.shared.accounts.list_page(after, PAGE).await {
                Err(error) if error.retry() == Retry::Backoff && tries < MAX_TRIES => {
                    tries += 1;
                    self.shared.clock.sleep(backoff(tries)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Seals one account anew. An error is one that every other account would meet too.
    async fn turn(&self, mut row: AccountRow, check_only: bool) -> Result<Turn> {
        let mut failure = None;
        for tries in 1..=MAX_TRIES {
            let pair = SealedPair::of(&row);
            let next = match self.sealed_anew(&row) {
                Ok(None) => return Ok(Turn::Current(pair)),
                Ok(Some(_)) if check_only => return Ok(Turn::Outstanding(pair)),
                Ok(Some(next)) => next,
                Err(error) => return Ok(Turn::Failed(pair, error)),
            };
            match self.shared.accounts.reseal(&row.key, &pair, &next).await {
                Ok(true) => return Ok(Turn::Resealed(next)),
                // A refresh or a login was faster: its pair is looked at instead.
                Ok(false) => {}
                Err(error) if error.kind() == ErrorKind::Config => return Err(error),
                Err(error) => {
                    failure = Some(error);
                    self.shared.clock.sleep(backoff(tries)).await;
                }
            }
            match self.shared.accounts.load(&row.key).await {
                Ok(Some(now)) => row = now,
                Ok(None) => return Ok(Turn::Gone),
                Err(error) => failure = Some(error),
            }
        }
        let failure = failure.unwrap_or_else(|| {
            Error::new(ErrorKind::Conflict, "the account was changed at each try; run the reseal again")
        });
        Ok(Turn::Failed(SealedPair::of(&row), failure))
    }

    /// The row's pair under the current key, or `None` when it is.
    fn sealed_anew(&self, row: &AccountRow) -> Result<Option<SealedPair>> {
        let config = &self.shared.config;
        let anew = |field, sealed: &str| {
            config.vault.reseal(&place(Purpose::Token, &config.client_key, &row.key, field), sealed)
        };
        let access = anew(ACCESS_TOKEN, &row.access_token_sealed)?;
        let refresh = match &row.refresh_token_sealed {
            Some(sealed) => anew(REFRESH_TOKEN, sealed)?,
            None => None,
        };
        if access.is_none() && refresh.is_none() {
            return Ok(None);
        }
        let there = SealedPair::of(row);
        Ok(Some(SealedPair { access: access.unwrap_or(there.access), refresh: refresh.or(there.refresh) }))
    }

    fn note(&self, report: &mut ResealReport, key: &AccountKey, turn: Turn) {
        report.counts.done += 1;
        let pair = match turn {
            Turn::Gone => {
                report.counts.skipped += 1;
                return;
            }
            Turn::Resealed(pair) => {
                report.counts.resealed += 1;
                pair
            }
            Turn::Current(pair) => {
                report.counts.current += 1;
                pair
            }
            Turn::Outstanding(pair) => pair,
            Turn::Failed(pair, error) => {
                report.counts.failed += 1;
                if report.failures.len() < MAX_FAILURES {
                    report.failures.push(ResealFailure {
                        tenant: key.tenant.clone(),
                        account_id: key.open_id.clone(),
                        code: error.kind().code(),
                        message: error.message().to_owned(),
                    });
                }
                pair
            }
        };
        let vault = &self.shared.config.vault;
        let sealed = [Some(pair.access), pair.refresh];
        let needed: BTreeSet<_> = sealed.iter().flatten().filter_map(|sealed| vault.key_of(sealed)).collect();
        let legacy = sealed.iter().flatten().any(|sealed| vault.key_of(sealed).is_none());
        report.legacy += u64::from(legacy);
        report.outstanding += u64::from(legacy || needed.iter().any(|kid| *kid != report.sealing_key));
        for kid in needed {
            *report.keys.entry(kid.to_owned()).or_default() += 1;
        }
    }

    /// A value of the old format does not name its key, so that none is retired while there is one.
    fn tell_retired(&self, kids: &[String], report: &ResealReport) {
        let retired = kids.iter().skip(1).filter(|kid| report.legacy == 0 && !report.keys.contains_key(*kid));
        for key in retired {
            let at = self.shared.clock.now();
            self.shared.herald.tell(Event::KeyRetired { key: key.clone(), at });
        }
    }
}

fn stopped(counts: &ResealProgress) -> Error {
    let message = format!(
        "the reseal was stopped after {} accounts; none is half done: start it again to do the rest",
        counts.done
    );
    Error::new(ErrorKind::Cancelled, message)
}
