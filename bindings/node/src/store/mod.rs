//! Implements the core's five store traits with a host's JavaScript store. The store only receives encrypted values.

mod accounts;
mod journal;
mod leases;
mod metrics;
mod usage;

use crate::outcome::HostFault;
use napi::Status;
use napi::bindgen_prelude::{FnArgs, Promise};
use napi::threadsafe_function::ThreadsafeFunction;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;
use toklink::{AccountKey, Error, ErrorKind, Owner, Result, Retry};

/// Calls a JavaScript method, such as `accounts.load`, with a JSON list of arguments. The promise resolves to JSON text
/// and never rejects.
pub(crate) type StoreCall = ThreadsafeFunction<
    FnArgs<(String, String)>,
    Promise<String>,
    FnArgs<(String, String)>,
    Status,
    false,
    true,
>;

/// Time limit of a method. A refresh waits for the method while the old token expires.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// The store that a host passes to `new Client`.
pub(crate) struct HostStore(StoreCall);

impl HostStore {
    pub(crate) fn new(call: StoreCall) -> Self {
        Self(call)
    }

    async fn ask(&self, method: &'static str, args: Value) -> Result<Value> {
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

    /// Calls a method that resolves to true or false.
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

fn key_value(key: &AccountKey) -> Value {
    json!({ "tenant": key.tenant, "accountId": key.open_id })
}

fn unavailable(message: String) -> Error {
    Error::new(ErrorKind::Unavailable, message).with_owner(Owner::App).with_retry(Retry::Backoff)
}

fn malformed(method: &str, what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the store's {method} {what}; correct the store"))
}

/// Parses a list that one of the host's functions resolved to.
fn read_list<T>(method: &'static str, list: Value, read: impl Fn(Value) -> Result<T>) -> Result<Vec<T>> {
    let Value::Array(items) = list else { return Err(malformed(method, "must resolve to a list")) };
    let items = items.into_iter().map(read).collect::<Result<_>>();
    items.map_err(|fault: Error| {
        malformed(method, &format!("resolved to a list in which {}", fault.message()))
    })
}
