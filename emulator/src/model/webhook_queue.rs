//! Queue of webhook deliveries, with the apps' responses (docs/tiktok-api.md 6).

use serde::Serialize;

/// Time from an event until its delivery is dropped, milliseconds (docs/tiktok-api.md 6).
const RETRY_PERIOD_MS: i64 = 72 * 3_600_000;
/// Delay before the second attempt, milliseconds. Each further delay is twice as long (inferred).
const FIRST_RETRY_MS: i64 = 60_000;
/// Delay of every other delivery with `webhook_reorder`, milliseconds, so that later deliveries overtake it.
const REORDER_DELAY_MS: i64 = 30_000;
/// Maximum number of stored deliveries. Finished deliveries are removed first.
const MAX_DELIVERIES: usize = 2_000;

/// One delivery attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookAttempt {
    /// Virtual time of the attempt, Unix milliseconds.
    pub at_ms: i64,
    /// HTTP status of the response; 0 if there was none.
    pub status: u16,
    /// Error message, if there was no response.
    pub error: Option<String>,
}

/// One webhook and its delivery attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookDelivery {
    /// Number of the delivery, from 1 since the start or the last reset.
    pub seq: u64,
    /// Client key of the receiving app.
    pub client_key: String,
    /// Name of the event, such as `post.publish.complete`.
    pub event: String,
    /// Raw body: exactly the bytes that the signature covers.
    pub body: String,
    /// Virtual time of the event, Unix milliseconds.
    pub created_ms: i64,
    /// `waiting`, `delivered` or `dropped`.
    pub state: &'static str,
    /// Due time of the next attempt, Unix milliseconds; absent once delivered or dropped.
    pub next_attempt_ms: Option<i64>,
    /// All attempts, oldest first.
    pub attempts: Vec<WebhookAttempt>,
}

/// All deliveries of one emulator, oldest first.
#[derive(Debug, Default)]
pub(crate) struct WebhookQueue {
    count: u64,
    all: Vec<WebhookDelivery>,
}

impl WebhookQueue {
    pub(crate) fn add(&mut self, client_key: &str, event: &str, body: &str, at_ms: i64, is_delayed: bool) {
        self.count += 1;
        let wait = if is_delayed && !self.count.is_multiple_of(2) { REORDER_DELAY_MS } else { 0 };
        if self.all.len() >= MAX_DELIVERIES {
            let oldest_done = self.all.iter().position(|one| one.next_attempt_ms.is_none()).unwrap_or(0);
            self.all.remove(oldest_done);
        }
        self.all.push(WebhookDelivery {
            seq: self.count,
            client_key: client_key.to_owned(),
            event: event.to_owned(),
            body: body.to_owned(),
            created_ms: at_ms,
            state: "waiting",
            next_attempt_ms: Some(at_ms.saturating_add(wait)),
            attempts: Vec::new(),
        });
    }

    /// Returns the due delivery with the earliest due time.
    pub(crate) fn due(&self, now_ms: i64) -> Option<&WebhookDelivery> {
        let due = self.all.iter().filter(|one| one.next_attempt_ms.is_some_and(|at| at <= now_ms));
        due.min_by_key(|one| (one.next_attempt_ms, one.seq))
    }

    /// Records the response to delivery `seq` at `at_ms`.
    pub(crate) fn record_response(&mut self, seq: u64, at_ms: i64, response: Result<u16, String>) {
        let Some(one) = self.all.iter_mut().find(|one| one.seq == seq) else { return };
        let (status, error) = match response {
            Ok(status) => (status, None),
            Err(error) => (0, Some(error)),
        };
        one.attempts.push(WebhookAttempt { at_ms, status, error });
        let doublings = u32::try_from(one.attempts.len() - 1).unwrap_or(u32::MAX);
        let wait = FIRST_RETRY_MS.saturating_mul(2_i64.saturating_pow(doublings));
        let next = at_ms.saturating_add(wait);
        (one.state, one.next_attempt_ms) = if status == 200 {
            ("delivered", None)
        } else if next - one.created_ms > RETRY_PERIOD_MS {
            ("dropped", None)
        } else {
            ("waiting", Some(next))
        };
    }

    pub(crate) fn all(&self) -> &[WebhookDelivery] {
        &self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_delay_doubles_and_retries_end_within_72_hours() {
        let mut webhook_queue = WebhookQueue::default();
        webhook_queue.add("app", "e", "{}", 0, false);
        let mut at = Vec::new();
        while let Some(one) = webhook_queue.due(i64::MAX) {
            let (seq, due) = (one.seq, one.next_attempt_ms.unwrap_or_default());
            at.push(due);
            webhook_queue.record_response(seq, due, Ok(500));
        }
        assert_eq!(at[..4], [0, 60_000, 180_000, 420_000]);
        assert!(at.last().is_some_and(|last| *last <= RETRY_PERIOD_MS));
        assert_eq!((webhook_queue.all()[0].state, at.len()), ("dropped", 13));
    }

    #[test]
    fn later_delivery_overtakes_a_delayed_one() {
        let mut webhook_queue = WebhookQueue::default();
        webhook_queue.add("app", "first", "{}", 0, true);
        webhook_queue.add("app", "second", "{}", 10, true);
        assert_eq!(webhook_queue.due(i64::MAX).map(|one| one.event.as_str()), Some("second"));
    }
}
