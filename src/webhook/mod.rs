//! TikTok's webhooks: is this one genuine, and what does it say (docs/tiktok-api.md 6). Pure; applying one is
//! [`crate::Client::apply_webhook`].

mod event;
mod signature;

pub use event::{PublishKind, Removal, WebhookEvent, WebhookNews};
pub use signature::{MAX_BODY_BYTES, TOLERANCE};

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Owner, Result};
use crate::secret::Secret;
use std::time::Duration;

/// How a webhook is checked.
#[derive(Debug, Clone)]
pub struct WebhookCheck {
    /// Client secrets that still count beside the current one, while it is being changed at TikTok.
    pub previous_secrets: Vec<Secret>,
    /// How far the signature's time may be from now, in either direction.
    pub tolerance: Duration,
}

impl Default for WebhookCheck {
    fn default() -> Self {
        Self { previous_secrets: Vec::new(), tolerance: TOLERANCE }
    }
}

/// Checks the signature over the raw `body`, then reads it. `header` is the value of `Tiktok-Signature`; `secrets` are
/// the app's, any of which may have signed.
///
/// # Errors
/// [`ErrorKind::Integrity`] when it is not TikTok's, not for this app or not recent; [`ErrorKind::InvalidInput`] when it
/// is larger than any webhook. A signed body never fails for what it says.
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
            "this webhook is for another app; give each app a webhook URL of its own",
        )
        .with_owner(Owner::App));
    }
    Ok(signed.into_event(client_key, now))
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
