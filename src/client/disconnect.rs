//! Disconnects an account: deletes it from the store, and revokes the access grant at TikTok when no other tenant uses
//! it.

use super::Client;
use crate::error::{Dispatch, Error, ErrorKind, Reason, Result, Retry};
use crate::model::{AccountKey, AccountStatus};
use crate::oauth::{parse_revoke_reply, revoke_form};
use crate::secret::Secret;
use crate::session::{ACCESS_TOKEN, seal_context};
use crate::store::{AccountPatch, AccountRow, Expected, all_accounts};
use crate::vault::Purpose;

const REVOKE_PATH: &str = "/v2/oauth/revoke/";
/// The maximum number of retries when another process changes the row before it can be marked as disconnected.
const MAX_MARKS: u32 = 5;

impl Client {
    /// Revokes an access token.
    pub async fn revoke(&self, access_token: &Secret) -> Result<()> {
        self.operation("revoke", self.revoke_token(access_token)).await
    }

    /// Deletes the account with its metrics and its publish journal, and revokes the access grant at TikTok when no
    /// other tenant has connected the same user. The account's idempotency keys are deleted too, including those of
    /// unfinished publishes. After a new login, the same keys post again, even while another process is still sending
    /// the last chunk of an upload, which needs no token. Stop such work first.
    ///
    /// The row is first marked as DISCONNECTED. When two tenants disconnect at the same time, one of them therefore
    /// revokes access, and a row that cannot be deleted is never used again.
    ///
    /// # Errors
    /// `NotFound` when the account does not exist. When access could not be revoked, the row is deleted anyway and the
    /// error reports the failure. When the row could not be deleted, the error reports whether access was revoked, and
    /// the call can be retried.
    pub async fn disconnect(&self, account: &AccountKey) -> Result<()> {
        self.operation("disconnect", async {
            let row = self.connected(account).await?;
            // Refreshed if necessary, because TikTok only revokes access with a valid token.
            let living = match row.status {
                AccountStatus::Disconnected => Ok(()),
                _ if self.is_last(account).await? => self.shared.session.bearer(account).await.map(drop),
                _ => Ok(()),
            };
            let row = self.mark_disconnected(account).await?;
            let grant = if self.is_last(account).await? { self.end_grant(&row, living).await } else { Ok(()) };
            let removed = self.erase(account).await;
            self.invalidate_cache(account);
            match (removed, grant) {
                (Ok(_), Ok(())) => Ok(()),
                (Ok(_), Err(error)) => Err(disconnect_error(
                    "the account was deleted, but TikTok did not revoke the app's access; remove the app in the \
                     TikTok app's settings",
                    error,
                )
                .with_retry(Retry::Never)),
                (Err(error), Ok(())) => Err(disconnect_error(
                    "the account is marked DISCONNECTED, but could not be deleted; disconnect it again",
                    error,
                )),
                (Err(error), Err(_)) => Err(disconnect_error(
                    "the account is marked DISCONNECTED, but it was not deleted and TikTok did not revoke the app's \
                     access; disconnect it again",
                    error,
                )),
            }
        })
        .await
    }

    /// Deletes the journal before the account, so that the call can be retried as long as the account exists.
    async fn erase(&self, account: &AccountKey) -> Result<bool> {
        self.shared.publisher.forget(account).await?;
        self.shared.accounts.remove(account).await
    }

    async fn connected(&self, account: &AccountKey) -> Result<AccountRow> {
        let row = self.shared.accounts.load(account).await?;
        row.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "no such TikTok account is connected")
                .with_reason(Reason::AccountNotConnected)
        })
    }

    /// Marks the row as disconnected. Returns it with the newest tokens.
    async fn mark_disconnected(&self, account: &AccountKey) -> Result<AccountRow> {
        for _ in 0..MAX_MARKS {
            let row = self.connected(account).await?;
            let done = row.status == AccountStatus::Disconnected;
            let (expected, patch) =
                (Expected::Status(row.status), AccountPatch::status(AccountStatus::Disconnected));
            if done || self.shared.accounts.update(account, &expected, &patch).await? {
                break;
            }
        }
        self.connected(account).await
    }

    /// Returns true when no other tenant has connected the same user. A tenant that is disconnecting at the same time
    /// does not count.
    async fn is_last(&self, account: &AccountKey) -> Result<bool> {
        let rows = all_accounts(&*self.shared.accounts, None).await?;
        Ok(!rows.iter().any(|row| {
            row.key.open_id == account.open_id
                && row.key != *account
                && row.status != AccountStatus::Disconnected
        }))
    }

    /// Revokes access with the row's own token. Also succeeds when access was already revoked.
    async fn end_grant(&self, row: &AccountRow, living: Result<()>) -> Result<()> {
        let config = &self.shared.config;
        let over = |error: Error| if error.kind() == ErrorKind::Unauthorized { Ok(()) } else { Err(error) };
        if let Err(error) = living {
            return over(error);
        }
        let context = seal_context(Purpose::Token, &config.client_key, &row.key, ACCESS_TOKEN);
        let token = config.vault.open(&context, &row.access_token_sealed)?;
        self.revoke_token(&token).await.or_else(over)
    }

    async fn revoke_token(&self, access_token: &Secret) -> Result<()> {
        let config = &self.shared.config;
        let form = revoke_form(&config.client_key, &config.client_secret, access_token);
        self.token_call(REVOKE_PATH, form, |reply| parse_revoke_reply(reply.status, &reply.body)).await
    }
}

fn disconnect_error(message: &str, error: Error) -> Error {
    let dispatch: Dispatch = error.dispatch();
    Error::new(error.kind(), message).with_dispatch(dispatch).with_retry(error.retry()).with_source(error)
}
