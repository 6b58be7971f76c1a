//! Parses the callback from TikTok's consent page (docs/tiktok-api.md 1.3).

use super::refusal::{self, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use url::form_urlencoded;

/// Maximum length of a query, in bytes. toklink sets this limit: a code has about 250 characters (docs/tiktok-api.md
/// 0.5), so a normal callback is far shorter.
const QUERY_LIMIT: usize = 16 * 1024;

/// A successful callback.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Callback {
    /// The authorization code, percent-decoded once. TikTok accepts it once.
    pub code: Secret,
    /// The state, as it was sent. It is not verified yet; [`open_cookie`](super::open_cookie) verifies it.
    pub state: String,
    /// The granted scopes; empty when TikTok does not state them.
    pub scopes: Vec<String>,
}

/// Parses a callback from a query (`code=..`), a query with a question mark (`?code=..`), a path or a complete URL.
/// Values are percent-decoded exactly once.
///
/// # Errors
/// `Unauthorized` when the user declined; TikTok's other errors as in docs/tiktok-api.md 1.3; `Integrity` when the code
/// or the state is missing or given twice; `InvalidInput` when the query is too long.
pub fn parse_callback(query_or_url: &str) -> Result<Callback> {
    let query = Query::read(query_or_url)?;
    if let Some(error) = query.one("error")?.filter(|error| !error.is_empty()) {
        let said = query.one("error_description")?.unwrap_or_default();
        return Err(refusal::error(Step::Consent, &error, &said));
    }
    let need = |name: &'static str| {
        query.one(name)?.filter(|value| !value.is_empty()).ok_or_else(|| {
            integrity(&format!("the callback has no {name}, so it is not from TikTok; start the login again"))
        })
    };
    Ok(Callback {
        code: need("code").map(Secret::new)?,
        state: need("state")?,
        scopes: super::token::split_scopes(&query.one("scopes")?.unwrap_or_default()),
    })
}

/// Returns the state of a callback, even of a callback with an error, because the state determines which cookie to
/// delete.
#[must_use]
pub fn callback_state(query_or_url: &str) -> Option<String> {
    Query::read(query_or_url).ok()?.one("state").ok()?.filter(|state| !state.is_empty())
}

struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    fn read(text: &'a str) -> Result<Self> {
        let text = text.trim();
        if text.len() > QUERY_LIMIT {
            return Err(Error::invalid(
                "the query of the callback is longer than 16 KiB, so it is not from TikTok; \
                                       start the login again",
            ));
        }
        let text = text.split_once('#').map_or(text, |(before, _)| before);
        // A '?' may also be part of a value; the first '?' then comes after a '='.
        Ok(Self(match text.split_once('?') {
            Some((before, query)) if !before.contains('=') => query,
            _ => text,
        }))
    }

    /// Returns the value of `name`. A repeated parameter is rejected, because two parsers could use different values.
    fn one(&self, name: &str) -> Result<Option<String>> {
        let mut values = form_urlencoded::parse(self.0.as_bytes()).filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.into_owned());
        if values.next().is_some() {
            return Err(integrity(&format!(
                "the callback contains {name} twice, so it is not from TikTok; start the login \
                                           again"
            )));
        }
        Ok(value)
    }
}

fn integrity(message: &str) -> Error {
    Error::new(ErrorKind::Integrity, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;
    use crate::error::{Dispatch, Owner, Retry};
    use proptest::prelude::*;

    const QUERY: &str = "code=abc%2A1%216431.u1&scopes=user.info.basic%2Cvideo.list&state=s1-_";

    #[test]
    fn query_path_and_url_give_the_same_callback() {
        for text in [
            QUERY.to_owned(),
            format!("?{QUERY}"),
            format!("/callback?{QUERY}"),
            format!(" https://a.test:3000/cb/?{QUERY}#frag\n"),
        ] {
            let callback = parse_callback(&text).unwrap();
            assert_eq!(callback.code.expose(), "abc*1!6431.u1");
            assert_eq!(callback.state, "s1-_");
            assert_eq!(callback.scopes, ["user.info.basic", "video.list"]);
            assert_eq!(callback_state(&text).unwrap(), "s1-_");
        }
    }

    #[test]
    fn callback_values_are_decoded_exactly_once() {
        let callback = parse_callback("code=a%252A1&state=x").unwrap();
        assert_eq!(callback.code.expose(), "a%2A1");
        assert!(callback.scopes.is_empty());
    }

    #[test]
    fn question_mark_in_a_value_does_not_start_the_query() {
        assert_eq!(parse_callback("code=a?b&state=c").unwrap().code.expose(), "a?b");
    }

    #[test]
    fn declined_consent_is_an_error_owned_by_the_user() {
        let error =
            parse_callback("error=access_denied&error_description=User+cancelled%0a&state=s").unwrap_err();
        assert_eq!((error.kind(), error.owner()), (ErrorKind::Unauthorized, Owner::User));
        assert_eq!((error.dispatch(), error.retry()), (Dispatch::Answered, Retry::Never));
        assert_eq!(error.tiktok_code(), Some("access_denied"));
        assert_eq!(error.reason(), Reason::LoginDeclined);
        assert!(error.message().contains("User cancelled"));
    }

    #[test]
    fn each_documented_callback_error_has_a_kind_and_an_owner() {
        for (code, kind, owner) in [
            ("invalid_client", ErrorKind::Config, Owner::App),
            ("unauthorized_client", ErrorKind::Config, Owner::App),
            ("invalid_request", ErrorKind::Config, Owner::App),
            ("unsupported_response_type", ErrorKind::Config, Owner::App),
            ("invalid_scope", ErrorKind::PermissionDenied, Owner::App),
            ("server_error", ErrorKind::Unavailable, Owner::TikTok),
            ("temporarily_unavailable", ErrorKind::Unavailable, Owner::TikTok),
            ("something_new", ErrorKind::Unavailable, Owner::TikTok),
        ] {
            let error = parse_callback(&format!("error={code}")).unwrap_err();
            assert_eq!((error.kind(), error.owner()), (kind, owner), "{code}");
        }
    }

    #[test]
    fn error_description_is_shortened_to_one_line() {
        let error =
            parse_callback(&format!("error=x&error_description={}", "a%0Ab%20".repeat(800))).unwrap_err();
        assert!(error.message().chars().count() < 600);
        assert!(!error.message().contains('\n'));
    }

    #[test]
    fn callback_without_code_or_state_is_rejected() {
        for bad in
            ["", "?", "https://a.test/cb", "code=a", "state=b", "code=&state=b", "code=a&code=b&state=c"]
        {
            assert_eq!(parse_callback(bad).unwrap_err().kind(), ErrorKind::Integrity, "{bad}");
        }
        let long = format!("code={}&state=s", "x".repeat(QUERY_LIMIT));
        assert_eq!(parse_callback(&long).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn debug_output_of_a_callback_contains_no_code() {
        assert!(!format!("{:?}", parse_callback(QUERY).unwrap()).contains("6431"));
    }

    proptest! {
        #[test]
        fn any_code_and_state_survive_url_encoding(code in "\\PC{1,60}", state in "[a-zA-Z0-9_-]{1,43}") {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("code", &code).append_pair("state", &state).finish();
            let callback = parse_callback(&format!("https://a.test/cb?{query}")).unwrap();
            prop_assert_eq!(callback.code.expose(), code.as_str());
            prop_assert_eq!(callback.state, state);
        }

        #[test]
        fn arbitrary_callback_text_never_causes_a_panic(text in "\\PC{0,200}") {
            let _ = parse_callback(&text);
        }
    }
}
