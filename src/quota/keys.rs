//! The subject of a request, and the keys of its windows.

use super::policy::Scope;
use sha2::{Digest, Sha256};

/// The first 128 bits of a SHA-256.
pub(super) type Fingerprint = [u8; 16];

/// The subject of a request: an app, and an account within a tenant.
///
/// It only holds fingerprints. A window's key is always 16 bytes, no name is copied per request, and the usage log contains no
/// names. Creating a subject computes two hashes: create it once for many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaSubject {
    app: Fingerprint,
    account: Fingerprint,
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
    #[inline]
    pub(super) const fn key(&self, scope: Scope) -> Fingerprint {
        match scope {
            Scope::App => self.app,
            Scope::Account => self.account,
        }
    }
}

/// Hashes each part behind its length, since a tenant may contain any character.
fn fingerprint(parts: &[&str]) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    std::array::from_fn(|at| digest[at])
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let of_nothing = 0xe3b0_c442_98fc_1c14_9afb_f4c8_996f_b924_u128;
        assert_eq!(fingerprint(&[]), of_nothing.to_be_bytes());
    }
}
