//! Verifies and parses TikTok's webhooks (docs/tiktok-api.md 6), without I/O. [`crate::Client::apply_webhook`] applies
//! them.

mod event;
mod signature;

pub use event::{PublishKind, Removal, WebhookEvent, WebhookUpdate};
pub use signature::{MAX_BODY_BYTES, TOLERANCE};

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Owner, Reason, Result};
use crate::secret::Secret;
use std::time::Duration;

/// Settings for verifying a webhook.
#[derive(Debug, Clone)]
pub struct WebhookCheck {
    /// Client secrets that are accepted in addition to the current one, for example while the secret is being changed
    /// in TikTok's portal.
    pub previous_secrets: Vec<Secret>,
    /// The maximum difference between the signature's time and the current time, in either direction.
    pub tolerance: Duration,
}

impl Default for WebhookCheck {
    fn default() -> Self {
        Self { previous_secrets: Vec::new(), tolerance: TOLERANCE }
    }
}

/// Verifies the signature of the raw `body`, then parses the body. `header` is the value of `Tiktok-Signature`.
/// `secrets` are the app's client secrets, any of which may have signed the webhook.
///
/// # Errors
/// [`ErrorKind::Integrity`] when the webhook was not sent by TikTok, is not for this app or is not recent;
/// [`ErrorKind::InvalidInput`] when it is larger than any webhook. The content of a signed body never causes an error.
pub(crate) fn verify(
    header: &str,
    body: &[u8],
    client_key: &str,
    secrets: &[&Secret],
    tolerance: Duration,
    now: Timestamp,
) -> Result<WebhookEvent> {
    signature::check(header, body, secrets, tolerance, now)?;
    let signed = event::read(body);
    if signed.client_key.as_deref().is_some_and(|named| named != client_key) {
        return Err(Error::new(
            ErrorKind::Integrity,
            "this webhook is for another app; use a separate webhook URL for each app",
        )
        .with_reason(Reason::WebhookOfAnotherApp)
        .with_owner(Owner::App));
    }
    Ok(signed.into_event(client_key, now))
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
