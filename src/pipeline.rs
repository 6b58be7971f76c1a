//! Every request's life, in this one file:
//!
//! ```text
//! call -> session (a token that lasts) -> [ quota (a permit) -> transport -> envelope -> permit completed ] with retry
//! ```
//!
//! A token that TikTok calls invalid is replaced once and the call repeated once. Other failures are repeated as the
//! verdict table says, within a budget, and never when a publish may have begun.

use crate::api::call::{ApiRequest, Call, Endpoint};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Dispatch, ErrorKind, Result, Retry};
use crate::quota::{Limiter, QuotaKind, QuotaSubject};
use crate::secret::Secret;
use crate::session::Session;
use crate::store::AccountKey;
use crate::transport::retry::{Budget, MAX_ATTEMPTS, backoff};
use crate::transport::{Body, HttpReply, HttpRequest, Method, Transport, envelope};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The longest that one request may take, its answer included.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Sends calls. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    pub(crate) config: Arc<Config>,
    pub(crate) session: Session,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    budget: Arc<Budget>,
}

impl Pipeline {
    pub(crate) fn new(
        config: Arc<Config>,
        session: Session,
        limiter: Arc<Limiter>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { config, session, limiter, transport, clock, budget: Arc::new(Budget::new()) }
    }

    /// Runs `call` for `account`; a full quota window is refused at once.
    pub(crate) async fn run<C: Call>(&self, account: &AccountKey, call: &C) -> Result<C::Output> {
        self.run_waiting(account, call, Duration::ZERO).await
    }

    /// Runs `call` once with a token that no store holds yet, as a login does.
    pub(crate) async fn run_with<C: Call>(
        &self,
        account: &AccountKey,
        call: &C,
        token: &Secret,
    ) -> Result<C::Output> {
        call.parse(self.send(account, &call.request(), token, Duration::ZERO).await?)
    }

    /// Runs `call` for `account`, waiting up to `max_wait` for a free slot.
    pub(crate) async fn run_waiting<C: Call>(
        &self,
        account: &AccountKey,
        call: &C,
        max_wait: Duration,
    ) -> Result<C::Output> {
        let request = call.request();
        let repeatable = request.endpoint.is_repeatable();
        let mut bearer = self.session.bearer(account).await?;
        let mut token_replaced = false;
        let mut attempt = 0;
        loop {
            let error = match self.send(account, &request, &bearer.token, max_wait).await {
                Ok(data) => return call.parse(data),
                Err(error) => error,
            };
            if error.tiktok_code() == Some("access_token_invalid") && !token_replaced {
                token_replaced = true;
                bearer = self.session.replace(account, &bearer.token).await?;
                continue;
            }
            attempt += 1;
            let may_repeat = error.retry() == Retry::Backoff
                && (repeatable || error.dispatch() == Dispatch::NotSent)
                && attempt < MAX_ATTEMPTS
                && self.budget.withdraw();
            if !may_repeat {
                return Err(error);
            }
            self.clock.sleep(backoff(attempt)).await;
        }
    }

    async fn send(
        &self,
        account: &AccountKey,
        request: &ApiRequest,
        token: &Secret,
        max_wait: Duration,
    ) -> Result<Value> {
        let permit = self.limiter.acquire(kinds(request.endpoint), &self.subject(account), max_wait).await?;
        let outcome = match self.transport.send(self.http_request(request, token)).await {
            Ok(reply) => answered(request.endpoint, &reply),
            Err(error) => Err(error),
        };
        self.budget.deposit();
        match &outcome {
            Err(error) if error.dispatch() == Dispatch::NotSent => permit.release(),
            Err(error) if error.http_status() == Some(429) => permit.throttled(),
            _ => permit.complete(),
        }
        outcome
    }

    fn http_request(&self, request: &ApiRequest, token: &Secret) -> HttpRequest {
        let mut url = self.config.api_url(request.endpoint.path());
        if !request.fields.is_empty() {
            url.query_pairs_mut().append_pair("fields", request.fields);
        }
        let (method, body) = match &request.body {
            None => (Method::Get, Body::Empty),
            Some(body) => (Method::Post, Body::Json(body.to_string().into_bytes())),
        };
        HttpRequest {
            method,
            url,
            bearer: Some(token.clone()),
            headers: Vec::new(),
            body,
            timeout: CALL_TIMEOUT,
        }
    }

    /// Whom the quota windows of `account` are counted for.
    pub(crate) fn subject(&self, account: &AccountKey) -> QuotaSubject {
        QuotaSubject {
            client_key: self.config.client_key.clone(),
            tenant: account.tenant.clone(),
            open_id: account.open_id.clone(),
        }
    }
}

/// Reads an answer. A 5xx or a foreign answer to an init says nothing about whether the publish began.
fn answered(endpoint: Endpoint, reply: &HttpReply) -> Result<Value> {
    envelope::decode(reply).map_err(|error| {
        let unclear = error.kind() == ErrorKind::Unavailable && !endpoint.is_repeatable();
        if unclear { error.with_dispatch(Dispatch::MaybeSent) } else { error }
    })
}

/// Which quota windows an endpoint counts in.
fn kinds(endpoint: Endpoint) -> &'static [QuotaKind] {
    match endpoint {
        Endpoint::UserInfo => &[QuotaKind::UserInfo],
        Endpoint::VideoList => &[QuotaKind::VideoList],
        Endpoint::VideoQuery => &[QuotaKind::VideoQuery],
        Endpoint::CreatorInfo => &[QuotaKind::CreatorInfo],
        Endpoint::VideoInit => &[QuotaKind::PublishInit, QuotaKind::VideoUpload],
        Endpoint::PublishStatus => &[QuotaKind::PublishStatus],
        Endpoint::PublishCancel => &[],
    }
}
