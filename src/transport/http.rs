//! The transport over reqwest: rustls, HTTP/2, gzip, no redirects, and a limit on every wait and every body.

use super::{Authorization, Body, HttpReply, HttpRequest, Method, Transport};
use crate::clock::{BoxFuture, SystemClock};
use crate::config::{Config, is_loopback};
use crate::error::{Dispatch, Error, ErrorKind, Owner, Reason, Retry};
use crate::names::{Names, NotResolved};
use crate::tls::{CertificateFault, Roots};
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::redirect::Policy;
use std::sync::Arc;

/// The maximum size of a response in bytes. A full page of 20 videos is smaller than 64 KiB.
const MAX_REPLY_BYTES: usize = 1024 * 1024;

/// Sends requests over the network.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    proxies: Proxies,
}

/// The proxies of requests, as far as errors name them.
#[derive(Debug, Clone)]
enum Proxies {
    None,
    /// The proxy of the configuration serves all requests.
    Configured,
    /// That of the environment serves the requests that it selects.
    OfEnvironment(Arc<Matcher>),
}

impl Proxies {
    /// Returns the setting of the proxy through which a request to `url` goes.
    fn setting(&self, url: &url::Url) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Configured => Some("proxy_url (proxyUrl)"),
            Self::OfEnvironment(matcher) => {
                let target = url.as_str().parse().ok()?;
                matcher.intercept(&target).map(|_| "HTTPS_PROXY")
            }
        }
    }
}

impl HttpTransport {
    /// Creates a transport for the hosts of `config`. If `config` sets no proxy, the proxy of the environment is used,
    /// except for loopback.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] when the TLS or HTTP stack cannot be set up.
    pub fn new(config: &Config) -> crate::error::Result<Self> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(&config.roots)?)
            .user_agent(concat!("toklink/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(config.network.connect_timeout)
            .dns_resolver(Names::of_system(Arc::new(SystemClock::new())))
            .retry(reqwest::retry::never());
        let proxies = if let Some(proxy) = &config.network.proxy_url {
            builder = builder.proxy(reqwest::Proxy::all(proxy.expose()).map_err(no_http)?);
            Proxies::Configured
        } else if is_loopback(&config.api_base_url) {
            builder = builder.no_proxy();
            Proxies::None
        } else {
            Proxies::OfEnvironment(Arc::new(Matcher::from_env()))
        };
        let client = builder.build().map_err(no_http)?;
        Ok(Self { client, proxies })
    }

    async fn exchange(&self, request: HttpRequest) -> crate::error::Result<HttpReply> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let proxy = self.proxies.setting(&request.url);
        let lost = |error| lost(error, Dispatch::MaybeSent, proxy);
        let mut out = self.client.request(method, request.url).timeout(request.timeout);
        out = match &request.authorization {
            None => out,
            Some(Authorization::Bearer(token)) => out.bearer_auth(token.expose()),
        };
        for (name, value) in &request.headers {
            out = out.header(*name, value);
        }
        out = match request.body {
            Body::Empty => out,
            Body::Json(bytes) => out.header("content-type", "application/json; charset=UTF-8").body(bytes),
            Body::Form(form) => {
                out.header("content-type", "application/x-www-form-urlencoded").body(form.expose().to_owned())
            }
            Body::Stream { length, stream } => {
                out.header("content-length", length).body(reqwest::Body::wrap_stream(stream))
            }
        };
        let mut reply = out.send().await.map_err(lost)?;
        let header = |name: &str| reply.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (status, log_id, content_range) =
            (reply.status().as_u16(), header("x-tt-logid"), header("content-range"));
        let mut body = Vec::new();
        if let Some(proxy) = proxy.filter(|_| status == 407) {
            return Err(proxy_failed(proxy, true).with_http_status(status));
        }
        while let Some(piece) = reply.chunk().await.map_err(lost)? {
            if body.len() + piece.len() > MAX_REPLY_BYTES {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    "the response is larger than any response from TikTok, so it is probably from a proxy; try \
                     again later",
                )
                .with_dispatch(Dispatch::Answered)
                .with_http_status(status)
                .with_retry(Retry::Backoff));
            }
            body.extend_from_slice(&piece);
        }
        Ok(HttpReply { status, log_id, content_range, body })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, crate::error::Result<HttpReply>> {
        Box::pin(self.exchange(request))
    }
}

/// Returns the TLS configuration for HTTP that trusts `roots`.
pub(super) fn tls(roots: &Roots) -> crate::error::Result<rustls::ClientConfig> {
    let mut tls = roots.client_config()?;
    // reqwest does not add HTTP/2 to a TLS configuration that it receives.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

pub(super) fn no_http(error: reqwest::Error) -> Error {
    Error::bug("HTTP could not be set up").with_source(error.without_url())
}

/// Returns the error of a proxy that did not make a connection to TikTok.
fn proxy_failed(setting: &str, needs_password: bool) -> Error {
    let (problem, fix) = if needs_password {
        (
            "requires another user name or password",
            "correct them before its host, as in http://user:password@host:port",
        )
    } else {
        (
            "is unreachable, or refused the connection to TikTok",
            "check its address, its log and the network, and try again",
        )
    };
    Error::new(ErrorKind::Unavailable, format!("the proxy of {setting} {problem}; {fix}"))
        .with_reason(Reason::ProxyFailed)
        .with_owner(Owner::App)
        .with_retry(if needs_password { Retry::Never } else { Retry::Backoff })
}

fn lost(error: reqwest::Error, otherwise: Dispatch, proxy: Option<&str>) -> Error {
    if let Some(fault) = CertificateFault::of(&error) {
        let host = error.url().and_then(|url| url.host_str()).unwrap_or("the server");
        // No request is sent before the handshake, and a retry would receive the same certificate.
        return Error::new(ErrorKind::Config, fault.sentence(host))
            .with_reason(Reason::CertificateNotTrusted)
            .with_source(fault);
    }
    if let Some(proxy) = proxy.filter(|_| error.is_connect()) {
        let needs_password =
            causes(&error).any(|cause| cause.to_string().contains("proxy authorization required"));
        return proxy_failed(proxy, needs_password).with_source(error.without_url());
    }
    let (dispatch, message) = if error.is_builder() {
        (Dispatch::NotSent, "the request could not be created; check the configured URLs".to_owned())
    } else if error.is_connect() {
        let host = error.url().and_then(|url| url.host_str()).unwrap_or("unknown host");
        (Dispatch::NotSent, format!("TikTok ({host}) is unreachable; check the network and try again"))
    } else if error.is_timeout() {
        (otherwise, "TikTok did not respond in time; try again later".to_owned())
    } else {
        (otherwise, "the connection to TikTok was closed early; try again".to_owned())
    };
    Error::new(ErrorKind::Unavailable, message)
        .with_reason(reason_of(&error))
        .with_dispatch(dispatch)
        .with_retry(Retry::Backoff)
        .with_source(error.without_url())
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    let first: &(dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |error| error.source())
}

/// Returns the reason why a connection failed.
fn reason_of(error: &reqwest::Error) -> Reason {
    let refused = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
    for cause in causes(error) {
        let io = cause.downcast_ref::<std::io::Error>();
        let inner = io.and_then(std::io::Error::get_ref);
        if cause.is::<NotResolved>()
            || inner.is_some_and(<dyn std::error::Error + Send + Sync>::is::<NotResolved>)
        {
            return Reason::NameNotResolved;
        }
        if io.is_some_and(refused) {
            return Reason::ConnectionRefused;
        }
    }
    Reason::Other
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use url::Url;

    fn get(url: &str, timeout: Duration) -> HttpRequest {
        let url = Url::parse(url).unwrap();
        HttpRequest {
            method: Method::Get,
            url,
            authorization: None,
            headers: Vec::new(),
            body: Body::Empty,
            timeout,
        }
    }

    fn transport() -> HttpTransport {
        let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let config = Config::builder().client_key("awtest").client_secret("s3cret").encryption_key(key);
        HttpTransport::new(&config.api_base_url("http://127.0.0.1:1").build().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn request_that_cannot_be_built_is_reported_as_not_sent() {
        let headers = vec![("content-range", "two\nlines".to_owned())];
        let request = HttpRequest { headers, ..get("http://127.0.0.1:1/", Duration::from_secs(1)) };
        let error = transport().send(request).await.unwrap_err();
        assert_eq!((error.kind(), error.dispatch()), (ErrorKind::Unavailable, Dispatch::NotSent));
    }

    #[tokio::test]
    async fn failed_connection_error_has_a_specific_reason() {
        // A port that was free before may belong to another test now, so the test uses a fixed port.
        for (url, reason) in [
            ("http://127.0.0.1:1/", Reason::ConnectionRefused),
            ("http://name.invalid/", Reason::NameNotResolved),
        ] {
            let error = transport().send(get(url, Duration::from_secs(30))).await.unwrap_err();
            assert_eq!((error.kind(), error.reason()), (ErrorKind::Unavailable, reason), "{error:?}");
            assert_eq!(error.dispatch(), Dispatch::NotSent);
        }
    }

    #[tokio::test]
    async fn request_may_have_been_sent_when_the_server_is_silent() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let error = transport().send(get(&url, Duration::from_millis(50))).await.unwrap_err();
        assert_eq!((error.dispatch(), error.retry()), (Dispatch::MaybeSent, Retry::Backoff));
    }

    #[test]
    fn tiktok_is_resolved_while_tokio_blocking_threads_are_busy() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().max_blocking_threads(1).build().unwrap();
        let (free, busy) = std::sync::mpsc::channel::<()>();
        runtime.spawn_blocking(move || busy.recv());
        let reply = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
            tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.read_buf(&mut Vec::with_capacity(4096)).await.unwrap();
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            });
            transport().send(get(&url, Duration::from_secs(30))).await
        });
        assert_eq!(reply.unwrap().status, 204);
        drop(free);
    }

    #[test]
    fn http_setup_failure_is_an_internal_error() {
        let refused = reqwest::Client::builder().user_agent("two\nlines").build().unwrap_err();
        assert_eq!(no_http(refused).kind(), ErrorKind::Internal);
    }
}
