//! Builds the URL of TikTok's consent page (docs/tiktok-api.md 1.1 and 1.2).

use crate::error::{Error, ErrorKind, Result};
use url::Url;

/// The default scopes of a login (docs/tiktok-api.md 3).
pub const DEFAULT_SCOPES: [&str; 6] = [
    "user.info.basic",
    "user.info.profile",
    "user.info.stats",
    "video.list",
    "video.upload",
    "video.publish",
];

/// Upper limit (exclusive) of the length of a redirect URI in characters (docs/tiktok-api.md 1.2).
const REDIRECT_LIMIT: usize = 512;
/// Maximum length of the state in characters. toklink sets this limit because proxies reject longer URLs; documented
/// states are far shorter.
const PART_LIMIT: usize = 512;

/// Parameters of the consent page.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizeRequest<'a> {
    /// The app's client key.
    pub client_key: &'a str,
    /// A registered redirect URI; TikTok compares it byte for byte.
    pub redirect_uri: &'a str,
    /// The requested scopes. The user may deselect all scopes except the basic one.
    pub scopes: &'a [String],
    /// The state, which TikTok returns unchanged in the callback.
    pub state: &'a str,
    /// The challenge of [`Pkce`](super::Pkce). `None` sends no PKCE parameters, which TikTok refuses for loopback
    /// redirects.
    pub code_challenge: Option<&'a str>,
    /// True to show the page even to a user who has already granted the same scopes, so that an attacker's link cannot
    /// connect an account without a click.
    pub disable_auto_auth: bool,
}

/// Returns the URL to which the browser is redirected. `base` is `https://www.tiktok.com` or a replacement for tests.
///
/// # Errors
/// `Config` for a missing client key. `InvalidInput` for a redirect URI, scope or state to which TikTok would respond
/// with an error page instead of a redirect.
pub fn authorize_url(base: &Url, request: &AuthorizeRequest<'_>) -> Result<String> {
    if request.client_key.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the client key is missing; set TIKTOK_CLIENT_KEY"));
    }
    check_redirect_uri(request.redirect_uri)?;
    check_scopes(request.scopes)?;
    if request.state.is_empty() || request.state.len() > PART_LIMIT {
        return Err(Error::invalid("the state must have 1 to 512 characters; use the state of begin_login"));
    }
    if request.code_challenge.is_some_and(|c| c.len() != 64 || !c.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Err(Error::invalid(
            "the code challenge must be the 64 hex digits of a SHA-256, because TikTok does not use the base64url of RFC 7636",
        ));
    }
    let mut url = base.clone();
    url.set_path(&format!("{}/v2/auth/authorize/", base.path().trim_end_matches('/')));
    url.set_fragment(None);
    let mut query = url.query_pairs_mut();
    query
        .clear()
        .append_pair("client_key", request.client_key)
        .append_pair("response_type", "code")
        .append_pair("scope", &request.scopes.join(","))
        .append_pair("redirect_uri", request.redirect_uri)
        .append_pair("state", request.state);
    if let Some(challenge) = request.code_challenge {
        query.append_pair("code_challenge", challenge).append_pair("code_challenge_method", "S256");
    }
    query.append_pair("disable_auto_auth", if request.disable_auto_auth { "1" } else { "0" });
    drop(query);
    Ok(url.into())
}

/// Rejects a redirect URI that cannot be registered with TikTok (docs/tiktok-api.md 1.2).
///
/// # Errors
/// `InvalidInput` unless the URI is absolute, shorter than 512 characters, without query, fragment or user name, and
/// uses https, or http on `localhost` or `127.0.0.1` with a port.
pub fn check_redirect_uri(uri: &str) -> Result<()> {
    let refused = |why: &str| {
        Err(Error::invalid(format!("the redirect URI {why}; use one that is registered in TikTok's portal")))
    };
    if uri.len() >= REDIRECT_LIMIT {
        return refused("has 512 or more characters");
    }
    if !uri.bytes().all(|b| b.is_ascii_graphic()) {
        return refused("contains a space or a character outside ASCII");
    }
    let Ok(url) = Url::parse(uri) else { return refused("is not an absolute URL") };
    if uri.contains(['?', '#']) {
        return refused("has a query or a fragment, which TikTok does not allow");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("contains a user name");
    }
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Ok(()),
        ("http", Some(host @ ("localhost" | "127.0.0.1"))) => {
            // `Url` drops port 80, so the check uses the text itself.
            let after_host = uri.get("http://".len() + host.len()..).unwrap_or_default();
            if after_host.starts_with(':') { Ok(()) } else { refused("is on loopback without a port") }
        }
        ("http", _) => refused("uses http, which TikTok allows only for localhost and 127.0.0.1"),
        _ => refused("uses neither https nor http"),
    }
}

/// Rejects scopes that TikTok would misinterpret. Only TikTok can decide whether the app may request them.
///
/// # Errors
/// `InvalidInput` when the list is empty, or when a scope is empty, too long, or contains a space, a comma or a similar
/// character.
pub fn check_scopes(scopes: &[String]) -> Result<()> {
    if scopes.is_empty() {
        return Err(Error::invalid("no scope was requested; request at least user.info.basic"));
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    for scope in scopes {
        if scope.is_empty() || scope.len() > 64 || !scope.bytes().all(allowed) {
            return Err(Error::invalid(
                "a scope is empty, too long, or contains a space or a comma; pass a list of names such as \
                 video.publish",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const CHALLENGE: &str = "e6a178b120743d08509508f269652b0bdf91e29332921bc9e9744fd3dd41bfef";

    fn scopes(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn request(scopes: &[String]) -> AuthorizeRequest<'_> {
        AuthorizeRequest {
            client_key: "awtoklinkemu0001",
            redirect_uri: "http://127.0.0.1:3455/callback/",
            scopes,
            state: "s+t/a te",
            code_challenge: Some(CHALLENGE),
            disable_auto_auth: true,
        }
    }

    fn url(base: &str, request: &AuthorizeRequest<'_>) -> String {
        authorize_url(&Url::parse(base).unwrap(), request).unwrap()
    }

    #[test]
    fn authorize_url_contains_each_parameter_once_and_encoded() {
        let scopes = scopes(&["user.info.basic", "video.list"]);
        let text = url("https://www.tiktok.com", &request(&scopes));
        assert!(text.starts_with("https://www.tiktok.com/v2/auth/authorize/?client_key=awtoklinkemu0001&"));
        assert!(text.contains("scope=user.info.basic%2Cvideo.list&"));
        let sent = Url::parse(&text).unwrap();
        let pairs: Vec<_> = sent.query_pairs().into_owned().collect();
        let map: HashMap<_, _> = pairs.iter().cloned().collect();
        assert_eq!(pairs.len(), map.len());
        for (name, value) in [
            ("response_type", "code"),
            ("redirect_uri", "http://127.0.0.1:3455/callback/"),
            ("state", "s+t/a te"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("disable_auto_auth", "1"),
        ] {
            assert_eq!(map[name], value);
        }
    }

    #[test]
    fn authorize_url_without_pkce_contains_no_challenge() {
        let scopes = scopes(&DEFAULT_SCOPES);
        let request = AuthorizeRequest { code_challenge: None, disable_auto_auth: false, ..request(&scopes) };
        let text = url("http://127.0.0.1:9/prefix/?x=1#y", &request);
        assert!(text.starts_with("http://127.0.0.1:9/prefix/v2/auth/authorize/?client_key="));
        assert!(!text.contains("code_challenge") && !text.contains('#') && !text.contains("x=1"));
        assert!(text.ends_with("disable_auto_auth=0"));
    }

    #[test]
    fn redirect_uri_rules_match_those_of_the_portal() {
        for good in
            ["https://a.test/cb", "https://localhost/cb", "http://localhost:80/", "http://127.0.0.1:1/x/"]
        {
            assert!(check_redirect_uri(good).is_ok(), "{good}");
        }
        let long = format!("https://a.test/{}", "x".repeat(512));
        for bad in [
            "",
            "/cb",
            "a.test/cb",
            "ftp://a.test/",
            "http://a.test/cb",
            "http://localhost/cb",
            "http://[::1]:80/",
            "https://a.test/cb?x=1",
            "https://a.test/cb?",
            "https://a.test/#",
            "https://u@a.test/",
            " https://a.test",
            "https://a.test/é",
            "http://localhost.evil.test:80/",
            "http://localhost@evil.test:80/",
            "javascript:alert(1)",
            long.as_str(),
        ] {
            assert_eq!(check_redirect_uri(bad).unwrap_err().kind(), ErrorKind::InvalidInput, "{bad}");
        }
    }

    #[test]
    fn scopes_that_tiktok_would_misinterpret_are_rejected() {
        for bad in [&[][..], &[""], &["a b"], &["a,b"], &["user.info.basic", "x\n"]] {
            assert_eq!(check_scopes(&scopes(bad)).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn missing_client_key_state_or_hex_challenge_is_rejected() {
        let scopes = scopes(&DEFAULT_SCOPES);
        let base = Url::parse("https://www.tiktok.com").unwrap();
        let kind = |request| authorize_url(&base, &request).unwrap_err().kind();
        assert_eq!(kind(AuthorizeRequest { client_key: "", ..request(&scopes) }), ErrorKind::Config);
        assert_eq!(kind(AuthorizeRequest { state: "", ..request(&scopes) }), ErrorKind::InvalidInput);
        let rfc7636 = Some("5qF4sSB0PQhQlQjyaWUrC9-R4pMykhvJ6XRP091Bv-8");
        assert_eq!(
            kind(AuthorizeRequest { code_challenge: rfc7636, ..request(&scopes) }),
            ErrorKind::InvalidInput
        );
    }
}
