//! Reads the account on which a call operates.

use crate::input::Fields;
use toklink::{AccountKey, Error, Result};

/// Reads the field `account`: `{ accountId, tenant? }`. Ignores other fields, so that callers can pass a whole
/// `Account`.
pub(crate) fn read(input: &mut Fields) -> Result<AccountKey> {
    let mut account = input.object("account")?;
    key(&mut account)
}

/// Reads the fields `accountId` and `tenant` from the object `place`.
pub(crate) fn key(place: &mut Fields) -> Result<AccountKey> {
    let tenant = place.optional_text("tenant")?.unwrap_or_default();
    let open_id = place.text("accountId")?;
    if open_id.is_empty() {
        return Err(Error::invalid("the account is empty; pass the accountId of a connected account"));
    }
    Ok(AccountKey::new(tenant, open_id))
}
