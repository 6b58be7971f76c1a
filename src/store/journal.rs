//! The journal of publishes. Every write is conditional on the revision that was read, so that of two writers one wins; what
//! a step of a publish may overwrite is decided in `src/publish/journal.rs`.

use super::AccountKey;
use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use std::fmt::Debug;

/// How far a publish has come, as the journal keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublishPhase {
    /// The init may have been sent.
    Intent,
    /// TikTok gave a `publish_id`; bytes travel, and the last chunk was not sent.
    Sending,
    /// The last chunk may have been sent, so a post may come of it.
    LastChunk,
    /// All bytes were accepted; TikTok works on it.
    Processing,
    /// TikTok says that it is posted or delivered.
    Done,
    /// It ended without a post.
    Failed,
}

impl PublishPhase {
    /// The spelling that stores keep, for example `SENDING`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "INTENT",
            Self::Sending => "SENDING",
            Self::LastChunk => "LAST_CHUNK",
            Self::Processing => "PROCESSING",
            Self::Done => "DONE",
            Self::Failed => "FAILED",
        }
    }

    /// Reads the spelling that stores keep.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "INTENT" => Self::Intent,
            "SENDING" => Self::Sending,
            "LAST_CHUNK" => Self::LastChunk,
            "PROCESSING" => Self::Processing,
            "DONE" => Self::Done,
            "FAILED" => Self::Failed,
            _ => return None,
        })
    }
}

/// One publish as the journal keeps it. Written before each act, so that a crash leaves a true picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishRow {
    /// The caller's idempotency key, or one that was made; unique per account.
    pub key: String,
    /// Whose publish it is.
    pub account: AccountKey,
    /// The random id of the attempt that owns the publish; empty in a row of a version without attempts.
    pub attempt: String,
    /// Starts at a random number and grows by one with each write: a write names the revision that it read. An attempt whose key
    /// was forgotten therefore does not write the row of the next publish under that key.
    pub revision: u64,
    /// How far it has come.
    pub phase: PublishPhase,
    /// TikTok's id of the task, once known.
    pub publish_id: Option<String>,
    /// The upload URL, sealed (it is a credential).
    pub upload_url_sealed: Option<String>,
    /// A fingerprint of what is posted: the same key with another fingerprint is a conflict.
    pub fingerprint: String,
    /// The size of the video in bytes.
    pub video_size: u64,
    /// The size of the chunks that the upload began with, in bytes.
    pub chunk_size: u64,
    /// True when TikTok will give a public id: only posts for everyone get one.
    pub may_become_public: bool,
    /// How many bytes TikTok has accepted, from the start.
    pub accepted_bytes: u64,
    /// Photos rather than a video.
    pub photos: bool,
    /// Sent to the creator's inbox rather than posted.
    pub draft: bool,
    /// TikTok fetches it from a URL, so no bytes are sent and `video_size` is 0.
    pub pulled: bool,
    /// Ids of the public posts that came of it.
    pub post_ids: Vec<String>,
    /// Why it failed, TikTok's word.
    pub fail_reason: Option<String>,
    /// Another process asked the attempt that works on this publish to stop. The next attempt starts without the request.
    pub cancel_requested: bool,
    /// The error that the last attempt ended with, as JSON text without secrets; `None` while an attempt works on it.
    pub last_error: Option<String>,
    /// When the intent was written.
    pub created_at: Timestamp,
    /// When this row was last written; an attempt at work writes at least every 20 s.
    pub updated_at: Timestamp,
}

/// How a publish ended, as TikTok's status or a webhook says. Both may say it, in any order and more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settlement {
    /// TikTok says that it is posted or delivered; otherwise it ended without a post.
    pub(crate) posted: bool,
    /// Ids of public posts; added to those that are known.
    pub(crate) post_ids: Vec<String>,
    /// Why it failed, TikTok's word.
    pub(crate) fail_reason: Option<String>,
    /// When TikTok said so.
    pub(crate) at: Timestamp,
}

impl PublishRow {
    /// True when it has an end.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.phase, PublishPhase::Done | PublishPhase::Failed)
    }

    /// Ends it as `settlement` says; `false` when that is known already. What was posted stays posted: only post ids come later. A
    /// failed or abandoned publish becomes posted when TikTok says so, or its key would post again.
    pub(crate) fn settle(&mut self, settlement: &Settlement) -> bool {
        let before = (self.phase, self.post_ids.len());
        if !self.has_ended() || (settlement.posted && self.phase == PublishPhase::Failed) {
            self.phase = if settlement.posted { PublishPhase::Done } else { PublishPhase::Failed };
            self.upload_url_sealed = None;
            self.fail_reason.clone_from(&settlement.fail_reason);
        }
        if self.phase == PublishPhase::Done && settlement.posted {
            for id in &settlement.post_ids {
                if !self.post_ids.contains(id) {
                    self.post_ids.push(id.clone());
                }
            }
        }
        let changed = before != (self.phase, self.post_ids.len());
        if changed {
            self.updated_at = settlement.at;
        }
        changed
    }
}

/// Keeps the journal of publishes. It is what makes an idempotency key post once, over all processes that share the store: a
/// store whose writes are not conditional breaks that promise, and fails the conformance suite.
pub trait JournalStore: Send + Sync + Debug {
    /// Writes `row` if there is none with its account and key, all at once; `false` when there is.
    fn insert<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<bool>>;

    /// The row with this idempotency key.
    fn find<'a>(&'a self, account: &'a AccountKey, key: &'a str)
    -> BoxFuture<'a, Result<Option<PublishRow>>>;

    /// The row with TikTok's id.
    fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>>;

    /// Replaces the row with this account and key if its revision still is `expected`, all at once; `false` when it is
    /// another one, or there is no such row. `row` carries the next revision.
    fn update_if<'a>(&'a self, row: &'a PublishRow, expected: u64) -> BoxFuture<'a, Result<bool>>;

    /// `account`'s rows without an end, the last written first.
    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>>;

    /// Deletes the rows of all accounts that ended (`DONE` or `FAILED`) and were last written before `ended_before`;
    /// returns how many.
    fn expire(&self, ended_before: Timestamp) -> BoxFuture<'_, Result<u64>>;

    /// Deletes every row of `account`, also those without an end.
    fn forget<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<()>>;
}
