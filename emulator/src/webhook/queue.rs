//! The queue of deliveries and the record of their answers (docs/tiktok-api.md 6).

use serde::Serialize;

/// A delivery is given up this long after its event, milliseconds (docs/tiktok-api.md 6).
const RETRY_PERIOD_MS: i64 = 72 * 3_600_000;
/// Wait before the second attempt; each further wait is twice as long (the steps are inferred).
const FIRST_RETRY_MS: i64 = 60_000;
/// With `webhook_reorder` every other delivery waits this long, so that later ones overtake it.
const REORDER_DELAY_MS: i64 = 30_000;
/// Only this many deliveries are kept, finished ones first to go.
const MAX_DELIVERIES: usize = 2_000;

/// One attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookAttempt {
    /// Virtual time, unix milliseconds.
    pub at_ms: i64,
    /// HTTP status of the answer; 0 if there was none.
    pub status: u16,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// One webhook and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookDelivery {
    /// Counts from 1 since the start or the last reset.
    pub seq: u64,
    /// The app it is for.
    pub client_key: String,
    /// `post.publish.complete` and so on.
    pub event: String,
    /// The raw body, byte for byte what is signed.
    pub body: String,
    /// Virtual time of the event, unix milliseconds.
    pub created_ms: i64,
    /// `waiting`, `delivered` or `dropped`.
    pub state: &'static str,
    /// When the next attempt is due; absent once delivered or dropped.
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
    pub(super) fn add(&mut self, client_key: &str, event: &str, body: &str, at_ms: i64, holds_back: bool) {
        self.count += 1;
        let wait = if holds_back && !self.count.is_multiple_of(2) { REORDER_DELAY_MS } else { 0 };
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

    /// The delivery that is due first.
    pub(super) fn due(&self, now_ms: i64) -> Option<&WebhookDelivery> {
        let due = self.all.iter().filter(|one| one.next_attempt_ms.is_some_and(|at| at <= now_ms));
        due.min_by_key(|one| (one.next_attempt_ms, one.seq))
    }

    /// What the app answered to delivery `seq` at `at_ms`.
    pub(super) fn record_answer(&mut self, seq: u64, at_ms: i64, answer: Result<u16, String>) {
        let Some(one) = self.all.iter_mut().find(|one| one.seq == seq) else { return };
        let (status, error) = match answer {
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
    fn attempts_double_their_distance_and_end_within_72_hours() {
        let mut webhook_queue = WebhookQueue::default();
        webhook_queue.add("app", "e", "{}", 0, false);
        let mut at = Vec::new();
        while let Some(one) = webhook_queue.due(i64::MAX) {
            let (seq, due) = (one.seq, one.next_attempt_ms.unwrap_or_default());
            at.push(due);
            webhook_queue.record_answer(seq, due, Ok(500));
        }
        assert_eq!(at[..4], [0, 60_000, 180_000, 420_000]);
        assert!(at.last().is_some_and(|last| *last <= RETRY_PERIOD_MS));
        assert_eq!((webhook_queue.all()[0].state, at.len()), ("dropped", 13));
    }

    #[test]
    fn held_back_deliveries_are_overtaken() {
        let mut webhook_queue = WebhookQueue::default();
        webhook_queue.add("app", "first", "{}", 0, true);
        webhook_queue.add("app", "second", "{}", 10, true);
        assert_eq!(webhook_queue.due(i64::MAX).map(|one| one.event.as_str()), Some("second"));
    }
}
