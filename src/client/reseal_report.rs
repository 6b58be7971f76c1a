//! The result of a re-encryption of all accounts.

use super::reseal_options::{ResealFormat, ResealProgress};
use super::stored_token::Form;
use crate::error::Error;
use crate::model::AccountKey;
use crate::store::SealedTokens;
use crate::vault::Vault;
use serde::{Serialize, Serializer};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The maximum number of failures that a report lists; further ones are only counted.
const MAX_FAILURES: usize = 100;

/// The reason why one account was not rewritten. The account is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResealFailure {
    /// The host's tenant.
    pub tenant: String,
    /// TikTok's id of the user for this app.
    pub account_id: String,
    /// The kind of the error, as returned by `ErrorKind::code`.
    pub code: &'static str,
    /// Description of the error and of what to do next.
    pub message: String,
}

/// Result of a re-encryption of all accounts.
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
    /// The number of accounts that need each key after this run, by the name of the key. A key is safe to remove when it is not
    /// listed here and `legacy` is 0.
    pub keys: BTreeMap<String, u64>,
    /// Accounts with a value under another key than the encrypting one.
    pub older_key: u64,
    /// Accounts with a value in the dashboard's old format. At 0, `accept_legacy` is safe to switch off.
    pub legacy: u64,
    /// Accounts with a token in clear text.
    pub clear_text: u64,
    /// Accounts that are not in the requested format under the first key. Accounts whose tokens no key decrypts are not counted
    /// here; they are in `failures`.
    pub outstanding: u64,
    /// The `ResealOptions::after` of the next run when the time limit stopped this one; `None` when all accounts are done.
    #[serde(serialize_with = "write_key")]
    pub next: Option<AccountKey>,
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn write_key<S: Serializer>(key: &Option<AccountKey>, to: S) -> Result<S::Ok, S::Error> {
    key.as_ref().map(|key| json!({ "tenant": key.tenant, "accountId": key.open_id })).serialize(to)
}

/// The outcome of one account, with its current token pair.
pub(super) enum Turn {
    Resealed(SealedTokens),
    Current(SealedTokens),
    /// It would be rewritten, but this run only counts.
    Outstanding(SealedTokens),
    /// It is gone, or has no tokens.
    Skipped,
    Failed(SealedTokens, Error),
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
