//! Settings of the connections to TikTok: the proxy, the time limits and the upload rate.

use super::value;
use crate::error::ConfigProblem;
use crate::secret::Secret;
use std::num::NonZeroU64;
use std::time::Duration;
use url::Url;

/// The default time limit for connecting, including the DNS lookup and the TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The default time limit of one request, including the response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The lowest accepted upload rate in bytes per second. At a lower rate, most videos would not be complete within the
/// hour for which an upload URL accepts bytes (docs/tiktok-api.md 5.3).
const LEAST_UPLOAD_RATE: u64 = 10_000;

/// The settings that the host made; `None` selects the default.
#[derive(Debug, Clone, Default)]
pub(super) struct NetworkSettings {
    pub(super) proxy_url: Option<Secret>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) request_timeout: Option<Duration>,
    pub(super) max_upload_bytes_per_second: Option<u64>,
}

/// Validated settings. The proxy URL can contain a password.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub(crate) proxy_url: Option<Secret>,
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) max_upload_bytes_per_second: Option<NonZeroU64>,
}

impl NetworkSettings {
    pub(super) fn validate(self, problems: &mut Vec<ConfigProblem>) -> Network {
        let proxy_url = self.proxy_url.map(|url| Secret::from(value::clean(url.expose())));
        if proxy_url.as_ref().is_some_and(|url| !is_proxy(url)) {
            let fix =
                "use http://host:port or https://host:port, with user:password@ before the host if needed";
            problems.push(ConfigProblem::new("proxy_url", "is not a valid proxy URL", fix));
        }
        for (name, limit) in
            [("connect_timeout", self.connect_timeout), ("request_timeout", self.request_timeout)]
        {
            if limit.is_some_and(|limit| limit.is_zero()) {
                let fix = "use a positive duration, or omit it for the default";
                problems.push(ConfigProblem::new(name, "is 0", fix));
            }
        }
        let rate = self.max_upload_bytes_per_second;
        if let Some(rate) = rate.filter(|rate| *rate < LEAST_UPLOAD_RATE) {
            let fix = format!("use at least {LEAST_UPLOAD_RATE}, or 0 for no limit");
            problems.push(ConfigProblem::new("max_upload_bytes_per_second", format!("is {rate}"), fix));
        }
        Network {
            proxy_url,
            connect_timeout: self.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
            request_timeout: self.request_timeout.unwrap_or(REQUEST_TIMEOUT),
            max_upload_bytes_per_second: rate.and_then(NonZeroU64::new),
        }
    }
}

fn is_proxy(url: &Secret) -> bool {
    let is_http = |url: Url| matches!(url.scheme(), "http" | "https") && url.host().is_some();
    value::foreign_to_a_url(url.expose()).is_none() && Url::parse(url.expose()).is_ok_and(is_http)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(settings: NetworkSettings) -> Vec<String> {
        let mut problems = Vec::new();
        let _network = settings.validate(&mut problems);
        problems.iter().map(|problem| problem.variable().to_owned()).collect()
    }

    #[test]
    fn invalid_network_setting_is_reported_with_its_option_name() {
        for url in ["socks5://127.0.0.1:1", "proxy:8080", "http://a b/", ""] {
            let settings =
                NetworkSettings { proxy_url: Some(Secret::from(url)), ..NetworkSettings::default() };
            assert_eq!(problems_of(settings), ["proxy_url"], "{url}");
        }
        let zero = NetworkSettings {
            connect_timeout: Some(Duration::ZERO),
            request_timeout: Some(Duration::ZERO),
            max_upload_bytes_per_second: Some(9_999),
            ..NetworkSettings::default()
        };
        assert_eq!(problems_of(zero), ["connect_timeout", "request_timeout", "max_upload_bytes_per_second"]);
    }

    #[test]
    fn debug_output_does_not_contain_the_proxy_password() {
        let url = Some(Secret::from("http://me:s3cret@127.0.0.1:8080"));
        let settings = NetworkSettings { proxy_url: url, ..NetworkSettings::default() };
        assert!(!format!("{:?}", settings.validate(&mut Vec::new())).contains("s3cret"));
    }
}
