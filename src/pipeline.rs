//! The complete path of a request:
//!
//! ```text
//! call -> session (a token that lasts) -> cache (reads only)
//!      -> [ quota (a permit) -> transport -> envelope -> permit completed ] with retry
//! ```
//!
//! A read that is cached, or that waits for the same read of another caller, uses no quota and sends nothing.
//!
//! A token that TikTok reports as invalid is replaced once, and the call is retried once. Other failures are retried
//! according to the table in `transport/retry.rs`, within a budget, and never when a publish may have started.

use crate::api::call::{ApiRequest, Call};
use crate::api::endpoint::Endpoint;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::{Config, is_loopback, join};
use crate::error::{Dispatch, Error, ErrorKind, Result, Retry};
use crate::family::ApiFamily;
use crate::model::{AccountKey, AccountStatus};
use crate::quota::{QuotaBackend, QuotaKind, QuotaSubject, QuotaWarning, QuotaWindow, Subjects, UsageLog};
use crate::secret::Secret;
use crate::session::{Bearer, Event, EventSender, Session};
use crate::transport::retry::{Budget, MAX_ATTEMPTS, backoff};
use crate::transport::{Body, HttpRequest, Method, RetryListener, Transport, links};
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Notifies the host when a quota window of an account is nearly full.
#[derive(Clone, Default)]
pub(crate) struct QuotaListener(Option<Arc<Listen>>);

type Listen = dyn Fn(&AccountKey, &QuotaWarning) + Send + Sync;

impl QuotaListener {
    pub(crate) fn new(listen: impl Fn(&AccountKey, &QuotaWarning) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listen)))
    }

    /// Calls the listener. No lock is held during the call, because the listener may read the quota itself.
    pub(crate) fn notify(&self, account: &AccountKey, warnings: &[QuotaWarning]) {
        if let Some(listen) = &self.0 {
            for warning in warnings {
                listen(account, warning);
            }
        }
    }
}

impl fmt::Debug for QuotaListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QuotaListener({})", if self.0.is_some() { "set" } else { "none" })
    }
}

/// Sends calls to TikTok. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    pub(crate) config: Arc<Config>,
    pub(crate) session: Session,
    pub(crate) events: Arc<EventSender>,
    pub(crate) quotas: QuotaBackend,
    pub(crate) subjects: Arc<Subjects>,
    pub(crate) usage_log: Arc<UsageLog>,
    pub(crate) cache: Arc<Cache>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) listener: QuotaListener,
    pub(crate) retries: RetryListener,
    pub(crate) budget: Arc<Budget>,
}

impl Pipeline {
    /// Runs `call` for `account`; fails immediately when a quota window is full.
    pub(crate) async fn run<C: Call>(&self, account: &AccountKey, call: &C) -> Result<C::Output> {
        self.run_waiting(account, call, Duration::ZERO).await
    }

    /// Runs `call` with a token that is not stored yet, for example during a login.
    pub(crate) async fn run_with<C: Call>(
        &self,
        account: &AccountKey,
        call: &C,
        token: &Secret,
    ) -> Result<C::Output> {
        self.attempts(account, call, &call.request(), token, Duration::ZERO).await
    }

    /// Runs `call` for `account`, waiting up to `max_wait` for quota.
    pub(crate) async fn run_waiting<C: Call>(
        &self,
        account: &AccountKey,
        call: &C,
        max_wait: Duration,
    ) -> Result<C::Output> {
        let bearer = self.bearer(account).await?;
        self.run_as(account, &bearer, call, &call.request(), max_wait).await
    }

    /// Runs a read for `account`, from the cache when an entry is recent enough.
    pub(crate) async fn read<C: Call>(
        &self,
        account: &AccountKey,
        bearer: &Bearer,
        call: &C,
        max_wait: Duration,
    ) -> Result<C::Output>
    where
        C::Output: Clone + Serialize + Send + Sync + 'static,
    {
        let request = call.request();
        let body = request.body.as_ref().map(Value::to_string).unwrap_or_default();
        let question = format!("{} {} {body}", request.endpoint.path(), request.fields);
        let age = match request.endpoint {
            Endpoint::UserInfo => self.cache.policy.user_info,
            Endpoint::VideoList | Endpoint::VideoQuery => self.cache.policy.videos,
            _ => Duration::ZERO,
        };
        let ask = self.run_as(account, bearer, call, &request, max_wait);
        // Most of a response is text, so the length of its JSON is close to its size in memory.
        let size = |answer: &C::Output| serde_json::to_vec(answer).map_or(usize::MAX / 2, |json| json.len());
        self.cache.read(account, &bearer.token, &question, age, size, ask).await
    }

    /// Returns a token of `account` that stays valid for the duration of a call. Emits an event with the reason when
    /// there is none.
    pub(crate) async fn bearer(&self, account: &AccountKey) -> Result<Bearer> {
        let bearer = self.session.bearer(account).await;
        if let Err(error) = &bearer {
            self.session.note(account, AccountStatus::Active, Err(error), false).await;
            self.emit(account, "access_token", &[], Some(error));
        }
        bearer
    }

    /// Runs `call` with `bearer`, or with a new token when TikTok reports it as invalid.
    pub(crate) async fn run_as<C: Call>(
        &self,
        account: &AccountKey,
        bearer: &Bearer,
        call: &C,
        request: &ApiRequest,
        max_wait: Duration,
    ) -> Result<C::Output> {
        let mut outcome = self.attempts(account, call, request, &bearer.token, max_wait).await;
        if matches!(&outcome, Err(error) if ApiFamily::of(request.endpoint).is_invalid_token(error)) {
            outcome = match self.session.replace(account, &bearer.token).await {
                Ok(bearer) => self.attempts(account, call, request, &bearer.token, max_wait).await,
                Err(error) => Err(error),
            };
        }
        if !request.endpoint.is_read() {
            // Starting or completing a post changes the profile and the video lists.
            self.cache.forget(account);
        }
        let posting = matches!(request.endpoint, Endpoint::CreatorInfo | Endpoint::VideoInit);
        self.session.note(account, bearer.status, outcome.as_ref().map(drop), posting).await;
        let kinds = (ApiFamily::of(request.endpoint).quota_kinds)(request.endpoint);
        self.emit(account, request.endpoint.as_str(), kinds, outcome.as_ref().err());
        outcome
    }

    /// Emits an event at the end of a call that counts in the quota windows of `kinds`.
    fn emit(
        &self,
        account: &AccountKey,
        operation: &'static str,
        kinds: &[QuotaKind],
        error: Option<&Error>,
    ) {
        self.events.called(|| {
            let windows = self.quotas.status(&self.subject(account));
            let counted = windows.into_iter().filter(|window| kinds.contains(&window.kind));
            Event::Called {
                account: account.clone(),
                at: self.clock.now(),
                operation,
                error: error.cloned(),
                quota: counted.min_by_key(|window| window.remaining),
            }
        });
    }

    /// Sends one request, with retries, until TikTok responds or until the error, the retry budget or the risk of a
    /// second publish forbids another retry.
    async fn attempts<C: Call>(
        &self,
        account: &AccountKey,
        call: &C,
        request: &ApiRequest,
        token: &Secret,
        max_wait: Duration,
    ) -> Result<C::Output> {
        let repeatable = request.endpoint.is_repeatable();
        let (mut attempt, mut may_have_been_sent) = (0, false);
        loop {
            let outcome =
                self.send(account, request, token, max_wait).await.and_then(|data| call.parse(data));
            let error = match outcome {
                Ok(output) => return Ok(output),
                // An unreadable response does not show whether a publish has started.
                Err(error)
                    if !repeatable && error.dispatch() == Dispatch::Answered && !is_refusal(&error) =>
                {
                    error.with_dispatch(Dispatch::MaybeSent)
                }
                Err(error) => error,
            };
            attempt += 1;
            let may_repeat = error.retry() == Retry::Backoff
                && (repeatable || error.dispatch() == Dispatch::NotSent)
                && attempt < MAX_ATTEMPTS
                && self.budget.withdraw();
            may_have_been_sent |= error.dispatch() == Dispatch::MaybeSent;
            if !may_repeat {
                // A read may always be sent again.
                return Err(match (may_have_been_sent, request.endpoint.has_effects()) {
                    (true, true) => error.with_dispatch(Dispatch::MaybeSent),
                    (true, false) => error.with_dispatch(Dispatch::NotSent),
                    (false, _) => error,
                });
            }
            let pause = backoff(attempt);
            self.retries.notify(request.endpoint.as_str(), Some(pause), || cause(&error));
            self.clock.sleep(pause).await;
        }
    }

    async fn send(
        &self,
        account: &AccountKey,
        request: &ApiRequest,
        token: &Secret,
        max_wait: Duration,
    ) -> Result<Value> {
        let family = ApiFamily::of(request.endpoint);
        let (kinds, subject) = ((family.quota_kinds)(request.endpoint), self.subject(account));
        self.usage_log.restore(&self.quotas).await;
        let permit = self.quotas.acquire(kinds, &subject, max_wait).await?;
        self.listener.notify(account, &permit.warnings());
        let outcome = match self.transport.send(self.http_request(family, request, token)).await {
            Ok(reply) => match (family.decode)(&reply) {
                Ok(mut data) => {
                    links::keep_safe(&mut data, is_loopback((family.base_url)(&self.config)));
                    Ok(data)
                }
                Err(error) => Err(error.without(&[token.expose()])),
            },
            Err(error) => Err(error),
        };
        self.budget.deposit();
        match &outcome {
            Err(error) if error.dispatch() == Dispatch::NotSent => permit.release(),
            Err(error) if error.http_status() == Some(429) => permit.throttled(),
            _ => {
                permit.complete();
                self.usage_log.record(&self.quotas, kinds, &subject).await;
            }
        }
        outcome
    }

    /// Returns the usage of each quota window of `account`, from Redis when Redis counts the requests and otherwise
    /// from memory.
    pub(crate) async fn quota(&self, account: &AccountKey) -> Result<Vec<QuotaWindow>> {
        self.usage_log.restore(&self.quotas).await;
        self.quotas.read(&self.subject(account)).await
    }

    fn http_request(&self, family: &ApiFamily, request: &ApiRequest, token: &Secret) -> HttpRequest {
        let mut url = join((family.base_url)(&self.config), request.endpoint.path());
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
            authorization: Some((family.authorization)(token.clone())),
            headers: Vec::new(),
            body,
            timeout: self.config.network.request_timeout,
        }
    }

    /// Returns the subject for which the quota windows of `account` are counted.
    pub(crate) fn subject(&self, account: &AccountKey) -> QuotaSubject {
        self.subjects.of(account)
    }
}

/// Returns the reason for a failed attempt, with the HTTP status of the response.
pub(crate) fn cause(error: &Error) -> String {
    match error.http_status() {
        Some(status) => format!("HTTP {status}, {}", error.message()),
        None => error.message().to_owned(),
    }
}

/// Returns true when TikTok itself refused the request. A response without one of TikTok's codes may come from an
/// intermediary that has already forwarded the request, unless it reports an invalid token or a full limit.
fn is_refusal(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Unavailable => false,
        ErrorKind::Config => true,
        _ => error.tiktok_code().is_some() || matches!(error.http_status(), Some(401 | 429)),
    }
}
