//! A video on a profile: its counters and its fields (docs/tiktok-api.md 4.4).

use serde_json::{Value, json};

use crate::media::MediaInfo;

/// Maximum length of `title` and `video_description`, characters. TikTok truncates longer values (docs/tiktok-api.md
/// 4.4).
const TITLE_CHARS: usize = 150;
/// Time within which a video gets half of its views, milliseconds (inferred).
const HALF_LIFE_MS: i64 = 21_600_000;

/// A video that is public, or will be public after moderation.
#[derive(Debug, Clone)]
pub(crate) struct Video {
    pub(crate) id: u64,
    pub(crate) created_ms: i64,
    /// End of moderation, Unix milliseconds. Until then, no list contains the video.
    pub(crate) public_from_ms: i64,
    pub(crate) caption: String,
    pub(crate) is_aigc: bool,
    reach: i64,
    media: MediaInfo,
}

impl Video {
    /// Derives the reach from the ID. Duration and dimensions are placeholders until `of_file` sets the real values.
    pub(crate) fn new(id: u64, created_ms: i64, public_from_ms: i64, caption: &str, is_aigc: bool) -> Self {
        let draw = i64::try_from((id & 0xFFFF_FFFF).wrapping_mul(0x9E37_79B9) >> 16 & 0xFFFF).unwrap_or(0);
        Self {
            id,
            created_ms,
            public_from_ms,
            caption: caption.to_owned(),
            is_aigc,
            reach: 8_000 + draw * 3,
            media: MediaInfo {
                duration_ms: Some((8 + draw % 50) * 1000),
                width: Some(576),
                height: Some(1024),
            },
        }
    }

    /// Sets the duration and dimensions that were read from the file. Keeps the placeholder of a value that is unknown.
    pub(crate) fn of_file(mut self, read: MediaInfo) -> Self {
        self.media.duration_ms = read.duration_ms.or(self.media.duration_ms);
        self.media.width = read.width.or(self.media.width);
        self.media.height = read.height.or(self.media.height);
        self
    }

    /// Returns the views at `now_ms`. They grow with virtual time, fast at first and then more slowly, and never decrease (14
    /// E14).
    pub(crate) fn views(&self, now_ms: i64) -> i64 {
        let age = (now_ms - self.public_from_ms).max(0);
        let soon = i128::from(self.reach) * i128::from(age) / i128::from(age + HALF_LIFE_MS);
        i64::try_from(soon).unwrap_or(i64::MAX) + age / 3_600_000
    }

    pub(crate) fn likes(&self, now_ms: i64) -> i64 {
        self.views(now_ms) / (9 + self.reach % 7)
    }

    fn comments(&self, now_ms: i64) -> i64 {
        self.views(now_ms) / (120 + self.reach % 60)
    }

    fn shares(&self, now_ms: i64) -> i64 {
        self.views(now_ms) / (200 + self.reach % 90)
    }

    /// Returns one field of the video object, except the cover, which pictures.rs serves.
    pub(crate) fn field(&self, name: &str, username: &str, client_key: &str, now_ms: i64) -> Value {
        let id = self.id;
        let tag = format!("utm_campaign=tt4d_open_api&utm_source={client_key}");
        match name {
            "id" => json!(id.to_string()),
            "create_time" => json!(self.created_ms / 1000),
            "share_url" => json!(format!("https://www.tiktok.com/@{username}/video/{id}?{tag}")),
            "video_description" | "title" => {
                json!(self.caption.chars().take(TITLE_CHARS).collect::<String>())
            }
            "duration" => json!(self.media.duration_ms.unwrap_or(0) / 1000),
            "height" => json!(self.media.height),
            "width" => json!(self.media.width),
            "embed_html" => json!(format!(
                "<blockquote class=\"tiktok-embed\" cite=\"https://www.tiktok.com/@{username}/video/{id}?{tag}\" data-video-id=\"{id}\"></blockquote>"
            )),
            "embed_link" => {
                json!(format!("https://www.tiktok.com/player/v1/{id}?{tag}"))
            }
            "like_count" => json!(self.likes(now_ms)),
            "comment_count" => json!(self.comments(now_ms)),
            "share_count" => json!(self.shares(now_ms)),
            "view_count" => json!(self.views(now_ms)),
            "is_aigc" => json!(self.is_aigc),
            _ => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_never_decrease() {
        let video = Video::new(7_590_547_243_062_919_890, 0, 0, "x", false);
        let mut last = 0;
        for minute in 0..10_000 {
            let views = video.views(minute * 60_000);
            assert!(views >= last);
            last = views;
        }
        assert!(last > 1_000);
        assert!(video.likes(60_000_000) < video.views(60_000_000));
    }
}
