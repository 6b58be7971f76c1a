//! The journal of publishes. Every write is conditional on the revision that was read, so only one of two concurrent
//! writers succeeds. `src/publish/journal.rs` decides which rows a step of a publish may overwrite.

use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use crate::model::{AccountKey, PublishPhase};
use std::fmt::Debug;

/// A publish as recorded in the journal. The row is written before each step, so that it is correct after a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishRow {
    /// The idempotency key, which the caller passed or toklink generated; unique per account.
    pub key: String,
    /// The account to which the publish posts.
    pub account: AccountKey,
    /// The random id of the attempt that owns the publish; empty in a row that an earlier version wrote.
    pub attempt: String,
    /// Revision of the row. It starts at a random number and increases by one with each write; each write names the
    /// revision that it read. After a key was deleted, an old attempt can therefore not overwrite the row of the next
    /// publish with that key.
    pub revision: u64,
    /// Current phase.
    pub phase: PublishPhase,
    /// TikTok's publish id, once known.
    pub publish_id: Option<String>,
    /// The upload URL, encrypted because it is a credential.
    pub upload_url_sealed: Option<String>,
    /// Fingerprint of the content and settings. The same key with a different fingerprint is a conflict.
    pub fingerprint: String,
    /// Size of the video in bytes.
    pub video_size: u64,
    /// Chunk size of the upload in bytes.
    pub chunk_size: u64,
    /// True when TikTok will assign a public id, which only posts that everyone may see receive.
    pub may_become_public: bool,
    /// Number of bytes that TikTok has accepted, from the start.
    pub accepted_bytes: u64,
    /// True for photos, false for a video.
    pub photos: bool,
    /// True for a draft, which is sent to the creator's inbox.
    pub draft: bool,
    /// True when TikTok fetches the media from a URL. toklink then sends no bytes, and `video_size` is 0.
    pub pulled: bool,
    /// Ids of the public posts that resulted from the publish.
    pub post_ids: Vec<String>,
    /// TikTok's reason for a failure.
    pub fail_reason: Option<String>,
    /// True when another process asked the attempt that works on this publish to stop. The next attempt clears the
    /// request.
    pub cancel_requested: bool,
    /// The final error of the last attempt, as JSON text without secrets; `None` while an attempt works on the publish.
    pub last_error: Option<String>,
    /// Time at which the intent was recorded.
    pub created_at: Timestamp,
    /// Time at which this row was last written. A running attempt writes at least every 20 s.
    pub updated_at: Timestamp,
}

/// The final status of a publish, from a status query or a webhook. Both may report it, in any order and more than
/// once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FinalStatus {
    /// True when TikTok reported the publish as posted or delivered; false when it ended without a post.
    pub(crate) posted: bool,
    /// Ids of public posts, which are added to the recorded ids.
    pub(crate) post_ids: Vec<String>,
    /// TikTok's reason for a failure.
    pub(crate) fail_reason: Option<String>,
    /// Time of TikTok's report.
    pub(crate) at: Timestamp,
}

impl PublishRow {
    /// Returns true when the publish has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.phase, PublishPhase::Done | PublishPhase::Failed)
    }

    /// Ends the publish as `final_status` reports. Returns false when the end is already recorded. A posted publish
    /// stays posted; only post ids are added later. A failed or abandoned publish becomes posted when TikTok reports it
    /// as posted, because its key would otherwise post again.
    pub(crate) fn apply_final_status(&mut self, final_status: &FinalStatus) -> bool {
        let before = (self.phase, self.post_ids.len());
        if !self.has_ended() || (final_status.posted && self.phase == PublishPhase::Failed) {
            self.phase = if final_status.posted { PublishPhase::Done } else { PublishPhase::Failed };
            self.upload_url_sealed = None;
            self.fail_reason.clone_from(&final_status.fail_reason);
        }
        if self.phase == PublishPhase::Done && final_status.posted {
            for id in &final_status.post_ids {
                if !self.post_ids.contains(id) {
                    self.post_ids.push(id.clone());
                }
            }
        }
        let changed = before != (self.phase, self.post_ids.len());
        if changed {
            self.updated_at = final_status.at;
        }
        changed
    }
}

/// Stores the journal of publishes. The journal ensures that an idempotency key posts at most once across all processes
/// that share the store. A store whose writes are not conditional breaks this guarantee and fails the conformance
/// checks.
pub trait JournalStore: Send + Sync + Debug {
    /// Inserts `row` atomically if no row has the same account and key. Returns false when such a row exists.
    fn insert<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<bool>>;

    /// Returns the row with this idempotency key.
    fn find<'a>(&'a self, account: &'a AccountKey, key: &'a str)
    -> BoxFuture<'a, Result<Option<PublishRow>>>;

    /// Returns the row with this publish id of TikTok.
    fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>>;

    /// Replaces the row with the same account and key atomically if its revision is still `expected`. Returns false
    /// when it has another revision, or when there is no such row. `row` contains the next revision.
    fn update_if<'a>(&'a self, row: &'a PublishRow, expected: u64) -> BoxFuture<'a, Result<bool>>;

    /// Returns the rows of `account` that have not ended, the most recently written first.
    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>>;

    /// Deletes the rows of all accounts that ended (`DONE` or `FAILED`) and were last written before `ended_before`.
    /// Returns the number of deleted rows.
    fn expire(&self, ended_before: Timestamp) -> BoxFuture<'_, Result<u64>>;

    /// Deletes every row of `account`, including those that have not ended.
    fn forget<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<()>>;
}
