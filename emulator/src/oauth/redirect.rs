//! Registered redirect URIs (docs/tiktok-api.md 1.2).

use url::Url;

/// One registered redirect URI.
#[derive(Debug, Clone)]
pub(crate) enum RedirectRule {
    /// Byte for byte.
    Exact(String),
    /// Desktop: `http://<host>:*/` with any port, which must be given, and any path.
    Loopback { host: &'static str },
}

impl RedirectRule {
    /// The rule for one more web redirect, if it may be registered: https, absolute, plain (1.2).
    pub(crate) fn web(uri: &str) -> Option<Self> {
        let absolute = uri.starts_with("https://") && Url::parse(uri).is_ok_and(|url| url.has_host());
        (absolute && is_plain(uri)).then(|| Self::Exact(uri.to_owned()))
    }

    /// The registered text, if this rule is one.
    pub(crate) fn exact(&self) -> Option<&str> {
        if let Self::Exact(registered) = self { Some(registered) } else { None }
    }

    pub(crate) fn accepts(&self, uri: &str) -> bool {
        match self {
            Self::Exact(registered) => registered == uri,
            Self::Loopback { host } => is_plain(uri) && loopback_port(uri, host),
        }
    }
}

/// Shorter than 512 characters, no query, no fragment.
fn is_plain(uri: &str) -> bool {
    uri.len() < 512
        && !uri.contains(['?', '#', '\\', '@'])
        && !uri.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Looks at the text and not at a parsed URL, which drops port 80 and mends what a byte-for-byte comparison must see.
fn loopback_port(uri: &str, host: &str) -> bool {
    let Some(rest) = uri.strip_prefix("http://").and_then(|rest| rest.strip_prefix(host)) else {
        return false;
    };
    let Some((port, _path)) = rest.strip_prefix(':').and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit())
        && port.parse::<u16>().is_ok()
        && Url::parse(uri).is_ok()
}

/// Whether PKCE is mandatory for this redirect (docs/tiktok-api.md 1.4).
pub(crate) fn is_loopback(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_redirect_is_https_and_plain() {
        assert!(
            RedirectRule::web("https://a.test/callback")
                .is_some_and(|rule| rule.accepts("https://a.test/callback"))
        );
        for bad in ["http://a.test/", "https://", "https://a.test/?a=b", "https://a.test/#a", "/callback"] {
            assert!(RedirectRule::web(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_loopback_redirect_needs_a_port_and_takes_any_path() {
        let rule = RedirectRule::Loopback { host: "localhost" };
        for good in [
            "http://localhost:3000/",
            "http://localhost:80/api/social/tiktok/callback",
            "http://localhost:1/a/b/",
        ] {
            assert!(rule.accepts(good), "{good}");
        }
        for bad in [
            "http://localhost/",
            "http://localhost:3000",
            "https://localhost:3000/",
            "http://localhost:99999/",
            "http://localhost:3000/?a=b",
            "http://localhost:3000/#a",
            "http://localhost:x@evil.test/",
            "http://localhost.evil.test:1/",
            "http://127.0.0.1:3000/",
        ] {
            assert!(!rule.accepts(bad), "{bad}");
        }
    }
}
