//! Account events. Emitting an event does not wait for its subscribers.

use crate::clock::Timestamp;
use crate::error::Error;
use crate::model::AccountKey;
use crate::oauth::TokenSet;
use crate::quota::{QuotaWarning, QuotaWindow};
use crate::store::AccountRow;
use std::sync::{Mutex, PoisonError};
use tokio::sync::broadcast::{self, error::RecvError};

/// The number of events by which a subscriber may lag before it loses the oldest events.
const CAPACITY: usize = 256;

/// An event of an account or of an encryption key. Contains no token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A new token pair was stored.
    Refreshed {
        /// The account of the tokens.
        account: AccountKey,
        /// Time of the event.
        at: Timestamp,
        /// Time at which the new access token expires.
        token_expires_at: Timestamp,
    },
    /// A refresh returned no token.
    RefreshFailed {
        /// The account of the tokens.
        account: AccountKey,
        /// Time of the event.
        at: Timestamp,
        /// The reason, and what to do next.
        error: Error,
    },
    /// TikTok refused a refresh token that had not expired, and no earlier refresh was interrupted: the user or TikTok
    /// revoked access. The `RefreshFailed` event of the same refresh follows.
    Revoked {
        /// The account whose access was revoked.
        account: AccountKey,
        /// Time at which the revocation was detected.
        at: Timestamp,
    },
    /// A refresh returned fewer scopes than were granted before.
    ScopesReduced {
        /// The account whose scopes were reduced.
        account: AccountKey,
        /// Time at which the reduction was detected.
        at: Timestamp,
        /// Scopes that are no longer granted.
        lost: Vec<String>,
        /// Scopes that are still granted.
        scopes: Vec<String>,
    },
    /// A re-encryption of all accounts has finished, and no account uses this key any longer.
    KeyRetired {
        /// The name of the key.
        key: String,
        /// Time of the event.
        at: Timestamp,
    },
    /// A request fills a quota window of the account to 80 or 95 percent. Emitted before that request is sent, once per
    /// threshold. A threshold is reset when usage falls to half of the window.
    QuotaWarning {
        /// The account of the window. If the whole app shares the window, the account of the request.
        account: AccountKey,
        /// Time of the event.
        at: Timestamp,
        /// The window and its usage.
        warning: QuotaWarning,
    },
    /// The Redis server that counts requests is unreachable or has lost its counts.
    RedisUnavailable {
        /// Time at which the problem was detected.
        at: Timestamp,
        /// True when this process counts its own requests until Redis is available; false when it rejects requests.
        sharing: bool,
    },
    /// The Redis server of `REDIS_URL` is not used, so each process counts its own requests. Emitted at most once, by
    /// the first request.
    RedisIgnored {
        /// Time at which the client examined the Redis server.
        at: Timestamp,
        /// The reason, and what to do next.
        reason: String,
    },
    /// The Redis server that counts requests is available again, and has counted the requests that this process sent
    /// without it.
    RedisAvailable {
        /// Time of the recovery.
        at: Timestamp,
    },
    /// A call for an account ended: TikTok responded, or the request could not be sent. Emitted once per call,
    /// including its retries, and only to [`Client::call_events`](crate::Client::call_events). A response from the
    /// cache is not a call.
    Called {
        /// The account.
        account: AccountKey,
        /// Time at which the call ended.
        at: Timestamp,
        /// The endpoint, such as `user_info` or `video_init`; `access_token` when no token for the call was available.
        operation: &'static str,
        /// The reason for a failure, who has to act and what to do; `None` when the call succeeded.
        error: Option<Error>,
        /// The quota window with the fewest remaining requests, among the windows in which the call counts, according
        /// to the latest counts in this process.
        quota: Option<QuotaWindow>,
    },
    /// The subscriber was too slow, so this many events were dropped before the next event.
    Lagged {
        /// Number of dropped events.
        count: u64,
    },
}

/// A subscription. It returns the events emitted since its creation.
#[derive(Debug)]
pub struct Events {
    receiver: Option<broadcast::Receiver<Event>>,
}

impl Events {
    /// Returns the next event; `None` after the client was closed. Cancel-safe: dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        match self.receiver.as_mut()?.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(count)) => Some(Event::Lagged { count }),
            Err(RecvError::Closed) => None,
        }
    }
}

/// Sends events to subscribers without waiting for them.
#[derive(Debug)]
struct Channel(Mutex<Option<broadcast::Sender<Event>>>);

impl Channel {
    fn new() -> Self {
        Self(Mutex::new(Some(broadcast::channel(CAPACITY).0)))
    }

    fn send(&self, event: Event) {
        if let Some(sender) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // `send` fails only when there are no subscribers.
            let _ = sender.send(event);
        }
    }

    fn subscribe(&self) -> Events {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Events { receiver: sender.as_ref().map(broadcast::Sender::subscribe) }
    }

    fn has_subscribers(&self) -> bool {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sender.as_ref().is_some_and(|sender| sender.receiver_count() > 0)
    }

    fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Emits events to subscribers. Emitting never waits: a slow subscriber loses events and receives the number of lost
/// events.
#[derive(Debug)]
pub(crate) struct EventSender {
    events: Channel,
    /// Separate from the other events, which are rare: a burst of calls must not displace them.
    calls: Channel,
}

impl EventSender {
    pub(crate) fn new() -> Self {
        Self { events: Channel::new(), calls: Channel::new() }
    }

    pub(crate) fn emit(&self, event: Event) {
        self.events.send(event);
    }

    /// Emits the end of a call. `event` is called only when a subscriber listens to calls.
    pub(crate) fn called(&self, event: impl FnOnce() -> Event) {
        if self.calls.has_subscribers() {
            self.calls.send(event());
        }
    }

    /// Emits that a new token pair replaced the pair of `row`.
    pub(crate) fn refreshed(&self, row: &AccountRow, next: &TokenSet, at: Timestamp) {
        let account = row.key.clone();
        self.emit(Event::Refreshed {
            account: account.clone(),
            at,
            token_expires_at: next.access_expires_at,
        });
        let scopes = next.scopes.clone();
        if scopes.is_empty() {
            return;
        }
        let lost: Vec<_> = row.scopes.iter().filter(|scope| !scopes.contains(scope)).cloned().collect();
        if !lost.is_empty() {
            self.emit(Event::ScopesReduced { account, at, lost, scopes });
        }
    }

    pub(crate) fn refresh_failed(&self, account: &AccountKey, error: &Error, at: Timestamp) {
        self.emit(Event::RefreshFailed { account: account.clone(), at, error: error.clone() });
    }

    /// Emits that TikTok refused the refresh token of `row` when no earlier refresh was interrupted. A token that had
    /// expired was not revoked, so no event is emitted for it.
    pub(crate) fn refused(&self, row: &AccountRow, at: Timestamp) {
        if row.refresh_expires_at.is_none_or(|end| end > at) {
            self.emit(Event::Revoked { account: row.key.clone(), at });
        }
    }

    pub(crate) fn subscribe(&self) -> Events {
        self.events.subscribe()
    }

    pub(crate) fn subscribe_to_calls(&self) -> Events {
        self.calls.subscribe()
    }

    /// Ends every subscription after it has returned the events emitted so far.
    pub(crate) fn end(&self) {
        self.events.end();
        self.calls.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retired(key: u64) -> Event {
        Event::KeyRetired { key: key.to_string(), at: Timestamp::from_millis(0) }
    }

    #[tokio::test]
    async fn slow_subscriber_receives_the_number_of_lost_events() {
        let sender = EventSender::new();
        let mut events = sender.subscribe();
        let emitted = CAPACITY as u64 + 10;
        for n in 0..emitted {
            sender.emit(retired(n));
        }
        assert!(matches!(events.next().await, Some(Event::Lagged { count: 10 })));
        let next = events.next().await;
        assert!(matches!(&next, Some(Event::KeyRetired { key, .. }) if key == "10"), "{next:?}");
    }

    #[tokio::test]
    async fn events_emitted_before_the_end_are_still_delivered() {
        let sender = EventSender::new();
        let mut events = sender.subscribe();
        sender.emit(retired(1));
        sender.end();
        sender.emit(retired(2));
        assert!(matches!(events.next().await, Some(Event::KeyRetired { .. })));
        assert!(events.next().await.is_none());
        assert!(sender.subscribe().next().await.is_none());
    }
}
