//! What is read of an account: who it is, its videos, its figures.

use super::Client;
use crate::api::call::Call;
use crate::api::creator::{CreatorInfo, QueryCreator};
use crate::api::user::{GetUser, UserInfo};
use crate::api::video::{ListVideos, MAX_PAGE, QueryVideos, Video, VideoPage};
use crate::clock::Timestamp;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result};
use crate::session::Account;
use crate::store::AccountKey;
use serde::Serialize;
use std::time::Duration;

/// Lifetime figures of an account at the time of the call; TikTok gives no history (docs/tiktok-api.md 4.4).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountMetrics {
    /// Number of followers.
    pub followers: i64,
    /// Number of accounts followed.
    pub following: i64,
    /// Likes received over all videos.
    pub likes: i64,
    /// Number of public videos.
    pub video_count: i64,
    /// How many of the newest videos the following sums are over.
    pub videos_read: usize,
    /// Views of these videos.
    pub views: i64,
    /// Likes of these videos.
    pub video_likes: i64,
    /// Comments on these videos.
    pub comments: i64,
    /// Shares of these videos.
    pub shares: i64,
    /// Percent: (likes + comments + shares) / views * 100 over these videos; 0 without views.
    pub engagement_rate: f64,
    /// When it was read.
    pub read_at: Timestamp,
}

/// Reads all videos of an account, one page at a time.
#[derive(Debug)]
pub struct Videos {
    client: Client,
    account: AccountKey,
    cursor: Option<i64>,
    done: bool,
}

impl Videos {
    /// The next page, `None` after the last. After an error the same page may be asked for again.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Video>>> {
        if self.done {
            return Ok(None);
        }
        let page = self.client.list_videos(&self.account, self.cursor, MAX_PAGE).await?;
        // A cursor that stands still would ask for the same page for ever.
        self.done = page.next_cursor.is_none() || page.next_cursor == self.cursor;
        self.cursor = page.next_cursor;
        Ok(Some(page.videos))
    }
}

impl Client {
    /// The connected accounts of one tenant, or of all.
    pub async fn accounts(&self, tenant: Option<&str>) -> Result<Vec<Account>> {
        self.operation("accounts", async {
            Ok(self.shared.accounts.list(tenant).await?.into_iter().map(Account::from).collect())
        })
        .await
    }

    /// One connected account.
    pub async fn account(&self, account: &AccountKey) -> Result<Account> {
        self.operation("account", async {
            self.shared.accounts.load(account).await?.map(Account::from).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, "no such TikTok account is connected; connect it first")
            })
        })
        .await
    }

    /// The profile, as far as the granted scopes show it; up to an hour old ([`crate::CachePolicy`]).
    pub async fn user_info(&self, account: &AccountKey) -> Result<UserInfo> {
        self.operation("user_info", self.user(account)).await
    }

    /// One page of public videos, newest first; `max_count` 1 to 20. Up to 30 seconds old ([`crate::CachePolicy`]).
    pub async fn list_videos(
        &self,
        account: &AccountKey,
        cursor: Option<i64>,
        max_count: u32,
    ) -> Result<VideoPage> {
        self.operation("list_videos", async {
            self.read(account, &ListVideos::new(cursor, max_count)?).await
        })
        .await
    }

    /// All public videos, read a page at a time.
    #[must_use]
    pub fn videos(&self, account: &AccountKey) -> Videos {
        Videos { client: self.clone(), account: account.clone(), cursor: None, done: false }
    }

    /// The account's own public videos with these ids (1 to 20); others are absent from the answer.
    pub async fn query_videos(&self, account: &AccountKey, ids: Vec<String>) -> Result<Vec<Video>> {
        self.operation("query_videos", async { self.read(account, &QueryVideos::new(ids)?).await }).await
    }

    /// What the creator may post now, always TikTok's latest word. A post page must ask each time it is shown.
    pub async fn creator_info(&self, account: &AccountKey) -> Result<CreatorInfo> {
        self.operation("creator_info", self.read(account, &QueryCreator)).await
    }

    /// Figures of the account and sums over its newest videos (one page, two requests).
    pub async fn account_metrics(&self, account: &AccountKey) -> Result<AccountMetrics> {
        self.operation("account_metrics", async {
            let user = self.user(account).await?;
            if user.follower_count.is_none() {
                return Err(Error::new(
                    ErrorKind::PermissionDenied,
                    "the scope user.info.stats was not granted, so there are no figures; connect again and grant it",
                )
                .with_owner(Owner::User)
                .with_dispatch(Dispatch::Answered));
            }
            let page = self.read(account, &ListVideos::new(None, MAX_PAGE)?).await?;
            Ok(metrics(&user, &page.videos, self.shared.clock.now()))
        })
        .await
    }

    /// Forgets what was read of the account, so that the next read asks TikTok. Reads are otherwise shown again for as long
    /// as [`crate::CachePolicy`] says; posts, webhooks and new tokens make toklink forget by itself. No I/O.
    pub fn forget_reads(&self, account: &AccountKey) {
        self.shared.pipeline.cache.forget(account);
    }

    async fn user(&self, account: &AccountKey) -> Result<UserInfo> {
        let bearer = self.shared.pipeline.bearer(account).await?;
        let call = GetUser::for_scopes(&bearer.scopes);
        self.shared.pipeline.read(account, &bearer, &call, Duration::ZERO).await
    }

    async fn read<C: Call>(&self, account: &AccountKey, call: &C) -> Result<C::Output>
    where
        C::Output: Clone + Serialize + Send + Sync + 'static,
    {
        let bearer = self.shared.pipeline.bearer(account).await?;
        self.shared.pipeline.read(account, &bearer, call, Duration::ZERO).await
    }
}

fn metrics(user: &UserInfo, videos: &[Video], read_at: Timestamp) -> AccountMetrics {
    let sum = |count: fn(&Video) -> i64| videos.iter().map(count).fold(0_i64, i64::saturating_add);
    let (views, video_likes) = (sum(|v| v.view_count), sum(|v| v.like_count));
    let (comments, shares) = (sum(|v| v.comment_count), sum(|v| v.share_count));
    let interactions = video_likes.saturating_add(comments).saturating_add(shares);
    AccountMetrics {
        followers: user.follower_count.unwrap_or(0),
        following: user.following_count.unwrap_or(0),
        likes: user.likes_count.unwrap_or(0),
        video_count: user.video_count.unwrap_or(0),
        videos_read: videos.len(),
        views,
        video_likes,
        comments,
        shares,
        engagement_rate: percent(interactions, views),
        read_at,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people: 53 bits are more than enough")]
fn percent(part: i64, whole: i64) -> f64 {
    if whole <= 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engagement_rate_is_a_percentage_and_zero_without_views() {
        assert!((percent(25, 200) - 12.5).abs() < f64::EPSILON);
        assert!(percent(25, 0).abs() < f64::EPSILON);
    }
}
