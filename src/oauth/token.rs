//! The forms for the three token calls, and the tokens (docs/tiktok-api.md 2). All three calls are form posts, because
//! TikTok refuses JSON.

use crate::clock::Timestamp;
use crate::secret::Secret;
use std::time::Duration;
use url::form_urlencoded;

/// The fields of a token call. All values are secrets in memory, because most of them are confidential.
pub type Form = Vec<(&'static str, Secret)>;

/// Tokens that TikTok issued, with absolute times of expiry.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenSet {
    /// The opaque access token, sent as a bearer token.
    pub access_token: Secret,
    /// The token for the next refresh. `None` when the response contained no refresh token; the token that was sent
    /// then stays valid.
    pub refresh_token: Option<Secret>,
    /// TikTok's id for the user within this app.
    pub open_id: String,
    /// The granted scopes; empty when TikTok does not state them.
    pub scopes: Vec<String>,
    /// Expiry of the access token. See [`parse_token_reply`](super::parse_token_reply) for unusual values of `expires_in`.
    pub access_expires_at: Timestamp,
    /// Expiry of the refresh token; `None` when TikTok does not state it.
    pub refresh_expires_at: Option<Timestamp>,
    /// The lifetime of the access token as TikTok states it; `None` when it is absent or unreadable.
    pub expires_in: Option<Duration>,
    /// `Bearer`, unless TikTok states another type.
    pub token_type: String,
}

/// Returns the form that exchanges an authorization code (docs/tiktok-api.md 2.1). `code` is the decoded code from
/// [`parse_callback`](super::parse_callback); `redirect_uri` is the redirect URI of the authorize call.
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

/// Returns the form that refreshes tokens (docs/tiktok-api.md 2.2).
#[must_use]
pub fn refresh_form(client_key: &str, client_secret: &Secret, refresh_token: &Secret) -> Form {
    vec![
        ("client_key", client_key.into()),
        ("client_secret", client_secret.clone()),
        ("grant_type", "refresh_token".into()),
        ("refresh_token", refresh_token.clone()),
    ]
}

/// Returns the form that revokes access (docs/tiktok-api.md 2.4); it contains the access token.
#[must_use]
pub fn revoke_form(client_key: &str, client_secret: &Secret, access_token: &Secret) -> Form {
    vec![
        ("client_key", client_key.into()),
        ("client_secret", client_secret.clone()),
        ("token", access_token.clone()),
    ]
}

/// Returns the form as an `application/x-www-form-urlencoded` body.
#[must_use]
pub fn encode_form(form: &[(&'static str, Secret)]) -> Secret {
    // Allocates the maximum size first, because growing the buffer would leave a copy of a secret in memory.
    let size = form.iter().map(|(name, value)| name.len() + value.expose().len() * 3 + 2).sum();
    let mut body = form_urlencoded::Serializer::new(String::with_capacity(size));
    for (name, value) in form {
        body.append_pair(name, value.expose());
    }
    Secret::new(body.finish())
}

/// Splits a list of scopes. TikTok separates scopes with commas; spaces are accepted too, as in RFC 6749.
pub(super) fn split_scopes(list: &str) -> Vec<String> {
    list.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_with_reserved_characters_is_encoded_once() {
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
    fn refresh_and_revoke_forms_have_the_required_fields() {
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
    fn debug_output_of_a_form_contains_no_value() {
        let shown = format!("{:?}", refresh_form("aw1", &"sec".into(), &"rft.a".into()));
        assert!(!shown.contains("rft.a") && !shown.contains("sec\""));
    }
}
