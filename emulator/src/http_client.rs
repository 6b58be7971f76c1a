//! HTTP that the emulator itself sends: webhooks and pulls. Plain HTTP only, no proxies, no redirects.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

/// Real time until the next part of an answer must have come.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends `request` to `url`, with another `Host` if given. The error is a sentence for the record.
pub(crate) async fn send(
    url: &str,
    host: Option<&str>,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, String> {
    let answer = tokio::time::timeout(TIMEOUT, send_request(url, host, request)).await;
    answer.unwrap_or_else(|_| Err(format!("no answer within {} s", TIMEOUT.as_secs())))
}

async fn send_request(
    url: &str,
    host: Option<&str>,
    mut request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, String> {
    let url = Url::parse(url).map_err(|error| format!("the address is not a URL: {error}"))?;
    if url.scheme() != "http" {
        return Err("the emulator sends plain http only: give an http address on loopback".to_owned());
    }
    let name = url.host_str().ok_or("the address has no host")?;
    let port = url.port_or_known_default().unwrap_or(80);
    let stream = TcpStream::connect((name, port)).await.map_err(|error| format!("not connected: {error}"))?;
    let lost = |error: hyper::Error| format!("no answer: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
    // It ends with the exchange; its error is also the exchange's.
    tokio::spawn(connection);
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    *request.uri_mut() = target.parse().map_err(|_| "the address has no valid path".to_owned())?;
    let shown = host.map_or_else(|| format!("{name}:{port}"), str::to_owned);
    let shown = header::HeaderValue::from_str(&shown).map_err(|_| "the host is not valid".to_owned())?;
    request.headers_mut().insert(header::HOST, shown);
    sender.send_request(request).await.map_err(lost)
}
