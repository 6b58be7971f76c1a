//! The forms of the three token calls, and the tokens (docs/tiktok-api.md 2). All calls are form posts; JSON is
//! refused by TikTok.

use crate::clock::Timestamp;
use crate::secret::Secret;
use std::time::Duration;
use url::form_urlencoded;

/// The fields of a token call. Values are secrets as a whole: most of them are.
pub type Form = Vec<(&'static str, Secret)>;

/// Tokens as TikTok issued them, with absolute times.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenSet {
    /// Sent as bearer. Opaque.
    pub access_token: Secret,
    /// For the next refresh; `None` when the reply held none, and then the one that was sent stays in use.
    pub refresh_token: Option<Secret>,
    /// The user, as this app knows them.
    pub open_id: String,
    /// What the user granted; empty when TikTok did not say.
    pub scopes: Vec<String>,
    /// When the access token ends. See [`parse_token_reply`](super::parse_token_reply) for odd `expires_in`.
    pub access_expires_at: Timestamp,
    /// When the refresh token ends; `None` when TikTok did not say.
    pub refresh_expires_at: Option<Timestamp>,
    /// The lifetime of the access token as TikTok stated it; `None` when it stated none that can be read.
    pub expires_in: Option<Duration>,
    /// `Bearer`, unless TikTok says otherwise.
    pub token_type: String,
}

/// The form that exchanges an authorization code (docs/tiktok-api.md 2.1). `code` is the decoded one of
/// [`parse_callback`](super::parse_callback); `redirect_uri` the one of the authorize call.
#[must_use]
pub fn exchange_form(
    client_key: &str,
    client_secret: &Secret,
    code: &Secret,
    redirect_uri: &str,
    verifier: Option<&Secret>,
) -> Form {
    let mut form = vec![
        ("client_key", client_key.into()),
        ("client_secret", client_secret.clone()),
        ("grant_type", "authorization_code".into()),
        ("code", code.clone()),
        ("redirect_uri", redirect_uri.into()),
    ];
    form.extend(verifier.map(|verifier| ("code_verifier", verifier.clone())));
    form
}

/// The form that refreshes a grant (docs/tiktok-api.md 2.2).
#[must_use]
pub fn refresh_form(client_key: &str, client_secret: &Secret, refresh_token: &Secret) -> Form {
    vec![
        ("client_key", client_key.into()),
        ("client_secret", client_secret.clone()),
        ("grant_type", "refresh_token".into()),
        ("refresh_token", refresh_token.clone()),
    ]
}

/// The form that ends a grant (docs/tiktok-api.md 2.4); it takes the access token.
#[must_use]
pub fn revoke_form(client_key: &str, client_secret: &Secret, access_token: &Secret) -> Form {
    vec![
        ("client_key", client_key.into()),
        ("client_secret", client_secret.clone()),
        ("token", access_token.clone()),
    ]
}

/// The body `application/x-www-form-urlencoded` of a form.
#[must_use]
pub fn encode_form(form: &[(&'static str, Secret)]) -> Secret {
    // Sized for the worst case, so that growing never leaves a copy of a secret behind.
    let size = form.iter().map(|(name, value)| name.len() + value.expose().len() * 3 + 2).sum();
    let mut body = form_urlencoded::Serializer::new(String::with_capacity(size));
    for (name, value) in form {
        body.append_pair(name, value.expose());
    }
    Secret::new(body.finish())
}

/// The names of a scope list. TikTok separates by commas; spaces are taken too, as RFC 6749 has them.
pub(super) fn split_scopes(list: &str) -> Vec<String> {
    list.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_with_reserved_characters_is_encoded_once() {
        let form = exchange_form(
            "aw1",
            &"s&=".into(),
            &"abc*1!6431.u1".into(),
            "http://127.0.0.1:1/cb",
            Some(&"ver".into()),
        );
        assert_eq!(
            encode_form(&form).expose(),
            "client_key=aw1&client_secret=s%26%3D&grant_type=authorization_code&code=abc*1%216431.u1\
             &redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb&code_verifier=ver"
        );
    }

    #[test]
    fn refresh_and_revoke_carry_what_tiktok_asks_for() {
        let (secret, token) = ("sec".into(), "rft.a!1".into());
        assert_eq!(
            encode_form(&refresh_form("aw1", &secret, &token)).expose(),
            "client_key=aw1&client_secret=sec&grant_type=refresh_token&refresh_token=rft.a%211"
        );
        assert_eq!(
            encode_form(&revoke_form("aw1", &secret, &token)).expose(),
            "client_key=aw1&client_secret=sec&token=rft.a%211"
        );
    }

    #[test]
    fn debug_of_a_form_shows_no_value() {
        let shown = format!("{:?}", refresh_form("aw1", &"sec".into(), &"rft.a".into()));
        assert!(!shown.contains("rft.a") && !shown.contains("sec\""));
    }
}
