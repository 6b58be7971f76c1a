//! Webhooks (docs/tiktok-api.md 6): what happened is queued, signed, sent, and sent again until the app answers 200.

pub(crate) mod event;
pub(crate) mod queue;
pub(crate) mod sender;
mod sign;

pub(crate) use event::RemovalReason;
pub(crate) use queue::WebhookQueue;
pub use queue::{WebhookAttempt, WebhookDelivery};
