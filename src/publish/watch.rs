//! Connects a running attempt with other processes through its journal row: the attempt accepts cancel requests, shows
//! that it is alive, and records its final error. All writes in this file are conditional and do not change the owner
//! of the row.

use super::context::PublishContext;
use super::journal::TRIES;
use super::publisher::Publisher;
use super::{last_error, start};
use crate::error::{Error, ErrorKind, Owner, Result};
use crate::model::{AccountKey, PublishPhase};
use crate::store::PublishRow;
use std::time::Duration;

/// Interval at which a running attempt reads its row.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// The maximum time for which a running attempt does not write its row.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(20);

impl Publisher {
    /// Completes with an error when the row contains a cancel request. A row that cannot be read is read again later.
    pub(super) async fn cancel_requested(&self, context: &PublishContext<'_>) -> Error {
        let clock = &self.pipeline.clock;
        let (mut revision, mut written) = (0, clock.monotonic());
        loop {
            // `timeout` instead of `sleep`, because this runs concurrently with the work.
            clock.timeout(CHECK_INTERVAL).await;
            let Ok(Some(row)) = self.journal.find(context.account, context.key).await else { continue };
            // If the row belongs to a failed attempt, this attempt is about to start the publish again.
            let is_open =
                !row.has_ended() || (row.phase == PublishPhase::Failed && row.attempt != context.attempt);
            if row.cancel_requested && is_open {
                let message = "a request from another process cancelled the publish";
                return Error::new(ErrorKind::Cancelled, message).with_owner(Owner::User);
            }
            let now = clock.monotonic();
            if row.revision != revision {
                (revision, written) = (row.revision, now);
            } else if now.saturating_sub(written) >= HEARTBEAT_INTERVAL
                // An attempt that is still reading its video does not own the row yet.
                && (is_working_on(context, &row) || context.lease.is_held().await)
            {
                written = now;
                let next = PublishRow { updated_at: clock.now(), revision: row.revision + 1, ..row };
                // If this write fails because another write came first, that write shows that the attempt is alive.
                let _ = self.journal.update_if(&next, revision).await;
                revision = next.revision;
            }
        }
    }

    /// Clears the cancel request and the error of an earlier attempt. Otherwise, this attempt would stop, or be
    /// reported as failed.
    pub(super) async fn clear_row(&self, context: &PublishContext<'_>) -> Result<()> {
        let cleared = |row: PublishRow| {
            let stale = row.cancel_requested || row.last_error.is_some();
            (stale && row.phase != PublishPhase::Done).then_some(PublishRow {
                cancel_requested: false,
                last_error: None,
                ..row
            })
        };
        self.change_row(context.account, context.key, cleared).await.map(drop)
    }

    /// Records the final error of the attempt. An attempt that failed before it had a row inserts a row that contains
    /// only the error; the next attempt replaces that row. A failed write must not replace the error.
    ///
    /// An attempt that lost its lease records nothing, because its error would hide the attempt that took over. It also
    /// records nothing after the account was erased, because the row would remain.
    pub(super) async fn record_error(&self, context: &PublishContext<'_>, error: &Error) {
        if !context.lease.is_held().await {
            return;
        }
        let text = last_error::to_text(error);
        let noted = |row: PublishRow| {
            // A conflict concerns another attempt, unless it reports a post whose outcome cannot be determined.
            let unclear = row.pulled && row.phase == PublishPhase::Intent;
            let sends = matches!(row.phase, PublishPhase::Sending | PublishPhase::LastChunk);
            let about_another =
                row.attempt != context.attempt && !unclear && (sends || error.kind() == ErrorKind::Conflict);
            (row.phase != PublishPhase::Done && !about_another).then(|| PublishRow {
                cancel_requested: false,
                last_error: Some(text.clone()),
                ..row
            })
        };
        if let Ok(false) = self.change_row(context.account, context.key, noted).await
            && context.is_named
            && self.pipeline.session.has(context.account).await
        {
            let mut row = start::row_without_publish(context, self.pipeline.clock.now());
            row.last_error = Some(text);
            let _ = self.journal.insert(&row).await;
        }
    }

    /// Applies `change` to the row, unless it returns `None`. Returns true when the row exists. The owner of the row
    /// stays the same.
    pub(super) async fn change_row(
        &self,
        account: &AccountKey,
        key: &str,
        change: impl Fn(PublishRow) -> Option<PublishRow>,
    ) -> Result<bool> {
        for _ in 0..TRIES {
            let Some(row) = self.journal.find(account, key).await? else { return Ok(false) };
            let read = row.revision;
            let Some(mut next) = change(row) else { return Ok(true) };
            next.revision = read + 1;
            next.updated_at = self.pipeline.clock.now();
            if self.journal.update_if(&next, read).await? {
                return Ok(true);
            }
        }
        Err(super::journal::contended())
    }
}

/// Returns true when an unchanged row shows only that the attempt is slow: the attempt owns the row, only queries the
/// outcome, or checks a new publish after a failed one.
fn is_working_on(context: &PublishContext<'_>, row: &PublishRow) -> bool {
    row.attempt == context.attempt || matches!(row.phase, PublishPhase::Processing | PublishPhase::Failed)
}
