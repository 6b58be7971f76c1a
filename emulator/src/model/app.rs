//! Apps that are registered with TikTok.

use super::redirect::RedirectRule;

/// A registered app (docs/tiktok-api.md 14 E1).
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) client_key: String,
    pub(crate) client_secret: String,
    pub(crate) name: String,
    pub(crate) audited: bool,
    /// Number of creators who can post within 24 h. `None` means 5 for an unaudited app and no limit for an audited one
    /// (5.11).
    pub(crate) active_user_cap: Option<usize>,
    /// The users who can log in to a sandbox app; `None` admits every user.
    pub(crate) target_users: Option<Vec<String>>,
    pub(crate) redirects: Vec<RedirectRule>,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) webhook_url: Option<String>,
    pub(crate) url_properties: Vec<String>,
}

impl App {
    /// Returns true if the URL is in a verified property: below a URL prefix, or on a domain or one of its subdomains
    /// (docs/tiktok-api.md 5.6).
    pub(crate) fn owns(&self, url: &str) -> bool {
        let parsed = url::Url::parse(url).ok();
        let host = parsed.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        let covers = |property: &String| {
            if property.contains("://") {
                return url.starts_with(property.as_str());
            }
            host.strip_suffix(property.as_str()).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
        };
        self.url_properties.iter().any(covers)
    }

    /// Returns true if the user can log in to this app. A sandbox app only admits its target users.
    pub(crate) fn admits(&self, username: &str) -> bool {
        self.target_users.as_ref().is_none_or(|targets| targets.iter().any(|name| name == username))
    }
}
