//! Closes a client.

use super::Client;
use crate::publish::LeftPublish;
use serde::Serialize;
use std::future::Future;
use std::time::Duration;

/// A quarter of the deadline, but at most [`LONGEST_RESERVE`], is reserved for stopping publishes that are still
/// sending a chunk.
const RESERVE: u32 = 4;
const LONGEST_RESERVE: Duration = Duration::from_millis(500);

/// The result of closing a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloseReport {
    /// True when all work has ended. False when the deadline passed first; the remaining work continues until the
    /// process exits.
    pub complete: bool,
    /// The publishes without an outcome, in the order in which they started. Another process can resume each one with
    /// [`Client::resume_publish`].
    pub publishes: Vec<LeftPublish>,
}

impl Client {
    /// Closes the client within `deadline`, for a process that has to exit. New work fails immediately with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed). Metrics collections and publishes stop; reads, logins and token
    /// refreshes finish. May be called more than once.
    ///
    /// A publish stops with `Closed` at a point where its journal row is complete: before its init request, between two
    /// chunks, or while it waits for TikTok. Shortly before the deadline (500 ms, or a quarter of a deadline under 2
    /// s), a publish that is still sending a chunk stops too. The process that resumes the publish then sends that
    /// chunk again. A stopped publish releases its lease, so another process can resume it immediately.
    pub async fn close_within(&self, deadline: Duration) -> CloseReport {
        let closing = &self.shared.publisher.closing;
        self.refuse_new_work();
        closing.stop_at_safe_points();
        let reserve = (deadline / RESERVE).min(LONGEST_RESERVE);
        let mut complete = self.in_time(deadline.saturating_sub(reserve), self.wait_until_idle()).await;
        if !complete {
            closing.stop_immediately();
            complete = self.in_time(reserve, self.wait_until_idle()).await;
        }
        self.shared.events.end();
        CloseReport { complete, publishes: closing.left() }
    }

    pub(super) fn refuse_new_work(&self) {
        self.shared.background.stop.cancel();
        self.shared.running.close();
    }

    /// Completes when all running work has ended.
    pub(super) async fn wait_until_idle(&self) {
        self.shared.running.wait().await;
        self.shared.pipeline.quotas.flush().await;
    }

    async fn in_time(&self, limit: Duration, work: impl Future<Output = ()>) -> bool {
        tokio::select! {
            biased;
            () = work => true,
            () = self.shared.clock.timeout(limit) => false,
        }
    }
}
