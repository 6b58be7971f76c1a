//! HTTP client for webhooks and pulls. Sends plain HTTP only, uses no proxy and follows no redirects.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

/// Longest wait for the next part of a response, in real time.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends `request` to `url`, with `host` as the `Host` header if given. The error is a message for the delivery record.
pub(crate) async fn send(
    url: &str,
    host: Option<&str>,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, String> {
    let answer = tokio::time::timeout(TIMEOUT, send_request(url, host, request)).await;
    answer.unwrap_or_else(|_| Err(format!("no response within {} s", TIMEOUT.as_secs())))
}

async fn send_request(
    url: &str,
    host: Option<&str>,
    mut request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, String> {
    let url = Url::parse(url).map_err(|error| format!("the URL is invalid: {error}"))?;
    if url.scheme() != "http" {
        return Err("the emulator sends plain HTTP only; use an http URL on loopback".to_owned());
    }
    let name = url.host_str().ok_or("the URL has no host")?;
    let port = url.port_or_known_default().unwrap_or(80);
    let stream =
        TcpStream::connect((name, port)).await.map_err(|error| format!("connection failed: {error}"))?;
    let lost = |error: hyper::Error| format!("no response: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
    // The connection task ends with the request and reports the same error, so its result is ignored.
    tokio::spawn(connection);
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    *request.uri_mut() = target.parse().map_err(|_| "the URL path is invalid".to_owned())?;
    let shown = host.map_or_else(|| format!("{name}:{port}"), str::to_owned);
    let shown = header::HeaderValue::from_str(&shown).map_err(|_| "the URL host is invalid".to_owned())?;
    request.headers_mut().insert(header::HOST, shown);
    sender.send_request(request).await.map_err(lost)
}
