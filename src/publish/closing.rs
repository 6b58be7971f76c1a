//! Stops the publishes of a client that closes with a deadline. Each publish first tries to stop at a safe point, where
//! the journal is complete. A publish that reaches no safe point before the deadline stops within a chunk, and the next
//! attempt sends that chunk again.

use super::progress::{CancelToken, cancelled};
use crate::error::{Error, ErrorKind, Result};
use crate::model::AccountKey;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio_util::sync::CancellationToken;

/// A publish that had no outcome when the client closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftPublish {
    /// The account to which the publish posts.
    #[serde(flatten, serialize_with = "account_fields")]
    pub account: AccountKey,
    /// The idempotency key that resumes the publish in another process.
    pub idempotency_key: String,
    /// TikTok's publish id; `None` when it is unknown whether TikTok has created the publish.
    pub publish_id: Option<String>,
}

fn account_fields<S: Serializer>(
    account: &AccountKey,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap;
    let mut fields = serializer.serialize_map(Some(2))?;
    fields.serialize_entry("tenant", &account.tenant)?;
    fields.serialize_entry("accountId", &account.open_id)?;
    fields.end()
}

/// The running publishes of one client. Clones share the same state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Closing(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    at_safe_points: CancellationToken,
    immediate: CancellationToken,
    publishes: Mutex<Publishes>,
}

#[derive(Debug, Default)]
struct Publishes {
    last: u64,
    open: BTreeMap<u64, Open>,
}

#[derive(Debug)]
struct Open {
    account: AccountKey,
    key: String,
    publish_id: Arc<OnceLock<String>>,
}

impl Closing {
    /// Stops each publish at its next safe point.
    pub(crate) fn stop_at_safe_points(&self) {
        self.0.at_safe_points.cancel();
    }

    /// Stops each publish immediately.
    pub(crate) fn stop_immediately(&self) {
        self.stop_at_safe_points();
        self.0.immediate.cancel();
    }

    /// Returns the publishes without an outcome, in the order in which they started.
    pub(crate) fn left(&self) -> Vec<LeftPublish> {
        let left = |open: &Open| LeftPublish {
            account: open.account.clone(),
            idempotency_key: open.key.clone(),
            publish_id: open.publish_id.get().cloned(),
        };
        self.publishes().open.values().map(left).collect()
    }

    /// Registers a publish until it ends or its caller drops the future. `publish_id` receives TikTok's publish id when
    /// it is known.
    pub(super) fn enter(
        &self,
        account: &AccountKey,
        key: &str,
        publish_id: &Arc<OnceLock<String>>,
    ) -> Running {
        let mut publishes = self.publishes();
        publishes.last += 1;
        let number = publishes.last;
        let publish_id = Arc::clone(publish_id);
        publishes.open.insert(number, Open { account: account.clone(), key: key.to_owned(), publish_id });
        drop(publishes);
        Running { closing: self.clone(), number, stays: false }
    }

    /// Fails at a safe point when the client is closing.
    pub(super) fn check(&self) -> Result<()> {
        if self.0.at_safe_points.is_cancelled() { Err(stopped()) } else { Ok(()) }
    }

    /// Runs `work`, which may stop at any point, unless the client closes first.
    pub(super) async fn unless_closing<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.0.at_safe_points.cancelled() => Err(stopped()),
            outcome = work => Ok(outcome),
        }
    }

    /// Runs `work` until its caller cancels it, another process requests cancellation (`requested`), or the deadline
    /// for closing passes. One function handles all three cases, because one more level of nested future types would
    /// exceed the recursion limit of host crates.
    pub(super) async fn guard<T>(
        &self,
        cancel: &CancelToken,
        requested: impl Future<Output = Error>,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(cancelled(cancel)),
            () = self.0.immediate.cancelled() => Err(stopped()),
            error = requested => Err(error),
            outcome = work => outcome,
        }
    }

    fn publishes(&self) -> MutexGuard<'_, Publishes> {
        self.0.publishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopped() -> Error {
    Error::new(
        ErrorKind::Closed,
        "the client was closed before the publish finished; resume it with its idempotency key",
    )
}

/// A registered publish.
#[derive(Debug)]
pub(super) struct Running {
    closing: Closing,
    number: u64,
    stays: bool,
}

impl Running {
    /// Keeps the registration when closing stopped the publish, so that [`Closing::left`] reports it.
    pub(super) fn end<T>(mut self, outcome: Result<T>) -> Result<T> {
        self.stays = matches!(&outcome, Err(error) if error.kind() == ErrorKind::Closed);
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.stays {
            self.closing.publishes().open.remove(&self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(closing: &Closing, key: &str) -> Running {
        let publish_id = Arc::new(OnceLock::new());
        let _ = publish_id.set(format!("id-{key}"));
        closing.enter(&AccountKey::new("t", "o"), key, &publish_id)
    }

    #[tokio::test]
    async fn close_reports_only_stopped_and_running_publishes() {
        let closing = Closing::default();
        let (stopped, posted, dropped, running) =
            (enter(&closing, "a"), enter(&closing, "b"), enter(&closing, "c"), enter(&closing, "d"));
        closing.check().unwrap();
        closing.stop_at_safe_points();
        stopped.end(closing.check()).unwrap_err();
        posted.end(Ok(())).unwrap();
        drop(dropped);
        let left = closing.left();
        assert_eq!(left.iter().map(|left| left.idempotency_key.as_str()).collect::<Vec<_>>(), ["a", "d"]);
        assert_eq!(
            serde_json::to_value(&left[0]).unwrap(),
            serde_json::json!({ "tenant": "t", "accountId": "o", "idempotencyKey": "a", "publishId": "id-a" })
        );
        drop(running);
    }

    #[tokio::test]
    async fn close_interrupts_running_work_only_after_its_deadline() {
        let closing = Closing::default();
        closing.stop_at_safe_points();
        closing.unless_closing(std::future::pending::<()>()).await.unwrap_err();
        let cancel = CancelToken::new();
        closing.guard(&cancel, std::future::pending(), async { Ok(()) }).await.unwrap();
        closing.stop_immediately();
        let error = closing
            .guard(&cancel, std::future::pending(), std::future::pending::<Result<()>>())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert!(!error.is_safe_to_repeat());
        cancel.cancel();
        let error = closing.guard(&cancel, std::future::pending(), async { Ok(()) }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
