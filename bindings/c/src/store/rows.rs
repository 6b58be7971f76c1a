//! The JSON values and the keys of rows in a host's store.

use core_toklink::PublishPhase;
use core_toklink::store::{AccountRow, PublishRow};
use core_toklink::{AccountKey, AccountStatus, Error, ErrorKind, Owner, Result, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// Escapes a part of a key: all bytes except letters, digits, `-`, `_`, `.` and `~`.
fn part(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _written = write!(out, "%{byte:02X}");
        }
    }
    out
}

pub(crate) fn account_prefix(tenant: Option<&str>) -> String {
    tenant.map_or_else(|| "account/".to_owned(), |tenant| format!("account/{}/", part(tenant)))
}

pub(crate) fn account_key(key: &AccountKey) -> String {
    format!("account/{}/{}", part(&key.tenant), part(&key.open_id))
}

pub(crate) fn publish_prefix(account: &AccountKey) -> String {
    format!("{PUBLISHES}{}/{}/", part(&account.tenant), part(&account.open_id))
}

/// The prefix of publishes.
pub(crate) const PUBLISHES: &str = "publish/";

pub(crate) fn publish_key(account: &AccountKey, key: &str) -> String {
    publish_prefix(account) + &part(key)
}

pub(crate) fn metrics_prefix(account: &AccountKey) -> String {
    format!("metrics/{}/{}/", part(&account.tenant), part(&account.open_id))
}

/// The prefix of requests that count for a day.
pub(crate) const REQUESTS: &str = "requests/";

pub(crate) fn requests_key(at: Timestamp, serial: u64) -> String {
    format!("{REQUESTS}{}/{serial}", at.as_millis())
}

pub(crate) fn publish_id_key(publish_id: &str) -> String {
    format!("publish-id/{}", part(publish_id))
}

/// The prefix of leases.
pub(crate) const LEASES: &str = "lease/";

pub(crate) fn lease_key(name: &str) -> String {
    format!("{LEASES}{}", part(name))
}

#[derive(Serialize, Deserialize)]
struct AccountText {
    tenant: String,
    open_id: String,
    display_name: String,
    username: Option<String>,
    avatar_url: Option<String>,
    scopes: Vec<String>,
    #[serde(default)]
    requested_scopes: Vec<String>,
    access_token_sealed: String,
    refresh_token_sealed: Option<String>,
    access_expires_at_ms: i64,
    refresh_expires_at_ms: Option<i64>,
    status: String,
    connected_at_ms: i64,
    connected_by: String,
    refresh_started_at_ms: Option<i64>,
}

pub(crate) fn account_text(row: &AccountRow) -> String {
    let row = row.clone();
    text_of(&AccountText {
        tenant: row.key.tenant,
        open_id: row.key.open_id,
        display_name: row.display_name,
        username: row.username,
        avatar_url: row.avatar_url,
        scopes: row.scopes,
        requested_scopes: row.requested_scopes,
        access_token_sealed: row.access_token_sealed,
        refresh_token_sealed: row.refresh_token_sealed,
        access_expires_at_ms: row.access_expires_at.as_millis(),
        refresh_expires_at_ms: row.refresh_expires_at.map(Timestamp::as_millis),
        status: row.status.as_str().to_owned(),
        connected_at_ms: row.connected_at.as_millis(),
        connected_by: row.connected_by,
        refresh_started_at_ms: row.refresh_started_at.map(Timestamp::as_millis),
    })
}

pub(crate) fn read_account(text: &str) -> Result<AccountRow> {
    let row: AccountText =
        serde_json::from_str(text).map_err(|_| broken("a value other than an account row"))?;
    Ok(AccountRow {
        key: AccountKey::new(row.tenant, row.open_id),
        display_name: row.display_name,
        username: row.username,
        avatar_url: row.avatar_url,
        scopes: row.scopes,
        requested_scopes: row.requested_scopes,
        access_token_sealed: row.access_token_sealed,
        refresh_token_sealed: row.refresh_token_sealed,
        access_expires_at: Timestamp::from_millis(row.access_expires_at_ms),
        refresh_expires_at: row.refresh_expires_at_ms.map(Timestamp::from_millis),
        status: AccountStatus::parse(&row.status),
        connected_at: Timestamp::from_millis(row.connected_at_ms),
        connected_by: row.connected_by,
        refresh_started_at: row.refresh_started_at_ms.map(Timestamp::from_millis),
    })
}

#[derive(Serialize, Deserialize)]
struct PublishText {
    key: String,
    tenant: String,
    open_id: String,
    /// Missing in rows of earlier versions, like the revision.
    #[serde(default)]
    attempt: String,
    #[serde(default)]
    revision: u64,
    phase: String,
    publish_id: Option<String>,
    upload_url_sealed: Option<String>,
    fingerprint: String,
    video_size: u64,
    chunk_size: u64,
    may_become_public: bool,
    accepted_bytes: u64,
    photos: bool,
    draft: bool,
    pulled: bool,
    post_ids: Vec<String>,
    fail_reason: Option<String>,
    /// Missing in rows of earlier versions, like the last error.
    #[serde(default)]
    cancel_requested: bool,
    #[serde(default)]
    last_error: Option<String>,
    created_at_ms: i64,
    updated_at_ms: i64,
}

pub(crate) fn publish_text(row: &PublishRow) -> String {
    let row = row.clone();
    text_of(&PublishText {
        key: row.key,
        tenant: row.account.tenant,
        open_id: row.account.open_id,
        attempt: row.attempt,
        revision: row.revision,
        phase: row.phase.as_str().to_owned(),
        publish_id: row.publish_id,
        upload_url_sealed: row.upload_url_sealed,
        fingerprint: row.fingerprint,
        video_size: row.video_size,
        chunk_size: row.chunk_size,
        may_become_public: row.may_become_public,
        accepted_bytes: row.accepted_bytes,
        photos: row.photos,
        draft: row.draft,
        pulled: row.pulled,
        post_ids: row.post_ids,
        fail_reason: row.fail_reason,
        cancel_requested: row.cancel_requested,
        last_error: row.last_error,
        created_at_ms: row.created_at.as_millis(),
        updated_at_ms: row.updated_at.as_millis(),
    })
}

pub(crate) fn read_publish(text: &str) -> Result<PublishRow> {
    let wrong = || broken("a value other than a publish row");
    let row: PublishText = serde_json::from_str(text).map_err(|_| wrong())?;
    Ok(PublishRow {
        phase: PublishPhase::parse(&row.phase).ok_or_else(wrong)?,
        key: row.key,
        account: AccountKey::new(row.tenant, row.open_id),
        attempt: row.attempt,
        revision: row.revision,
        publish_id: row.publish_id,
        upload_url_sealed: row.upload_url_sealed,
        fingerprint: row.fingerprint,
        video_size: row.video_size,
        chunk_size: row.chunk_size,
        may_become_public: row.may_become_public,
        accepted_bytes: row.accepted_bytes,
        photos: row.photos,
        draft: row.draft,
        pulled: row.pulled,
        post_ids: row.post_ids,
        fail_reason: row.fail_reason,
        cancel_requested: row.cancel_requested,
        last_error: row.last_error,
        created_at: Timestamp::from_millis(row.created_at_ms),
        updated_at: Timestamp::from_millis(row.updated_at_ms),
    })
}

#[derive(Serialize, Deserialize)]
struct LeaseText {
    owner: String,
    until_ms: i64,
}

pub(crate) fn lease_text(owner: &str, until: Timestamp) -> String {
    text_of(&LeaseText { owner: owner.to_owned(), until_ms: until.as_millis() })
}

pub(crate) fn read_lease(text: &str) -> Result<(String, Timestamp)> {
    let lease: LeaseText = serde_json::from_str(text).map_err(|_| broken("a value other than a lease"))?;
    Ok((lease.owner, Timestamp::from_millis(lease.until_ms)))
}

/// Serializes a row. This cannot fail, because rows contain only strings, numbers and booleans.
pub(crate) fn text_of(row: &impl Serialize) -> String {
    serde_json::to_string(row).unwrap_or_default()
}

/// Returns the error for a value that this library did not store.
pub(crate) fn broken(what: &str) -> Error {
    let sentence = format!("the host's store returned {what}; it must return the stored value unchanged");
    Error::new(ErrorKind::Config, sentence).with_owner(Owner::App)
}
