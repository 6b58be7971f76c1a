//! Reads from addresses that callers name: the video of a relay may lie anywhere but within the host's own network. A name
//! is looked up once, every address it has is judged, and the connection goes to those very addresses, again after each
//! redirect; a second answer of the name server (DNS rebinding) is never asked for. No proxy of the environment is used:
//! it would look the name up itself.

use super::http::{no_http, tls};
use crate::clock::BoxFuture;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result, Retry};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// Longest wait for a connection, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence of a host that is being read.
const SILENCE: Duration = Duration::from_secs(30);
/// How many redirects are followed; storage hosts use one or two.
const MAX_REDIRECTS: usize = 5;

/// Finds the addresses of a name.
pub(crate) trait Resolve: Send + Sync + fmt::Debug {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The system's own name look-up.
#[derive(Debug)]
struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(
            async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect()) },
        )
    }
}

/// Reads from public addresses.
#[derive(Debug, Clone)]
pub(crate) struct Outbound {
    resolver: Arc<dyn Resolve>,
    /// Loopback is allowed too, without TLS: for a client that talks to an emulator on this machine.
    local: bool,
}

impl Outbound {
    pub(crate) fn new(local: bool) -> Self {
        Self { resolver: Arc::new(SystemResolver), local }
    }

    /// The head of what lies at `url`, its body to be read; follows redirects.
    ///
    /// # Errors
    /// `InvalidInput` when an address on the way is not public or not https; `Unavailable` when a host does not answer.
    pub(crate) async fn get(&self, url: &Url, headers: &HeaderMap) -> Result<reqwest::Response> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let client = self.client(&url, &self.addresses(&url).await?)?;
            let asked = client
                .get(url.clone())
                .headers(headers.clone())
                .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            let reply = asked.send().await.map_err(lost)?;
            let location = reply.headers().get(LOCATION).filter(|_| reply.status().is_redirection());
            let Some(location) = location else { return Ok(reply) };
            url = location.to_str().ok().and_then(|to| url.join(to).ok()).ok_or_else(|| {
                refused("redirects to something that is no address; give the address that it should lead to")
            })?;
        }
        Err(refused("redirects too often; give the address that it leads to in the end"))
    }

    /// The addresses of the host of `url`, all of which may be connected to.
    async fn addresses(&self, url: &Url) -> Result<Vec<IpAddr>> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("holds a user or a password; give one without"));
        }
        let found = match url.host() {
            Some(Host::Ipv4(ip)) => vec![ip.into()],
            Some(Host::Ipv6(ip)) => vec![ip.into()],
            Some(Host::Domain(name)) => self.resolver.resolve(name).await.map_err(|source| {
                Error::new(
                    ErrorKind::Unavailable,
                    "the host of the video's address could not be found; check the address and the name server",
                )
                .with_owner(Owner::User)
                .with_dispatch(Dispatch::NotSent)
                .with_retry(Retry::Backoff)
                .with_source(source)
            })?,
            None => Vec::new(),
        };
        if found.is_empty() {
            return Err(refused("names no host that has an address; check it"));
        }
        let local = self.local && found.iter().all(IpAddr::is_loopback);
        if url.scheme() != "https" && !(local && url.scheme() == "http") {
            return Err(refused("does not begin with https://, or leads to one that does not"));
        }
        // One address that is not public among public ones is how a name server would lead inwards.
        if !local && !found.iter().copied().all(is_public) {
            return Err(refused(
                "leads into a private network or to this machine, which is never read for a caller; give a public address",
            ));
        }
        Ok(found)
    }

    /// Connects to `addresses` and nowhere else, whatever the name of the host would resolve to now.
    fn client(&self, url: &Url, addresses: &[IpAddr]) -> Result<reqwest::Client> {
        let sockets: Vec<SocketAddr> = addresses.iter().map(|&ip| SocketAddr::new(ip, 0)).collect();
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .user_agent(concat!("toklink/", env!("CARGO_PKG_VERSION")))
            .https_only(!self.local)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .gzip(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE)
            .retry(reqwest::retry::never())
            .resolve_to_addrs(url.host_str().unwrap_or_default(), &sockets)
            .build()
            .map_err(no_http)
    }
}

/// Whether an address belongs to the public internet (the special-purpose registries of IANA, RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Only global unicast, without what carries an `IPv4` address inside (6to4, Teredo) or is set aside.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let set_aside = match a {
        0x2001 => b < 0x0200 || b == 0x0db8,
        0x2002 => true,
        0x3fff => b < 0x1000,
        _ => false,
    };
    (0x2000..0x4000).contains(&a) && !set_aside
}

fn refused(what: &str) -> Error {
    Error::invalid(format!("the video's address {what}")).with_owner(Owner::User)
}

fn lost(error: reqwest::Error) -> Error {
    let what = if error.is_timeout() { "did not answer in time" } else { "could not be reached" };
    Error::new(
        ErrorKind::Unavailable,
        format!("the host of the video's address {what}; check the address, and try again"),
    )
    .with_owner(Owner::User)
    .with_dispatch(Dispatch::NotSent)
    .with_retry(Retry::Backoff)
    .with_source(error.without_url())
}

#[cfg(test)]
#[path = "outbound_tests.rs"]
mod tests;
