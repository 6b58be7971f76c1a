//! Registered redirect URIs (docs/tiktok-api.md 1.2).

use url::Url;

/// Allowed origins of desktop redirects, without the port (docs/tiktok-api.md 1.2).
const LOOPBACK: [&str; 4] =
    ["http://localhost", "http://127.0.0.1", "https://localhost", "https://127.0.0.1"];

/// One registered redirect URI.
#[derive(Debug, Clone)]
pub(crate) enum RedirectRule {
    /// Matches exactly this URI.
    Exact(String),
    /// Desktop redirect: matches `<origin>:*<path>` with any port, which is required. Without `path`, any path matches:
    /// seeded apps accept any path, because the tools under test choose their own.
    Loopback { origin: &'static str, path: Option<String> },
}

impl RedirectRule {
    /// Returns the rule for a web redirect, if TikTok allows it: an absolute https URI without query and fragment.
    /// Loopback is only allowed for desktop redirects (1.2).
    pub(crate) fn web(uri: &str) -> Option<Self> {
        let absolute = uri.starts_with("https://") && Url::parse(uri).is_ok_and(|url| url.has_host());
        (absolute && is_plain(uri) && !is_loopback(uri)).then(|| Self::Exact(uri.to_owned()))
    }

    /// Returns the rule for a desktop redirect, if TikTok allows it: http or https on `localhost` or `127.0.0.1`, with
    /// a port or with `*` for any port (1.2).
    pub(crate) fn desktop(uri: &str) -> Option<Self> {
        if !is_plain(uri) {
            return None;
        }
        for origin in LOOPBACK {
            if let Some(path) = uri.strip_prefix(origin).and_then(|rest| rest.strip_prefix(":*")) {
                return path.starts_with('/').then(|| Self::Loopback { origin, path: Some(path.to_owned()) });
            }
            if loopback_path(uri, origin).is_some() {
                return Some(Self::Exact(uri.to_owned()));
            }
        }
        None
    }

    /// Returns the registered URI if this rule matches exactly one.
    pub(crate) fn exact(&self) -> Option<&str> {
        if let Self::Exact(registered) = self { Some(registered) } else { None }
    }

    pub(crate) fn accepts(&self, uri: &str) -> bool {
        match self {
            Self::Exact(registered) => registered == uri,
            Self::Loopback { origin, path } => {
                let found = loopback_path(uri, origin).filter(|_| is_plain(uri));
                found.is_some_and(|found| path.as_ref().is_none_or(|path| path == found))
            }
        }
    }
}

/// Returns true if the URI is shorter than 512 characters and has no query and no fragment.
fn is_plain(uri: &str) -> bool {
    uri.len() < 512
        && !uri.contains(['?', '#', '\\', '@'])
        && !uri.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Returns the path after `<origin>:<port>`. Checks the text instead of a parsed URL, because parsing drops port 80 and
/// normalises characters that an exact comparison must see.
fn loopback_path<'a>(uri: &'a str, origin: &str) -> Option<&'a str> {
    let rest = uri.strip_prefix(origin)?.strip_prefix(':')?;
    let (port, path) = rest.split_at(rest.find('/')?);
    let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    (is_port && Url::parse(uri).is_ok()).then_some(path)
}

/// Returns true if PKCE is mandatory for this redirect (docs/tiktok-api.md 1.4).
pub(crate) fn is_loopback(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_redirect_is_https_without_query_and_fragment() {
        assert!(
            RedirectRule::web("https://a.test/callback")
                .is_some_and(|rule| rule.accepts("https://a.test/callback"))
        );
        for bad in ["http://a.test/", "https://", "https://a.test/?a=b", "https://a.test/#a", "/callback"] {
            assert!(RedirectRule::web(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn desktop_redirect_is_loopback_with_a_port_or_any_port() {
        let any = RedirectRule::desktop("http://127.0.0.1:*/callback/").unwrap();
        assert!(
            any.accepts("http://127.0.0.1:5/callback/") && any.accepts("http://127.0.0.1:60000/callback/")
        );
        for other in
            ["http://127.0.0.1/callback/", "http://127.0.0.1:5/callback", "https://127.0.0.1:5/callback/"]
        {
            assert!(!any.accepts(other), "{other}");
        }
        let one = RedirectRule::desktop("https://localhost:3000/a").unwrap();
        assert!(one.accepts("https://localhost:3000/a") && !one.accepts("https://localhost:3001/a"));
        for bad in ["http://a.test:1/", "http://localhost/", "http://localhost:*", "http://localhost:1/?a"] {
            assert!(RedirectRule::desktop(bad).is_none(), "{bad}");
        }
        assert!(RedirectRule::web("https://localhost:3000/a").is_none(), "1.2: rejected on the web platform");
    }

    #[test]
    fn loopback_redirect_needs_a_port_and_accepts_any_path() {
        let rule = RedirectRule::Loopback { origin: "http://localhost", path: None };
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
