//! Publishes of the journal that have no end yet.

use crate::client::{account, engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{self, maybe};
use crate::{guard, handle};
use core_toklink::UnfinishedPublish;

/// A publish that can go on. It belongs to its list.
///
/// Thread safety: it never changes; any number of threads may read it.
#[derive(Debug)]
pub struct toklink_unfinished_publish {
    idempotency_key: Text,
    publish_id: Option<Text>,
    accepted_bytes: u64,
    total_bytes: u64,
    photos: bool,
    draft: bool,
    started_at_ms: i64,
    updated_at_ms: i64,
}

impl From<UnfinishedPublish> for toklink_unfinished_publish {
    fn from(from: UnfinishedPublish) -> Self {
        Self {
            idempotency_key: Text::new(&from.idempotency_key),
            publish_id: maybe(from.publish_id.as_deref()),
            accepted_bytes: from.accepted_bytes,
            total_bytes: from.total_bytes,
            photos: from.photos,
            draft: from.draft,
            started_at_ms: from.started_at.as_millis(),
            updated_at_ms: from.updated_at.as_millis(),
        }
    }
}

/// The key under which it goes on: see `toklink_client_resume_publish`. Lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_publish_idempotency_key(
    publish: *const toklink_unfinished_publish,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(publish, |held| Some(&held.idempotency_key)) }
}

/// TikTok's id; empty while nobody knows whether TikTok has begun it. Lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_publish_publish_id(
    publish: *const toklink_unfinished_publish,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(publish, |held| held.publish_id.as_ref()) }
}

/// Bytes that TikTok has accepted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_publish_accepted_bytes(
    publish: *const toklink_unfinished_publish,
) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, 0, |held| held.accepted_bytes) }
}

/// The size of the video in bytes; 0 for what TikTok fetches itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_publish_total_bytes(
    publish: *const toklink_unfinished_publish,
) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, 0, |held| held.total_bytes) }
}

/// Whether it is photos rather than a video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_publish_photos(
    publish: *const toklink_unfinished_publish,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, false, |held| held.photos) }
}

/// Whether it goes to the creator's inbox rather than being posted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_publish_draft(
    publish: *const toklink_unfinished_publish,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, false, |held| held.draft) }
}

/// When it began, in milliseconds since 1970 (UTC).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_publish_started_at_ms(
    publish: *const toklink_unfinished_publish,
) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, 0, |held| held.started_at_ms) }
}

/// When it last came further, in milliseconds since 1970 (UTC).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_publish_updated_at_ms(
    publish: *const toklink_unfinished_publish,
) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(publish, 0, |held| held.updated_at_ms) }
}

/// Publishes without an end, the last written first.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_unfinished_list(Vec<toklink_unfinished_publish>);

/// Frees the list and its publishes. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_list_free(list: *mut toklink_unfinished_list) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(list) });
}

/// How many there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_list_len(list: *const toklink_unfinished_list) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(list, 0, |held| held.0.len()) }
}

/// The publish at `index`, from 0; NULL beyond the last. It belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_unfinished_list_at(
    list: *const toklink_unfinished_list,
    index: usize,
) -> *const toklink_unfinished_publish {
    // SAFETY: the conventions of the header.
    unsafe { view::part(list, |held| held.0.get(index)) }
}

/// The publishes of the account that have no end in the journal yet. Asks the store alone. Give the list back with
/// `toklink_unfinished_list_free`.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` when the store fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_unfinished_publishes(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    out_list: *mut *mut toklink_unfinished_list,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account) =
            unsafe { (Output::at(out_list)?, engine(client)?, account(tenant, open_id)?) };
        let core = engine.client()?;
        let found =
            engine.wait("unfinished_publishes", async move { core.unfinished_publishes(&account).await })?;
        let publishes = found.into_iter().map(toklink_unfinished_publish::from).collect();
        out.set(handle::give(toklink_unfinished_list(publishes)));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
