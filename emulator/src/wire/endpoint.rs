//! TikTok's endpoints: names, paths and methods. Every other path gets the Janus 404 (docs/tiktok-api.md 0.6).

use hyper::Method;

/// One of TikTok's endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Authorize,
    Token,
    Revoke,
    GetQrcode,
    CheckQrcode,
    UserInfo,
    VideoList,
    VideoQuery,
    CreatorInfo,
    VideoInit,
    InboxInit,
    ContentInit,
    Status,
    Cancel,
    Upload,
}

impl Endpoint {
    pub(crate) const ALL: [Self; 15] = [
        Self::Authorize,
        Self::Token,
        Self::Revoke,
        Self::GetQrcode,
        Self::CheckQrcode,
        Self::UserInfo,
        Self::VideoList,
        Self::VideoQuery,
        Self::CreatorInfo,
        Self::VideoInit,
        Self::InboxInit,
        Self::ContentInit,
        Self::Status,
        Self::Cancel,
        Self::Upload,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Token => "token",
            Self::Revoke => "revoke",
            Self::GetQrcode => "get_qrcode",
            Self::CheckQrcode => "check_qrcode",
            Self::UserInfo => "user_info",
            Self::VideoList => "video_list",
            Self::VideoQuery => "video_query",
            Self::CreatorInfo => "creator_info",
            Self::VideoInit => "video_init",
            Self::InboxInit => "inbox_init",
            Self::ContentInit => "content_init",
            Self::Status => "status",
            Self::Cancel => "cancel",
            Self::Upload => "upload",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Authorize => "/v2/auth/authorize/",
            Self::Token => "/v2/oauth/token/",
            Self::Revoke => "/v2/oauth/revoke/",
            Self::GetQrcode => "/v2/oauth/get_qrcode/",
            Self::CheckQrcode => "/v2/oauth/check_qrcode/",
            Self::UserInfo => "/v2/user/info/",
            Self::VideoList => "/v2/video/list/",
            Self::VideoQuery => "/v2/video/query/",
            Self::CreatorInfo => "/v2/post/publish/creator_info/query/",
            Self::VideoInit => "/v2/post/publish/video/init/",
            Self::InboxInit => "/v2/post/publish/inbox/video/init/",
            Self::ContentInit => "/v2/post/publish/content/init/",
            Self::Status => "/v2/post/publish/status/fetch/",
            Self::Cancel => "/v2/post/publish/cancel/",
            Self::Upload => "/video/",
        }
    }

    fn accepts_method(self, method: &Method) -> bool {
        match self {
            Self::Authorize => method == Method::GET || method == Method::POST,
            Self::UserInfo => method == Method::GET,
            Self::Upload => method == Method::PUT,
            _ => method == Method::POST,
        }
    }

    /// Returns the endpoint of a request. The trailing slash is required, except on the authorize page (docs/tiktok-api.md 0.4)
    /// and the upload host (C17).
    pub(crate) fn find(method: &Method, path: &str) -> Option<Self> {
        let lenient = match path {
            "/v2/auth/authorize" => Some(Self::Authorize),
            "/video" | "/upload" | "/upload/" => Some(Self::Upload),
            _ => None,
        };
        let found = lenient.or_else(|| Self::ALL.into_iter().find(|endpoint| endpoint.path() == path));
        found.filter(|endpoint| endpoint.accepts_method(method))
    }
}
