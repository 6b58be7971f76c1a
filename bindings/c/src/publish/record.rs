//! Publishes in the journal, of this process and of others. Nothing here sends a request to TikTok.

use crate::client::account_id::key;
use crate::client::entry::{wait, wait_done};
use crate::client::{engine, toklink_client};
use crate::ffi::error::{call, toklink_error};
use crate::ffi::guard;
use crate::ffi::input;
use crate::ffi::result::{self, Parts, View};
use crate::ffi::status::toklink_status;
use crate::publish::outcome::toklink_publish;
use crate::runtime::task::Task;
use core_toklink::{JournaledPublish, Result, UnfinishedPublish};
use std::ffi::c_char;
use std::ptr;

/// A publish in the journal.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_publish_record {
    /// The idempotency key.
    pub idempotency_key: *const c_char,
    /// The step: `INTENT`, `SENDING`, `LAST_CHUNK`, `PROCESSING`, `DONE` or `FAILED`; empty in the result of
    /// `toklink_unfinished_publishes`.
    pub step: *const c_char,
    /// TikTok's id of the publish; empty before TikTok has assigned one.
    pub publish_id: *const c_char,
    /// TikTok's reason for a failure; empty otherwise.
    pub fail_reason: *const c_char,
    /// Number of bytes that TikTok has accepted.
    pub accepted_bytes: u64,
    /// Number of bytes of the video; 0 for photos and for videos that TikTok fetches.
    pub total_bytes: u64,
    /// True if it is a photo post.
    pub photos: bool,
    /// True if it is a draft for the creator's inbox.
    pub draft: bool,
    /// True if the current attempt was asked to stop.
    pub cancel_requested: bool,
    /// The outcome, without warnings, if the step is `DONE`; NULL otherwise.
    pub outcome: *const toklink_publish,
    /// The error of the last attempt; NULL while an attempt is running and if its process died.
    pub last_error: *const toklink_error,
    /// Time at which the publish started, in milliseconds since 1970 (UTC).
    pub started_at_ms: i64,
    /// Time of the last update of the record, in milliseconds since 1970 (UTC). A running attempt updates it at least
    /// every 20 s.
    pub updated_at_ms: i64,
}

impl View<JournaledPublish> for toklink_publish_record {
    fn of(publish: &JournaledPublish, parts: &mut Parts) -> Self {
        Self {
            idempotency_key: parts.text(&publish.idempotency_key),
            step: parts.text(publish.phase.as_str()),
            publish_id: parts.maybe(publish.publish_id.as_deref()),
            fail_reason: parts.maybe(publish.fail_reason.as_deref()),
            accepted_bytes: publish.accepted_bytes,
            total_bytes: publish.total_bytes,
            photos: publish.photos,
            draft: publish.draft,
            cancel_requested: publish.cancel_requested,
            outcome: parts.maybe_child(publish.outcome.as_ref()),
            last_error: parts.maybe_child(publish.last_error.as_ref()),
            started_at_ms: publish.started_at.as_millis(),
            updated_at_ms: publish.updated_at.as_millis(),
        }
    }
}

impl View<UnfinishedPublish> for toklink_publish_record {
    fn of(publish: &UnfinishedPublish, parts: &mut Parts) -> Self {
        Self {
            idempotency_key: parts.text(&publish.idempotency_key),
            step: parts.text(""),
            publish_id: parts.maybe(publish.publish_id.as_deref()),
            fail_reason: parts.text(""),
            accepted_bytes: publish.accepted_bytes,
            total_bytes: publish.total_bytes,
            photos: publish.photos,
            draft: publish.draft,
            cancel_requested: false,
            outcome: ptr::null(),
            last_error: ptr::null(),
            started_at_ms: publish.started_at.as_millis(),
            updated_at_ms: publish.updated_at.as_millis(),
        }
    }
}

/// Publishes in the journal, the oldest first.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_publish_list {
    /// The publishes.
    pub items: *const *const toklink_publish_record,
    /// Number of `items`.
    pub count: usize,
}

impl View<Vec<UnfinishedPublish>> for toklink_publish_list {
    fn of(publishes: &Vec<UnfinishedPublish>, parts: &mut Parts) -> Self {
        let (items, count) = parts.children(publishes);
        Self { items, count }
    }
}

/// Frees a publish record. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_record_free(record: *const toklink_publish_record) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(record) });
}

/// Frees a list of publishes. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_list_free(list: *const toklink_publish_list) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(list) });
}

/// Lists the unfinished publishes of the account. Reads only the store. Returns NULL on failure. Free the list with
/// `toklink_publish_list_free`.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_publishes(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_publish_list {
    // SAFETY: the header requires valid arguments.
    unsafe {
        wait(client, error, |_| {
            let account = key(account)?;
            let name = "unfinished_publishes";
            Ok(Task::new(name, move |core| async move { core.unfinished_publishes(&account).await }))
        })
    }
}

/// Finds the publish with an idempotency key, of this process or another one. Reads only the store. `out_record`
/// receives NULL if there is none. Free the record with `toklink_publish_record_free`.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_find_publish(
    client: *const toklink_client,
    account: *const c_char,
    idempotency_key: *const c_char,
    out_record: *mut *const toklink_publish_record,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || -> Result<()> {
        if out_record.is_null() {
            return Err(input::null("out_record"));
        }
        // SAFETY: the header requires valid arguments.
        let (engine, account, name) =
            unsafe { (engine(client)?, key(account)?, input::required(idempotency_key, "idempotency_key")?) };
        let find =
            Task::new("find_publish", move |core| async move { core.find_publish(&account, &name).await });
        let found = engine.wait(find)?;
        let record = found.as_ref().map_or(ptr::null(), result::give::<toklink_publish_record, _>);
        // SAFETY: not NULL, and the header requires it to be writable.
        unsafe { out_record.write(record) };
        Ok(())
    };
    // SAFETY: the header requires valid arguments.
    unsafe { call(error, work) }
}

/// Requests the cancellation of a publish that runs in any process with this store, and returns its record. The running
/// attempt reads the request within 2 s and fails with `TOKLINK_ERR_CANCELLED`. Does not change a finished publish.
/// Sends nothing to TikTok, unlike `toklink_cancel_publish`. Returns NULL on failure. Free the record with
/// `toklink_publish_record_free`.
///
/// Errors: `TOKLINK_ERR_NOT_FOUND` if the journal has no such publish; `TOKLINK_ERR_UNAVAILABLE` if the store fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_request_cancel(
    client: *const toklink_client,
    account: *const c_char,
    idempotency_key: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_publish_record {
    // SAFETY: the header requires valid arguments.
    unsafe {
        wait(client, error, |_| {
            let (account, name) = (key(account)?, input::required(idempotency_key, "idempotency_key")?);
            Ok(Task::new(
                "request_cancel",
                move |core| async move { core.request_cancel(&account, &name).await },
            ))
        })
    }
}

/// Abandons a publish whose outcome is unknown because its start or its last chunk may have been sent. Its key may then
/// be used again. First verify that TikTok has no such post and that no other process works on this publish: a
/// suspended process with an unsent request could still post it.
///
/// Errors: `TOKLINK_ERR_CONFLICT` if TikTok can still complete the publish; `TOKLINK_ERR_NOT_FOUND` if the key is
/// unknown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_abandon_publish(
    client: *const toklink_client,
    account: *const c_char,
    idempotency_key: *const c_char,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the header requires valid arguments.
    unsafe {
        wait_done(client, error, |_| {
            let (account, name) = (key(account)?, input::required(idempotency_key, "idempotency_key")?);
            Ok(Task::new("abandon_publish", move |core| async move {
                core.abandon_publish(&account, &name).await
            }))
        })
    }
}
