//! Reads an account's data: its profile, its videos and its posting options.

use super::Client;
use crate::api::call::Call;
use crate::api::consumer::creator::{CreatorInfo, QueryCreator};
use crate::api::consumer::user::{GetUser, UserInfo, lacks_scope};
use crate::api::consumer::video::{ListVideos, MAX_PAGE, QueryVideos, Video, VideoPage};
use crate::error::{Error, ErrorKind, Reason, Result};
use crate::model::AccountKey;
use crate::secret::Secret;
use crate::session::Account;
use crate::store::all_accounts;
use serde::Serialize;
use std::time::Duration;

/// Reads all videos of an account, one page at a time.
#[derive(Debug)]
pub struct Videos {
    client: Client,
    account: AccountKey,
    cursor: Option<i64>,
    done: bool,
}

impl Videos {
    /// Returns the next page, or `None` after the last one. After an error, the next call requests the same page again.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Video>>> {
        if self.done {
            return Ok(None);
        }
        let page = self.client.list_videos(&self.account, self.cursor, MAX_PAGE).await?;
        // A cursor that does not advance would request the same page forever.
        self.done = page.next_cursor.is_none() || page.next_cursor == self.cursor;
        self.cursor = page.next_cursor;
        Ok(Some(page.videos))
    }
}

impl Client {
    /// Returns the connected accounts of one tenant, or of all tenants.
    pub async fn accounts(&self, tenant: Option<&str>) -> Result<Vec<Account>> {
        self.operation("accounts", async {
            Ok(all_accounts(&*self.shared.accounts, tenant).await?.into_iter().map(Account::from).collect())
        })
        .await
    }

    /// Returns one connected account.
    pub async fn account(&self, account: &AccountKey) -> Result<Account> {
        self.operation("account", async {
            self.shared.accounts.load(account).await?.map(Account::from).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, "no such TikTok account is connected; connect it first")
                    .with_reason(Reason::AccountNotConnected)
            })
        })
        .await
    }

    /// Returns a valid access token of the account, for code that calls TikTok directly. The token is refreshed first
    /// when it is about to expire. It is not encrypted: keep it in memory only, and call this method before each use.
    /// toklink does not count requests made with the token; report them with [`Client::increment_quota`].
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the account is not connected. [`ErrorKind::Unauthorized`] when access was revoked
    /// or has expired and the user has to connect again.
    pub async fn access_token(&self, account: &AccountKey) -> Result<Secret> {
        self.operation("access_token", async { Ok(self.shared.pipeline.bearer(account).await?.token) }).await
    }

    /// Returns the profile, with the fields that the granted scopes allow. Cached for up to an hour
    /// ([`crate::CachePolicy`]).
    pub async fn user_info(&self, account: &AccountKey) -> Result<UserInfo> {
        self.operation("user_info", self.user(account)).await
    }

    /// Returns one page of public videos, newest first; `max_count` is 1 to 20. Cached for up to 30 seconds
    /// ([`crate::CachePolicy`]).
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

    /// Returns a reader of all public videos, one page at a time.
    #[must_use]
    pub fn videos(&self, account: &AccountKey) -> Videos {
        Videos { client: self.clone(), account: account.clone(), cursor: None, done: false }
    }

    /// Returns the account's own public videos with these ids (1 to 20). Other ids are absent from the result.
    pub async fn query_videos(&self, account: &AccountKey, ids: Vec<String>) -> Result<Vec<Video>> {
        self.operation("query_videos", async { self.read(account, &QueryVideos::new(ids)?).await }).await
    }

    /// Returns the creator's current posting options. They are never cached, because TikTok requires a new query each
    /// time the app shows a post page.
    pub async fn creator_info(&self, account: &AccountKey) -> Result<CreatorInfo> {
        self.operation("creator_info", self.read(account, &QueryCreator)).await
    }

    /// Discards the account's cached reads, so that the next read queries TikTok. [`crate::CachePolicy`] sets how long
    /// reads are cached otherwise. toklink discards them automatically after posts, webhooks and new tokens. Performs
    /// no I/O.
    pub fn invalidate_cache(&self, account: &AccountKey) {
        self.shared.pipeline.cache.forget(account);
    }

    async fn user(&self, account: &AccountKey) -> Result<UserInfo> {
        let pipeline = &self.shared.pipeline;
        let bearer = pipeline.bearer(account).await?;
        let mut outcome = Err(Error::bug("no call for the profile was attempted"));
        for call in GetUser::candidates(&bearer.scopes) {
            outcome = pipeline.read(account, &bearer, &call, Duration::ZERO).await;
            if !outcome.as_ref().is_err_and(lacks_scope) {
                break;
            }
        }
        outcome
    }

    async fn read<C: Call>(&self, account: &AccountKey, call: &C) -> Result<C::Output>
    where
        C::Output: Clone + Serialize + Send + Sync + 'static,
    {
        let bearer = self.shared.pipeline.bearer(account).await?;
        self.shared.pipeline.read(account, &bearer, call, Duration::ZERO).await
    }
}
