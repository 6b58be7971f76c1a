//! The subject of a request, and the keys of its windows.

use super::policy::Scope;
use sha2::{Digest, Sha256};
use std::hash::{BuildHasherDefault, Hasher};

/// The subject of a request: an app, and an account within a tenant.
///
/// It contains only fingerprints (the first 128 bits of SHA-256). The key of a window therefore always has 16 bytes, no
/// name is copied for a request, and a snapshot of the windows contains no names. Creating a subject computes two hashes: create it once for
/// many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaSubject {
    app: u128,
    account: u128,
}

impl QuotaSubject {
    /// Creates the subject of the account `open_id` within `tenant` (empty when the host has none), of the app `client_key`.
    #[must_use]
    pub fn new(client_key: &str, tenant: &str, open_id: &str) -> Self {
        Self {
            app: fingerprint(&["app", client_key]),
            account: fingerprint(&["account", client_key, tenant, open_id]),
        }
    }

    /// Returns the key of this subject's window under a rule of `scope`.
    pub(super) const fn key(&self, scope: Scope) -> u128 {
        match scope {
            Scope::App => self.app,
            Scope::Account => self.account,
        }
    }
}

/// Hashes each part after its length, since a tenant may contain any character.
fn fingerprint(parts: &[&str]) -> u128 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    digest.iter().take(16).fold(0, |number, &byte| number << 8 | u128::from(byte))
}

/// A hasher that returns the low half of a key, because a key already is a hash.
pub(super) type AlreadyHashed = BuildHasherDefault<LowHalf>;

#[derive(Debug, Default)]
pub(super) struct LowHalf(u64);

impl Hasher for LowHalf {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "only the low half is needed")]
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hasher_uses_the_low_half_of_a_key_and_all_other_bytes() {
        let hash = |write: &dyn Fn(&mut LowHalf)| {
            let mut hasher = LowHalf::default();
            write(&mut hasher);
            hasher.finish()
        };
        assert_eq!(hash(&|hasher| hasher.write_u128(7 << 64 | 0x2a)), 0x2a);
        assert_ne!(hash(&|hasher| hasher.write(b"ab")), hash(&|hasher| hasher.write(b"ba")));
    }

    #[test]
    fn accounts_share_only_the_window_of_their_app() {
        let (a, b) = (QuotaSubject::new("app", "t", "1"), QuotaSubject::new("app", "t", "2"));
        assert_eq!(a.key(Scope::App), b.key(Scope::App));
        assert_ne!(a.key(Scope::Account), b.key(Scope::Account));
        assert_ne!(a.key(Scope::App), a.key(Scope::Account));
    }

    #[test]
    fn subjects_differ_when_their_joined_parts_are_equal() {
        let account = |app, tenant, id| QuotaSubject::new(app, tenant, id).key(Scope::Account);
        assert_ne!(account("app", "t1", "2"), account("app", "t", "12"));
        assert_ne!(account("app1", "t", "2"), account("app", "1t", "2"));
    }

    #[test]
    fn fingerprint_is_the_same_in_every_process() {
        assert_eq!(fingerprint(&[]), 0xe3b0_c442_98fc_1c14_9afb_f4c8_996f_b924, "SHA-256 of nothing");
    }
}
