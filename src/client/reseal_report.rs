//! Options of a reseal of all accounts, and its counts.

use crate::client::stored_token::Form;
use crate::error::Error;
use crate::publish::CancelToken;
use crate::store::{AccountKey, SealedPair};
use crate::vault::Vault;
use serde::{Serialize, Serializer};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The most failures that a report lists; beyond that it only counts them.
const MAX_FAILURES: usize = 100;

/// The format that a reseal writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResealFormat {
    /// The current format under the first key.
    #[default]
    Current,
    /// The dashboard's old format (`ivHex:tagHex:cipherHex`) under the first key, for a return to the dashboard's own code.
    /// Its values are bound to no row, and a client opens them only with `accept_legacy`.
    Legacy,
}

/// Options of a reseal of all accounts.
#[derive(Clone, Default)]
pub struct ResealOptions {
    /// Only counts the accounts in each form, and writes nothing.
    pub check_only: bool,
    /// Also encrypts tokens that an old installation stored in clear text. Nothing else ever reads clear text.
    pub accept_clear_text: bool,
    /// The format to write. Default: the current one.
    pub format: ResealFormat,
    /// Starts after this account, which `ResealReport::next` of an earlier run named. Default: with the first.
    pub after: Option<AccountKey>,
    /// Ends after this time with what is done; `ResealReport::next` then says where to continue. At least one account is
    /// done. Default: no limit.
    pub time_limit: Option<Duration>,
    /// Receives the progress after each page of accounts; must return quickly.
    pub progress: Option<Arc<dyn Fn(ResealProgress) + Send + Sync>>,
    /// Stops between two accounts.
    pub cancel: CancelToken,
}

impl fmt::Debug for ResealOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResealOptions")
            .field("check_only", &self.check_only)
            .field("accept_clear_text", &self.accept_clear_text)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// The progress of a reseal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResealProgress {
    /// Accounts that were looked at.
    pub done: u64,
    /// Accounts in the store, where it knows.
    pub total: Option<u64>,
    /// Accounts whose tokens were rewritten.
    pub resealed: u64,
    /// Accounts that needed nothing.
    pub current: u64,
    /// Accounts without tokens: disconnected ones whose tokens are erased, and those erased before their turn came.
    pub skipped: u64,
    /// Accounts that would not open or could not be written; they are as they were.
    pub failed: u64,
}

/// The reason why one account was not rewritten. It is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResealFailure {
    /// The host's tenant.
    pub tenant: String,
    /// TikTok's id of the user for this app.
    pub account_id: String,
    /// The kind of the error, as `ErrorKind::code` spells it.
    pub code: &'static str,
    /// The fault, and the remedy.
    pub message: String,
}

/// The result of a reseal of all accounts.
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
    /// The number of accounts that need each key, by its name, as this run left them. A key is safe to remove when it is not
    /// here and `legacy` is 0.
    pub keys: BTreeMap<String, u64>,
    /// Accounts that hold a value under another key than the sealing one.
    pub older_key: u64,
    /// Accounts that hold a value of the dashboard's old format; `accept_legacy` is safe to switch off at 0.
    pub legacy: u64,
    /// Accounts that hold a token in clear text.
    pub clear_text: u64,
    /// Accounts that are not in the format that was asked for, under the first key. An account whose tokens open with no key
    /// is not among them; it is in `failures`.
    pub outstanding: u64,
    /// The `ResealOptions::after` of the next run when the time limit ended this one; `None` when all accounts are done.
    #[serde(serialize_with = "write_key")]
    pub next: Option<AccountKey>,
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn write_key<S: Serializer>(key: &Option<AccountKey>, to: S) -> Result<S::Ok, S::Error> {
    key.as_ref().map(|key| json!({ "tenant": key.tenant, "accountId": key.open_id })).serialize(to)
}

/// The outcome of one account, with its pair as it is now.
pub(super) enum Turn {
    Resealed(SealedPair),
    Current(SealedPair),
    /// It would be rewritten, but this run only counts.
    Outstanding(SealedPair),
    /// It is gone, or holds no tokens.
    Skipped,
    Failed(SealedPair, Error),
}

impl ResealReport {
    /// Counts one account.
    pub(super) fn note(&mut self, vault: &Vault, format: ResealFormat, key: &AccountKey, turn: Turn) {
        self.counts.done += 1;
        let pair = match turn {
            Turn::Skipped => {
                self.counts.skipped += 1;
                return;
            }
            Turn::Resealed(pair) => {
                self.counts.resealed += 1;
                pair
            }
            Turn::Current(pair) => {
                self.counts.current += 1;
                pair
            }
            Turn::Outstanding(pair) => pair,
            Turn::Failed(pair, error) => {
                self.counts.failed += 1;
                if self.failures.len() < MAX_FAILURES {
                    self.failures.push(ResealFailure {
                        tenant: key.tenant.clone(),
                        account_id: key.open_id.clone(),
                        code: error.kind().code(),
                        message: error.message().to_owned(),
                    });
                }
                pair
            }
        };
        self.note_forms(vault, format, &pair);
    }

    fn note_forms(&mut self, vault: &Vault, format: ResealFormat, pair: &SealedPair) {
        let forms = Form::of_pair(vault, pair);
        let needed: BTreeSet<_> = forms.iter().filter_map(Form::key).collect();
        let older = needed.iter().any(|kid| *kid != self.sealing_key);
        let legacy = forms.contains(&Form::Legacy);
        let clear = forms.contains(&Form::ClearText);
        self.older_key += u64::from(older);
        self.legacy += u64::from(legacy);
        self.clear_text += u64::from(clear);
        let outstanding = match format {
            ResealFormat::Current => older || legacy || clear,
            ResealFormat::Legacy => clear || !needed.is_empty(),
        };
        self.outstanding += u64::from(outstanding);
        for kid in needed {
            *self.keys.entry(kid.to_owned()).or_default() += 1;
        }
    }
}
