//! Metrics of an account: current totals, and their history by day. No I/O.

mod history;

pub use history::{Growth, MetricsGap, MetricsHistory, MetricsPoint};
pub(crate) use history::{LOOK_BACK_DAYS, history};

use crate::api::consumer::user::UserInfo;
use crate::api::consumer::video::Video;
use crate::clock::Timestamp;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result};
use crate::model::{AccountKey, Day};
use crate::store::MetricsRow;
use serde::Serialize;

/// Lifetime metrics of an account at the time of the call; TikTok provides no history (docs/tiktok-api.md 4.4).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountMetrics {
    /// Number of followers.
    pub followers: i64,
    /// Number of accounts followed.
    pub following: i64,
    /// Likes received on all videos.
    pub likes: i64,
    /// Number of public videos.
    pub video_count: i64,
    /// Number of newest videos that the following sums and rates cover.
    pub videos_read: u32,
    /// Views of these videos.
    pub views: i64,
    /// Likes of these videos.
    pub video_likes: i64,
    /// Comments on these videos.
    pub comments: i64,
    /// Shares of these videos.
    pub shares: i64,
    /// Average number of views of these videos; 0 without videos.
    pub views_per_video: f64,
    /// Likes in percent of the views; 0 without views. The same applies to the following rates.
    pub like_rate: f64,
    /// Comments in percent of the views.
    pub comment_rate: f64,
    /// Shares in percent of the views.
    pub share_rate: f64,
    /// Engagement in percent: (likes + comments + shares) / views * 100 over these videos.
    pub engagement_rate: f64,
    /// Time at which the metrics were read.
    pub read_at: Timestamp,
}

impl From<&MetricsRow> for AccountMetrics {
    fn from(row: &MetricsRow) -> Self {
        let interactions = row.video_likes.saturating_add(row.comments).saturating_add(row.shares);
        Self {
            followers: row.followers,
            following: row.following,
            likes: row.likes,
            video_count: row.video_count,
            videos_read: row.videos_read,
            views: row.views,
            video_likes: row.video_likes,
            comments: row.comments,
            shares: row.shares,
            views_per_video: ratio(row.views, row.videos_read.into()),
            like_rate: ratio(row.video_likes, row.views) * 100.0,
            comment_rate: ratio(row.comments, row.views) * 100.0,
            share_rate: ratio(row.shares, row.views) * 100.0,
            engagement_rate: ratio(interactions, row.views) * 100.0,
            read_at: row.read_at,
        }
    }
}

/// Returns the metrics of `account`, computed from its profile and its newest videos.
///
/// # Errors
/// [`ErrorKind::PermissionDenied`] when the profile contains no metrics because their scope was not granted.
pub(crate) fn metrics_row(
    account: &AccountKey,
    user: &UserInfo,
    videos: &[Video],
    read_at: Timestamp,
) -> Result<MetricsRow> {
    let Some(followers) = user.follower_count else {
        return Err(Error::new(
            ErrorKind::PermissionDenied,
            "the scope user.info.stats was not granted, so metrics are unavailable; connect the account again and \
             grant it",
        )
        .with_owner(Owner::User)
        .with_dispatch(Dispatch::Answered));
    };
    let sum = |count: fn(&Video) -> i64| videos.iter().map(count).fold(0_i64, i64::saturating_add);
    Ok(MetricsRow {
        account: account.clone(),
        day: Day::of(read_at),
        followers,
        following: user.following_count.unwrap_or(0),
        likes: user.likes_count.unwrap_or(0),
        video_count: user.video_count.unwrap_or(0),
        videos_read: u32::try_from(videos.len()).unwrap_or(u32::MAX),
        views: sum(|v| v.view_count),
        video_likes: sum(|v| v.like_count),
        comments: sum(|v| v.comment_count),
        shares: sum(|v| v.share_count),
        read_at,
    })
}

#[expect(clippy::cast_precision_loss, reason = "53 bits are enough for a displayed percentage")]
fn ratio(part: i64, whole: i64) -> f64 {
    if whole <= 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_percentages_of_views_or_zero_without_views() {
        let row = MetricsRow {
            account: AccountKey::new("", "ana"),
            day: Day::from_number(0),
            followers: 1,
            following: 2,
            likes: 3,
            video_count: 4,
            videos_read: 4,
            views: 200,
            video_likes: 20,
            comments: 4,
            shares: 1,
            read_at: Timestamp::from_millis(0),
        };
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
        let metrics = AccountMetrics::from(&row);
        close(metrics.engagement_rate, 12.5);
        close(metrics.like_rate, 10.0);
        close(metrics.comment_rate, 2.0);
        close(metrics.share_rate, 0.5);
        close(metrics.views_per_video, 50.0);
        let none = AccountMetrics::from(&MetricsRow { views: 0, videos_read: 0, ..row });
        close(none.engagement_rate + none.like_rate + none.views_per_video, 0.0);
    }
}
