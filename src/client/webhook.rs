//! Webhooks: is it TikTok's, and what does it change here.

use super::Client;
use crate::error::Result;
use crate::publish::{WebhookEffect, end_connections};
use crate::secret::Secret;
use crate::store::Settlement;
use crate::webhook::{WebhookCheck, WebhookEvent, WebhookNews, verify};

impl Client {
    /// Checks a webhook and reads it. `signature` is the value of the header `Tiktok-Signature`, `body` the raw bytes of the
    /// request: parsed and written again they would differ. No I/O; any thread.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Integrity`] when it is not TikTok's, not for this app, or not recent: answer 401.
    /// [`crate::ErrorKind::InvalidInput`] when it is larger than 64 KiB. A genuine webhook never fails for what it says: one
    /// that this version cannot read is [`WebhookNews::Unknown`].
    pub fn verify_webhook(&self, signature: &str, body: &[u8], check: &WebhookCheck) -> Result<WebhookEvent> {
        let config = &self.shared.config;
        let secrets: Vec<&Secret> =
            std::iter::once(&config.client_secret).chain(&check.previous_secrets).collect();
        verify(signature, body, &config.client_key, &secrets, check.tolerance, self.shared.clock.now())
            .map_err(|error| error.with_operation("verify_webhook"))
    }

    /// Does what a genuine webhook asks for: ends the publish in the journal, which also ends the wait of whoever waits for
    /// it, or ends the connection of an account whose consent is gone. The same event may be applied any number of times,
    /// and events in any order.
    ///
    /// # Errors
    /// Those of the stores: then answer with anything but 200, and TikTok tells it again.
    pub async fn apply_webhook(&self, event: &WebhookEvent) -> Result<WebhookEffect> {
        self.operation("apply_webhook", async {
            if let Some(open_id) = &event.account_id {
                self.shared.pipeline.cache.forget_user(open_id);
            }
            let told = |posted, post_ids: &[String], fail_reason: Option<&String>| Settlement {
                posted,
                post_ids: post_ids.to_vec(),
                fail_reason: fail_reason.cloned(),
                at: self.shared.clock.now(),
            };
            let settlement = match &event.news {
                WebhookNews::AuthorizationRemoved { .. } => {
                    let Some(open_id) = &event.account_id else { return Ok(WebhookEffect::NotOurs) };
                    return end_connections(&*self.shared.accounts, open_id, event.created_at).await;
                }
                WebhookNews::PublishFailed { reason, .. } => told(false, &[], Some(reason)),
                WebhookNews::PublishComplete { .. } | WebhookNews::InboxDelivered { .. } => {
                    told(true, &[], None)
                }
                WebhookNews::PubliclyAvailable { post_id, .. } => {
                    told(true, std::slice::from_ref(post_id), None)
                }
                _ => return Ok(WebhookEffect::NothingToDo),
            };
            let publish_id = event.news.publish_id().unwrap_or_default();
            self.shared.publisher.settle(event.account_id.as_deref(), publish_id, &settlement).await
        })
        .await
    }
}
