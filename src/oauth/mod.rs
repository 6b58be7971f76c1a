//! Login with TikTok, without I/O: builds requests and parses responses (docs/tiktok-api.md 1 and 2).
//!
//! Order of the calls in a login: [`LoginState::begin`], [`LoginState::seal_cookie`], [`authorize_url`]; then, in the
//! callback, [`parse_callback`], [`open_cookie`], [`ConsumedStates::consume`], [`exchange_form`],
//! [`parse_token_reply`].

mod authorize;
mod callback;
mod pkce;
mod refusal;
mod reply;
mod state;
mod token;

pub use authorize::{AuthorizeRequest, DEFAULT_SCOPES, authorize_url, check_redirect_uri, check_scopes};
pub use callback::{Callback, callback_state, parse_callback};
pub use pkce::{Pkce, challenge_for};
pub use reply::{parse_refresh_reply, parse_revoke_reply, parse_token_reply};
pub use state::{ConsumedStates, LOGIN_TTL, LoginRequest, LoginState, cookie_name, open_cookie};
pub use token::{Form, TokenSet, encode_form, exchange_form, refresh_form, revoke_form};
