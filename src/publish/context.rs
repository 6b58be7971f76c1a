//! The state of a publish that is about to start.

use super::key_lease::KeyLease;
use crate::clock::Timestamp;
use crate::model::AccountKey;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

/// The account, the key and the known state of a publish that is about to start.
pub(super) struct PublishContext<'a> {
    pub(super) account: &'a AccountKey,
    pub(super) key: &'a str,
    /// The random id that the journal row gets when this attempt owns it.
    pub(super) attempt: String,
    /// True when the caller gave the key, so that another process may use it.
    pub(super) is_named: bool,
    pub(super) created_id: &'a OnceLock<String>,
    pub(super) lease: &'a KeyLease,
    /// The time of the call.
    pub(super) since: Timestamp,
    /// The init of media that TikTok fetches was sent, and no response has arrived.
    pub(super) may_have_posted: AtomicBool,
}
