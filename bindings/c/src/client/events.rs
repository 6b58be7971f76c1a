//! Events about accounts.

use crate::client::{account_id, engine, toklink_client};
use crate::ffi::error::{call, toklink_error};
use crate::ffi::result::{Owned, Parts, View};
use crate::ffi::status::toklink_status;
use crate::quota::windows::toklink_quota_window;
use crate::runtime::callback::{calling, toklink_destroy};
use crate::runtime::kept::Kept;
use core_toklink::{AccountKey, Client, Error, Event, Events};
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;
use tokio::sync::oneshot;

/// The kind of an event. Later versions add numbers.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_event_kind {
    /// An event that this header version does not define.
    TOKLINK_EVENT_OTHER = 0,
    /// New tokens were stored; see `token_expires_at_ms`.
    TOKLINK_EVENT_REFRESHED = 1,
    /// A refresh failed; see `error`.
    TOKLINK_EVENT_REFRESH_FAILED = 2,
    /// The user or TikTok revoked the consent.
    TOKLINK_EVENT_REVOKED = 3,
    /// A refresh returned fewer scopes than before; see `lost_scopes`.
    TOKLINK_EVENT_SCOPES_REDUCED = 4,
    /// No account needs the encryption key in `detail` any more.
    TOKLINK_EVENT_KEY_RETIRED = 5,
    /// The host processed events too slowly, so events were dropped; see `lagged`.
    TOKLINK_EVENT_LAGGED = 6,
    /// A request filled a quota window to 80 or 95 percent; see `quota`. Emitted once for each threshold, and again
    /// after the usage fell below 50 percent.
    TOKLINK_EVENT_QUOTA_WARNING = 7,
    /// The Redis server that counts requests does not respond or has lost its counts; see `sharing`.
    TOKLINK_EVENT_REDIS_UNAVAILABLE = 8,
    /// The Redis server responds again and has counted the requests that this process sent in between.
    TOKLINK_EVENT_REDIS_AVAILABLE = 9,
    /// The Redis server of `REDIS_URL` is not used, so each process counts its own requests; see `detail`. Emitted at
    /// most once per client, with its first request.
    TOKLINK_EVENT_REDIS_IGNORED = 10,
    /// A request for an account ended; see `operation`, `error` and `quota`. Only with `toklink_call_events`.
    TOKLINK_EVENT_CALLED = 11,
}

/// An event about an account or about the encryption keys. It contains no token.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_event {
    /// The kind.
    pub kind: toklink_event_kind,
    /// The id of the account; empty if the event does not concern an account.
    pub account: *const c_char,
    /// Time of the event, in milliseconds since 1970 (UTC); 0 for `TOKLINK_EVENT_LAGGED`.
    pub at_ms: i64,
    /// The name of the retired key, or the reason why the Redis server of `REDIS_URL` is not used; empty for other
    /// events.
    pub detail: *const c_char,
    /// The endpoint of a request, for example `user_info` or `video_init`; `access_token` if no token was available;
    /// empty for other events.
    pub operation: *const c_char,
    /// The error of a failed refresh or request; NULL otherwise.
    pub error: *const toklink_error,
    /// The scopes that were lost.
    pub lost_scopes: *const *const c_char,
    /// Number of `lost_scopes`.
    pub lost_scope_count: usize,
    /// Time at which the new access token expires, in milliseconds since 1970 (UTC); 0 for other events.
    pub token_expires_at_ms: i64,
    /// Number of events that were dropped before this one.
    pub lagged: u64,
    /// The window of a quota warning or of a request; NULL for other events.
    pub quota: *const toklink_quota_window,
    /// True if this process continues to send requests and counts them itself while Redis is unavailable; false if
    /// requests are refused.
    pub sharing: bool,
}

impl toklink_event {
    fn new(kind: toklink_event_kind, account: Option<&AccountKey>, at_ms: i64, parts: &mut Parts) -> Self {
        let (lost_scopes, lost_scope_count) = parts.texts(&[]);
        let account = account.map(|account| account_id::of(&account.tenant, &account.open_id));
        Self {
            kind,
            account: parts.maybe(account.as_deref()),
            at_ms,
            detail: parts.text(""),
            operation: parts.text(""),
            error: ptr::null(),
            lost_scopes,
            lost_scope_count,
            token_expires_at_ms: 0,
            lagged: 0,
            quota: ptr::null(),
            sharing: false,
        }
    }
}

impl View<Event> for toklink_event {
    fn of(event: &Event, parts: &mut Parts) -> Self {
        use toklink_event_kind as Kind;
        match event {
            Event::Refreshed { account, at, token_expires_at } => Self {
                token_expires_at_ms: token_expires_at.as_millis(),
                ..Self::new(Kind::TOKLINK_EVENT_REFRESHED, Some(account), at.as_millis(), parts)
            },
            Event::RefreshFailed { account, at, error } => Self {
                error: parts.child(error),
                ..Self::new(Kind::TOKLINK_EVENT_REFRESH_FAILED, Some(account), at.as_millis(), parts)
            },
            Event::Revoked { account, at } => {
                Self::new(Kind::TOKLINK_EVENT_REVOKED, Some(account), at.as_millis(), parts)
            }
            Event::ScopesReduced { account, at, lost, .. } => {
                let (lost_scopes, lost_scope_count) = parts.texts(lost);
                Self {
                    lost_scopes,
                    lost_scope_count,
                    ..Self::new(Kind::TOKLINK_EVENT_SCOPES_REDUCED, Some(account), at.as_millis(), parts)
                }
            }
            Event::KeyRetired { key, at } => Self {
                detail: parts.text(key),
                ..Self::new(Kind::TOKLINK_EVENT_KEY_RETIRED, None, at.as_millis(), parts)
            },
            Event::QuotaWarning { account, at, warning } => Self {
                quota: parts.child(warning),
                ..Self::new(Kind::TOKLINK_EVENT_QUOTA_WARNING, Some(account), at.as_millis(), parts)
            },
            Event::RedisUnavailable { at, sharing } => Self {
                sharing: *sharing,
                ..Self::new(Kind::TOKLINK_EVENT_REDIS_UNAVAILABLE, None, at.as_millis(), parts)
            },
            Event::RedisAvailable { at } => {
                Self::new(Kind::TOKLINK_EVENT_REDIS_AVAILABLE, None, at.as_millis(), parts)
            }
            Event::RedisIgnored { at, reason } => Self {
                detail: parts.text(reason),
                ..Self::new(Kind::TOKLINK_EVENT_REDIS_IGNORED, None, at.as_millis(), parts)
            },
            Event::Called { account, at, operation, error, quota } => Self {
                operation: parts.text(operation),
                error: parts.maybe_child(error.as_ref()),
                quota: parts.maybe_child(quota.as_ref()),
                ..Self::new(Kind::TOKLINK_EVENT_CALLED, Some(account), at.as_millis(), parts)
            },
            Event::Lagged { count } => {
                Self { lagged: *count, ..Self::new(Kind::TOKLINK_EVENT_LAGGED, None, 0, parts) }
            }
            _ => Self::new(Kind::TOKLINK_EVENT_OTHER, None, 0, parts),
        }
    }
}

/// Receives events on the callback thread, one at a time and in order. The event is valid until the callback returns. A
/// host that is more than 256 events behind loses the oldest ones and receives a `TOKLINK_EVENT_LAGGED` with their
/// number.
pub type toklink_event_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, event: *const toklink_event)>;

/// Subscribes `callback` to the events of all accounts until the client is closed. For `destroy` (may be NULL), see
/// "Callbacks" at the top. Several callbacks may be subscribed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_events(
    client: *const toklink_client,
    callback: toklink_event_callback,
    user_data: *mut c_void,
    destroy: toklink_destroy,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the header requires valid arguments.
    unsafe { subscribe(client, Client::events, callback, user_data, destroy, error) }
}

/// Subscribes `callback` to a `TOKLINK_EVENT_CALLED` for each request that ends, until the client is closed. Use it to
/// record the health of each account. Reads from the cache are not reported. Otherwise like `toklink_events`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_call_events(
    client: *const toklink_client,
    callback: toklink_event_callback,
    user_data: *mut c_void,
    destroy: toklink_destroy,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the header requires valid arguments.
    unsafe { subscribe(client, Client::call_events, callback, user_data, destroy, error) }
}

/// Subscribes `callback` to the events of `source`.
///
/// # Safety
/// The same as for [`toklink_events`].
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
        // SAFETY: the header requires valid arguments.
        let engine = unsafe { engine(client)? };
        let callback =
            callback.ok_or_else(|| Error::invalid("the event callback is NULL; pass a function"))?;
        let mut events = source(&engine.client()?);
        let post = engine.post();
        kept.is_used_by(post.clone());
        let kept = Arc::new(kept);
        engine.spawn(async move {
            while let Some(event) = events.next().await {
                let kept = Arc::clone(&kept);
                let (delivered, waiting) = oneshot::channel();
                post.send(move || {
                    let event = Owned::<toklink_event>::new(&event);
                    // SAFETY: the host's function and pointer; the event is valid until it returns.
                    calling(|| unsafe { callback(kept.pointer(), ptr::from_ref(event.view())) });
                    // The task may have ended already.
                    let _ended = delivered.send(());
                });
                if waiting.await.is_err() {
                    return;
                }
            }
        })
    };
    // SAFETY: the header requires valid arguments.
    unsafe { call(error, work) }
}
