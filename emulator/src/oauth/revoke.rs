//! `POST /v2/oauth/revoke/` (docs/tiktok-api.md 2.4).

use super::error::OauthError;
use super::token::client_form;
use crate::lifecycle;
use crate::model::RemovalReason;
use crate::model::World;
use crate::wire::Call;

/// Revokes the grant of an access token, including its refresh tokens (15, inferred). Unknown and expired tokens get
/// the same response as valid ones, as in RFC 7009 (inferred).
pub(crate) fn revoke(world: &mut World, call: &mut Call) -> Result<(), OauthError> {
    let (form, client_key) = client_form(world, call)?;
    let token = form.require("token")?;
    let username = world.access.get(token).filter(|t| t.client_key == client_key).map(|t| t.username.clone());
    if let Some(username) = username {
        call.details.username = Some(username.clone());
        lifecycle::revoke(world, &client_key, &username, RemovalReason::ByDeveloper);
    }
    Ok(())
}
