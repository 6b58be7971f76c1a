//! Dispatches requests to the handlers of their endpoints.

use hyper::{Method, StatusCode};
use serde_json::Value;

use crate::display::{user, video};
use crate::model::World;
use crate::oauth::error::OauthError;
use crate::oauth::{consent, qr, revoke, token};
use crate::posting::{cancel, creator, init, photo, status};
use crate::wire::{ApiError, Call, Endpoint, Reply};

/// Handles a request to any endpoint except the upload, whose body is streamed.
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
