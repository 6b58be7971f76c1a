//! The keys that encrypt and decrypt values.

use crate::encoding::hex;
use crate::error::{ConfigProblem, Error, Result};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// Length of a key in bytes: AES-256.
pub(super) const KEY_LEN: usize = 32;

/// The salt of every key derivation. It is part of the format: changing it makes stored values unreadable.
const HKDF_SALT: &[u8] = b"toklink/vault/1";

const MAX_KID: usize = 16;

/// Keys by name. The first key encrypts; all keys decrypt. The keys are wiped from memory when dropped.
pub struct KeyRing {
    keys: Vec<MasterKey>,
}

/// A key with its name.
pub(super) struct MasterKey {
    /// The configured name, or the derived name.
    pub(super) kid: String,
    /// The name derived from the key itself, so that a value encrypted before the key was named can still be decrypted.
    pub(super) derived_kid: String,
    bytes: Zeroizing<[u8; KEY_LEN]>,
}

const GENERATE: &str = "generate a key with: openssl rand -hex 32";

/// The problem of one key, and the fix.
struct Fault {
    what: &'static str,
    fix: &'static str,
}

impl KeyRing {
    /// Parses `key`, or `kid:key,kid:key`: the first key encrypts, all keys decrypt. A key is 64 hex digits or the
    /// base64 of 32 bytes; a name (`kid`) is 1 to 16 characters of `a-z 0-9 _ -`. A key without a name gets a name that
    /// is derived from the key.
    ///
    /// # Errors
    /// `Config` when there is no key, when a key is malformed or weak (all bytes are equal), or when a name or key
    /// occurs twice. The problems identify each entry only by its position, because a key may stand where a name belongs.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read("TOKEN_ENCRYPTION_KEYS", text).map_err(Error::config)
    }

    /// Parses the keys in `variable`, as [`Self::parse`] does.
    pub(crate) fn read(variable: &str, text: &str) -> std::result::Result<Self, Vec<ConfigProblem>> {
        let mut keys: Vec<MasterKey> = Vec::new();
        let mut problems = Vec::new();
        for (index, entry) in text.split(',').enumerate() {
            let found = match MasterKey::parse(entry.trim()) {
                Ok(key) if keys.iter().any(|k| k.kid == key.kid || k.derived_kid == key.derived_kid) => {
                    Fault { what: "has the name or the value of an earlier key", fix: "use each key once" }
                }
                Ok(key) => {
                    keys.push(key);
                    continue;
                }
                Err(fault) => fault,
            };
            let what = if text.contains(',') {
                format!("key {} {}", index + 1, found.what)
            } else {
                found.what.to_owned()
            };
            problems.push(ConfigProblem::new(variable, what, found.fix));
        }
        if problems.is_empty() { Ok(Self { keys }) } else { Err(problems) }
    }

    /// Returns the names of the keys. The key that encrypts comes first.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.kid.as_str())
    }

    pub(super) fn into_keys(self) -> Vec<MasterKey> {
        self.keys
    }
}

impl MasterKey {
    fn parse(entry: &str) -> std::result::Result<Self, Fault> {
        let (kid, text) = match entry.split_once(':') {
            Some((kid, text)) => (Some(kid.trim()), text.trim()),
            None => (None, entry),
        };
        if text.is_empty() {
            return Err(Fault { what: "is empty", fix: GENERATE });
        }
        if kid.is_some_and(|kid| !is_kid(kid)) {
            let what = "has an invalid name";
            return Err(Fault { what, fix: "use 1 to 16 characters of a-z, 0-9, _ and - as its name" });
        }
        let what = "is neither 64 hex digits nor the base64 of 32 bytes";
        let decoded = decode_key(text).ok_or(Fault { what, fix: GENERATE })?;
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        bytes.copy_from_slice(&decoded);
        if bytes.iter().all(|b| *b == bytes[0]) {
            return Err(Fault { what: "is weak: all its bytes are the same", fix: GENERATE });
        }
        let mut key = Self { kid: String::new(), derived_kid: String::new(), bytes };
        key.derived_kid = format!("k{}", hex::encode(&key.derive::<6>(b"key id")[..]));
        key.kid = kid.map_or_else(|| key.derived_kid.clone(), str::to_owned);
        Ok(key)
    }

    /// Derives `N` bytes for one purpose (HKDF-SHA256). They reveal neither this key nor the derived bytes of another
    /// purpose.
    pub(super) fn derive<const N: usize>(&self, info: &[u8]) -> Zeroizing<[u8; N]> {
        // HKDF-SHA256 produces up to 255 * 32 bytes. Every caller requests at most 32, so this cannot fail.
        const { assert!(N <= KEY_LEN) };
        let mut out = Zeroizing::new([0; N]);
        let expanded =
            Hkdf::<Sha256>::new(Some(HKDF_SALT), self.bytes.as_slice()).expand(info, out.as_mut_slice());
        debug_assert!(expanded.is_ok());
        out
    }

    /// Returns the key itself for the dashboard's old format, which uses no derived keys.
    pub(super) fn raw(&self) -> &[u8; KEY_LEN] {
        &self.bytes
    }
}

fn decode_key(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.len() == KEY_LEN * 2 {
        return hex::decode(text);
    }
    let tolerant = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&alphabet::STANDARD, &alphabet::URL_SAFE]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, tolerant).decode(text).ok())
        .map(Zeroizing::new)
        .filter(|bytes| bytes.len() == KEY_LEN)
}

fn is_kid(kid: &str) -> bool {
    (1..=MAX_KID).contains(&kid.len())
        && kid.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("kids", &self.kids().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const OTHER: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn message(text: &str) -> String {
        let error = KeyRing::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.message().to_owned()
    }

    #[test]
    fn key_in_hex_and_base64_is_the_same_key() {
        let (a, b) = (KeyRing::parse(HEX).unwrap(), KeyRing::parse(BASE64).unwrap());
        assert_eq!(a.keys[0].raw(), b.keys[0].raw());
        assert_eq!(a.keys[0].kid, b.keys[0].kid);
        assert!(is_kid(&a.keys[0].kid));
    }

    #[test]
    fn keys_are_kept_in_their_configured_order() {
        let ring = KeyRing::parse(&format!("2026b:{OTHER}, 2026a:{HEX}")).unwrap();
        assert_eq!(ring.kids().collect::<Vec<_>>(), ["2026b", "2026a"]);
    }

    #[test]
    fn weak_or_malformed_keys_are_rejected_without_being_shown() {
        for bad in ["", "abcd", &HEX[..62], &format!("{HEX}00"), &"7".repeat(64), &"zz".repeat(32)] {
            let said = message(bad);
            assert!(said.contains("openssl rand -hex 32"), "{said}");
            assert!(bad.is_empty() || !said.contains(bad));
        }
    }

    #[test]
    fn each_invalid_key_is_identified_by_position_and_name() {
        let error = KeyRing::parse(&format!("2026b:abcd,2026a:{HEX},{OTHER}:x,2026c:{HEX}")).unwrap_err();
        let found: Vec<&str> = error.problems().iter().map(ConfigProblem::problem).collect();
        assert_eq!(found.len(), 3);
        for (problem, start) in found.iter().zip(["key 1 ", "key 3 ", "key 4 "]) {
            assert!(problem.starts_with(start), "{problem}");
        }
        assert!(!format!("{error:?}").contains(OTHER));
    }

    #[test]
    fn key_name_that_is_invalid_or_repeated_is_rejected() {
        for bad in ["A", "", "a.b", "seventeencharacte"] {
            assert!(message(&format!("{bad}:{HEX}")).contains("name"));
        }
        assert!(message(&format!("a:{HEX},a:{OTHER}")).contains("earlier key"));
        assert!(message(&format!("a:{HEX},b:{HEX}")).contains("earlier key"));
    }

    #[test]
    fn debug_output_of_a_key_ring_contains_only_names() {
        let shown = format!("{:?}", KeyRing::parse(&format!("a:{HEX}")).unwrap());
        assert_eq!(shown, "KeyRing { kids: [\"a\"], .. }");
    }
}
