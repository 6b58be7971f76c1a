//! Implements the core's store traits with a host's store in JavaScript. It only receives encrypted tokens.

use crate::input::Fields;
use crate::outcome::HostFault;
use napi::Status;
use napi::bindgen_prelude::{FnArgs, Promise};
use napi::threadsafe_function::ThreadsafeFunction;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;
use toklink::Timestamp;
use toklink::clock::BoxFuture;
use toklink::store::{AccountPage, AccountRow, AccountStore, LeaseStore, SealedPair, TokenSwap};
use toklink::{AccountKey, AccountStatus};
use toklink::{Error, ErrorKind, Owner, Result, Retry};

/// Calls JavaScript with a method and JSON arguments. The promise resolves to JSON text and never rejects.
pub(crate) type StoreCall = ThreadsafeFunction<
    FnArgs<(String, String)>,
    Promise<String>,
    FnArgs<(String, String)>,
    Status,
    false,
    true,
>;

/// The time limit of a method. A refresh waits for it while the old token expires.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// The store that a host passed to `new Client`.
pub(crate) struct HostStore(StoreCall);

impl HostStore {
    pub(crate) fn new(call: StoreCall) -> Self {
        Self(call)
    }

    pub(crate) async fn ask(&self, method: &'static str, args: Value) -> Result<Value> {
        let asked = async {
            let promise = self.0.call_async_catch((method.to_owned(), args.to_string()).into()).await?;
            promise.await
        };
        let text = match tokio::time::timeout(CALL_LIMIT, asked).await {
            Ok(Ok(text)) => text,
            Ok(Err(_)) => {
                return Err(unavailable(format!(
                    "the store's {method} could not be called, because its JavaScript environment is closing"
                )));
            }
            Err(_) => {
                let limit = CALL_LIMIT.as_secs();
                return Err(unavailable(format!(
                    "the store's {method} did not settle within {limit} s; check the database, then try again"
                )));
            }
        };
        let mut reply: Value = serde_json::from_str(&text).unwrap_or_default();
        match reply.get("failed") {
            Some(name) if name == "MissingMethod" => Err(Error::new(
                ErrorKind::Config,
                format!(
                    "the store passed to new Client has no {method}, which this operation needs; implement it"
                ),
            )),
            None => Ok(reply.get_mut("ok").map(Value::take).unwrap_or_default()),
            Some(name) => {
                let fault = reply.get("fault").and_then(Value::as_u64);
                let name = name.as_str().filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric()));
                let name = name.unwrap_or("an error");
                let error =
                    unavailable(format!("the store's {method} rejected with {name}; see the host's own log"));
                Err(fault.into_iter().fold(error, |error, number| error.with_source(HostFault(number))))
            }
        }
    }

    async fn ask_flag(&self, method: &'static str, args: Value) -> Result<bool> {
        self.ask(method, args)
            .await?
            .as_bool()
            .ok_or_else(|| malformed(method, "must resolve to true or false"))
    }
}

impl fmt::Debug for HostStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostStore")
    }
}

impl AccountStore for HostStore {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        Box::pin(async move {
            match self.ask("load", json!({ "key": key_value(key) })).await? {
                Value::Null => Ok(None),
                row => own_row("load", read_row("load", row)?, |found| found == key).map(Some),
            }
        })
    }

    fn list<'a>(&'a self, tenant: Option<&'a str>) -> BoxFuture<'a, Result<Vec<AccountRow>>> {
        Box::pin(async move {
            match self.ask("list", json!({ "tenant": tenant })).await? {
                Value::Array(rows) => rows
                    .into_iter()
                    .map(|row| {
                        let wanted = |found: &AccountKey| tenant.is_none_or(|tenant| found.tenant == tenant);
                        own_row("list", read_row("list", row)?, wanted)
                    })
                    .collect(),
                _ => Err(malformed("list", "must resolve to a list of rows")),
            }
        })
    }

    fn save<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.ask("save", json!({ "row": row_value(row) })).await.map(drop) })
    }

    fn swap<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        next: &'a TokenSwap,
    ) -> BoxFuture<'a, Result<bool>> {
        let next = json!({
            "accessTokenSealed": next.access_token_sealed,
            "refreshTokenSealed": next.refresh_token_sealed,
            "accessExpiresAt": next.access_expires_at.as_millis(),
            "refreshExpiresAt": next.refresh_expires_at.map(Timestamp::as_millis),
            "scopes": next.scopes,
        });
        Box::pin(async move {
            self.ask_flag("swap", json!({ "key": key_value(key), "expected": expected, "next": next })).await
        })
    }

    fn begin_refresh<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let args = json!({ "key": key_value(key), "expected": expected, "at": at.as_millis() });
            self.ask_flag("beginRefresh", args).await
        })
    }

    fn set_status<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        status: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let args = json!({ "key": key_value(key), "expected": expected, "status": status.as_str() });
            self.ask_flag("setStatus", args).await
        })
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { self.ask_flag("remove", json!({ "key": key_value(key) })).await })
    }

    fn list_page<'a>(
        &'a self,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        Box::pin(async move {
            let args = json!({ "after": after.map(key_value), "limit": limit });
            let mut page = Fields::from_value("the page", self.ask("listPage", args).await?)
                .map_err(|fault| malformed("listPage", fault.message()))?;
            let total =
                page.optional_whole("total").map_err(|fault| malformed("listPage", fault.message()))?;
            let without_tokens = page
                .optional_whole("withoutTokens")
                .map_err(|fault| malformed("listPage", fault.message()))?
                .unwrap_or(0);
            let rows = page.list("rows").map_err(|fault| malformed("listPage", fault.message()))?;
            let rows = rows.into_iter().map(|row| read_row("listPage", row)).collect::<Result<_>>()?;
            Ok(AccountPage { rows, total, without_tokens })
        })
    }

    fn reseal<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a SealedPair,
        next: &'a SealedPair,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let args = json!({
                "key": key_value(key), "expected": pair_value(expected), "next": pair_value(next),
            });
            self.ask_flag("reseal", args).await
        })
    }

    fn mark<'a>(
        &'a self,
        key: &'a AccountKey,
        from: AccountStatus,
        to: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let args = json!({ "key": key_value(key), "from": from.as_str(), "to": to.as_str() });
            self.ask_flag("mark", args).await
        })
    }
}

/// Used only for a store that has both functions.
impl LeaseStore for HostStore {
    fn acquire<'a>(
        &'a self,
        name: &'a str,
        owner: &'a str,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
            let args = json!({ "name": name, "owner": owner, "now": now.as_millis(), "ttlMs": ttl });
            self.ask_flag("acquireLease", args).await
        })
    }

    fn release<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(
            async move { self.ask("releaseLease", json!({ "name": name, "owner": owner })).await.map(drop) },
        )
    }

    fn expire(&self, before: Timestamp) -> BoxFuture<'_, Result<()>> {
        Box::pin(
            async move { self.ask("expireLeases", json!({ "before": before.as_millis() })).await.map(drop) },
        )
    }
}

/// Rejects a row of another account. It would decrypt under that account's key, so decryption does not detect it.
fn own_row(
    method: &'static str,
    row: AccountRow,
    wanted: impl Fn(&AccountKey) -> bool,
) -> Result<AccountRow> {
    if wanted(&row.key) {
        return Ok(row);
    }
    Err(malformed(method, "resolved to a row of another account or tenant than the requested one"))
}

pub(crate) fn key_value(key: &AccountKey) -> Value {
    json!({ "tenant": key.tenant, "accountId": key.open_id })
}

fn pair_value(pair: &SealedPair) -> Value {
    json!({ "accessTokenSealed": pair.access, "refreshTokenSealed": pair.refresh })
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

fn unavailable(message: String) -> Error {
    Error::new(ErrorKind::Unavailable, message).with_owner(Owner::App).with_retry(Retry::Backoff)
}

pub(crate) fn malformed(method: &str, what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the store's {method} {what}; correct the store"))
}

/// Parses a list that a function of the host resolved to.
pub(crate) fn read_list<T>(
    method: &'static str,
    list: Value,
    read: impl Fn(Value) -> Result<T>,
) -> Result<Vec<T>> {
    let Value::Array(items) = list else { return Err(malformed(method, "must resolve to a list")) };
    let items = items.into_iter().map(read).collect::<Result<_>>();
    items.map_err(|fault: Error| {
        malformed(method, &format!("resolved to a list in which {}", fault.message()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(read_row("load", row_value(&row())).unwrap(), row());
    }

    #[test]
    fn row_of_another_account_is_rejected() {
        let error = own_row("load", row(), |key| *key == AccountKey::new("other", "-000abc")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("load") && error.message().contains("another account"));
        assert_eq!(own_row("load", row(), |key| *key == row().key).unwrap(), row());
    }

    #[test]
    fn row_without_a_token_is_an_error_with_method_and_field() {
        let mut value = row_value(&row());
        value["accessTokenSealed"] = Value::Null;
        let error = read_row("load", value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("load") && error.message().contains("accessTokenSealed"));
    }
}
