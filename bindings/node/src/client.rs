//! The class that JavaScript uses. It contains one core client and that client's running operations.
#![expect(clippy::needless_pass_by_value, reason = "napi passes arguments by value")]
#![expect(clippy::must_use_candidate, reason = "JavaScript is the only caller")]

use crate::events::{self, Listener as EventListener};
use crate::operation::{self, Given};
use crate::outcome::{encode, guarded, guarded_async};
use crate::progress::{Listener, Reporter};
use crate::quota::Quotas;
use crate::store::StoreCall;
use crate::stream::PieceCall;
use crate::{open, operation_sync};
use napi::bindgen_prelude::{Either, Function, PromiseRaw, within_runtime_if_available};
use napi::{Env, Error, Result};
use napi_derive::napi;
use serde_json::Value;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use toklink::publish::CancelToken;
use toklink::{AccountKey, BackgroundRefresh, Client, ErrorKind, Secret};

/// A client of the core. `js/native/` defines the format of the JSON texts.
#[napi]
#[derive(Debug)]
pub struct NativeClient {
    client: Arc<Client>,
    running: Arc<Running>,
    background_refresh: Mutex<Option<BackgroundRefresh>>,
    quotas: Quotas,
}

#[napi]
impl NativeClient {
    /// Starts `operation`. The promise always resolves to the outcome as JSON text.
    #[napi]
    pub fn call<'env>(
        &self,
        env: &'env Env,
        operation: String,
        input: String,
        id: u32,
        on_progress: Option<Listener>,
        next_piece: Option<PieceCall>,
    ) -> Result<PromiseRaw<'env, String>> {
        contained(|| {
            let client = Arc::clone(&self.client);
            // Registers the operation before this function returns, so that an immediate cancel finds it.
            let ticket = Running::begin(&self.running, id);
            let reporter = on_progress.map(|listener| Arc::new(Reporter::new(listener)));
            env.spawn_future(async move {
                let given = Given { cancel: ticket.token(), reporter: reporter.as_ref(), next_piece };
                let work = Box::pin(operation::run(&client, &operation, &input, given));
                let mut outcome = encode(&operation, guarded_async(work).await);
                if let Some(last) = reporter.and_then(|reporter| reporter.last()) {
                    outcome["lastProgress"] = last;
                }
                Ok(outcome.to_string())
            })
        })?
    }

    /// Runs an operation that never waits. Returns the outcome as JSON text.
    #[napi]
    pub fn call_sync(&self, operation: String, input: String) -> String {
        encode(&operation, guarded(|| operation_sync::run(&self.client, &operation, &input))).to_string()
    }

    /// Encrypts a value without JSON, because hosts call this function in every request.
    #[napi]
    pub fn seal(
        &self,
        tenant: String,
        account_id: String,
        field: String,
        text: String,
    ) -> Either<String, Failure> {
        let key = AccountKey::new(tenant, account_id);
        direct("seal", || self.client.seal(&key, &field, &Secret::from(text)))
    }

    /// Decrypts a value without JSON.
    #[napi]
    pub fn unseal(
        &self,
        tenant: String,
        account_id: String,
        field: String,
        sealed: String,
    ) -> Either<String, Failure> {
        let key = AccountKey::new(tenant, account_id);
        direct("unseal", || Ok(self.client.unseal(&key, &field, &sealed)?.expose().to_owned()))
    }

    /// Registers an account for checks of its quota and returns its index. Does not check that the account is connected.
    #[napi]
    pub fn keep_quota(&self, tenant: String, account_id: String) -> Result<u32> {
        contained(|| self.quotas.add(AccountKey::new(tenant, account_id)))
    }

    /// Removes all registered accounts.
    #[napi]
    pub fn forget_quotas(&self) -> Result<()> {
        contained(|| self.quotas.clear())
    }

    /// Returns the function that checks and counts requests; see `js/native/quota.ts`.
    #[napi]
    pub fn quota_asker<'env>(&self, env: &'env Env) -> Result<Function<'env, u32, f64>> {
        contained(|| self.quotas.function(env, Arc::clone(&self.client)))?
    }

    /// Passes each event to `listener` as JSON text until the client is closed. With `calls`, passes finished calls
    /// instead of events.
    #[napi]
    pub fn listen(&self, listener: EventListener, calls: bool) -> Result<()> {
        contained(|| {
            let events = if calls { self.client.call_events() } else { self.client.events() };
            napi::bindgen_prelude::spawn(events::pass_on(events, listener));
        })
    }

    /// Refreshes tokens before they expire, at most `max_concurrency` accounts at a time. Each call replaces the
    /// settings of the previous call. Returns the outcome as JSON text.
    #[napi]
    pub fn start_background_refresh(&self, max_concurrency: f64) -> String {
        let started = within_runtime_if_available(|| {
            guarded(|| {
                let refresh = self.client.start_background_refresh(count(max_concurrency)?)?;
                *self.background_refresh.lock().unwrap_or_else(PoisonError::into_inner) = Some(refresh);
                Ok(Value::Null)
            })
        });
        encode("startBackgroundRefresh", started).to_string()
    }

    /// Stops the background refresh. A refresh that is already running completes.
    #[napi]
    pub fn stop_background_refresh(&self) -> Result<()> {
        contained(|| drop(self.background_refresh.lock().unwrap_or_else(PoisonError::into_inner).take()))
    }

    /// Requests that the running operation `id` stop.
    #[napi]
    pub fn cancel(&self, id: u32) -> Result<()> {
        contained(|| self.running.cancel(id))
    }
}

/// Maximum number of accounts that are refreshed at a time. Each account needs a connection to TikTok.
const MAX_CONCURRENCY: u8 = 100;

fn count(max_concurrency: f64) -> toklink::Result<NonZeroUsize> {
    let known =
        (1..=MAX_CONCURRENCY).find(|count| (f64::from(*count) - max_concurrency).abs() < f64::EPSILON);
    known.and_then(|count| NonZeroUsize::new(usize::from(count))).ok_or_else(|| {
        toklink::Error::new(
            ErrorKind::InvalidInput,
            format!("maxConcurrency must be a whole number from 1 to {MAX_CONCURRENCY}; omit it for the default of 4"),
        )
    })
}

/// The error of a direct call; a successful call returns a text instead.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Failure {
    /// Outcome of the failed call as JSON text.
    pub error: String,
}

/// Returns the text that `work` returns, or its error as JSON text.
fn direct(operation: &str, work: impl FnOnce() -> toklink::Result<String>) -> Either<String, Failure> {
    match guarded(work) {
        Ok(text) => Either::A(text),
        Err(error) => Either::B(Failure { error: encode(operation, Err(error)).to_string() }),
    }
}

/// Result of opening a client: the client or an error.
#[napi(object, object_from_js = false)]
#[derive(Debug, Default)]
pub struct Opened {
    /// The client, if it was opened.
    pub client: Option<NativeClient>,
    /// Outcome as JSON text, if the client was not opened.
    pub error: Option<String>,
}

/// Opens a client with `options` (JSON text) and the host's own store, if given.
#[napi]
pub fn open_client(options: String, store: Option<StoreCall>) -> Opened {
    match guarded(|| open::client(&options, store)) {
        Ok(client) => {
            let client = NativeClient {
                client: Arc::new(client),
                running: Arc::default(),
                background_refresh: Mutex::default(),
                quotas: Quotas::default(),
            };
            Opened { client: Some(client), error: None }
        }
        Err(error) => Opened { client: None, error: Some(encode("new Client", Err(error)).to_string()) },
    }
}

/// Probes a video file. Requires no client.
#[napi]
pub async fn probe_video(file: String) -> String {
    encode("probeVideo", guarded_async(operation::probe(&file)).await).to_string()
}

/// Returns the version of this addon, which must equal the version of the JavaScript package.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Runs `work` and converts a panic, which would otherwise end the host's process, into a JavaScript exception.
fn contained<T>(work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| Error::from_reason("toklink had an internal error; please report it"))
}

/// The running operations that callers can cancel.
#[derive(Debug, Default)]
struct Running(Mutex<HashMap<u32, CancelToken>>);

impl Running {
    fn begin(running: &Arc<Self>, id: u32) -> Ticket {
        let token = CancelToken::new();
        running.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, token.clone());
        Ticket { id, token, running: Arc::clone(running) }
    }

    fn cancel(&self, id: u32) {
        let token = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(token) = token {
            token.cancel();
        }
    }
}

/// Entry of a running operation in the list. Dropping the ticket removes the entry.
struct Ticket {
    id: u32,
    token: CancelToken,
    running: Arc<Running>,
}

impl Ticket {
    fn token(&self) -> &CancelToken {
        &self.token
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operation_can_be_cancelled_until_it_finishes() {
        let running = Arc::new(Running::default());
        let ticket = Running::begin(&running, 7);
        let token = ticket.token().clone();
        running.cancel(8);
        assert!(!token.is_cancelled());
        running.cancel(7);
        assert!(token.is_cancelled());
        drop(ticket);
        assert!(running.0.lock().unwrap().is_empty());
    }
}
