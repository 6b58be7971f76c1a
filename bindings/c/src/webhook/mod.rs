//! Verification and application of webhooks.

use crate::client::{engine, toklink_client};
use crate::ffi::error::{call, made, toklink_error};
use crate::ffi::guard;
use crate::ffi::input;
use crate::ffi::result::{Parts, View};
use crate::ffi::status::toklink_status;
use crate::runtime::task::Task;
use core_toklink::webhook::Removal;
use core_toklink::{Result, Secret, WebhookCheck, WebhookEffect, WebhookEvent, WebhookUpdate};
use std::ffi::c_char;
use std::time::Duration;

/// The kind of a webhook. Later versions add numbers.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_webhook_kind {
    /// A genuine webhook that this version does not know or whose documented fields are missing: respond with 200.
    TOKLINK_WEBHOOK_OTHER = 0,
    /// A user's consent ended; see `reason`.
    TOKLINK_WEBHOOK_AUTHORIZATION_REMOVED = 1,
    /// A publish failed; see `reason`.
    TOKLINK_WEBHOOK_PUBLISH_FAILED = 2,
    /// TikTok processed the upload, or the creator posted the draft.
    TOKLINK_WEBHOOK_PUBLISH_COMPLETE = 3,
    /// The draft is in the creator's inbox.
    TOKLINK_WEBHOOK_INBOX_DELIVERED = 4,
    /// The post is publicly visible.
    TOKLINK_WEBHOOK_PUBLICLY_AVAILABLE = 5,
    /// The post is no longer publicly visible.
    TOKLINK_WEBHOOK_NO_LONGER_PUBLICLY_AVAILABLE = 6,
    /// An upload with the old Share Video Kit failed.
    TOKLINK_WEBHOOK_SHARE_FAILED = 7,
    /// A video was posted with the old Share Video Kit.
    TOKLINK_WEBHOOK_SHARE_COMPLETED = 8,
    /// An export of a user's data is ready for download.
    TOKLINK_WEBHOOK_DOWNLOAD_READY = 9,
}

/// The effect of a webhook. Respond with 200 to all of them. Later versions add numbers.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_webhook_effect {
    /// The webhook concerns only the host; the library changed nothing.
    TOKLINK_EFFECT_NOTHING_TO_DO = 0,
    /// The journal or an account was updated.
    TOKLINK_EFFECT_APPLIED = 1,
    /// The webhook contained nothing new.
    TOKLINK_EFFECT_ALREADY_KNOWN = 2,
    /// The publish or account is not in the store.
    TOKLINK_EFFECT_NOT_OURS = 3,
    /// The webhook's user is not the user of the publish.
    TOKLINK_EFFECT_ANOTHER_OWNER = 4,
    /// The consent ended before the user's latest login.
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
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_webhook {
    /// The kind.
    pub kind: toklink_webhook_kind,
    /// TikTok's name of the event, for example `post.publish.complete`.
    pub name: *const c_char,
    /// TikTok's id of the user; empty if the webhook has none.
    pub open_id: *const c_char,
    /// TikTok's id of the publish; empty if the webhook has none.
    pub publish_id: *const c_char,
    /// The id of the post; empty if the webhook has none.
    pub post_id: *const c_char,
    /// The reason for a failed publish or a revoked consent; empty for other kinds.
    pub reason: *const c_char,
    /// A string that is the same for every delivery of one event.
    pub dedupe_key: *const c_char,
    /// Time of the event, in milliseconds since 1970 (UTC), a multiple of 1000.
    pub created_at_ms: i64,
}

impl View<WebhookEvent> for toklink_webhook {
    fn of(event: &WebhookEvent, parts: &mut Parts) -> Self {
        Self {
            kind: kind_of(&event.update),
            name: parts.text(&name_of(&event.update)),
            open_id: parts.maybe(event.account_id.as_deref()),
            publish_id: parts.maybe(event.update.publish_id()),
            post_id: parts.maybe(post_id_of(&event.update)),
            reason: parts.maybe(reason_of(&event.update)),
            dedupe_key: parts.text(&event.dedupe_key),
            created_at_ms: event.created_at.as_millis(),
        }
    }
}

/// The struct that the host reads and the event of the core. The view is the first field, so its address is also the
/// address of the whole.
#[repr(C)]
struct Genuine {
    view: toklink_webhook,
    event: WebhookEvent,
    _parts: Parts,
}

/// Frees a webhook. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_webhook_free(webhook: *const toklink_webhook) {
    guard::value((), || {
        if !webhook.is_null() {
            // SAFETY: `toklink_verify_webhook` created it, and the header requires that it is freed once.
            drop(unsafe { Box::from_raw(webhook.cast_mut().cast::<Genuine>()) });
        }
    });
}

/// Verifies and parses a webhook. `signature` is the value of the header `Tiktok-Signature`, and `body` the raw body of
/// the request. `previous_secret` is the old client secret during a rotation, otherwise NULL. `tolerance_ms` is the
/// maximum age of the signature; 0: five minutes. Performs no I/O. Returns NULL on failure. Free the result with
/// `toklink_webhook_free`.
///
/// Errors: `TOKLINK_ERR_INTEGRITY` if TikTok did not send it, or it is for another app or too old: respond with 401;
/// `TOKLINK_ERR_INVALID_INPUT` if it is larger than 64 KiB. A genuine webhook that this version cannot parse has the
/// kind `TOKLINK_WEBHOOK_OTHER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_verify_webhook(
    client: *const toklink_client,
    signature: *const c_char,
    body: *const u8,
    body_size: usize,
    previous_secret: *const c_char,
    tolerance_ms: u64,
    error: *mut *mut toklink_error,
) -> *const toklink_webhook {
    let work = || {
        // SAFETY: the header requires valid arguments.
        let (engine, signature, body, previous) = unsafe {
            (
                engine(client)?,
                input::text(signature, "signature")?,
                input::array(body, body_size, "body")?,
                input::optional(previous_secret, "previous_secret")?,
            )
        };
        let mut check = WebhookCheck::default();
        check.previous_secrets.extend(previous.map(Secret::new));
        if tolerance_ms > 0 {
            check.tolerance = Duration::from_millis(tolerance_ms);
        }
        let event = engine.client()?.verify_webhook(signature, body, &check)?;
        let mut parts = Parts::default();
        let view = toklink_webhook::of(&event, &mut parts);
        Ok(Box::into_raw(Box::new(Genuine { view, event, _parts: parts })).cast_const().cast())
    };
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }
}

/// Applies a genuine webhook: finishes the publish in the journal and the operations that wait for it, or disconnects
/// an account whose consent was revoked. Events may be applied repeatedly and in any order. `out_effect` receives the
/// effect; it may be NULL.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. Respond with a status other than 200 then, so that TikTok
/// sends the webhook again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_apply_webhook(
    client: *const toklink_client,
    webhook: *const toklink_webhook,
    out_effect: *mut toklink_webhook_effect,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || -> Result<()> {
        // SAFETY: the header requires valid arguments, and every webhook is the first field of a `Genuine`.
        let (engine, event) =
            unsafe { (engine(client)?, input::read(webhook.cast::<Genuine>(), "webhook")?.event.clone()) };
        let apply = Task::new("apply_webhook", move |core| async move { core.apply_webhook(&event).await });
        let effect = engine.wait(apply)?.into();
        if !out_effect.is_null() {
            // SAFETY: not NULL, and the header requires it to be writable.
            unsafe { out_effect.write(effect) };
        }
        Ok(())
    };
    // SAFETY: the header requires valid arguments.
    unsafe { call(error, work) }
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

fn reason_of(update: &WebhookUpdate) -> Option<&str> {
    let removal = |reason: Removal| match reason {
        Removal::ByUser => "by_user",
        Removal::AccountDeleted => "account_deleted",
        Removal::AgeChanged => "age_changed",
        Removal::Banned => "banned",
        Removal::ByDeveloper => "by_developer",
        _ => "unknown",
    };
    match update {
        WebhookUpdate::PublishFailed { reason, .. } => Some(reason),
        WebhookUpdate::AuthorizationRemoved { reason } => Some(removal(*reason)),
        _ => None,
    }
}
