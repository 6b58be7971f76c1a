//! Verifies webhooks, and applies them to the store.

use super::Client;
use crate::error::Result;
use crate::publish::{WebhookEffect, end_connections};
use crate::secret::Secret;
use crate::store::FinalStatus;
use crate::webhook::{WebhookCheck, WebhookEvent, WebhookUpdate, verify};

impl Client {
    /// Verifies a webhook and parses it. `signature` is the value of the `Tiktok-Signature` header. `body` is the raw
    /// request body: parsing and re-serializing the JSON would change its bytes. Performs no I/O and can be called from
    /// any thread.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Integrity`] when TikTok did not send the webhook, or it is for another app, or it is too
    /// old: respond with 401. [`crate::ErrorKind::InvalidInput`] when it is larger than 64 KiB. A verified webhook
    /// never fails because of its content: one that this version cannot parse becomes [`WebhookUpdate::Unknown`].
    pub fn verify_webhook(&self, signature: &str, body: &[u8], check: &WebhookCheck) -> Result<WebhookEvent> {
        let config = &self.shared.config;
        let secrets: Vec<&Secret> =
            std::iter::once(&config.client_secret).chain(&check.previous_secrets).collect();
        verify(signature, body, &config.client_key, &secrets, check.tolerance, self.shared.clock.now())
            .map_err(|error| error.with_operation("verify_webhook"))
    }

    /// Applies a verified webhook. Depending on the event, this ends a publish in the journal and wakes the callers
    /// that wait for it, or disconnects an account whose user revoked access. Events may be applied more than once and
    /// in any order.
    ///
    /// # Errors
    /// The store's own error. Respond with a status other than 200, so that TikTok sends the webhook again.
    pub async fn apply_webhook(&self, event: &WebhookEvent) -> Result<WebhookEffect> {
        self.operation("apply_webhook", async {
            if let Some(open_id) = &event.account_id {
                self.shared.pipeline.cache.forget_user(open_id);
            }
            let status = |posted, post_ids: &[String], fail_reason: Option<&String>| FinalStatus {
                posted,
                post_ids: post_ids.to_vec(),
                fail_reason: fail_reason.cloned(),
                at: self.shared.clock.now(),
            };
            let final_status = match &event.update {
                WebhookUpdate::AuthorizationRemoved { .. } => {
                    let Some(open_id) = &event.account_id else { return Ok(WebhookEffect::NotOurs) };
                    return end_connections(&*self.shared.accounts, open_id, event.created_at).await;
                }
                WebhookUpdate::PublishFailed { reason, .. } => status(false, &[], Some(reason)),
                WebhookUpdate::PublishComplete { .. } | WebhookUpdate::InboxDelivered { .. } => {
                    status(true, &[], None)
                }
                WebhookUpdate::PubliclyAvailable { post_id, .. } => {
                    status(true, std::slice::from_ref(post_id), None)
                }
                _ => return Ok(WebhookEffect::NothingToDo),
            };
            let publish_id = event.update.publish_id().unwrap_or_default();
            self.shared.publisher.apply_webhook(event.account_id.as_deref(), publish_id, &final_status).await
        })
        .await
    }
}
