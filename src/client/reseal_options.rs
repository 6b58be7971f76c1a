//! Options and progress of the re-encryption of all accounts.

use crate::model::AccountKey;
use crate::publish::CancelToken;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The format that the re-encryption writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResealFormat {
    /// The current format, with the first key of the key ring.
    #[default]
    Current,
    /// The dashboard's old format (`ivHex:tagHex:cipherHex`) with the first key, for a rollback to the dashboard's own
    /// code. Its values are not bound to a row. A client only decrypts them with `accept_legacy`.
    Legacy,
}

/// Options of the re-encryption of all accounts.
#[derive(Clone, Default)]
pub struct ResealOptions {
    /// Only counts the accounts in each format, without writing.
    pub check_only: bool,
    /// Also encrypts tokens that an old installation stored as plaintext. No other operation reads plaintext tokens.
    pub accept_clear_text: bool,
    /// The format to write. Default: the current one.
    pub format: ResealFormat,
    /// Starts after this account, which is the `ResealReport::next` of an earlier run. Default: the first account.
    pub after: Option<AccountKey>,
    /// Stops after this time and keeps the completed work. `ResealReport::next` then contains the account to continue
    /// after. At least one account is processed. Default: no limit.
    pub time_limit: Option<Duration>,
    /// Progress callback, called after each page of accounts. Must not block.
    pub progress: Option<Arc<dyn Fn(ResealProgress) + Send + Sync>>,
    /// Stops the run before the next account.
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

/// Progress of the re-encryption of all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResealProgress {
    /// Accounts that were processed.
    pub done: u64,
    /// Number of accounts in the store, if it can count them.
    pub total: Option<u64>,
    /// Accounts whose tokens were rewritten.
    pub resealed: u64,
    /// Accounts that needed no change.
    pub current: u64,
    /// Accounts without tokens: disconnected accounts, and accounts that were deleted during the run.
    pub skipped: u64,
    /// Accounts whose tokens could not be decrypted or written. They are unchanged.
    pub failed: u64,
}
