//! Applies webhooks: updates the journal of a publish, or the accounts whose user revoked access (docs/tiktok-api.md 6).

use super::journal;
use super::publisher::Publisher;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::AccountStatus;
use crate::store::{AccountPatch, AccountRow, AccountStore, Expected, FinalStatus, all_accounts};
use serde::Serialize;

/// The effect of a webhook on the store. Respond with status 200 to every webhook; otherwise, TikTok sends it again for
/// 72 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WebhookEffect {
    /// The webhook changed the journal or an account.
    Applied,
    /// The webhook contained nothing new: it was a duplicate, or a status query had already reported the same state.
    AlreadyKnown,
    /// The webhook concerns a publish that the store does not contain, or an account that was deleted.
    NotOurs,
    /// The webhook names a user who does not own the publish.
    AnotherOwner,
    /// The user revoked access before connecting again. This late duplicate must not end the new connection.
    Outdated,
    /// The webhook only informs the host and changes nothing in the store.
    NothingToDo,
}

/// Maximum number of times that an account is read while its tokens change concurrently.
const ATTEMPTS: usize = 5;

impl Publisher {
    /// Ends the publish as the webhook reports, and wakes callers that wait for it. `account_id` is the user whom the
    /// webhook names.
    pub(crate) async fn apply_webhook(
        &self,
        account_id: Option<&str>,
        publish_id: &str,
        final_status: &FinalStatus,
    ) -> Result<WebhookEffect> {
        let Some(row) = self.journal.find_publish(publish_id).await? else {
            return Ok(WebhookEffect::NotOurs);
        };
        if account_id != Some(row.account.open_id.as_str()) {
            return Ok(WebhookEffect::AnotherOwner);
        }
        let changed_now =
            journal::record_final_status(self.journal.as_ref(), row, publish_id, final_status).await?;
        self.waiters.notify(publish_id);
        let changed = |new| if new { WebhookEffect::Applied } else { WebhookEffect::AlreadyKnown };
        Ok(changed_now.map_or(WebhookEffect::NotOurs, changed))
    }
}

/// Ends the user's connection in each tenant, unless the user connected again after `at`.
pub(crate) async fn end_connections(
    accounts: &dyn AccountStore,
    open_id: &str,
    at: Timestamp,
) -> Result<WebhookEffect> {
    let mut effect = WebhookEffect::NotOurs;
    for row in all_accounts(accounts, None).await?.into_iter().filter(|row| row.key.open_id == open_id) {
        let ended = end_connection(accounts, row, at).await?;
        if effect != WebhookEffect::Applied {
            effect = ended;
        }
    }
    Ok(effect)
}

/// Ends one connection. Retries when a refresh replaces the tokens at the same time.
async fn end_connection(
    accounts: &dyn AccountStore,
    mut row: AccountRow,
    at: Timestamp,
) -> Result<WebhookEffect> {
    for _ in 0..ATTEMPTS {
        if at < row.connected_at {
            return Ok(WebhookEffect::Outdated);
        }
        if row.status == AccountStatus::Disconnected {
            return Ok(WebhookEffect::AlreadyKnown);
        }
        let ended = AccountPatch::status_without_refresh(AccountStatus::Disconnected);
        if accounts.update(&row.key, &Expected::refresh_token_of(&row), &ended).await? {
            return Ok(WebhookEffect::Applied);
        }
        match accounts.load(&row.key).await? {
            Some(current) => row = current,
            None => return Ok(WebhookEffect::NotOurs),
        }
    }
    // The tokens keep changing. The next refresh will report that access was revoked.
    Ok(WebhookEffect::AlreadyKnown)
}
