//! `POST /v2/oauth/revoke/` (docs/tiktok-api.md 2.4).

use super::error::OauthError;
use super::token::client_form;
use crate::webhook::RemovalReason;
use crate::wire::Call;
use crate::world::World;

/// Ends the grant behind an access token, and its refresh tokens with it (15, inferred). A token that is unknown or already dead is
/// answered like a live one, as RFC 7009 has it (inferred).
pub(crate) fn revoke(world: &mut World, call: &mut Call) -> Result<(), OauthError> {
    let (form, client_key) = client_form(world, call)?;
    let token = form.need("token")?;
    let username = world.access.get(token).filter(|t| t.client_key == client_key).map(|t| t.username.clone());
    if let Some(username) = username {
        call.details.username = Some(username.clone());
        world.revoke(&client_key, &username, RemovalReason::ByDeveloper);
    }
    Ok(())
}
