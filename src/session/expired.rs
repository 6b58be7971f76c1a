//! Marks an account as expired: when TikTok rejects the refresh token, or when the account has none and its access
//! token has expired.

use super::expired_error::expired;
use super::failpoints::{Failpoint, failpoint};
use super::refresh::{Bearer, Intent, LEASE, LEASE_POLL, Need, Refresher};
use crate::error::{Dispatch, Error, ErrorKind, Result};
use crate::model::AccountStatus;
use crate::store::{AccountPatch, AccountRow, Expected};

impl Refresher {
    /// Handles `invalid_grant`. The connection has ended only if the row still contains the token that was sent, and no
    /// other process may be about to store a new one.
    pub(super) async fn handle_invalid_grant(&self, intent: &Intent, error: Error) -> Result<Bearer> {
        failpoint(Failpoint::InvalidGrantRead);
        let (key, began) = (&intent.row.key, self.clock.monotonic());
        loop {
            let row = self.load(key).await?;
            if row.status == AccountStatus::Expired || !self.holds(&row, &intent.sent) {
                return self.open(&row);
            }
            let current = row.refresh_started_at.filter(|at| *at != intent.at);
            if current.or(intent.possibly_active).is_some_and(|at| self.age(at) < LEASE)
                && self.clock.monotonic().saturating_sub(began) < LEASE
            {
                self.clock.sleep(LEASE_POLL).await;
                continue;
            }
            let expected = Expected::refresh_token_of(&row);
            let ended = AccountPatch::status_without_refresh(AccountStatus::Expired);
            if !self.accounts.update(key, &expected, &ended).await? {
                continue;
            }
            failpoint(Failpoint::ExpiredWritten);
            let interrupted = current.or(intent.row.refresh_started_at);
            if let Some(at) = interrupted {
                // Records the reason, so that later callers receive it too. If this write fails, their error is less
                // specific, but correct.
                let _ = self.accounts.update(key, &expected, &AccountPatch::refresh_started(at)).await;
                failpoint(Failpoint::ReasonWritten);
            } else {
                self.events.refused(&row, self.clock.now());
            }
            return Err(expired(interrupted)
                .with_operation("refresh_tokens")
                .with_dispatch(Dispatch::Answered)
                .with_tiktok_code("invalid_grant")
                .with_log_id(error.log_id())
                .with_source(error));
        }
    }

    /// Returns an access token that cannot be refreshed. It is used until it expires.
    pub(super) async fn without_refresh_token(&self, row: &AccountRow, need: &Need) -> Result<Bearer> {
        if !matches!(need, Need::Other(_)) && self.is_valid(row) {
            return self.open(row);
        }
        let ended = AccountPatch::status_without_refresh(AccountStatus::Expired);
        self.accounts.update(&row.key, &Expected::RefreshToken(None), &ended).await?;
        Err(Error::new(
            ErrorKind::Unauthorized,
            "the access token has expired and TikTok issued no refresh token; connect the account again",
        ))
    }
}
