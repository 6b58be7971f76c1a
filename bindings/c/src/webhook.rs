//! Webhooks: is it TikTok's, and what does it change.

use crate::bytes::bytes_of;
use crate::client::{engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{self, maybe};
use crate::{guard, handle};
use core_toklink::webhook::{Removal, WebhookEvent, WebhookUpdate};
use core_toklink::{Secret, WebhookCheck, WebhookEffect};
use std::time::Duration;

/// What happened. New numbers may come.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_webhook_kind {
    /// Genuine, and unknown to this version, or without the fields that TikTok documents: answer 200.
    TOKLINK_WEBHOOK_OTHER = 0,
    /// A user's consent ended.
    TOKLINK_WEBHOOK_AUTHORIZATION_REMOVED = 1,
    /// A publish ended without a post.
    TOKLINK_WEBHOOK_PUBLISH_FAILED = 2,
    /// The upload was processed, or the creator posted the draft.
    TOKLINK_WEBHOOK_PUBLISH_COMPLETE = 3,
    /// A draft lies in the creator's inbox.
    TOKLINK_WEBHOOK_INBOX_DELIVERED = 4,
    /// The post can be seen by everyone.
    TOKLINK_WEBHOOK_PUBLICLY_AVAILABLE = 5,
    /// The post can no longer be seen by everyone.
    TOKLINK_WEBHOOK_NO_LONGER_PUBLICLY_AVAILABLE = 6,
    /// An upload by the old Share Video Kit failed.
    TOKLINK_WEBHOOK_SHARE_FAILED = 7,
    /// A video of the old Share Video Kit was posted.
    TOKLINK_WEBHOOK_SHARE_COMPLETED = 8,
    /// An export of a user's data can be fetched.
    TOKLINK_WEBHOOK_DOWNLOAD_READY = 9,
}

/// What a webhook has changed here. Answer 200 to all of them. New numbers may come.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_webhook_effect {
    /// It tells the host something, and changes nothing here.
    TOKLINK_EFFECT_NOTHING_TO_DO = 0,
    /// The journal or an account was changed.
    TOKLINK_EFFECT_APPLIED = 1,
    /// It told nothing new.
    TOKLINK_EFFECT_ALREADY_KNOWN = 2,
    /// It is about something that is not kept here.
    TOKLINK_EFFECT_NOT_OURS = 3,
    /// It is about a publish of another user than the one it names.
    TOKLINK_EFFECT_ANOTHER_OWNER = 4,
    /// Consent ended before the user connected again.
    TOKLINK_EFFECT_OUTDATED = 5,
}

impl From<WebhookEffect> for toklink_webhook_effect {
    fn from(from: WebhookEffect) -> Self {
        match from {
            WebhookEffect::Applied => Self::TOKLINK_EFFECT_APPLIED,
            WebhookEffect::AlreadyKnown => Self::TOKLINK_EFFECT_ALREADY_KNOWN,
            WebhookEffect::NotOurs => Self::TOKLINK_EFFECT_NOT_OURS,
            WebhookEffect::AnotherOwner => Self::TOKLINK_EFFECT_ANOTHER_OWNER,
            WebhookEffect::Outdated => Self::TOKLINK_EFFECT_OUTDATED,
            _ => Self::TOKLINK_EFFECT_NOTHING_TO_DO,
        }
    }
}

/// A genuine webhook.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_webhook_event {
    pub(crate) kind: toklink_webhook_kind,
    pub(crate) name: Text,
    pub(crate) open_id: Option<Text>,
    pub(crate) publish_id: Option<Text>,
    pub(crate) post_id: Option<Text>,
    pub(crate) reason: Option<Text>,
    pub(crate) dedupe_key: Text,
    pub(crate) created_at_ms: i64,
    pub(crate) event: WebhookEvent,
}

impl From<WebhookEvent> for toklink_webhook_event {
    fn from(from: WebhookEvent) -> Self {
        Self {
            kind: kind_of(&from.update),
            name: Text::new(&name_of(&from.update)),
            open_id: maybe(from.account_id.as_deref()),
            publish_id: maybe(from.update.publish_id()),
            post_id: maybe(post_id_of(&from.update)),
            reason: reason_of(&from.update),
            dedupe_key: Text::new(&from.dedupe_key),
            created_at_ms: from.created_at.as_millis(),
            event: from,
        }
    }
}

/// Frees it and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_webhook_event_free(event: *mut toklink_webhook_event) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(event) });
}

/// What happened.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_webhook_event_kind(
    event: *const toklink_webhook_event,
) -> toklink_webhook_kind {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, toklink_webhook_kind::TOKLINK_WEBHOOK_OTHER, |held| held.kind) }
}

/// TikTok's name of the event. Lives as long as the webhook event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_webhook_event_name(event: *const toklink_webhook_event) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| Some(&held.name)) }
}

/// The user that it is about; empty where TikTok names none. Lives as long as the webhook event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_webhook_event_open_id(event: *const toklink_webhook_event) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| held.open_id.as_ref()) }
}

/// The publish that it is about; empty when it is about none. Lives as long as the webhook event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_webhook_event_publish_id(
    event: *const toklink_webhook_event,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| held.publish_id.as_ref()) }
}

/// The post that it is about, as text; empty when it names none. Lives as long as the webhook event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_webhook_event_post_id(event: *const toklink_webhook_event) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| held.post_id.as_ref()) }
}

/// Why a publish failed or a consent ended; empty for other events. Lives as long as the webhook event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_webhook_event_reason(event: *const toklink_webhook_event) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| held.reason.as_ref()) }
}

/// The same for every repetition of one event. Lives as long as the webhook event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_webhook_event_dedupe_key(
    event: *const toklink_webhook_event,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| Some(&held.dedupe_key)) }
}

/// When it happened, in milliseconds since 1970 (UTC); whole seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_webhook_event_created_at_ms(event: *const toklink_webhook_event) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.created_at_ms) }
}

/// Checks a webhook and reads it. `signature` is the value of the header `Tiktok-Signature`, `body` the raw bytes
/// of the request: parsed and written again they would differ. `previous_secret` is a client secret that still
/// counts while it is being changed at TikTok, usually empty; `tolerance_ms` is how far the signature's time may
/// be from now, 0 for the default of five minutes. No I/O. Give the event back with `toklink_webhook_event_free`.
///
/// Errors: `TOKLINK_ERR_INTEGRITY` when it is not TikTok's, not for this app, or not recent: answer 401.
/// `TOKLINK_ERR_INVALID_INPUT` when it is larger than 64 KiB. A genuine webhook never fails for what it says: one that this
/// version cannot read is `TOKLINK_WEBHOOK_OTHER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_verify_webhook(
    client: *const toklink_client,
    signature: toklink_str,
    body: *const u8,
    body_len: usize,
    previous_secret: toklink_str,
    tolerance_ms: u64,
    out_event: *mut *mut toklink_webhook_event,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, signature, body, previous_secret) = unsafe {
            (
                Output::at(out_event)?,
                engine(client)?,
                signature.read("the signature")?.to_owned(),
                bytes_of(body, body_len, "the body")?,
                previous_secret.read("the previous secret")?.to_owned(),
            )
        };
        let mut check = WebhookCheck::default();
        if !previous_secret.is_empty() {
            check.previous_secrets.push(Secret::new(previous_secret));
        }
        if tolerance_ms > 0 {
            check.tolerance = Duration::from_millis(tolerance_ms);
        }
        let event = engine.client()?.verify_webhook(&signature, body, &check)?;
        out.set(handle::give(event.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Does what a genuine webhook asks for: ends the publish in the journal, which also ends the wait of whoever
/// waits for it, or ends the connection of an account whose consent is gone. The same event may be applied any
/// number of times, and events in any order.
///
/// Errors: those of the store: then answer with anything but 200, and TikTok tells it again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_apply_webhook(
    client: *const toklink_client,
    event: *const toklink_webhook_event,
    out_effect: *mut toklink_webhook_effect,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, event) = unsafe {
            (
                Output::at(out_effect)?,
                engine(client)?,
                handle::read(event, "the webhook event")?.event.clone(),
            )
        };
        let core = engine.client()?;
        let effect = engine.wait("apply_webhook", async move { core.apply_webhook(&event).await })?;
        out.set(effect.into());
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

fn kind_of(update: &WebhookUpdate) -> toklink_webhook_kind {
    use toklink_webhook_kind as Kind;
    match update {
        WebhookUpdate::AuthorizationRemoved { .. } => Kind::TOKLINK_WEBHOOK_AUTHORIZATION_REMOVED,
        WebhookUpdate::PublishFailed { .. } => Kind::TOKLINK_WEBHOOK_PUBLISH_FAILED,
        WebhookUpdate::PublishComplete { .. } => Kind::TOKLINK_WEBHOOK_PUBLISH_COMPLETE,
        WebhookUpdate::InboxDelivered { .. } => Kind::TOKLINK_WEBHOOK_INBOX_DELIVERED,
        WebhookUpdate::PubliclyAvailable { .. } => Kind::TOKLINK_WEBHOOK_PUBLICLY_AVAILABLE,
        WebhookUpdate::NoLongerPubliclyAvailable { .. } => Kind::TOKLINK_WEBHOOK_NO_LONGER_PUBLICLY_AVAILABLE,
        WebhookUpdate::ShareFailed { .. } => Kind::TOKLINK_WEBHOOK_SHARE_FAILED,
        WebhookUpdate::ShareCompleted { .. } => Kind::TOKLINK_WEBHOOK_SHARE_COMPLETED,
        WebhookUpdate::DownloadReady { .. } => Kind::TOKLINK_WEBHOOK_DOWNLOAD_READY,
        _ => Kind::TOKLINK_WEBHOOK_OTHER,
    }
}

fn name_of(update: &WebhookUpdate) -> String {
    let name = match update {
        WebhookUpdate::AuthorizationRemoved { .. } => "authorization.removed",
        WebhookUpdate::PublishFailed { .. } => "post.publish.failed",
        WebhookUpdate::PublishComplete { .. } => "post.publish.complete",
        WebhookUpdate::InboxDelivered { .. } => "post.publish.inbox_delivered",
        WebhookUpdate::PubliclyAvailable { .. } => "post.publish.publicly_available",
        WebhookUpdate::NoLongerPubliclyAvailable { .. } => "post.publish.no_longer_publicly_available",
        WebhookUpdate::ShareFailed { .. } => "video.upload.failed",
        WebhookUpdate::ShareCompleted { .. } => "video.publish.completed",
        WebhookUpdate::DownloadReady { .. } => "portability.download.ready",
        WebhookUpdate::Unknown { name } => name,
        _ => "unknown",
    };
    name.to_owned()
}

fn post_id_of(update: &WebhookUpdate) -> Option<&str> {
    match update {
        WebhookUpdate::PubliclyAvailable { post_id, .. }
        | WebhookUpdate::NoLongerPubliclyAvailable { post_id, .. } => Some(post_id),
        _ => None,
    }
}

fn reason_of(update: &WebhookUpdate) -> Option<Text> {
    let removal = |reason: Removal| match reason {
        Removal::ByUser => "by_user",
        Removal::AccountDeleted => "account_deleted",
        Removal::AgeChanged => "age_changed",
        Removal::Banned => "banned",
        Removal::ByDeveloper => "by_developer",
        _ => "unknown",
    };
    match update {
        WebhookUpdate::PublishFailed { reason, .. } => Some(Text::new(reason)),
        WebhookUpdate::AuthorizationRemoved { reason } => Some(Text::new(removal(*reason))),
        _ => None,
    }
}
