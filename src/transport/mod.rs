//! How bytes reach TikTok: one request value, one reply value, and a trait between them, so that any HTTP stack
//! (or a test) can carry them.

pub mod envelope;
mod http;
pub(crate) mod links;
mod outbound;
pub(crate) mod retry;

pub use http::HttpTransport;
pub(crate) use outbound::Outbound;

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

/// A stream of bytes read while they are sent.
pub type ByteStream = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// What a request carries.
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON text.
    Json(Vec<u8>),
    /// A form, encoded; it holds tokens and secrets.
    Form(Secret),
    /// Exactly `length` bytes.
    Stream {
        /// How many bytes the stream yields.
        length: u64,
        /// Where they come from.
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

/// One request. Its `Debug` hides the query and the bearer: an upload URL is a credential.
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Where to, with the query.
    pub url: Url,
    /// The access token, sent as `Authorization: Bearer`; redirects are never followed with it.
    pub bearer: Option<Secret>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
    /// The longest that the whole exchange may take.
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

/// One reply, read whole; its body is bounded. Its `Debug` hides the body.
pub struct HttpReply {
    /// The HTTP status.
    pub status: u16,
    /// TikTok's log id from the header `x-tt-logid` (docs/tiktok-api.md 0.5).
    pub log_id: Option<String>,
    /// The header `Content-Range` of an upload reply (docs/tiktok-api.md 5.7).
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

/// Carries requests. A failure says by its [`crate::error::Dispatch`] whether TikTok may have seen the request.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends one request and reads the whole reply.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply>>;
}

#[cfg(test)]
mod certificate_tests;
