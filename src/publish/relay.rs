//! Reads a video from an https URL and forwards it to TikTok without storing it. If the host breaks the connection, or
//! TikTok asks for earlier bytes, toklink requests the remaining bytes with a range and verifies that they belong to
//! the same file.

use super::pace::{self, Reader};
use super::stream_source::VideoStream;
use crate::error::{Error, ErrorKind, Owner, Reason, Result, Retry};
use crate::secret::Secret;
use crate::transport::Outbound;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use reqwest::StatusCode;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_RANGE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_RANGE, LAST_MODIFIED,
    RANGE,
};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;
use url::Url;

/// Maximum number of consecutive broken connections without a received byte.
const MAX_BREAKS: u32 = 3;

/// Opens the URL. Returns the length of the video and its bytes as they arrive.
pub(super) async fn open(outbound: &Outbound, url: &Secret) -> Result<VideoStream> {
    let url =
        Url::parse(url.expose()).map_err(|_| invalid("is invalid; use one that starts with https://"))?;
    let reply = pace::opened(&*outbound.clock(), outbound.get(&url, &HeaderMap::new())).await?;
    if reply.status() != StatusCode::OK {
        return Err(unwanted(reply.status()));
    }
    check_encoding(reply.headers())?;
    let length = reply.content_length().ok_or_else(|| {
        invalid("returns no Content-Length, which TikTok requires in advance; host the video elsewhere")
    })?;
    let (validator, tag) = (validator(reply.headers()), reply.headers().get(ETAG).cloned());
    let seeks = validator.is_some();
    let remote = Arc::new(Remote { outbound: outbound.clone(), url, length, validator, tag });
    let stream = VideoStream::new(read_from(Arc::clone(&remote), 0, Some(reply)), length);
    if !seeks {
        return Ok(stream);
    }
    Ok(stream.seeking(Arc::new(move |position| -> Reader {
        Box::pin(read_from(Arc::clone(&remote), position, None))
    })))
}

/// Returns the bytes of `remote` from `position`; without a `body`, toklink requests them.
fn read_from(
    remote: Arc<Remote>,
    position: u64,
    body: Option<reqwest::Response>,
) -> impl AsyncRead + Send + 'static {
    let tail = Tail { remote, position, body, breaks: 0 };
    let bytes = try_unfold(tail, async |tail| tail.next().await.map_err(io::Error::other));
    StreamReader::new(Box::pin(bytes))
}

/// The file at the URL as the first response described it.
#[derive(Debug)]
struct Remote {
    outbound: Outbound,
    url: Url,
    length: u64,
    /// The validator that distinguishes this file from a later version. Without it, toklink cannot request the
    /// remaining bytes.
    validator: Option<HeaderValue>,
    /// The entity tag of the first response, weak or strong. A different tag shows that the file has changed, even when
    /// `validator` is a time.
    tag: Option<HeaderValue>,
}

/// The bytes that have not arrived yet.
struct Tail {
    remote: Arc<Remote>,
    position: u64,
    body: Option<reqwest::Response>,
    breaks: u32,
}

impl Tail {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>> {
        loop {
            let body = if let Some(body) = &mut self.body {
                body
            } else {
                let rest = self.rest().await?;
                self.body.insert(rest)
            };
            match body.chunk().await {
                Ok(Some(bytes)) => {
                    self.position += bytes.len() as u64;
                    self.breaks = 0;
                    return Ok(Some((bytes, self)));
                }
                Ok(None) if self.position >= self.remote.length => return Ok(None),
                broken => {
                    self.breaks += 1;
                    self.body = None;
                    if self.breaks > MAX_BREAKS || self.remote.validator.is_none() {
                        let error = Error::new(
                            ErrorKind::Unavailable,
                            "the server of the video URL closed the connection early and nothing was posted; \
                             publish again with the same idempotency key",
                        )
                        .with_owner(Owner::User)
                        .with_retry(Retry::Backoff);
                        let source = broken.err().map(reqwest::Error::without_url);
                        return Err(source.into_iter().fold(error, Error::with_source));
                    }
                }
            }
        }
    }

    /// Requests the remaining bytes of the same file, starting at `position`.
    async fn rest(&self) -> Result<reqwest::Response> {
        let mut headers = HeaderMap::new();
        let mut add =
            |name: HeaderName, value: Option<HeaderValue>| value.map(|value| headers.insert(name, value));
        add(RANGE, HeaderValue::from_str(&format!("bytes={}-", self.position)).ok());
        add(IF_RANGE, self.remote.validator.clone());
        let reply = self.remote.outbound.get(&self.remote.url, &headers).await?;
        match reply.status() {
            StatusCode::PARTIAL_CONTENT => {}
            StatusCode::OK | StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PRECONDITION_FAILED => {
                return Err(changed());
            }
            other => return Err(unwanted(other)),
        }
        check_encoding(reply.headers())?;
        let length = self.remote.length;
        let range = format!("bytes {}-{}/{length}", self.position, length - 1);
        let first = self.remote.validator.as_ref();
        let by_time = first.is_some_and(|first| !first.as_bytes().starts_with(b"\""));
        let tag = reply.headers().get(ETAG);
        let time = reply.headers().get(LAST_MODIFIED).filter(|_| by_time);
        if tag.is_some_and(|now| Some(now) != self.remote.tag.as_ref())
            || time.is_some_and(|now| Some(now) != first)
            || reply.headers().get(CONTENT_RANGE).is_none_or(|given| given.as_bytes() != range.as_bytes())
        {
            return Err(changed());
        }
        Ok(reply)
    }
}

/// Returns a strong `ETag`, or otherwise the time of the last change, as `If-Range` requires (RFC 9110, 13.1.5). A time
/// is used only if it is at least one second old, because the file could change again within the same second (RFC 9110,
/// 8.8.2.2).
fn validator(headers: &HeaderMap) -> Option<HeaderValue> {
    let strong = headers.get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
    strong.or_else(|| headers.get(LAST_MODIFIED).filter(|_| was_quiet(headers))).cloned()
}

fn was_quiet(headers: &HeaderMap) -> bool {
    let time = |name| httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok();
    let quiet =
        time(DATE).zip(time(LAST_MODIFIED)).and_then(|(now, changed)| now.duration_since(changed).ok());
    quiet.is_some_and(|quiet| quiet >= Duration::from_secs(1))
}

fn check_encoding(headers: &HeaderMap) -> Result<()> {
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => Err(invalid(
            "returns compressed content, which toklink did not request; host the video elsewhere",
        )),
        _ => Ok(()),
    }
}

fn unwanted(status: StatusCode) -> Error {
    let number = status.as_u16();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Error::new(
            ErrorKind::Unavailable,
            format!("the server of the video URL responded with HTTP {number}; try again later"),
        )
        .with_owner(Owner::User)
        .with_retry(Retry::Backoff);
    }
    invalid(&format!("returns HTTP {number} instead of the video; open it in a browser to see why"))
}

fn changed() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "the video at the URL changed during the upload, or its server does not support ranges, and nothing was \
         posted; publish again with a new idempotency key",
    )
    .with_reason(Reason::VideoChanged)
    .with_owner(Owner::User)
}

fn invalid(what: &str) -> Error {
    Error::invalid(format!("the video URL {what}")).with_owner(Owner::User)
}
