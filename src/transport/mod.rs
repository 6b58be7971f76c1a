//! Requests to TikTok: a request value, a response value, and a trait between them, so that any HTTP client or a test
//! can send requests.

pub mod consumer;
mod http;
pub(crate) mod links;
mod outbound;
pub(crate) mod retry;
mod retry_notice;
mod ssrf;
mod token_endpoint;

pub use http::HttpTransport;
pub(crate) use outbound::Outbound;
pub(crate) use retry_notice::RetryListener;
pub use retry_notice::RetryNotice;
pub(crate) use token_endpoint::token_call;

use crate::clock::BoxFuture;
use crate::error::Result;
use crate::secret::Secret;
use bytes::Bytes;
use futures_util::stream::Stream;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;
use url::Url;

/// The HTTP method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET, without a body.
    Get,
    /// POST.
    Post,
    /// PUT, used for the chunks of an upload.
    Put,
}

/// A stream of bytes that is read while it is sent.
pub type ByteStream = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// Body of a request.
pub enum Body {
    /// No body.
    Empty,
    /// JSON text.
    Json(Vec<u8>),
    /// An encoded form; it contains tokens and secrets.
    Form(Secret),
    /// Exactly `length` bytes.
    Stream {
        /// Number of bytes in the stream.
        length: u64,
        /// The bytes.
        stream: ByteStream,
    },
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(bytes) => write!(f, "Json({} bytes)", bytes.len()),
            Self::Form(_) => f.write_str("Form([redacted])"),
            Self::Stream { length, .. } => write!(f, "Stream({length} bytes)"),
        }
    }
}

/// An access token with the header in which an API family expects it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Authorization {
    /// `Authorization: Bearer TOKEN`, of the consumer API (docs/tiktok-api.md 0.6).
    Bearer(Secret),
}

/// An HTTP request. Its `Debug` output hides the query and the bearer token, because an upload URL is a credential.
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The URL, including the query.
    pub url: Url,
    /// The credential of the request; it is never sent to the target of a redirect.
    pub authorization: Option<Authorization>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
    /// The time limit of the whole exchange.
    pub timeout: Duration,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("path", &self.url.path())
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// A complete response with a body of limited size. Its `Debug` output hides the body.
pub struct HttpReply {
    /// The HTTP status.
    pub status: u16,
    /// TikTok's log id from the header `x-tt-logid` (docs/tiktok-api.md 0.5).
    pub log_id: Option<String>,
    /// The header `Content-Range` of an upload response (docs/tiktok-api.md 5.7).
    pub content_range: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpReply")
            .field("status", &self.status)
            .field("log_id", &self.log_id)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Sends requests. The [`crate::error::Dispatch`] of an error states whether TikTok may have received the request.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends one request and reads the whole response.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply>>;
}

#[cfg(test)]
mod certificate_tests;
