//! Configuration of a client. It is validated once, and all problems are reported together.

mod network;
#[cfg(feature = "redis")]
mod redis;
mod value;

pub(crate) use network::Network;

#[cfg(feature = "redis")]
pub(crate) use redis::RedisChoice;

use crate::error::{ConfigProblem, Error, Result};
use crate::secret::Secret;
use crate::tls::Roots;
use crate::vault::{KeyRing, Vault};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// Default base URL of TikTok's API (docs/tiktok-api.md 0.4).
pub const DEFAULT_API_BASE_URL: &str = "https://open.tiktokapis.com";
/// Default base URL of TikTok's authorize page (docs/tiktok-api.md 0.4).
pub const DEFAULT_AUTH_BASE_URL: &str = "https://www.tiktok.com";

/// The environment variable that names a PEM file of certificates. Node trusts them in addition to its built-in ones.
const NODE_CA_FILE: &str = "NODE_EXTRA_CA_CERTS";
/// The environment variables that name PEM files that all programs in an environment trust.
const SHARED_CA_FILES: [&str; 2] = [NODE_CA_FILE, "SSL_CERT_FILE"];

/// A validated configuration.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) client_key: String,
    pub(crate) client_secret: Secret,
    pub(crate) callback_url: Option<String>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) api_base_url: Url,
    pub(crate) auth_base_url: Url,
    pub(crate) relay_from_loopback: bool,
    pub(crate) roots: Roots,
    pub(crate) network: Network,
    #[cfg(feature = "redis")]
    pub(crate) redis: RedisChoice,
}

/// Returns the URL of a path. The base URL may itself contain a path, for example that of a gateway.
pub(crate) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

impl Config {
    /// Returns a builder without settings.
    #[must_use]
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// Returns a builder filled from the environment: `TIKTOK_CLIENT_KEY`, `TIKTOK_CLIENT_SECRET`,
    /// `TIKTOK_CALLBACK_URL`, `TOKEN_ENCRYPTION_KEYS`, `TOKEN_ENCRYPTION_KEY`, `TIKTOK_API_BASE_URL`,
    /// `TIKTOK_AUTH_BASE_URL`, `TIKTOK_CA_FILE`, `SSL_CERT_FILE` and, with the feature `redis`, `TOKLINK_REDIS_URL` and
    /// `REDIS_URL`. Settings made later in code take precedence.
    #[must_use]
    pub fn from_env() -> ConfigBuilder {
        // Keeps a value that is not Unicode, so that its variable is reported as malformed instead of missing.
        let read = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
        ConfigBuilder::from_lookup(|name| if name == NODE_CA_FILE { None } else { read(name) })
    }

    /// Returns the client key, which identifies the app to TikTok.
    #[must_use]
    pub fn client_key(&self) -> &str {
        &self.client_key
    }

    /// Returns the default redirect URI, used for logins that do not specify one.
    #[must_use]
    pub fn callback_url(&self) -> Option<&str> {
        self.callback_url.as_deref()
    }
}

/// Builder of a configuration; [`ConfigBuilder::build`] validates the settings.
#[derive(Debug, Clone, Default)]
pub struct ConfigBuilder {
    client_key: Option<String>,
    client_secret: Option<Secret>,
    callback_url: Option<String>,
    encryption_key: Option<Secret>,
    encryption_keys: Option<Secret>,
    accept_legacy: bool,
    api_base_url: Option<String>,
    auth_base_url: Option<String>,
    relay_from_loopback: bool,
    ca_file: Option<PathBuf>,
    shared_ca_files: Vec<(&'static str, PathBuf)>,
    network: network::NetworkSettings,
    #[cfg(feature = "redis")]
    redis: redis::RedisSettings,
}

impl ConfigBuilder {
    /// Fills the builder from the variables that `lookup` returns: those of [`Config::from_env`] and
    /// `NODE_EXTRA_CA_CERTS`. White space and one pair of quotes around a value are removed; an empty value counts as
    /// not set.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        // Keeps the values unchanged; `build` cleans them when it validates them.
        let get = |name: &str| lookup(name).filter(|v| !value::clean(v).is_empty());
        let file = |name: &str| get(name).map(|path| PathBuf::from(value::clean(&path)));
        Self {
            client_key: get("TIKTOK_CLIENT_KEY"),
            client_secret: get("TIKTOK_CLIENT_SECRET").map(Secret::from),
            callback_url: get("TIKTOK_CALLBACK_URL"),
            encryption_key: get("TOKEN_ENCRYPTION_KEY").map(Secret::from),
            encryption_keys: get("TOKEN_ENCRYPTION_KEYS").map(Secret::from),
            accept_legacy: false,
            api_base_url: get("TIKTOK_API_BASE_URL"),
            auth_base_url: get("TIKTOK_AUTH_BASE_URL"),
            relay_from_loopback: false,
            ca_file: file("TIKTOK_CA_FILE"),
            shared_ca_files: SHARED_CA_FILES.iter().filter_map(|name| Some((*name, file(name)?))).collect(),
            network: network::NetworkSettings::default(),
            #[cfg(feature = "redis")]
            redis: redis::RedisSettings::from_lookup(get),
        }
    }

    /// Sets the app's client key.
    #[must_use]
    pub fn client_key(mut self, value: impl Into<String>) -> Self {
        self.client_key = Some(value.into());
        self
    }

    /// Sets the app's client secret.
    #[must_use]
    pub fn client_secret(mut self, value: impl Into<Secret>) -> Self {
        self.client_secret = Some(value.into());
        self
    }

    /// Sets the default redirect URI, used for logins that do not specify one.
    #[must_use]
    pub fn callback_url(mut self, value: impl Into<String>) -> Self {
        self.callback_url = Some(value.into());
        self
    }

    /// Sets the single key that encrypts tokens: 64 hex digits, or base64 of 32 bytes.
    #[must_use]
    pub fn encryption_key(mut self, value: impl Into<Secret>) -> Self {
        self.encryption_key = Some(value.into());
        self
    }

    /// Sets a key ring in the format `kid:hex,kid:hex`, which replaces the single key. The first key encrypts; all keys
    /// decrypt.
    #[must_use]
    pub fn encryption_keys(mut self, value: impl Into<Secret>) -> Self {
        self.encryption_keys = Some(value.into());
        self
    }

    /// Sets whether values encrypted by the dashboard's old code are accepted. Such values are not bound to their row.
    #[must_use]
    pub fn accept_legacy(mut self, accept: bool) -> Self {
        self.accept_legacy = accept;
        self
    }

    /// Sets the base URL of the API: https, or loopback.
    #[must_use]
    pub fn api_base_url(mut self, value: impl Into<String>) -> Self {
        self.api_base_url = Some(value.into());
        self
    }

    /// Sets the base URL of the authorize page: https, or loopback.
    #[must_use]
    pub fn auth_base_url(mut self, value: impl Into<String>) -> Self {
        self.auth_base_url = Some(value.into());
        self
    }

    /// Allows [`VideoSource::Relay`](crate::VideoSource::Relay) to read from loopback addresses, with or without TLS.
    /// Default: false, even when the API host is on loopback. Use it only in tests with a video host on this machine,
    /// because it lets any caller that supplies a video URL reach services on this machine.
    #[must_use]
    pub fn relay_from_loopback(mut self, allow: bool) -> Self {
        self.relay_from_loopback = allow;
        self
    }

    /// Trusts the certificate authorities in the PEM file at `path`, for example those of a corporate proxy, in
    /// addition to the built-in ones. The setting applies to connections to TikTok, Redis and the hosts of relayed
    /// videos.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Sets the proxy for all requests to TikTok: `http://host:port` or `https://host:port`, with `user:password@`
    /// before the host if needed. Default: the proxy set in the environment, except for an API host on loopback.
    /// Relayed videos are read without a proxy.
    #[must_use]
    pub fn proxy_url(mut self, value: impl Into<Secret>) -> Self {
        self.network.proxy_url = Some(value.into());
        self
    }

    /// Sets the time limit for connecting to TikTok, including the DNS lookup and the TLS handshake; the default is 10
    /// s.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.network.connect_timeout = Some(limit);
        self
    }

    /// Sets the time limit of one request to TikTok, including the response; the default is 30 s. A request that
    /// uploads a chunk of a video has its own limit, which depends on the number of bytes.
    #[must_use]
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.network.request_timeout = Some(limit);
        self
    }

    /// Limits the combined rate of all uploads of the client in bytes per second, at least 10,000; unlimited by
    /// default. An upload URL accepts bytes for one hour, so a low rate limits the size of a video.
    #[must_use]
    pub fn max_upload_bytes_per_second(mut self, rate: u64) -> Self {
        self.network.max_upload_bytes_per_second = Some(rate);
        self
    }

    /// Sets the Redis that counts requests for all processes that use it: `redis://`, `redis-cluster://` or `redis-sentinel://`, or
    /// with `rediss` for TLS (docs/QUOTAS.md). Default: `TOKLINK_REDIS_URL`; otherwise the server of `REDIS_URL`, if it answers and its eviction policy is `noeviction` or
    /// `volatile-*`; otherwise each process counts its own requests.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn redis_url(mut self, value: impl Into<Secret>) -> Self {
        self.redis.named = Some(value.into());
        self.redis.refused = false;
        self
    }

    /// Disables Redis, regardless of the environment: each process counts its own requests.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn no_redis(mut self) -> Self {
        self.redis.refused = true;
        self
    }

    /// Validates all settings. White space and one pair of quotes around a value are removed first.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), which lists every problem.
    pub fn build(self) -> Result<Config> {
        let mut problems = Vec::new();
        let text = |given: Option<String>| given.map(|text| value::clean(&text).to_owned());
        let secret = |given: Option<Secret>| given.map(|secret| Secret::from(value::clean(secret.expose())));
        let client_key =
            from_portal("TIKTOK_CLIENT_KEY", "client key", text(self.client_key), |key| key, &mut problems);
        let client_secret = from_portal(
            "TIKTOK_CLIENT_SECRET",
            "client secret",
            secret(self.client_secret),
            |secret| secret.expose(),
            &mut problems,
        );
        let callback_url = text(self.callback_url);
        if let Some(problem) = callback_url.as_deref().and_then(value::web_address_fault) {
            let fix = "use the redirect URI as registered with TikTok";
            problems.push(ConfigProblem::new("TIKTOK_CALLBACK_URL", problem, fix));
        }
        let (ring, single) = (secret(self.encryption_keys), secret(self.encryption_key));
        let keys = key_ring(ring.as_ref(), single.as_ref(), &mut problems);
        let api_base_url =
            base_url("TIKTOK_API_BASE_URL", text(self.api_base_url), DEFAULT_API_BASE_URL, &mut problems);
        let auth_base_url =
            base_url("TIKTOK_AUTH_BASE_URL", text(self.auth_base_url), DEFAULT_AUTH_BASE_URL, &mut problems);
        let roots = roots(self.ca_file.as_deref(), &self.shared_ca_files, &mut problems);
        let network = self.network.validate(&mut problems);
        #[cfg(feature = "redis")]
        let redis = self.redis.choose(&mut problems);
        match (client_key, client_secret, keys, api_base_url, auth_base_url) {
            (Some(client_key), Some(client_secret), Some(keys), Some(api_base_url), Some(auth_base_url))
                if problems.is_empty() =>
            {
                Ok(Config {
                    client_key,
                    client_secret,
                    callback_url,
                    vault: Arc::new(Vault::new(keys, self.accept_legacy)),
                    api_base_url,
                    auth_base_url,
                    relay_from_loopback: self.relay_from_loopback,
                    roots,
                    network,
                    #[cfg(feature = "redis")]
                    redis,
                })
            }
            _ => Err(Error::config(problems)),
        }
    }
}

/// Reads the client key or the client secret. TikTok documents no format for them (docs/tiktok-api.md 0.5), so this
/// function rejects only characters that a correctly copied value cannot contain.
fn from_portal<T>(
    variable: &str,
    name: &str,
    value: Option<T>,
    text: impl Fn(&T) -> &str,
    problems: &mut Vec<ConfigProblem>,
) -> Option<T> {
    let problem = match value.as_ref().map(&text) {
        None => Some("is not set".to_owned()),
        Some("") => Some("is empty".to_owned()),
        Some(text) => value::foreign_to_a_secret(text).map(|fault| format!("contains {fault}")),
    };
    if let Some(problem) = problem {
        let fix = format!("copy the {name} from TikTok's developer portal");
        problems.push(ConfigProblem::new(variable, problem, fix));
    }
    value
}

fn key_ring(
    ring: Option<&Secret>,
    single: Option<&Secret>,
    problems: &mut Vec<ConfigProblem>,
) -> Option<KeyRing> {
    let (name, text) = match (ring, single) {
        (Some(ring), _) => ("TOKEN_ENCRYPTION_KEYS", ring),
        (None, Some(key)) => ("TOKEN_ENCRYPTION_KEY", key),
        (None, None) => {
            let fix = "generate a key with: openssl rand -hex 32";
            problems.push(ConfigProblem::new("TOKEN_ENCRYPTION_KEY", "is not set", fix));
            return None;
        }
    };
    KeyRing::read(name, text.expose()).map_err(|found| problems.extend(found)).ok()
}

/// Reads each file once, because environments often set both variables to the same file.
fn roots(
    ca_file: Option<&Path>,
    shared: &[(&'static str, PathBuf)],
    problems: &mut Vec<ConfigProblem>,
) -> Roots {
    let mut roots = Roots::built_in();
    let mut read: Vec<&Path> = Vec::new();
    let named = shared.iter().map(|(name, path)| (*name, path.as_path()));
    for (name, path) in ca_file.map(|path| ("TIKTOK_CA_FILE", path)).into_iter().chain(named) {
        if read.contains(&path) {
            continue;
        }
        if let Err(fault) = roots.add_file(path) {
            let fix = "use a PEM file with the certificates of the authorities to trust";
            problems.push(ConfigProblem::new(name, format!("names a file that {fault}"), fix));
        }
        read.push(path);
    }
    roots
}

fn base_url(
    name: &str,
    value: Option<String>,
    default: &str,
    problems: &mut Vec<ConfigProblem>,
) -> Option<Url> {
    let text = value.unwrap_or_else(|| default.to_owned());
    let mut refuse = |problem: String, fix: String| problems.push(ConfigProblem::new(name, problem, fix));
    if let Some(fault) = value::foreign_to_a_url(&text) {
        refuse(format!("contains {fault}"), format!("use a URL such as {default}"));
        return None;
    }
    let Ok(url) = Url::parse(text.trim_end_matches('/')) else {
        refuse("is not a URL".to_owned(), format!("use a URL such as {default}"));
        return None;
    };
    if !(url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url))) {
        let problem = "does not start with https://".to_owned();
        refuse(problem, "use https://; http:// is accepted for localhost only".to_owned());
        return None;
    }
    if url.query().is_some() || url.fragment().is_some() || value::has_user(&url) {
        let problem = "contains a user name, a query or a fragment".to_owned();
        refuse(problem, format!("use the host alone, such as {default}"));
        return None;
    }
    Some(url)
}

/// Returns true when the URL's host always refers to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests;
