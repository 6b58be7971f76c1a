//! Maps paths to endpoints and endpoints to handlers. Every other path gets the Janus 404 (docs/tiktok-api.md 0.6).

use hyper::{Method, StatusCode};
use serde_json::Value;

use crate::display::{user, video};
use crate::oauth::error::OauthError;
use crate::oauth::{consent, qr, revoke, token};
use crate::posting::{cancel, creator, init, photo, status};
use crate::wire::{ApiError, Call, Reply};
use crate::world::World;

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

/// Handles every endpoint except the upload, whose body is streamed.
pub(crate) fn answer(world: &mut World, endpoint: Endpoint, call: &mut Call, base_url: &str) -> Reply {
    match endpoint {
        Endpoint::Authorize if call.method == Method::GET => consent::show(world, call),
        Endpoint::Authorize => consent::decide(world, call),
        Endpoint::Token => {
            let result = token::token(world, call);
            oauth_reply(world, call, result.map(|body| Reply::json(StatusCode::OK, &body)))
        }
        Endpoint::Revoke => {
            let result = revoke::revoke(world, call);
            oauth_reply(world, call, result.map(|()| Reply::empty(StatusCode::OK)))
        }
        Endpoint::GetQrcode => {
            let result = qr::start(world, call);
            oauth_reply(world, call, result.map(|body| Reply::json(StatusCode::OK, &body)))
        }
        Endpoint::CheckQrcode => {
            let result = qr::check(world, call);
            oauth_reply(world, call, result.map(|body| Reply::json(StatusCode::OK, &body)))
        }
        Endpoint::UserInfo => api_reply(world, call, |world, call| user::info(world, call, base_url)),
        Endpoint::VideoList => api_reply(world, call, |world, call| video::list(world, call, base_url)),
        Endpoint::VideoQuery => api_reply(world, call, |world, call| video::query(world, call, base_url)),
        Endpoint::CreatorInfo => api_reply(world, call, |world, call| creator::info(world, call, base_url)),
        Endpoint::VideoInit => api_reply(world, call, |world, call| init::direct(world, call, base_url)),
        Endpoint::InboxInit => api_reply(world, call, |world, call| init::inbox(world, call, base_url)),
        Endpoint::ContentInit => api_reply(world, call, |world, call| photo::init(world, call, base_url)),
        Endpoint::Status => api_reply(world, call, status::fetch),
        Endpoint::Cancel => api_reply(world, call, cancel::cancel),
        Endpoint::Upload => Reply::janus(),
    }
}

fn api_reply(
    world: &mut World,
    call: &mut Call,
    handler: impl FnOnce(&mut World, &mut Call) -> Result<Value, ApiError>,
) -> Reply {
    let result = handler(world, call);
    call.details.error_code = result.as_ref().err().map(|error| error.code.to_owned());
    let log_id = world.ids.log_id(world.now_ms);
    Reply::envelope(result, &log_id)
}

fn oauth_reply(world: &mut World, call: &mut Call, result: Result<Reply, OauthError>) -> Reply {
    call.details.error_code = result.as_ref().err().map(|error| error.error.to_owned());
    let log_id = world.ids.log_id(world.now_ms);
    match result {
        Ok(reply) => reply.with("x-tt-logid", log_id).with("cache-control", "no-store".to_owned()),
        Err(error) => error.reply(world.settings.oauth_errors, &log_id),
    }
}
