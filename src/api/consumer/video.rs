//! `/v2/video/list/` and `/v2/video/query/` (docs/tiktok-api.md 4.2 to 4.4).

use crate::api::call::{ApiRequest, Call, id_text, lenient_number, lenient_option, lenient_text, read};
use crate::api::endpoint::Endpoint;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The maximum number of videos that one call returns (docs/tiktok-api.md 4.2).
pub const MAX_PAGE: u32 = 20;

const FIELDS: &str = "id,create_time,cover_image_url,share_url,video_description,duration,height,width,title,\
                      embed_link,like_count,comment_count,share_count,view_count";

/// A public video of the user. Its counters are totals since publication, read at the time of the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Video {
    /// The video id. It has 19 digits and is a string because it exceeds 2^53.
    pub id: String,
    /// The title, which TikTok truncates to 150 characters.
    pub title: String,
    /// The creator's description, which TikTok truncates to 150 characters.
    pub video_description: String,
    /// Duration in seconds.
    pub duration_sec: i64,
    /// The time at which the video was posted.
    pub created_at: Timestamp,
    /// A signed URL of the cover image, valid for 6 hours; `None` when TikTok returns a URL that is not https.
    pub cover_image_url: Option<String>,
    /// The link for sharing; `None` when TikTok returns a URL that is not https.
    pub share_url: Option<String>,
    /// The link for embedding; `None` when TikTok returns a URL that is not https.
    pub embed_link: Option<String>,
    /// Width in pixels.
    pub width: Option<i64>,
    /// Height in pixels.
    pub height: Option<i64>,
    /// Number of views.
    pub view_count: i64,
    /// Number of likes.
    pub like_count: i64,
    /// Number of comments.
    pub comment_count: i64,
    /// Number of shares.
    pub share_count: i64,
}

/// One page of videos, newest first. It can have fewer videos than requested even when more pages follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoPage {
    /// The videos.
    pub videos: Vec<Video>,
    /// The cursor of the next page (UTC milliseconds); `None` on the last page.
    pub next_cursor: Option<i64>,
}

/// Lists one page of the user's public videos.
#[derive(Debug, Clone, Copy)]
pub struct ListVideos {
    cursor: Option<i64>,
    max_count: u32,
}

impl ListVideos {
    /// Creates a query for the page of 1 to 20 videos that starts at `cursor`. `None` and 0 both request the newest
    /// page. A cursor of 0 is not sent, because TikTok has been observed to return no videos for it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when `max_count` is out of range or `cursor` is negative.
    pub fn new(cursor: Option<i64>, max_count: u32) -> Result<Self> {
        if !(1..=MAX_PAGE).contains(&max_count) {
            return Err(Error::invalid(format!(
                "a page has 1 to {MAX_PAGE} videos, but {max_count} were requested; use a number in that range"
            )));
        }
        if cursor.is_some_and(|cursor| cursor < 0) {
            return Err(Error::invalid(
                "a cursor cannot be negative; use the nextCursor of the previous page",
            ));
        }
        Ok(Self { cursor: cursor.filter(|cursor| *cursor != 0), max_count })
    }
}

impl Call for ListVideos {
    type Output = VideoPage;

    fn request(&self) -> ApiRequest {
        let body = match self.cursor {
            Some(cursor) => json!({ "cursor": cursor, "max_count": self.max_count }),
            None => json!({ "max_count": self.max_count }),
        };
        ApiRequest { endpoint: Endpoint::VideoList, fields: FIELDS, body: Some(body) }
    }

    fn parse(&self, data: Value) -> Result<VideoPage> {
        let page: PageWire = read(data)?;
        let next_cursor = page.cursor.filter(|cursor| page.has_more == Some(true) && *cursor > 0);
        Ok(VideoPage {
            videos: page.videos.unwrap_or_default().into_iter().filter_map(VideoWire::into_video).collect(),
            next_cursor,
        })
    }
}

/// Queries the user's own videos by id.
#[derive(Debug, Clone)]
pub struct QueryVideos {
    ids: Vec<String>,
}

impl QueryVideos {
    /// Creates a query for 1 to 20 videos. The response omits videos that do not exist, are private, or belong to
    /// another user.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when the number of ids is out of range, or an id contains anything but
    /// digits.
    pub fn new(ids: Vec<String>) -> Result<Self> {
        let most = usize::try_from(MAX_PAGE).unwrap_or(usize::MAX);
        if ids.is_empty() || ids.len() > most {
            return Err(Error::invalid(format!(
                "a query accepts 1 to {MAX_PAGE} video ids, but {} were passed; split the list",
                ids.len()
            )));
        }
        if ids.iter().any(|id| id.is_empty() || id.len() > 20 || !id.bytes().all(|b| b.is_ascii_digit())) {
            return Err(Error::invalid(
                "a video id consists of digits only; pass it as text, not as a number",
            ));
        }
        Ok(Self { ids })
    }
}

impl Call for QueryVideos {
    type Output = Vec<Video>;

    fn request(&self) -> ApiRequest {
        let body = json!({ "filters": { "video_ids": self.ids } });
        ApiRequest { endpoint: Endpoint::VideoQuery, fields: FIELDS, body: Some(body) }
    }

    fn parse(&self, data: Value) -> Result<Vec<Video>> {
        let page: PageWire = read(data)?;
        Ok(page.videos.unwrap_or_default().into_iter().filter_map(VideoWire::into_video).collect())
    }
}

#[derive(Deserialize)]
struct PageWire {
    videos: Option<Vec<VideoWire>>,
    #[serde(default, deserialize_with = "lenient_option")]
    cursor: Option<i64>,
    has_more: Option<bool>,
}

#[derive(Deserialize)]
struct VideoWire {
    id: Value,
    #[serde(default, deserialize_with = "lenient_text")]
    title: String,
    #[serde(default, deserialize_with = "lenient_text")]
    video_description: String,
    #[serde(default, deserialize_with = "lenient_number")]
    duration: i64,
    #[serde(default, deserialize_with = "lenient_number")]
    create_time: i64,
    cover_image_url: Option<String>,
    share_url: Option<String>,
    embed_link: Option<String>,
    #[serde(default, deserialize_with = "lenient_option")]
    width: Option<i64>,
    #[serde(default, deserialize_with = "lenient_option")]
    height: Option<i64>,
    #[serde(default, deserialize_with = "lenient_number")]
    view_count: i64,
    #[serde(default, deserialize_with = "lenient_number")]
    like_count: i64,
    #[serde(default, deserialize_with = "lenient_number")]
    comment_count: i64,
    #[serde(default, deserialize_with = "lenient_number")]
    share_count: i64,
}

impl VideoWire {
    fn into_video(self) -> Option<Video> {
        Some(Video {
            id: id_text(&self.id)?,
            title: self.title,
            video_description: self.video_description,
            duration_sec: self.duration,
            created_at: Timestamp::from_secs(self.create_time),
            cover_image_url: self.cover_image_url,
            share_url: self.share_url,
            embed_link: self.embed_link,
            width: self.width,
            height: self.height,
            view_count: self.view_count,
            like_count: self.like_count,
            comment_count: self.comment_count,
            share_count: self.share_count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_page_sends_no_cursor() {
        let body = ListVideos::new(Some(0), 20).unwrap().request().body.unwrap();
        assert_eq!(body, json!({ "max_count": 20 }));
    }

    #[test]
    fn query_for_more_than_20_videos_is_rejected_before_sending() {
        assert!(ListVideos::new(None, 21).is_err());
        assert!(ListVideos::new(None, 0).is_err());
        assert!(ListVideos::new(Some(-1), 20).unwrap_err().message().contains("use the nextCursor"));
        assert!(QueryVideos::new(vec!["1".into(); 21]).is_err());
        assert!(QueryVideos::new(vec!["12a".into()]).is_err());
    }

    #[test]
    fn ids_keep_all_digits_and_the_last_page_has_no_cursor() {
        let data = json!({
            "videos": [{ "id": "7590547243062919890", "create_time": 1_767_312_000, "view_count": "7" }, { "id": 7_590_547_243_062_919_891_u64 }],
            "cursor": 1_767_312_000_000_i64, "has_more": false
        });
        let page = ListVideos::new(None, 20).unwrap().parse(data).unwrap();
        assert_eq!(page.videos[0].id, "7590547243062919890");
        assert_eq!(page.videos[1].id, "7590547243062919891");
        assert_eq!((page.videos[0].view_count, page.next_cursor), (7, None));
    }
}
