//! PKCE in TikTok's form: the challenge is lower-case hex, not the base64url of RFC 7636
//! (docs/tiktok-api.md 1.4).

use crate::encoding::{hex, random};
use crate::error::{Error, Result};
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Allowed lengths of a verifier (docs/tiktok-api.md 1.4).
const VERIFIER_LEN: std::ops::RangeInclusive<usize> = 43..=128;
/// Number of random bytes in a generated verifier; 48 bytes become 64 characters.
const VERIFIER_BYTES: usize = 48;

/// A verifier and its challenge. The authorize page receives the challenge; the token call sends the verifier.
#[derive(Debug, Clone)]
pub struct Pkce {
    /// The verifier, known only to the process that started the login.
    pub verifier: Secret,
    /// The SHA-256 of the verifier in lower-case hex.
    pub challenge: String,
}

impl Pkce {
    /// Generates a new pair; the verifier has 64 characters.
    ///
    /// # Errors
    /// `Internal` when the operating system provides no random bytes.
    pub fn generate() -> Result<Self> {
        // base64url uses the characters A-Z, a-z, 0-9, - and _, all of which TikTok allows.
        let verifier = Secret::new(URL_SAFE_NO_PAD.encode(random::bytes::<VERIFIER_BYTES>()?.as_slice()));
        let challenge = challenge_for(verifier.expose())?;
        Ok(Self { verifier, challenge })
    }
}

/// Returns the challenge of `verifier`.
///
/// # Errors
/// `InvalidInput` unless the verifier has 43 to 128 characters of `A-Z a-z 0-9 - . _ ~`.
pub fn challenge_for(verifier: &str) -> Result<String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    if !VERIFIER_LEN.contains(&verifier.len()) || !verifier.bytes().all(allowed) {
        return Err(Error::invalid(
            "a PKCE verifier must have 43 to 128 characters of A-Z, a-z, 0-9, '-', '.', '_' and '~'; use the \
             verifier that toklink creates",
        ));
    }
    Ok(hex::encode(&Sha256::digest(verifier.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_matches_the_published_test_vector() {
        // The test vector of docs/tiktok-api.md 1.4, from the unit tests of TikTok's Android SDK.
        assert_eq!(
            challenge_for("gaeCq5mVvbhA8Ce6w5O9XBVIKMkySgv-_9A-rnhm9Ns").unwrap(),
            "e6a178b120743d08509508f269652b0bdf91e29332921bc9e9744fd3dd41bfef"
        );
    }

    #[test]
    fn generated_verifiers_are_valid_and_unique() {
        let (a, b) = (Pkce::generate().unwrap(), Pkce::generate().unwrap());
        assert_eq!(a.verifier.expose().len(), 64);
        assert_eq!(a.challenge, challenge_for(a.verifier.expose()).unwrap());
        assert_ne!(a.verifier, b.verifier);
    }

    #[test]
    fn verifier_of_invalid_length_or_alphabet_is_rejected() {
        for good in ["a".repeat(43), "~".repeat(128)] {
            assert!(challenge_for(&good).is_ok());
        }
        for bad in ["a".repeat(42), "a".repeat(129), "a b".repeat(20), "é".repeat(30), String::new()] {
            assert!(challenge_for(&bad).is_err());
        }
    }
}
