//! Stores the token pair of a refresh, and closes intents that had no effect.

use super::account::seal_tokens;
use super::failpoints::{Failpoint, failpoint};
use super::refresh::{Bearer, Ended, Intent, Refresher, Unsaved};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::AccountStatus;
use crate::oauth::TokenSet;
use crate::store::{AccountPatch, AccountRow, Expected, RefreshState};
use crate::transport::retry::backoff;
use std::time::Duration;

/// Maximum number of writes of the new token pair before the refresh fails. With increasing pauses, they take about
/// half a minute.
const MAX_WRITES: u32 = 10;

impl Refresher {
    /// Stores the new token pair before any caller receives it. The new pair is the only valid one, so it is kept in
    /// memory for the next attempt if the store does not accept it.
    pub(super) async fn store_tokens(&self, intent: Intent, tokens: TokenSet) -> Result<Bearer> {
        let key = intent.row.key.clone();
        match self.write(&intent, &tokens).await {
            Ok(Written::Own(scopes)) => {
                self.ended.remove(&key);
                self.record_margin(key, &tokens);
                Ok(Bearer { token: tokens.access_token, scopes, status: AccountStatus::Active })
            }
            Ok(Written::Other(row)) => self.open(&row),
            Err(error) => {
                self.ended
                    .insert(key.clone(), Ended { at: intent.at, possibly_active: intent.possibly_active });
                if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unauthorized) {
                    self.unsaved.insert(key, Unsaved { sent: intent.sent, tokens });
                }
                Err(error.with_operation("refresh_tokens"))
            }
        }
    }

    /// Replaces the token that was sent with the new pair, even if that token was re-encrypted since then. Does not
    /// replace any other token.
    async fn write(&self, intent: &Intent, tokens: &TokenSet) -> Result<Written> {
        let (key, mut row, mut attempt) = (&intent.row.key, intent.row.clone(), 0);
        let patch = self.sealed(tokens, &row)?;
        failpoint(Failpoint::PairEncrypted);
        loop {
            let trouble = match self.accounts.update(key, &Expected::refresh_token_of(&row), &patch).await {
                Ok(true) => {
                    failpoint(Failpoint::PairWritten);
                    self.events.refreshed(&row, tokens, self.clock.now());
                    return Ok(Written::Own(patch.scopes.unwrap_or(row.scopes)));
                }
                Ok(false) => {
                    failpoint(Failpoint::SwapLost);
                    None
                }
                Err(error) => Some(error),
            };
            attempt += 1;
            if attempt >= MAX_WRITES {
                return Err(trouble.unwrap_or_else(row_contended));
            }
            if trouble.is_some() {
                self.clock.sleep(backoff(attempt)).await;
            }
            match self.load(key).await {
                Ok(now) if self.holds(&now, &intent.sent) => row = now,
                Ok(now) => return Ok(Written::Other(Box::new(now))),
                Err(error) if error.kind() == ErrorKind::Unavailable => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn sealed(&self, tokens: &TokenSet, row: &AccountRow) -> Result<AccountPatch> {
        let (sealed, expiry) =
            seal_tokens(&self.config.vault, &self.config.client_key, &row.key, tokens, Some(row))?;
        Ok(AccountPatch {
            tokens: Some(sealed),
            expiry: Some(expiry),
            scopes: (!tokens.scopes.is_empty()).then(|| tokens.scopes.clone()),
            status: Some(AccountStatus::Active),
            refresh: Some(RefreshState::Ended),
        })
    }

    /// Closes an intent that had no effect, and leaves any other intent open. If this write fails, the next refresh
    /// takes an unnecessary precaution.
    pub(super) async fn clear_intent(&self, intent: &Intent) {
        let Ok(row) = self.load(&intent.row.key).await else { return };
        if row.refresh_started_at != Some(intent.at) {
            return;
        }
        let expected = Expected::refresh_token_of(&row);
        let patch = if let Some(at) = intent.row.refresh_started_at {
            self.ended.insert(row.key.clone(), Ended { at, possibly_active: intent.possibly_active });
            AccountPatch::refresh_started(at)
        } else {
            AccountPatch { refresh: Some(RefreshState::Ended), ..AccountPatch::default() }
        };
        let _ = self.accounts.update(&row.key, &expected, &patch).await;
        failpoint(Failpoint::IntentCleared);
    }
}

/// The token pair in the row after a write.
enum Written {
    /// The new token pair, with the granted scopes.
    Own(Vec<String>),
    /// The token pair of another process, with its row.
    Other(Box<AccountRow>),
}

fn row_contended() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the new tokens could not be stored because the account record kept changing; they are kept in memory, so \
         try again",
    )
    .with_retry(Retry::After(Duration::from_secs(1)))
}
