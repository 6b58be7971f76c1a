//! The end of a client.

use super::Client;
use crate::publish::LeftPublish;
use serde::Serialize;
use std::future::Future;
use std::time::Duration;

/// The part of a deadline that is kept for publishes which have not stopped by themselves, at most [`LONGEST_RESERVE`].
const RESERVE: u32 = 4;
const LONGEST_RESERVE: Duration = Duration::from_millis(500);

/// The state in which a client was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloseReport {
    /// `true` when all work has ended; `false` when the deadline came first, so that work still runs until the process ends.
    pub complete: bool,
    /// The publishes without an outcome, in the order in which they started. Another process resumes each with
    /// [`Client::resume_publish`].
    pub publishes: Vec<LeftPublish>,
}

impl Client {
    /// Closes within `deadline`, for a process that has to end. Refuses new work from now on with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed), and stops sweeps and publishes; reads, logins and token refreshes end by
    /// themselves. May be called again.
    ///
    /// A publish stops with `Closed` where its journal row holds all that happened: before its init, between two chunks, or while
    /// it waits for TikTok. A chunk that is still on its way shortly before the deadline (500 ms, or a quarter of a deadline under
    /// 2 s) stops too; the process that resumes the publish sends that one chunk again. A stopped publish gives its claim back, so
    /// another process can resume it at once.
    pub async fn close_within(&self, deadline: Duration) -> CloseReport {
        let closing = &self.shared.publisher.closing;
        self.refuse_new_work();
        closing.stop_at_safe_points();
        let reserve = (deadline / RESERVE).min(LONGEST_RESERVE);
        let mut complete = self.in_time(deadline.saturating_sub(reserve), self.settled()).await;
        if !complete {
            closing.stop_at_once();
            complete = self.in_time(reserve, self.settled()).await;
        }
        self.shared.herald.end();
        CloseReport { complete, publishes: closing.left() }
    }

    pub(super) fn refuse_new_work(&self) {
        self.shared.background.stop.cancel();
        self.shared.running.close();
    }

    /// Completes when running work has ended.
    pub(super) async fn settled(&self) {
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
