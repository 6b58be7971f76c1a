//! PKCE in TikTok's variant: the challenge is lowercase hex (docs/tiktok-api.md 1.4).

use sha2::{Digest, Sha256};

use crate::model::ids::hex;
use crate::model::redirect::is_loopback;

/// Returns true if the authorize page accepts this challenge for this redirect.
pub(crate) fn challenge_is_acceptable(
    challenge: Option<&str>,
    method: Option<&str>,
    redirect: &str,
    strict: bool,
) -> bool {
    let hex_only = strict || is_loopback(redirect);
    match challenge {
        None => !is_loopback(redirect),
        Some(_) if method.is_some_and(|method| method != "S256") => false,
        Some(challenge) => is_hex(challenge) || (!hex_only && !challenge.is_empty()),
    }
}

fn is_hex(challenge: &str) -> bool {
    challenge.len() == 64 && challenge.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Returns true if the verifier in the token call is valid. Without a challenge, any verifier is ignored (1.4, table).
/// A challenge that is not hex can only exist with `strict_pkce` off. The emulator accepts any well-formed verifier for
/// it, because TikTok has accepted wrong encodings on the web (1.4).
pub(crate) fn verifier_is_valid(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(challenge), Some(verifier)) => {
            let shaped = (32..=128).contains(&verifier.len())
                && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
            shaped && (!is_hex(challenge) || hex(&Sha256::digest(verifier.as_bytes())) == challenge)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "gaeCq5mVvbhA8Ce6w5O9XBVIKMkySgv-_9A-rnhm9Ns";
    const CHALLENGE: &str = "e6a178b120743d08509508f269652b0bdf91e29332921bc9e9744fd3dd41bfef";

    #[test]
    fn published_pkce_vector_is_accepted() {
        assert!(verifier_is_valid(Some(CHALLENGE), Some(VERIFIER)));
        assert!(!verifier_is_valid(Some(CHALLENGE), Some("gaeCq5mVvbhA8Ce6w5O9XBVIKMkySgv-_9A-rnhm9Nt")));
        assert!(!verifier_is_valid(Some(CHALLENGE), None));
        assert!(verifier_is_valid(None, Some("junk")));
    }

    #[test]
    fn loopback_requires_a_hex_challenge_even_when_not_strict() {
        let base64url = "5qF4sSB0PQhQlQjyaWUrC9-R4pMykhvJ6XRP091Bv-8";
        for strict in [true, false] {
            assert!(challenge_is_acceptable(Some(CHALLENGE), Some("S256"), "http://localhost:1/", strict));
            assert!(!challenge_is_acceptable(Some(base64url), Some("S256"), "http://localhost:1/", strict));
            assert!(!challenge_is_acceptable(None, None, "http://localhost:1/", strict));
            assert!(challenge_is_acceptable(None, None, "https://a.test/", strict));
            assert_eq!(challenge_is_acceptable(Some(base64url), None, "https://a.test/", strict), !strict);
        }
        assert!(!challenge_is_acceptable(Some(CHALLENGE), Some("plain"), "https://a.test/", true));
    }
}
