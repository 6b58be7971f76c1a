//! The endpoints of TikTok's APIs.

/// An endpoint of TikTok's API. TikTok counts rate limits per endpoint (docs/tiktok-api.md 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/v2/user/info/`
    UserInfo,
    /// `/v2/video/list/`
    VideoList,
    /// `/v2/video/query/`
    VideoQuery,
    /// `/v2/post/publish/creator_info/query/`
    CreatorInfo,
    /// `/v2/post/publish/video/init/`
    VideoInit,
    /// `/v2/post/publish/inbox/video/init/`
    InboxInit,
    /// `/v2/post/publish/content/init/`
    ContentInit,
    /// `/v2/post/publish/status/fetch/`
    PublishStatus,
    /// `/v2/post/publish/cancel/`
    PublishCancel,
}

impl Endpoint {
    /// Returns the path below the API's base URL. The trailing slash is required (docs/tiktok-api.md 0.6).
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::UserInfo => "/v2/user/info/",
            Self::VideoList => "/v2/video/list/",
            Self::VideoQuery => "/v2/video/query/",
            Self::CreatorInfo => "/v2/post/publish/creator_info/query/",
            Self::VideoInit => "/v2/post/publish/video/init/",
            Self::InboxInit => "/v2/post/publish/inbox/video/init/",
            Self::ContentInit => "/v2/post/publish/content/init/",
            Self::PublishStatus => "/v2/post/publish/status/fetch/",
            Self::PublishCancel => "/v2/post/publish/cancel/",
        }
    }

    /// Returns the name that events use for the endpoint.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserInfo => "user_info",
            Self::VideoList => "video_list",
            Self::VideoQuery => "video_query",
            Self::CreatorInfo => "creator_info",
            Self::VideoInit => "video_init",
            Self::InboxInit => "inbox_init",
            Self::ContentInit => "content_init",
            Self::PublishStatus => "publish_status",
            Self::PublishCancel => "publish_cancel",
        }
    }

    /// Returns true for endpoints that only read data: the profile, videos and the creator's posting options.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(self, Self::UserInfo | Self::VideoList | Self::VideoQuery | Self::CreatorInfo)
    }

    /// Returns true for endpoints whose requests change something at TikTok.
    #[must_use]
    pub const fn has_effects(self) -> bool {
        !self.is_read() && !matches!(self, Self::PublishStatus)
    }

    /// Returns true when a request may be retried although its outcome is unknown. An init request may not, because
    /// each one starts a new publish.
    #[must_use]
    pub const fn is_repeatable(self) -> bool {
        !matches!(self, Self::VideoInit | Self::InboxInit | Self::ContentInit)
    }
}
