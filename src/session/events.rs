//! What happens to accounts while nobody waits for it: told to whoever subscribed, never waited for.

use crate::clock::Timestamp;
use crate::error::Error;
use crate::quota::{QuotaStatus, QuotaWarning};
use crate::store::{AccountKey, AccountRow, TokenSwap};
use std::sync::{Mutex, PoisonError};
use tokio::sync::broadcast::{self, error::RecvError};

/// How many events a subscriber may be behind before it misses the oldest.
const CAPACITY: usize = 256;

/// Something that happened to an account, or to the keys that seal all of them. Holds no token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A new pair of tokens is stored.
    Refreshed {
        /// Whose tokens.
        account: AccountKey,
        /// When.
        at: Timestamp,
        /// When the new access token ends.
        token_expires_at: Timestamp,
    },
    /// A refresh did not give a token.
    RefreshFailed {
        /// Whose tokens.
        account: AccountKey,
        /// When.
        at: Timestamp,
        /// Why, and what to do next.
        error: Error,
    },
    /// TikTok refused a refresh token that had time left and that no crash had interrupted: the user, or TikTok, ended
    /// the grant. The `RefreshFailed` of the same refresh comes after it.
    Revoked {
        /// Whose grant.
        account: AccountKey,
        /// When it was noticed.
        at: Timestamp,
    },
    /// A refresh gave fewer scopes than were granted before.
    ScopesReduced {
        /// Whose scopes.
        account: AccountKey,
        /// When it was noticed.
        at: Timestamp,
        /// What is no longer granted.
        lost: Vec<String>,
        /// What still is.
        scopes: Vec<String>,
    },
    /// A reseal of all accounts has ended, and none of them needs this key any more.
    KeyRetired {
        /// The key's name.
        key: String,
        /// When.
        at: Timestamp,
    },
    /// A request fills a quota window of the account to 80 or 95 percent. Told before that request is sent, once for each
    /// mark, and again after the window was half empty.
    QuotaWarning {
        /// Whose window, or that of its app.
        account: AccountKey,
        /// When.
        at: Timestamp,
        /// Which window, and how full it is.
        warning: QuotaWarning,
    },
    /// The Redis that counts requests does not answer or has lost its counts.
    RedisUnavailable {
        /// When it was noticed.
        at: Timestamp,
        /// True when this process counts its requests itself; false when it refuses them.
        sharing: bool,
    },
    /// The Redis of `REDIS_URL` is not used, so that each process counts its own requests. Emitted at most once, by the
    /// first request.
    RedisIgnored {
        /// When the client examined the Redis.
        at: Timestamp,
        /// Why, and what to do.
        reason: String,
    },
    /// The Redis that counts requests answers again and has counted what this process sent without it.
    RedisAvailable {
        /// The time of the recovery.
        at: Timestamp,
    },
    /// A call for an account ended: TikTok answered, or it could not be asked. Emitted once for each, its retries included, and
    /// only to [`Client::call_events`](crate::Client::call_events). An answer from the cache is not a call.
    Called {
        /// The account.
        account: AccountKey,
        /// When the call ended.
        at: Timestamp,
        /// The endpoint, such as `user_info` or `video_init`; `access_token` when there was no token to call with.
        operation: &'static str,
        /// Why it failed, who has to act and what to do; `None` when it succeeded.
        error: Option<Error>,
        /// The window with the fewest requests left of those that the call counts in, as far as this process knows.
        quota: Option<QuotaStatus>,
    },
    /// The subscriber was too slow: this many events were dropped before the next one.
    Missed {
        /// How many.
        count: u64,
    },
}

/// Reads the events from the moment it was made.
#[derive(Debug)]
pub struct Events {
    receiver: Option<broadcast::Receiver<Event>>,
}

impl Events {
    /// The next event; `None` once the client was closed. Cancel-safe: a dropped call loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        match self.receiver.as_mut()?.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(count)) => Some(Event::Missed { count }),
            Err(RecvError::Closed) => None,
        }
    }
}

/// Passes events to subscribers without waiting for them.
#[derive(Debug)]
struct Channel(Mutex<Option<broadcast::Sender<Event>>>);

impl Channel {
    fn new() -> Self {
        Self(Mutex::new(Some(broadcast::channel(CAPACITY).0)))
    }

    fn send(&self, event: Event) {
        if let Some(sender) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // Nobody has to listen.
            let _ = sender.send(event);
        }
    }

    fn subscribe(&self) -> Events {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Events { receiver: sender.as_ref().map(broadcast::Sender::subscribe) }
    }

    fn is_heard(&self) -> bool {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sender.as_ref().is_some_and(|sender| sender.receiver_count() > 0)
    }

    fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Tells subscribers. Telling never waits: a slow subscriber misses events, and is told how many.
#[derive(Debug)]
pub(crate) struct Herald {
    events: Channel,
    /// Apart from the others, which are rare: a burst of calls must not push them out.
    calls: Channel,
}

impl Herald {
    pub(crate) fn new() -> Self {
        Self { events: Channel::new(), calls: Channel::new() }
    }

    pub(crate) fn tell(&self, event: Event) {
        self.events.send(event);
    }

    /// Emits the end of a call; `event` is made only when something subscribes to calls.
    pub(crate) fn called(&self, event: impl FnOnce() -> Event) {
        if self.calls.is_heard() {
            self.calls.send(event());
        }
    }

    /// A new pair is stored in place of `row`'s.
    pub(crate) fn refreshed(&self, row: &AccountRow, next: &TokenSwap, at: Timestamp) {
        let account = row.key.clone();
        self.tell(Event::Refreshed {
            account: account.clone(),
            at,
            token_expires_at: next.access_expires_at,
        });
        let Some(scopes) = next.scopes.clone() else { return };
        let lost: Vec<_> = row.scopes.iter().filter(|scope| !scopes.contains(scope)).cloned().collect();
        if !lost.is_empty() {
            self.tell(Event::ScopesReduced { account, at, lost, scopes });
        }
    }

    pub(crate) fn refresh_failed(&self, account: &AccountKey, error: &Error, at: Timestamp) {
        self.tell(Event::RefreshFailed { account: account.clone(), at, error: error.clone() });
    }

    /// TikTok refused the refresh token of `row`, which no crash had interrupted. One whose time was over was not revoked.
    pub(crate) fn refused(&self, row: &AccountRow, at: Timestamp) {
        if row.refresh_expires_at.is_none_or(|end| end > at) {
            self.tell(Event::Revoked { account: row.key.clone(), at });
        }
    }

    pub(crate) fn subscribe(&self) -> Events {
        self.events.subscribe()
    }

    pub(crate) fn subscribe_to_calls(&self) -> Events {
        self.calls.subscribe()
    }

    /// Ends every subscription once it has read what was told.
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
    async fn a_subscriber_that_is_too_slow_is_told_how_many_events_it_missed() {
        let herald = Herald::new();
        let mut events = herald.subscribe();
        let told = CAPACITY as u64 + 10;
        for n in 0..told {
            herald.tell(retired(n));
        }
        assert!(matches!(events.next().await, Some(Event::Missed { count: 10 })));
        let next = events.next().await;
        assert!(matches!(&next, Some(Event::KeyRetired { key, .. }) if key == "10"), "{next:?}");
    }

    #[tokio::test]
    async fn what_was_told_before_the_end_is_still_read() {
        let herald = Herald::new();
        let mut events = herald.subscribe();
        herald.tell(retired(1));
        herald.end();
        herald.tell(retired(2));
        assert!(matches!(events.next().await, Some(Event::KeyRetired { .. })));
        assert!(events.next().await.is_none());
        assert!(herald.subscribe().next().await.is_none());
    }
}
