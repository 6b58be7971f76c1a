//! Webhook events and their signatures (docs/tiktok-api.md 6). background/webhooks.rs sends them.

pub(crate) mod event;
mod sign;

pub(crate) use sign::signature;
