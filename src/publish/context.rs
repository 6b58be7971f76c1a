//! The known state of a publish that is about to start.

use super::key_lease::KeyLease;
use crate::clock::Timestamp;
use crate::model::AccountKey;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

/// The account, the idempotency key and the known state of a publish that is about to start.
pub(super) struct PublishContext<'a> {
    pub(super) account: &'a AccountKey,
    pub(super) key: &'a str,
    /// The random id that identifies this attempt in the journal.
    pub(super) attempt: String,
    /// True when the caller passed the key, so that another process may use the same key.
    pub(super) is_named: bool,
    pub(super) created_id: &'a OnceLock<String>,
    pub(super) lease: &'a KeyLease,
    /// The time of the call.
    pub(super) since: Timestamp,
    /// True when toklink asked TikTok to fetch the media and post it, and no response has arrived.
    pub(super) may_have_posted: AtomicBool,
}
