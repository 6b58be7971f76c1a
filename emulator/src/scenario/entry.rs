//! App and user entries of a scenario.

use serde::Deserialize;
use url::Url;

use crate::model::ids::Ids;
use crate::model::redirect::RedirectRule;
use crate::model::{App, User};
use crate::oauth::scopes;
use crate::scenario::seed::{self, CLIENT_SECRET};

/// Maximum number of videos per user, which limits the time that an emulator needs to start.
const MAX_VIDEOS: i64 = 1_000;

/// Maximum number of redirect URIs of one platform (docs/tiktok-api.md 1.2).
const MAX_REDIRECTS: usize = 10;

/// One validated app.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "RawApp")]
pub(super) struct AppEntry {
    pub(super) client_key: String,
    pub(super) target_users: Option<Vec<String>>,
    app: App,
}

/// One app as written in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawApp {
    client_key: String,
    #[serde(default)]
    client_secret: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    audited: bool,
    #[serde(default)]
    active_user_cap: Option<usize>,
    #[serde(default)]
    target_users: Option<Vec<String>>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    web_redirect_uris: Vec<String>,
    #[serde(default)]
    desktop_redirect_uris: Vec<String>,
    #[serde(default)]
    url_properties: Vec<String>,
    #[serde(default)]
    webhook_url: Option<String>,
}

impl TryFrom<RawApp> for AppEntry {
    type Error = String;

    fn try_from(raw: RawApp) -> Result<Self, String> {
        if raw.client_key.is_empty() || !raw.client_key.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(format!(
                "client_key must consist of ASCII letters and digits, not {:?}",
                raw.client_key
            ));
        }
        for (field, uris) in [
            ("web_redirect_uris", &raw.web_redirect_uris),
            ("desktop_redirect_uris", &raw.desktop_redirect_uris),
        ] {
            if uris.len() > MAX_REDIRECTS {
                return Err(format!("{field} accepts at most {MAX_REDIRECTS} URIs"));
            }
        }
        let mut redirects = Vec::new();
        for uri in &raw.web_redirect_uris {
            let rule = RedirectRule::web(uri);
            redirects.push(rule.ok_or_else(|| {
                format!("web_redirect_uris must be https URIs without query and fragment, not {uri:?}")
            })?);
        }
        for uri in &raw.desktop_redirect_uris {
            let rule = RedirectRule::desktop(uri);
            redirects.push(rule.ok_or_else(|| {
                format!("desktop_redirect_uris must be URIs of localhost or 127.0.0.1 with a port or *, not {uri:?}")
            })?);
        }
        let known = |name: &String| {
            let known = scopes::ALL.into_iter().find(|scope| scope == name);
            known.ok_or_else(|| format!("scopes: unknown scope {name:?}; use {}", scopes::ALL.join(", ")))
        };
        let scopes = raw.scopes.map(|names| names.iter().map(known).collect::<Result<_, _>>()).transpose()?;
        if let Some(prefix) = raw.url_properties.iter().find(|prefix| !is_property(prefix)) {
            return Err(format!(
                "url_properties must be https prefixes that end in / or domain names, not {prefix:?}"
            ));
        }
        if let Some(url) = raw.webhook_url.iter().find(|url| !is_webhook_address(url)) {
            return Err(format!("webhook_url must be an http or https URL, not {url:?}"));
        }
        Ok(Self {
            client_key: raw.client_key.clone(),
            target_users: raw.target_users.clone(),
            app: App {
                name: raw.name.unwrap_or_else(|| raw.client_key.clone()),
                client_key: raw.client_key,
                client_secret: raw.client_secret.unwrap_or_else(|| CLIENT_SECRET.to_owned()),
                audited: raw.audited,
                active_user_cap: raw.active_user_cap,
                target_users: raw.target_users,
                redirects,
                scopes: scopes.unwrap_or_else(|| scopes::ALL.to_vec()),
                webhook_url: raw.webhook_url,
                url_properties: raw.url_properties,
            },
        })
    }
}

impl AppEntry {
    pub(super) fn app(&self) -> App {
        self.app.clone()
    }
}

/// Returns true if the emulator can send webhooks to this URL.
pub(super) fn is_webhook_address(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Returns true for a URL prefix or a domain name, neither of which can be an IP address (docs/tiktok-api.md 5.6).
pub(crate) fn is_property(property: &str) -> bool {
    let is_prefix = property.starts_with("https://") && property.ends_with('/');
    let is_name = property.contains('.')
        && property.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b));
    let parsed = match (is_prefix, is_name) {
        (true, _) => Url::parse(property),
        (_, true) => Url::parse(&format!("https://{property}/")),
        _ => return false,
    };
    parsed.is_ok_and(|url| url.domain().is_some_and(|domain| is_prefix || domain == property))
}

/// One validated user.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "RawUser")]
pub(super) struct UserEntry {
    pub(super) username: String,
    user: User,
    videos: i64,
}

/// One user as written in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUser {
    username: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    bio: String,
    #[serde(default)]
    verified: bool,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    banned: bool,
    #[serde(default)]
    capped: bool,
    #[serde(default)]
    old_app: bool,
    #[serde(default)]
    comment_disabled: bool,
    #[serde(default)]
    duet_disabled: bool,
    #[serde(default)]
    stitch_disabled: bool,
    #[serde(default = "ten_minutes")]
    max_duration_sec: u32,
    #[serde(default)]
    followers: u32,
    #[serde(default)]
    following: u32,
    #[serde(default)]
    videos: i64,
}

const fn ten_minutes() -> u32 {
    600
}

impl TryFrom<RawUser> for UserEntry {
    type Error = String;

    fn try_from(raw: RawUser) -> Result<Self, String> {
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"._".contains(&b);
        if raw.username.is_empty() || !raw.username.bytes().all(is_name) {
            return Err(format!(
                "username must consist of letters, digits, dots and underscores, not {:?}",
                raw.username
            ));
        }
        if !(0..=MAX_VIDEOS).contains(&raw.videos) {
            return Err(format!("videos must be 0 to {MAX_VIDEOS}, not {}", raw.videos));
        }
        let user = User {
            username: raw.username.clone(),
            display_name: raw.display_name.unwrap_or_else(|| raw.username.clone()),
            bio: raw.bio,
            verified: raw.verified,
            private: raw.private,
            banned: raw.banned,
            capped: raw.capped,
            old_app: raw.old_app,
            comment_disabled: raw.comment_disabled,
            // Private accounts have both disabled (docs/tiktok-api.md 5.2).
            duet_disabled: raw.duet_disabled || raw.private,
            stitch_disabled: raw.stitch_disabled || raw.private,
            max_duration_sec: i64::from(raw.max_duration_sec),
            followers: i64::from(raw.followers),
            following: i64::from(raw.following),
            ..User::default()
        };
        Ok(Self { username: raw.username, user, videos: raw.videos })
    }
}

impl UserEntry {
    pub(super) fn user(&self, ids: &mut Ids, now_ms: i64) -> User {
        let mut user = User { joined_ms: now_ms, ..self.user.clone() };
        seed::add_videos(&mut user, ids, now_ms, self.videos);
        user
    }
}
