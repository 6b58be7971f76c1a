//! The report of the re-encryption of all accounts.

use super::reseal_options::{ResealFormat, ResealProgress};
use super::stored_token::Form;
use crate::error::Error;
use crate::model::AccountKey;
use crate::store::SealedTokens;
use crate::vault::Vault;
use serde::{Serialize, Serializer};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The maximum number of failures that a report lists. Further failures are only counted.
const MAX_FAILURES: usize = 100;

/// The reason why an account was not rewritten. The account is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResealFailure {
    /// The tenant, as named by the host.
    pub tenant: String,
    /// TikTok's id of the user for this app.
    pub account_id: String,
    /// The kind of the error, as returned by `ErrorKind::code`.
    pub code: &'static str,
    /// Description of the error and of what to do next.
    pub message: String,
}

/// Result of the re-encryption of all accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResealReport {
    /// The counts.
    #[serde(flatten)]
    pub counts: ResealProgress,
    /// The first hundred failures.
    pub failures: Vec<ResealFailure>,
    /// The name of the current encryption key.
    pub sealing_key: String,
    /// The number of accounts that need each key after this run, by key name. A key can be removed safely when it is
    /// not listed here and `legacy` is 0.
    pub keys: BTreeMap<String, u64>,
    /// Accounts with a value that is encrypted with a key other than the current one.
    pub older_key: u64,
    /// Accounts with a value in the dashboard's old format. When this is 0, `accept_legacy` can be switched off safely.
    pub legacy: u64,
    /// Accounts with a plaintext token.
    pub clear_text: u64,
    /// Accounts that are not in the requested format with the first key. Accounts whose tokens no key decrypts are
    /// listed in `failures` instead.
    pub outstanding: u64,
    /// The `ResealOptions::after` for the next run if the time limit stopped this one; `None` when all accounts are
    /// done.
    #[serde(serialize_with = "write_key")]
    pub next: Option<AccountKey>,
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn write_key<S: Serializer>(key: &Option<AccountKey>, to: S) -> Result<S::Ok, S::Error> {
    key.as_ref().map(|key| json!({ "tenant": key.tenant, "accountId": key.open_id })).serialize(to)
}

/// The outcome for one account, with its current token pair.
pub(super) enum Turn {
    Resealed(SealedTokens),
    Current(SealedTokens),
    /// The account would be rewritten, but this run only counts.
    Outstanding(SealedTokens),
    /// The account was deleted, or has no tokens.
    Skipped,
    Failed(SealedTokens, Error),
}

impl ResealReport {
    /// Adds the outcome of one account to the counts.
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

    fn note_forms(&mut self, vault: &Vault, format: ResealFormat, pair: &SealedTokens) {
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
