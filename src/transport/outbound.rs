//! Reads from URLs that callers supply. A relayed video may be on any host outside this process's network. toklink
//! looks up the host name once, checks every address, and connects only to these addresses; it does the same after each
//! redirect. The HTTP client uses a resolver that returns only these addresses, so the name is never looked up a second
//! time (DNS rebinding). Proxies of the environment are not used, because they would look up the name themselves.

use super::http::{no_http, tls};
use super::ssrf::is_public;
use crate::clock::Clock;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Reason, Result, Retry};
use crate::names::{Names, Resolve};
use crate::tls::{CertificateFault, Roots};
use reqwest::dns::{Addrs, Name, Resolving};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use std::future::ready;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// The time limit for connecting, including the TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum time without a byte from a host.
const SILENCE: Duration = Duration::from_secs(30);
/// Maximum number of redirects; storage hosts use one or two.
const MAX_REDIRECTS: usize = 5;

/// Reads from public addresses.
#[derive(Debug, Clone)]
pub(crate) struct Outbound {
    resolver: Arc<dyn Resolve>,
    clock: Arc<dyn Clock>,
    roots: Roots,
    /// True when loopback is also allowed, without TLS, because the configuration sets `relay_from_loopback`.
    loopback: bool,
}

impl Outbound {
    /// Creates a client that looks up names on its own threads, which are separate from the threads for TikTok's names.
    /// If a name server does not respond to one group, the other group is not delayed.
    pub(crate) fn new(loopback: bool, clock: Arc<dyn Clock>) -> Self {
        let resolver = Arc::new(Names::of_system(Arc::clone(&clock)));
        Self { resolver, clock, roots: Roots::built_in(), loopback }
    }

    /// Trusts these certificate authorities.
    pub(crate) fn trusting(self, roots: Roots) -> Self {
        Self { roots, ..self }
    }

    /// Returns the clock that measures time limits.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Sends a GET request to `url`, follows redirects, and returns the response with its body still to be read.
    ///
    /// # Errors
    /// `InvalidInput` when a URL or a redirect is not public or not https; `Unavailable` when a host does not respond.
    pub(crate) async fn get(&self, url: &Url, headers: &HeaderMap) -> Result<reqwest::Response> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let client = self.client(&url, self.addresses(&url).await?)?;
            let asked = client
                .get(url.clone())
                .headers(headers.clone())
                .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            let reply = asked.send().await.map_err(lost)?;
            let location = reply.headers().get(LOCATION).filter(|_| reply.status().is_redirection());
            let Some(location) = location else { return Ok(reply) };
            url = location
                .to_str()
                .ok()
                .and_then(|to| url.join(to).ok())
                .ok_or_else(|| refused("redirects to an invalid URL; use the final URL"))?;
        }
        Err(refused("redirects too often; use the final URL"))
    }

    /// Returns the addresses of the host of `url`. All of them are allowed.
    async fn addresses(&self, url: &Url) -> Result<Vec<IpAddr>> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("contains a user name or a password; use a URL without them"));
        }
        let found = match url.host() {
            Some(Host::Ipv4(ip)) => vec![ip.into()],
            Some(Host::Ipv6(ip)) => vec![ip.into()],
            Some(Host::Domain(name)) => self.resolver.resolve(name).await.map_err(|source| {
                Error::new(
                    ErrorKind::Unavailable,
                    "the host of the video URL was not found; check the URL and the name server",
                )
                .with_owner(Owner::User)
                .with_dispatch(Dispatch::NotSent)
                .with_retry(Retry::Backoff)
                .with_source(source)
            })?,
            None => Vec::new(),
        };
        if found.is_empty() {
            return Err(refused("has a host without an IP address; check the URL"));
        }
        let loopback = self.loopback && found.iter().all(IpAddr::is_loopback);
        if url.scheme() != "https" && !(loopback && url.scheme() == "http") {
            return Err(refused(
                "does not start with https://, or redirects to a URL that does not; use an https URL",
            ));
        }
        // If one of several addresses were private, a name server could direct the request into the internal network.
        if !loopback && !found.iter().copied().all(is_public) {
            return Err(refused(
                "points to a private network or to this machine, from which toklink does not read; use a public URL",
            ));
        }
        Ok(found)
    }

    /// Returns a client that connects only to `addresses`, even if the host name resolves to other addresses now.
    fn client(&self, url: &Url, addresses: Vec<IpAddr>) -> Result<reqwest::Client> {
        let judged = Judged { name: url.host_str().unwrap_or_default().to_owned(), addresses };
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls(&self.roots)?)
            .user_agent(concat!("toklink/", env!("CARGO_PKG_VERSION")))
            .https_only(!self.loopback)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .gzip(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE)
            .retry(reqwest::retry::never())
            .dns_resolver(judged)
            .build()
            .map_err(no_http)
    }
}

/// A resolver for one name with its checked addresses. It rejects all other lookups, so that the HTTP client cannot
/// look up an address itself.
#[derive(Debug)]
struct Judged {
    name: String,
    addresses: Vec<IpAddr>,
}

impl reqwest::dns::Resolve for Judged {
    fn resolve(&self, name: Name) -> Resolving {
        let answer = if name.as_str().eq_ignore_ascii_case(&self.name) {
            let sockets = self.addresses.clone().into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(sockets) as Addrs)
        } else {
            Err(io::Error::other("this name was not checked").into())
        };
        Box::pin(ready(answer))
    }
}

fn refused(what: &str) -> Error {
    Error::invalid(format!("the video URL {what}")).with_owner(Owner::User)
}

fn lost(error: reqwest::Error) -> Error {
    if let Some(fault) = CertificateFault::of(&error) {
        let message = fault.sentence("the host of the video URL");
        return Error::invalid(message)
            .with_reason(Reason::CertificateNotTrusted)
            .with_owner(Owner::User)
            .with_source(fault);
    }
    let what = if error.is_timeout() { "did not respond in time" } else { "is unreachable" };
    Error::new(
        ErrorKind::Unavailable,
        format!("the host of the video URL {what}; check the URL and try again"),
    )
    .with_owner(Owner::User)
    .with_dispatch(Dispatch::NotSent)
    .with_retry(Retry::Backoff)
    .with_source(error.without_url())
}

#[cfg(test)]
#[path = "outbound_tests.rs"]
mod tests;
