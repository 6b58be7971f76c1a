//! Selects the Redis server that counts requests. Other programs also read `REDIS_URL`, so its server is used only when
//! it is suitable.

use super::value;
use crate::error::ConfigProblem;
use crate::secret::Secret;
use url::Url;

/// The Redis server that a configuration selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RedisChoice {
    /// Each process counts its own requests.
    None,
    /// A server configured for toklink. While it is unavailable, requests are rejected unless the host configures a
    /// fallback.
    Required(Secret),
    /// A server found in `REDIS_URL`; it is used only if it responds and does not evict keys.
    Found(Secret),
    /// `REDIS_URL` is not a valid Redis URL.
    NoAddress,
}

/// The settings that determine the choice.
#[derive(Debug, Clone, Default)]
pub(super) struct RedisSettings {
    pub(super) named: Option<Secret>,
    pub(super) found: Option<Secret>,
    pub(super) refused: bool,
}

impl RedisSettings {
    pub(super) fn from_lookup(get: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            named: get("TOKLINK_REDIS_URL").map(Secret::from),
            found: get("REDIS_URL").map(Secret::from),
            refused: false,
        }
    }

    /// Selects the server. A URL can contain a password, so errors never contain the URLs.
    pub(super) fn choose(self, problems: &mut Vec<ConfigProblem>) -> RedisChoice {
        let clean = |url: Secret| Secret::from(value::clean(url.expose()));
        if self.refused {
            return RedisChoice::None;
        }
        if let Some(url) = self.named.map(clean) {
            if !is_redis(&url) {
                let fix = "use redis://host:port, redis-cluster://host:port or \
                           redis-sentinel://host:port?sentinelServiceName=name, with rediss for TLS";
                problems.push(ConfigProblem::new("TOKLINK_REDIS_URL", "is not a valid Redis URL", fix));
            }
            return RedisChoice::Required(url);
        }
        match self.found.map(clean) {
            None => RedisChoice::None,
            Some(url) if is_redis(&url) => RedisChoice::Found(url),
            Some(_) => RedisChoice::NoAddress,
        }
    }
}

fn is_redis(url: &Secret) -> bool {
    let is_redis = |url: Url| {
        let is_known = match url.scheme() {
            "redis" | "rediss" | "redis-cluster" | "rediss-cluster" => true,
            "redis-sentinel" | "rediss-sentinel" => {
                url.query_pairs().any(|(name, _)| name == "sentinelServiceName")
            }
            _ => false,
        };
        is_known && url.host().is_some()
    };
    value::foreign_to_a_url(url.expose()).is_none() && Url::parse(url.expose()).is_ok_and(is_redis)
}
