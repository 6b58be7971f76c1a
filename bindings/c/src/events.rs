//! What happens to accounts while nobody waits for it.

use crate::callback::{Kept, calling, toklink_destroy};
use crate::client::{engine, toklink_client};
use crate::error::toklink_error;
use crate::guard;
use crate::quota::toklink_quota_kind;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{self, texts};
use core_toklink::{
    AccountKey, Client, Error, Event, Events, QuotaKind, QuotaWarning, QuotaWindow, Timestamp,
};
use std::ffi::c_void;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What happened. New numbers may come.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_event_kind {
    /// Something that this version of the header has no name for.
    TOKLINK_EVENT_OTHER = 0,
    /// A new pair of tokens is stored.
    TOKLINK_EVENT_REFRESHED = 1,
    /// A refresh did not give a token; the event has an error.
    TOKLINK_EVENT_REFRESH_FAILED = 2,
    /// The user, or TikTok, ended the grant.
    TOKLINK_EVENT_REVOKED = 3,
    /// A refresh gave fewer scopes than were granted before; the event has those that were lost.
    TOKLINK_EVENT_SCOPES_REDUCED = 4,
    /// No account needs this key any more; the event has its name.
    TOKLINK_EVENT_KEY_RETIRED = 5,
    /// The host was too slow: this many events were dropped before the next one.
    TOKLINK_EVENT_LAGGED = 6,
    /// A request fills a quota window to 80 or 95 percent: once for each mark, and again after the window was half empty.
    /// The event has the window.
    TOKLINK_EVENT_QUOTA_WARNING = 7,
    /// The Redis that counts requests does not answer or has lost its counts; the event says whether requests are still sent.
    TOKLINK_EVENT_REDIS_UNAVAILABLE = 8,
    /// The Redis that counts requests answers again and has counted what this process sent without it.
    TOKLINK_EVENT_REDIS_AVAILABLE = 9,
    /// The Redis of `REDIS_URL` is not used, so that each process counts its own requests; the event has the reason. At most
    /// once for a client, with its first request.
    TOKLINK_EVENT_REDIS_IGNORED = 10,
    /// A call for an account ended; the event has the operation, the error when it failed, and the window. Only with
    /// `toklink_client_call_events`.
    TOKLINK_EVENT_CALLED = 11,
}

/// Something that happened to an account, or to the keys that seal all of them. Holds no token. It lives as long as the
/// call of the callback that it is given to.
///
/// Thread safety: use it within the callback only.
#[derive(Debug)]
pub struct toklink_event {
    kind: toklink_event_kind,
    tenant: Option<Text>,
    open_id: Option<Text>,
    key: Option<Text>,
    reason: Option<Text>,
    operation: Option<Text>,
    error: Option<toklink_error>,
    lost_scopes: Vec<Text>,
    at_ms: i64,
    token_expires_at_ms: i64,
    lagged: u64,
    quota: Option<Quota>,
    sharing: bool,
}

/// A quota window, as a warning or the end of a call shows it.
#[derive(Debug, Clone, Copy)]
struct Quota {
    kind: QuotaKind,
    window_ms: u64,
    limit: u32,
    count: u32,
    percent: u8,
    remaining: u32,
    reset_at_ms: i64,
}

impl From<QuotaWarning> for Quota {
    fn from(warning: QuotaWarning) -> Self {
        let QuotaWarning { kind, window_ms, limit, count, percent } = warning;
        Self {
            kind,
            window_ms,
            limit,
            count,
            percent,
            remaining: limit.saturating_sub(count),
            reset_at_ms: 0,
        }
    }
}

impl From<QuotaWindow> for Quota {
    fn from(status: QuotaWindow) -> Self {
        let QuotaWindow { kind, window_ms, limit, count, remaining, reset_at, .. } = status;
        Self { kind, window_ms, limit, count, percent: 0, remaining, reset_at_ms: reset_at.as_millis() }
    }
}

impl toklink_event {
    fn about(kind: toklink_event_kind, account: Option<&AccountKey>, at: Timestamp) -> Self {
        Self {
            kind,
            tenant: account.map(|account| Text::new(&account.tenant)),
            open_id: account.map(|account| Text::new(&account.open_id)),
            key: None,
            reason: None,
            operation: None,
            error: None,
            lost_scopes: Vec::new(),
            at_ms: at.as_millis(),
            token_expires_at_ms: 0,
            lagged: 0,
            quota: None,
            sharing: false,
        }
    }
}

impl From<Event> for toklink_event {
    fn from(event: Event) -> Self {
        use toklink_event_kind as Kind;
        let never = Timestamp::from_millis(0);
        match event {
            Event::Refreshed { account, at, token_expires_at } => Self {
                token_expires_at_ms: token_expires_at.as_millis(),
                ..Self::about(Kind::TOKLINK_EVENT_REFRESHED, Some(&account), at)
            },
            Event::RefreshFailed { account, at, error } => Self {
                error: Some(toklink_error::of(&error)),
                ..Self::about(Kind::TOKLINK_EVENT_REFRESH_FAILED, Some(&account), at)
            },
            Event::Revoked { account, at } => Self::about(Kind::TOKLINK_EVENT_REVOKED, Some(&account), at),
            Event::ScopesReduced { account, at, lost, .. } => Self {
                lost_scopes: texts(&lost),
                ..Self::about(Kind::TOKLINK_EVENT_SCOPES_REDUCED, Some(&account), at)
            },
            Event::KeyRetired { key, at } => {
                Self { key: Some(Text::new(&key)), ..Self::about(Kind::TOKLINK_EVENT_KEY_RETIRED, None, at) }
            }
            Event::QuotaWarning { account, at, warning } => Self {
                quota: Some(warning.into()),
                ..Self::about(Kind::TOKLINK_EVENT_QUOTA_WARNING, Some(&account), at)
            },
            Event::RedisUnavailable { at, sharing } => {
                Self { sharing, ..Self::about(Kind::TOKLINK_EVENT_REDIS_UNAVAILABLE, None, at) }
            }
            Event::RedisAvailable { at } => Self::about(Kind::TOKLINK_EVENT_REDIS_AVAILABLE, None, at),
            Event::RedisIgnored { at, reason } => Self {
                reason: Some(Text::new(&reason)),
                ..Self::about(Kind::TOKLINK_EVENT_REDIS_IGNORED, None, at)
            },
            Event::Called { account, at, operation, error, quota } => Self {
                operation: Some(Text::new(operation)),
                error: error.as_ref().map(toklink_error::of),
                quota: quota.map(Quota::from),
                ..Self::about(Kind::TOKLINK_EVENT_CALLED, Some(&account), at)
            },
            Event::Lagged { count } => {
                Self { lagged: count, ..Self::about(Kind::TOKLINK_EVENT_LAGGED, None, never) }
            }
            _ => Self::about(Kind::TOKLINK_EVENT_OTHER, None, never),
        }
    }
}

/// Hears of an event, on the thread of callbacks, one at a time and in order. A host that falls 256 behind misses the
/// oldest, and is told how many.
pub type toklink_event_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, event: *const toklink_event)>;

/// Calls `callback` with what happens to accounts from now on, until the client is closed. For
/// `destroy` (may be NULL) see "Callbacks" at the top. May be called for several callbacks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_events(
    client: *const toklink_client,
    callback: toklink_event_callback,
    user_data: *mut c_void,
    destroy: toklink_destroy,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { subscribe(client, Client::events, callback, user_data, destroy, error) }
}

/// Calls `callback` with a `TOKLINK_EVENT_CALLED` for each call for an account that ends from now on, until the client is closed, so
/// that a host can keep a health record of each account. An answer from the cache is not a call. Otherwise like
/// `toklink_client_events`, whose callbacks are not called with these.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_call_events(
    client: *const toklink_client,
    callback: toklink_event_callback,
    user_data: *mut c_void,
    destroy: toklink_destroy,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { subscribe(client, Client::call_events, callback, user_data, destroy, error) }
}

/// Calls `callback` with each event that `source` emits.
///
/// # Safety
/// As for [`toklink_client_events`].
unsafe fn subscribe(
    client: *const toklink_client,
    source: impl FnOnce(&Client) -> Events,
    callback: toklink_event_callback,
    user_data: *mut c_void,
    destroy: toklink_destroy,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let kept = Kept::new(user_data, destroy);
    let work = || {
        // SAFETY: the conventions of the header.
        let engine = unsafe { engine(client)? };
        let callback =
            callback.ok_or_else(|| Error::invalid("the event callback is NULL: pass a function"))?;
        let mut events = source(&engine.client()?);
        let post = engine.post();
        kept.home().is_at(post.clone());
        let kept = Arc::new(kept);
        engine.spawn(async move {
            while let Some(event) = events.next().await {
                let kept = Arc::clone(&kept);
                let (heard, waiting) = oneshot::channel();
                post.send(move || {
                    let event = toklink_event::from(event);
                    // SAFETY: the host's own function and pointer; the event lives until it returns.
                    calling(|| unsafe { callback(kept.pointer(), &raw const event) });
                    // The task may be gone already.
                    let _ended = heard.send(());
                });
                if waiting.await.is_err() {
                    return;
                }
            }
        })
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// What happened; `TOKLINK_EVENT_OTHER` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_what(event: *const toklink_event) -> toklink_event_kind {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, toklink_event_kind::TOKLINK_EVENT_OTHER, |held| held.kind) }
}

/// The tenant of the account; empty when the event is about none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_tenant(event: *const toklink_event) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| held.tenant.as_ref()) }
}

/// TikTok's id of the user; empty when the event is about no account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_open_id(event: *const toklink_event) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| held.open_id.as_ref()) }
}

/// The name of the key that was retired; empty for other events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_key(event: *const toklink_event) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| held.key.as_ref()) }
}

/// Returns why the Redis of `REDIS_URL` is not used, and what to do; empty for other events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_reason(event: *const toklink_event) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| held.reason.as_ref()) }
}

/// Returns the endpoint of a call, such as `user_info` or `video_init`, or `access_token` when there was no token to call with; empty
/// for other events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_operation(event: *const toklink_event) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| held.operation.as_ref()) }
}

/// Why a refresh or a call failed; NULL for a call that succeeded and for other events. It belongs to the event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_error(event: *const toklink_event) -> *const toklink_error {
    // SAFETY: the conventions of the header.
    unsafe { view::part(event, |held| held.error.as_ref()) }
}

/// How many scopes were lost.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_lost_scope_count(event: *const toklink_event) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.lost_scopes.len()) }
}

/// The lost scope at `index`, from 0; empty beyond the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_lost_scope_at(
    event: *const toklink_event,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(event, |held| held.lost_scopes.get(index)) }
}

/// When it happened, in milliseconds since 1970 (UTC); 0 when that means nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_at_ms(event: *const toklink_event) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.at_ms) }
}

/// When the new access token ends, in milliseconds since 1970 (UTC); 0 unless there is a new one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_token_expires_at_ms(event: *const toklink_event) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.token_expires_at_ms) }
}

/// Returns the number of events that were dropped before this one because the listener was too slow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_lagged(event: *const toklink_event) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.lagged) }
}

/// What the window of a quota warning or of a call counts; `TOKLINK_QUOTA_OTHER` for other events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_quota_kind(event: *const toklink_event) -> toklink_quota_kind {
    // SAFETY: the conventions of the header.
    unsafe {
        view::field(event, toklink_quota_kind::TOKLINK_QUOTA_OTHER, |held| {
            held.quota
                .map_or(toklink_quota_kind::TOKLINK_QUOTA_OTHER, |quota| toklink_quota_kind::of(quota.kind))
        })
    }
}

/// Which mark the window of a quota warning has passed, 80 or 95 percent; 0 for other events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_quota_percent(event: *const toklink_event) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.quota.map_or(0, |quota| quota.percent.into())) }
}

/// How many slots of that window are occupied, requests in flight included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_quota_count(event: *const toklink_event) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.quota.map_or(0, |quota| quota.count)) }
}

/// How many requests fit in that window.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_quota_limit(event: *const toklink_event) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.quota.map_or(0, |quota| quota.limit)) }
}

/// Returns how many requests could be sent now in that window.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_quota_remaining(event: *const toklink_event) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.quota.map_or(0, |quota| quota.remaining)) }
}

/// Returns when the oldest occupied slot of the window of a call becomes free, in milliseconds since 1970 (UTC); 0 for other events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_quota_reset_at_ms(event: *const toklink_event) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.quota.map_or(0, |quota| quota.reset_at_ms)) }
}

/// The length of that window in milliseconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_quota_window_ms(event: *const toklink_event) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, 0, |held| held.quota.map_or(0, |quota| quota.window_ms)) }
}

/// Whether requests go on, counted by this process, while the Redis is away; else they are refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_event_sharing(event: *const toklink_event) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(event, false, |held| held.sharing) }
}
