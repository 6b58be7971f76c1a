//! What a client needs to know before its first request, validated once, with all faults reported together.

use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::vault::{KeyRing, Vault};
use std::sync::Arc;
use url::{Host, Url};

/// Where TikTok's API lives (docs/tiktok-api.md 0.4).
pub const DEFAULT_API_BASE_URL: &str = "https://open.tiktokapis.com";
/// Where TikTok's authorize page lives (docs/tiktok-api.md 0.4).
pub const DEFAULT_AUTH_BASE_URL: &str = "https://www.tiktok.com";

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
    #[cfg(feature = "redis")]
    pub(crate) redis_url: Option<Secret>,
}

impl Config {
    /// An empty configuration to fill in code.
    #[must_use]
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// A configuration filled from the environment: `TIKTOK_CLIENT_KEY`, `TIKTOK_CLIENT_SECRET`,
    /// `TIKTOK_CALLBACK_URL`, `TOKEN_ENCRYPTION_KEYS`, `TOKEN_ENCRYPTION_KEY`, `TIKTOK_API_BASE_URL`,
    /// `TIKTOK_AUTH_BASE_URL`, and `REDIS_URL` with the feature `redis`. What is set in code afterwards wins.
    #[must_use]
    pub fn from_env() -> ConfigBuilder {
        ConfigBuilder::from_lookup(|name| std::env::var(name).ok())
    }

    /// The app's public key at TikTok.
    #[must_use]
    pub fn client_key(&self) -> &str {
        &self.client_key
    }

    /// The address of an API path; a base URL may carry a path of its own, as behind a gateway.
    pub(crate) fn api_url(&self, path: &str) -> Url {
        let mut url = self.api_base_url.clone();
        url.set_path(&format!("{}{path}", self.api_base_url.path().trim_end_matches('/')));
        url
    }

    /// The redirect URI used when a login names none.
    #[must_use]
    pub fn callback_url(&self) -> Option<&str> {
        self.callback_url.as_deref()
    }
}

/// Collects settings; [`ConfigBuilder::build`] judges them.
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
    #[cfg(feature = "redis")]
    redis_url: Option<Secret>,
}

impl ConfigBuilder {
    /// Fills the builder from named variables; an empty value counts as absent.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| lookup(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
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
            #[cfg(feature = "redis")]
            redis_url: get("REDIS_URL").map(Secret::from),
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

    /// Sets the redirect URI used when a login names none.
    #[must_use]
    pub fn callback_url(mut self, value: impl Into<String>) -> Self {
        self.callback_url = Some(value.into());
        self
    }

    /// Sets the one key that seals tokens: 64 hex digits, or base64 of 32 bytes.
    #[must_use]
    pub fn encryption_key(mut self, value: impl Into<Secret>) -> Self {
        self.encryption_key = Some(value.into());
        self
    }

    /// Sets a ring of keys, `kid:hex,kid:hex`: the first seals, all open. Used instead of a single key.
    #[must_use]
    pub fn encryption_keys(mut self, value: impl Into<Secret>) -> Self {
        self.encryption_keys = Some(value.into());
        self
    }

    /// Whether values that the dashboard's old code sealed may be opened; they are not bound to their row.
    #[must_use]
    pub fn accept_legacy(mut self, accept: bool) -> Self {
        self.accept_legacy = accept;
        self
    }

    /// Sets another API host: https, or loopback.
    #[must_use]
    pub fn api_base_url(mut self, value: impl Into<String>) -> Self {
        self.api_base_url = Some(value.into());
        self
    }

    /// Sets another host of the authorize page: https, or loopback.
    #[must_use]
    pub fn auth_base_url(mut self, value: impl Into<String>) -> Self {
        self.auth_base_url = Some(value.into());
        self
    }

    /// Lets [`VideoSource::Relay`](crate::VideoSource::Relay) read from loopback addresses too, also without TLS. Default:
    /// false, also when the API host is on loopback. For tests with a video host on this machine: whoever names the address
    /// of a video can otherwise reach the services of this machine.
    #[must_use]
    pub fn relay_from_loopback(mut self, allow: bool) -> Self {
        self.relay_from_loopback = allow;
        self
    }

    /// Sets the Redis that counts requests for all processes that use it, `redis://` or `rediss://`. Without one, each
    /// process counts its own.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn redis_url(mut self, value: impl Into<Secret>) -> Self {
        self.redis_url = Some(value.into());
        self
    }

    /// Judges all settings. The error names every fault at once.
    ///
    /// # Errors
    /// [`ErrorKind::Config`].
    pub fn build(self) -> Result<Config> {
        let mut faults = Vec::new();
        let client_key = required(
            self.client_key,
            "TIKTOK_CLIENT_KEY is not set (the app's client key, from TikTok's developer portal)",
            &mut faults,
        );
        if client_key
            .as_deref()
            .is_some_and(|k| k.is_empty() || !k.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            faults.push("TIKTOK_CLIENT_KEY must consist of letters and digits".to_owned());
        }
        let client_secret = required(
            self.client_secret.filter(|s| !s.is_empty()),
            "TIKTOK_CLIENT_SECRET is not set (beside the client key in TikTok's developer portal)",
            &mut faults,
        );
        let is_web = |url: &String| Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
        if self.callback_url.as_ref().is_some_and(|url| !is_web(url)) {
            faults.push(
                "TIKTOK_CALLBACK_URL is not an address of the web: give the redirect URI as registered"
                    .to_owned(),
            );
        }
        let keys = key_ring(self.encryption_keys.as_ref(), self.encryption_key.as_ref(), &mut faults);
        let api_base_url =
            base_url("TIKTOK_API_BASE_URL", self.api_base_url, DEFAULT_API_BASE_URL, &mut faults);
        let auth_base_url =
            base_url("TIKTOK_AUTH_BASE_URL", self.auth_base_url, DEFAULT_AUTH_BASE_URL, &mut faults);
        #[cfg(feature = "redis")]
        if self.redis_url.as_ref().is_some_and(|url| !is_redis(url)) {
            faults.push(
                "REDIS_URL is no address of a Redis: give redis://host:port, or rediss:// for one with TLS"
                    .to_owned(),
            );
        }
        match (client_key, client_secret, keys, api_base_url, auth_base_url) {
            (Some(client_key), Some(client_secret), Some(keys), Some(api_base_url), Some(auth_base_url))
                if faults.is_empty() =>
            {
                Ok(Config {
                    client_key,
                    client_secret,
                    callback_url: self.callback_url,
                    vault: Arc::new(Vault::new(keys, self.accept_legacy)),
                    api_base_url,
                    auth_base_url,
                    relay_from_loopback: self.relay_from_loopback,
                    #[cfg(feature = "redis")]
                    redis_url: self.redis_url,
                })
            }
            _ => {
                let list = faults.join("; ");
                Err(Error::new(ErrorKind::Config, format!("the configuration is not usable: {list}")))
            }
        }
    }
}

fn required<T>(value: Option<T>, fault: &str, faults: &mut Vec<String>) -> Option<T> {
    if value.is_none() {
        faults.push(fault.to_owned());
    }
    value
}

fn key_ring(ring: Option<&Secret>, single: Option<&Secret>, faults: &mut Vec<String>) -> Option<KeyRing> {
    let (name, text) = match (ring, single) {
        (Some(ring), _) => ("TOKEN_ENCRYPTION_KEYS", ring),
        (None, Some(key)) => ("TOKEN_ENCRYPTION_KEY", key),
        (None, None) => {
            faults.push(
                "TOKEN_ENCRYPTION_KEY is not set (64 hex digits, made with: openssl rand -hex 32)".to_owned(),
            );
            return None;
        }
    };
    KeyRing::parse(text.expose()).map_err(|error| faults.push(format!("{name}: {}", error.message()))).ok()
}

fn base_url(name: &str, value: Option<String>, default: &str, faults: &mut Vec<String>) -> Option<Url> {
    let text = value.unwrap_or_else(|| default.to_owned());
    let Ok(url) = Url::parse(text.trim_end_matches('/')) else {
        faults.push(format!("{name} is not a URL"));
        return None;
    };
    if !(url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url))) {
        faults.push(format!("{name} must begin with https:// (http:// only for localhost)"));
        return None;
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        faults.push(format!("{name} must be a host, without a user, query or fragment"));
        return None;
    }
    Some(url)
}

/// The text can hold a password, so that a fault never shows it.
#[cfg(feature = "redis")]
fn is_redis(url: &Secret) -> bool {
    let is_redis = |url: Url| matches!(url.scheme(), "redis" | "rediss") && url.host().is_some();
    Url::parse(url.expose()).is_ok_and(is_redis)
}

/// Whether the URL's host can only be this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn complete() -> ConfigBuilder {
        Config::builder().client_key("awtest").client_secret("s3cret-value").encryption_key(KEY)
    }

    #[test]
    fn all_faults_are_reported_together() {
        let error = Config::builder().api_base_url("http://example.com").build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        for name in
            ["TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET", "TOKEN_ENCRYPTION_KEY", "TIKTOK_API_BASE_URL"]
        {
            assert!(error.message().contains(name), "{name} is missing in: {}", error.message());
        }
    }

    #[test]
    fn the_public_key_of_the_app_can_be_read() {
        assert_eq!(complete().build().unwrap().client_key(), "awtest");
    }

    #[test]
    fn relays_read_from_loopback_only_when_allowed() {
        let local = || complete().api_base_url("http://127.0.0.1:1");
        assert!(!local().build().unwrap().relay_from_loopback);
        assert!(local().relay_from_loopback(true).build().unwrap().relay_from_loopback);
    }

    #[test]
    fn an_empty_variable_counts_as_absent() {
        let builder = ConfigBuilder::from_lookup(|_| Some("  ".to_owned()));
        assert!(builder.build().unwrap_err().message().contains("TIKTOK_CLIENT_KEY is not set"));
    }

    #[test]
    fn http_is_refused_except_for_loopback() {
        for good in ["http://127.0.0.1:4010", "http://localhost:1", "http://[::1]:9", "https://x.example/"] {
            assert!(complete().api_base_url(good).build().is_ok(), "{good}");
        }
        assert!(!is_loopback(&Url::parse("data:text/plain,hello").unwrap()));
        for bad in
            ["http://10.0.0.1", "http://localhost.example", "ftp://localhost", "nonsense", "https://u@x"]
        {
            assert!(complete().api_base_url(bad).build().is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_neither_secret_nor_key() {
        let shown = format!("{:?} {:?}", complete(), complete().build().unwrap());
        assert!(!shown.contains("s3cret-value") && !shown.contains("0c0d0e0f"), "{shown}");
    }

    #[cfg(feature = "redis")]
    #[test]
    fn a_malformed_redis_address_is_named_without_being_shown() {
        for bad in ["http://:p4ssword@host", "p4ssword", "redis:///p4ssword"] {
            let error = complete().redis_url(bad).build().unwrap_err();
            assert!(error.message().contains("REDIS_URL"), "{}", error.message());
            assert!(!format!("{error:?} {error}").contains("p4ssword"));
        }
        let config = complete().redis_url("rediss://:p4ssword@host:6380/1").build().unwrap();
        assert!(!format!("{config:?}").contains("p4ssword"));
    }

    #[test]
    fn a_malformed_key_is_named_without_being_shown() {
        let error = complete().encryption_key("abc123-not-hex").build().unwrap_err();
        assert!(error.message().contains("TOKEN_ENCRYPTION_KEY"), "{}", error.message());
        assert!(!error.message().contains("abc123"));
    }
}
