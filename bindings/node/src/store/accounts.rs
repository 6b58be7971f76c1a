//! The accounts in a host's own store.

use super::{HostStore, key_value, malformed};
use crate::input::Fields;
use serde_json::{Map, Value, json};
use toklink::clock::BoxFuture;
use toklink::store::{AccountPage, AccountPatch, AccountRow, AccountStore, Expected, RefreshState};
use toklink::{AccountKey, AccountStatus, Result, Timestamp};

impl AccountStore for HostStore {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        const METHOD: &str = "accounts.load";
        Box::pin(async move {
            match self.ask(METHOD, json!([key_value(key)])).await? {
                Value::Null => Ok(None),
                row => own_row(METHOD, read_row(METHOD, row)?, |found| found == key).map(Some),
            }
        })
    }

    fn list<'a>(
        &'a self,
        tenant: Option<&'a str>,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        const METHOD: &str = "accounts.list";
        Box::pin(async move {
            let query = json!({ "tenant": tenant, "after": after.map(key_value), "limit": limit });
            let page = self.ask(METHOD, json!([query])).await?;
            let (rows, total, without_tokens) =
                page_fields(page).map_err(|fault| malformed(METHOD, fault.message()))?;
            let wanted = |found: &AccountKey| tenant.is_none_or(|tenant| found.tenant == tenant);
            let rows = rows
                .into_iter()
                .map(|row| own_row(METHOD, read_row(METHOD, row)?, wanted))
                .collect::<Result<_>>()?;
            Ok(AccountPage { rows, total, without_tokens })
        })
    }

    fn put<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.ask("accounts.put", json!([row_value(row)])).await.map(drop) })
    }

    fn update<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a Expected,
        patch: &'a AccountPatch,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let args = json!([key_value(key), expected_value(expected), patch_value(patch)]);
            self.ask_flag("accounts.update", args).await
        })
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { self.ask_flag("accounts.remove", json!([key_value(key)])).await })
    }
}

fn page_fields(page: Value) -> Result<(Vec<Value>, Option<u64>, u64)> {
    let mut page = Fields::from_value("the page", page)?;
    let (total, without_tokens) = (page.optional_whole("total")?, page.optional_whole("withoutTokens")?);
    Ok((page.list("rows")?, total, without_tokens.unwrap_or(0)))
}

/// Rejects a row that belongs to another account. Decryption would not detect the mistake, because the row decrypts
/// with the other account's key.
fn own_row(
    method: &'static str,
    row: AccountRow,
    wanted: impl Fn(&AccountKey) -> bool,
) -> Result<AccountRow> {
    if wanted(&row.key) {
        return Ok(row);
    }
    Err(malformed(method, "resolved to a row of a different account or tenant than requested"))
}

fn expected_value(expected: &Expected) -> Value {
    match expected {
        Expected::RefreshToken(token) => json!({ "refreshTokenSealed": token }),
        Expected::Tokens(tokens) => {
            json!({ "accessTokenSealed": tokens.access, "refreshTokenSealed": tokens.refresh })
        }
        Expected::Status(status) => json!({ "status": status.as_str() }),
    }
}

/// Returns the fields that the patch sets. Fields that must not change are omitted, because `null` is a valid value.
fn patch_value(patch: &AccountPatch) -> Value {
    let mut fields = Map::new();
    if let Some(tokens) = &patch.tokens {
        fields.insert("accessTokenSealed".to_owned(), json!(tokens.access));
        fields.insert("refreshTokenSealed".to_owned(), json!(tokens.refresh));
    }
    if let Some(expiry) = patch.expiry {
        fields.insert("accessExpiresAt".to_owned(), json!(expiry.access.as_millis()));
        fields.insert("refreshExpiresAt".to_owned(), json!(expiry.refresh.map(Timestamp::as_millis)));
    }
    if let Some(scopes) = &patch.scopes {
        fields.insert("scopes".to_owned(), json!(scopes));
    }
    if let Some(status) = patch.status {
        fields.insert("status".to_owned(), json!(status.as_str()));
    }
    match patch.refresh {
        Some(RefreshState::Started(at)) => {
            fields.insert("refreshStartedAt".to_owned(), json!(at.as_millis()));
        }
        Some(RefreshState::Ended) => {
            fields.insert("refreshStartedAt".to_owned(), Value::Null);
        }
        None => {}
    }
    Value::Object(fields)
}

fn row_value(row: &AccountRow) -> Value {
    json!({
        "tenant": row.key.tenant,
        "accountId": row.key.open_id,
        "displayName": row.display_name,
        "username": row.username,
        "avatarUrl": row.avatar_url,
        "scopes": row.scopes,
        "requestedScopes": row.requested_scopes,
        "accessTokenSealed": row.access_token_sealed,
        "refreshTokenSealed": row.refresh_token_sealed,
        "accessExpiresAt": row.access_expires_at.as_millis(),
        "refreshExpiresAt": row.refresh_expires_at.map(Timestamp::as_millis),
        "status": row.status.as_str(),
        "connectedAt": row.connected_at.as_millis(),
        "connectedBy": row.connected_by,
        "refreshStartedAt": row.refresh_started_at.map(Timestamp::as_millis),
    })
}

fn read_row(method: &'static str, row: Value) -> Result<AccountRow> {
    row_fields(row)
        .map_err(|fault| malformed(method, &format!("resolved to a row in which {}", fault.message())))
}

fn row_fields(row: Value) -> Result<AccountRow> {
    let mut row = Fields::from_value("the row", row)?;
    Ok(AccountRow {
        key: AccountKey::new(row.text("tenant")?, row.text("accountId")?),
        display_name: row.text("displayName")?,
        username: row.optional_text("username")?,
        avatar_url: row.optional_text("avatarUrl")?,
        scopes: row.optional_texts("scopes")?.unwrap_or_default(),
        requested_scopes: row.optional_texts("requestedScopes")?.unwrap_or_default(),
        access_token_sealed: row.text("accessTokenSealed")?,
        refresh_token_sealed: row.optional_text("refreshTokenSealed")?,
        access_expires_at: Timestamp::from_millis(row.whole("accessExpiresAt")?),
        refresh_expires_at: row.optional_whole("refreshExpiresAt")?.map(Timestamp::from_millis),
        status: AccountStatus::parse(&row.text("status")?),
        connected_at: Timestamp::from_millis(row.whole("connectedAt")?),
        connected_by: row.optional_text("connectedBy")?.unwrap_or_default(),
        refresh_started_at: row.optional_whole("refreshStartedAt")?.map(Timestamp::from_millis),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use toklink::ErrorKind;
    use toklink::store::{SealedTokens, TokenExpiry};

    fn row() -> AccountRow {
        AccountRow {
            key: AccountKey::new("acme", "-000abc"),
            display_name: "Ana".to_owned(),
            username: Some("ana.makes".to_owned()),
            avatar_url: None,
            scopes: vec!["user.info.basic".to_owned()],
            requested_scopes: vec!["user.info.basic".to_owned(), "video.list".to_owned()],
            access_token_sealed: "sealed-a".to_owned(),
            refresh_token_sealed: Some("sealed-r".to_owned()),
            access_expires_at: Timestamp::from_millis(1_767_312_000_123),
            refresh_expires_at: None,
            status: AccountStatus::Active,
            connected_at: Timestamp::from_millis(7),
            connected_by: "olivia".to_owned(),
            refresh_started_at: None,
        }
    }

    #[test]
    fn account_row_round_trips_through_javascript() {
        assert_eq!(read_row("accounts.load", row_value(&row())).unwrap(), row());
    }

    #[test]
    fn row_of_another_account_is_rejected() {
        let error =
            own_row("accounts.load", row(), |key| *key == AccountKey::new("other", "-000abc")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("accounts.load") && error.message().contains("different account"));
        assert_eq!(own_row("accounts.load", row(), |key| *key == row().key).unwrap(), row());
    }

    #[test]
    fn error_for_a_row_without_a_token_names_method_and_field() {
        let mut value = row_value(&row());
        value["accessTokenSealed"] = Value::Null;
        let error = read_row("accounts.load", value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("accounts.load") && error.message().contains("accessTokenSealed"));
    }

    #[test]
    fn patch_only_contains_the_written_fields() {
        assert_eq!(patch_value(&AccountPatch::default()), json!({}));
        let ended = AccountPatch::status_without_refresh(AccountStatus::Expired);
        assert_eq!(patch_value(&ended), json!({ "status": "EXPIRED", "refreshStartedAt": null }));
        let tokens = SealedTokens { access: "a".to_owned(), refresh: None };
        let expiry = Some(TokenExpiry { access: Timestamp::from_millis(1), refresh: None });
        let refreshed = AccountPatch { expiry, scopes: Some(vec![]), ..AccountPatch::tokens(tokens) };
        let expected = json!({
            "accessTokenSealed": "a", "refreshTokenSealed": null, "accessExpiresAt": 1, "refreshExpiresAt": null, "scopes": [],
        });
        assert_eq!(patch_value(&refreshed), expected);
    }
}
