//! The error type of toklink. Its [`ErrorKind`] defines what to do next. Its [`Dispatch`] states whether TikTok may
//! have received the request, its [`Retry`] whether and when a retry can help, and its [`Owner`] who has to act.
//!
//! An error never contains tokens, secrets, authorization codes, bodies or URLs with queries. Constructors take text
//! written in this crate. From a response of TikTok, an error keeps only the code, the HTTP status, the log id and a
//! message of limited length.

mod problem;
mod reason;
mod redact;

pub use problem::ConfigProblem;
pub use reason::Reason;
pub(crate) use redact::harmless;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The category of an error, which determines what the caller should do next. Each kind has one spelling in each
/// language: `RateLimited`, `'RATE_LIMITED'`, `TOKLINK_ERR_RATE_LIMITED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration is invalid (a missing key, a malformed URL): correct the setting.
    Config,
    /// An argument is invalid: correct the call.
    InvalidInput,
    /// The user's consent is missing, expired or revoked: ask the user to connect again.
    Unauthorized,
    /// The user did not grant a scope, the app lacks an approval or audit, or the publish or login belongs to
    /// another user: ask for the scope or the approval, or use the right account.
    PermissionDenied,
    /// A one-minute quota window is full: wait for the time of [`Error::retry`], then retry.
    RateLimited,
    /// A daily or per-account limit is exhausted: retry on the next day, or post or delete a pending draft.
    QuotaExhausted,
    /// The account, video, publish or file does not exist: check the name, or connect the account first.
    NotFound,
    /// TikTok refused the content: change it before the next attempt.
    Rejected,
    /// TikTok or the network did not respond as expected: retry later.
    Unavailable,
    /// An encrypted value, a login state or a signature is invalid: do not use it; check the keys and the stored
    /// record.
    Integrity,
    /// The call conflicts with an earlier attempt, or the outcome of an earlier attempt is unknown: check its status
    /// first.
    Conflict,
    /// The caller cancelled the operation: start it again if the result is still needed.
    Cancelled,
    /// The client was closed: create a new one.
    Closed,
    /// A bug in toklink: please report it.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of the numbers in the C header.
    pub const ALL: [ErrorKind; 14] = [
        Self::Config,
        Self::InvalidInput,
        Self::Unauthorized,
        Self::PermissionDenied,
        Self::RateLimited,
        Self::QuotaExhausted,
        Self::NotFound,
        Self::Rejected,
        Self::Unavailable,
        Self::Integrity,
        Self::Conflict,
        Self::Cancelled,
        Self::Closed,
        Self::Internal,
    ];

    /// Returns the upper-case spelling that JavaScript and JSON use, for example `RATE_LIMITED`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Config => "CONFIG",
            Self::InvalidInput => "INVALID_INPUT",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::RateLimited => "RATE_LIMITED",
            Self::QuotaExhausted => "QUOTA_EXHAUSTED",
            Self::NotFound => "NOT_FOUND",
            Self::Rejected => "REJECTED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Integrity => "INTEGRITY",
            Self::Conflict => "CONFLICT",
            Self::Cancelled => "CANCELLED",
            Self::Closed => "CLOSED",
            Self::Internal => "INTERNAL",
        }
    }
}

/// States whether TikTok may have received a request that changes something. This value alone determines whether a publish
/// may be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dispatch {
    /// Nothing was sent, or only reads, which may always be sent again.
    NotSent,
    /// TikTok may have received a request that changes something, but no response was read.
    MaybeSent,
    /// TikTok responded.
    Answered,
}

/// States whether and when a retry of the same call can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// A retry of the unchanged call cannot help.
    Never,
    /// A retry with backoff can help.
    Backoff,
    /// A retry after this time can help.
    After(Duration),
}

/// The party that has to act to resolve an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The owner of the TikTok account.
    User,
    /// The program or its operator.
    App,
    /// TikTok, or the network between this machine and TikTok.
    TikTok,
    /// toklink itself.
    Toklink,
}

impl Owner {
    /// Returns the lower-case spelling used in JSON: `user`, `app`, `tiktok`, `toklink`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::App => "app",
            Self::TikTok => "tiktok",
            Self::Toklink => "toklink",
        }
    }
}

/// The error type of all operations of toklink. It is `Clone` and `Send + Sync`, and cheap to move (one pointer).
/// Callers that share one request receive the same error.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    operation: &'static str,
    dispatch: Dispatch,
    retry: Retry,
    owner: Owner,
    reason: Reason,
    tiktok_code: Option<String>,
    http_status: Option<u16>,
    log_id: Option<String>,
    fail_reason: Option<String>,
    publish_id: Option<String>,
    idempotency_key: Option<String>,
    safe_to_repeat: bool,
    problems: Vec<ConfigProblem>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// The result of any toklink operation.
pub type Result<T> = std::result::Result<T, Error>;

/// The maximum length of text from TikTok that an error keeps, in characters.
const MAX_FOREIGN_CHARS: usize = 300;

impl Error {
    /// Creates an error of `kind` with one sentence that states what happened and what to do next. By default, nothing
    /// was sent, a retry cannot help, and the app has to act.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let owner = match kind {
            ErrorKind::Unauthorized => Owner::User,
            ErrorKind::Unavailable => Owner::TikTok,
            ErrorKind::Internal => Owner::Toklink,
            _ => Owner::App,
        };
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: "",
            dispatch: Dispatch::NotSent,
            retry: Retry::Never,
            owner,
            reason: Reason::Other,
            tiktok_code: None,
            http_status: None,
            log_id: None,
            fail_reason: None,
            publish_id: None,
            idempotency_key: None,
            safe_to_repeat: false,
            problems: Vec::new(),
            source: None,
        }))
    }

    /// Creates an [`ErrorKind::Config`] error that lists `problems`.
    #[must_use]
    pub fn config(problems: Vec<ConfigProblem>) -> Self {
        let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let mut error = Self::new(ErrorKind::Config, format!("invalid configuration: {}", list.join("; ")));
        error.0.problems = problems;
        error
    }

    /// Creates an [`ErrorKind::InvalidInput`] error.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// Creates an error that reports a bug in toklink. The caller receives this error instead of a panic.
    #[must_use]
    pub(crate) fn bug(what: &str) -> Self {
        Self::new(ErrorKind::Internal, format!("{what}; please report it"))
    }

    /// Sets the operation that failed, for example `publish_video`; the outermost operation takes precedence.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation = operation;
        self
    }

    /// Sets the exact reason.
    #[must_use]
    pub fn with_reason(mut self, reason: Reason) -> Self {
        self.0.reason = reason;
        self
    }

    /// Sets whether TikTok may have received the request.
    #[must_use]
    pub fn with_dispatch(mut self, dispatch: Dispatch) -> Self {
        self.0.dispatch = dispatch;
        self
    }

    /// Sets whether a retry can help.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Sets who has to act.
    #[must_use]
    pub fn with_owner(mut self, owner: Owner) -> Self {
        self.0.owner = owner;
        self
    }

    /// Sets TikTok's own error code. Anything other than a short word is discarded, because it is not a code.
    #[must_use]
    pub fn with_tiktok_code(mut self, code: &str) -> Self {
        self.0.tiktok_code = is_code(code).then(|| code.to_owned());
        self
    }

    /// Sets the HTTP status of TikTok's response.
    #[must_use]
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.0.http_status = Some(status);
        self
    }

    /// Sets TikTok's log id, which TikTok's support needs.
    #[must_use]
    pub fn with_log_id(mut self, log_id: Option<&str>) -> Self {
        self.0.log_id = log_id.filter(|id| is_code(id)).map(str::to_owned);
        self
    }

    /// Sets TikTok's reason for a failed publish.
    #[must_use]
    pub fn with_fail_reason(mut self, reason: &str) -> Self {
        self.0.fail_reason = is_code(reason).then(|| reason.to_owned());
        self
    }

    /// Sets the id of the publish that the error concerns.
    #[must_use]
    pub fn with_publish_id(mut self, publish_id: &str) -> Self {
        self.0.publish_id = Some(bounded(publish_id));
        self
    }

    /// Sets the idempotency key that resumes the same publish.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: &str) -> Self {
        self.0.idempotency_key = Some(bounded(key));
        self
    }

    /// Replaces the message, for a caller that has a more specific remedy.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Sets whether the same publish may be started again even though the first request may have been sent. For
    /// example, TikTok posts nothing for a publish whose bytes were not sent.
    #[must_use]
    pub fn with_safe_to_repeat(mut self, safe: bool) -> Self {
        self.0.safe_to_repeat = safe;
        self
    }

    /// Sets the underlying error, which [`std::error::Error::source`] returns.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Returns the exact reason; [`Reason::Other`] when the kind alone is specific enough.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// Returns the kind, which determines what to do next.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns one sentence that states what happened and what to do next.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the operation that failed; empty when the error occurred outside an operation.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// Returns whether TikTok may have received the request.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.0.dispatch
    }

    /// Returns whether a retry can help.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// Returns true unless the value of [`Error::retry`] is [`Retry::Never`].
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retry != Retry::Never
    }

    /// Returns the pause before a retry, if it is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.retry {
            Retry::After(pause) => Some(pause),
            Retry::Never | Retry::Backoff => None,
        }
    }

    /// Returns who has to act.
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.0.owner
    }

    /// Returns TikTok's own error code.
    #[must_use]
    pub fn tiktok_code(&self) -> Option<&str> {
        self.0.tiktok_code.as_deref()
    }

    /// Returns the HTTP status of TikTok's response.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// Returns TikTok's log id.
    #[must_use]
    pub fn log_id(&self) -> Option<&str> {
        self.0.log_id.as_deref()
    }

    /// Returns TikTok's reason for a failed publish (docs/tiktok-api.md 5.8).
    #[must_use]
    pub fn fail_reason(&self) -> Option<&str> {
        self.0.fail_reason.as_deref()
    }

    /// Returns the id of the publish that the error concerns.
    #[must_use]
    pub fn publish_id(&self) -> Option<&str> {
        self.0.publish_id.as_deref()
    }

    /// Returns the idempotency key that resumes the same publish, even when toklink generated the key.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// Returns all problems of an [`ErrorKind::Config`] error; empty for other kinds.
    #[must_use]
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.0.problems
    }

    /// Returns true when a request that changes something may have reached TikTok but no response was read. Reads never count.
    #[must_use]
    pub fn may_have_been_sent(&self) -> bool {
        self.0.dispatch == Dispatch::MaybeSent
    }

    /// Returns true when a retry of the same call with the same idempotency key posts at most once, even though the
    /// request may have been sent: the retry continues after the bytes that TikTok already has. If false, check the
    /// status of the publish first.
    #[must_use]
    pub fn is_safe_to_repeat(&self) -> bool {
        self.0.safe_to_repeat
    }
}

fn bounded(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_FOREIGN_CHARS).collect()
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let i = &*self.0;
        f.debug_struct("Error")
            .field("kind", &i.kind)
            .field("message", &i.message)
            .field("operation", &i.operation)
            .field("dispatch", &i.dispatch)
            .field("retry", &i.retry)
            .field("owner", &i.owner)
            .field("reason", &i.reason)
            .field("tiktok_code", &i.tiktok_code)
            .field("http_status", &i.http_status)
            .field("log_id", &i.log_id)
            .field("fail_reason", &i.fail_reason)
            .field("publish_id", &i.publish_id)
            .field("idempotency_key", &i.idempotency_key)
            .field("safe_to_repeat", &i.safe_to_repeat)
            .field("problems", &i.problems)
            .field("source", &i.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|s| s as _)
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
