//! What a webhook changes: the journal of its publish, or the accounts whose consent ended (docs/tiktok-api.md 6).

use super::driver::Publisher;
use super::journal;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::store::{AccountRow, AccountStatus, AccountStore, Settlement};
use serde::Serialize;

/// What a webhook has changed here. All of them are answered with 200: TikTok would repeat them for 72 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WebhookEffect {
    /// The journal or an account was changed.
    Applied,
    /// It told nothing new: a repetition, or what status had told before.
    AlreadyKnown,
    /// It is about something that is not kept here: a publish of another process, an account that was erased.
    NotOurs,
    /// It is about a publish of another user than the one it names.
    AnotherOwner,
    /// Consent ended before the user connected again: a late repetition, which must not end the new connection.
    Outdated,
    /// It tells the host something, and changes nothing here.
    NothingToDo,
}

/// How often an account is read again when its tokens change under the change of its status.
const ATTEMPTS: usize = 5;

impl Publisher {
    /// Ends the publish as a webhook tells it, and wakes who waits for it. `account_id` is the user that it names.
    pub(crate) async fn settle(
        &self,
        account_id: Option<&str>,
        publish_id: &str,
        settlement: &Settlement,
    ) -> Result<WebhookEffect> {
        let Some(row) = self.journal.find_publish(publish_id).await? else {
            return Ok(WebhookEffect::NotOurs);
        };
        if account_id != Some(row.account.open_id.as_str()) {
            return Ok(WebhookEffect::AnotherOwner);
        }
        let settled = journal::settle(self.journal.as_ref(), row, publish_id, settlement).await?;
        self.waiters.tell(publish_id);
        let changed = |new| if new { WebhookEffect::Applied } else { WebhookEffect::AlreadyKnown };
        Ok(settled.map_or(WebhookEffect::NotOurs, changed))
    }
}

/// Ends the connection of every tenant that holds the user, unless it was made after `at`.
pub(crate) async fn end_connections(
    accounts: &dyn AccountStore,
    open_id: &str,
    at: Timestamp,
) -> Result<WebhookEffect> {
    let mut effect = WebhookEffect::NotOurs;
    for row in accounts.list(None).await?.into_iter().filter(|row| row.key.open_id == open_id) {
        let ended = end_connection(accounts, row, at).await?;
        if effect != WebhookEffect::Applied {
            effect = ended;
        }
    }
    Ok(effect)
}

/// Repeated when a refresh swaps the tokens meanwhile.
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
        let expected = row.refresh_token_sealed.as_deref();
        if accounts.set_status(&row.key, expected, AccountStatus::Disconnected).await? {
            return Ok(WebhookEffect::Applied);
        }
        match accounts.load(&row.key).await? {
            Some(there) => row = there,
            None => return Ok(WebhookEffect::NotOurs),
        }
    }
    // Whoever keeps changing the tokens finds out by them that the consent has ended.
    Ok(WebhookEffect::AlreadyKnown)
}
