//! Webhooks (docs/tiktok-api.md 6): queued, signed, sent, and retried until the app responds with 200.

pub(crate) mod event;
pub(crate) mod queue;
pub(crate) mod sender;
mod sign;

pub(crate) use event::RemovalReason;
pub(crate) use queue::WebhookQueue;
pub use queue::{WebhookAttempt, WebhookDelivery};
