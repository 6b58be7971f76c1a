//! TikTok users and their profiles.

use super::video::Video;

/// A TikTok user.
#[derive(Debug, Clone, Default)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) display_name: String,
    pub(crate) bio: String,
    pub(crate) verified: bool,
    pub(crate) private: bool,
    pub(crate) banned: bool,
    pub(crate) capped: bool,
    /// The TikTok app on the user's phone is older than 31.8 (docs/tiktok-api.md 5.5).
    pub(crate) old_app: bool,
    pub(crate) comment_disabled: bool,
    pub(crate) duet_disabled: bool,
    pub(crate) stitch_disabled: bool,
    pub(crate) max_duration_sec: i64,
    pub(crate) followers: i64,
    pub(crate) following: i64,
    pub(crate) joined_ms: i64,
    pub(crate) videos: Vec<Video>,
}

impl User {
    /// Adds a video with a unique creation time, because the cursor of `video/list` would skip one of two videos
    /// created in the same millisecond.
    pub(crate) fn add_video(&mut self, mut video: Video) {
        while self.videos.iter().any(|other| other.created_ms == video.created_ms) {
            video.created_ms += 1;
        }
        self.videos.push(video);
    }

    /// Returns the videos that `video/list` shows at `now_ms`, newest first.
    pub(crate) fn public_videos(&self, now_ms: i64) -> Vec<&Video> {
        let mut all: Vec<&Video> =
            self.videos.iter().filter(|video| video.public_from_ms <= now_ms).collect();
        if self.private {
            all.clear();
        }
        all.sort_by_key(|video| std::cmp::Reverse(video.created_ms));
        all
    }
}
