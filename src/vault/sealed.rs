//! Encrypts and decrypts values in the format `tk1.<kid>.<base64url of nonce, ciphertext and tag>`.

use super::keyring::{KEY_LEN, KeyRing, MasterKey};
use super::legacy;
use crate::encoding::random;
use crate::error::{Error, ErrorKind, Reason, Result};
use crate::secret::Secret;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// The current format. It is also the first part of the AAD.
const FORMAT: &str = "tk1";
/// The part of the AAD that names the platform, so that a dashboard can use one key for several platforms.
const PLATFORM: &str = "tiktok";
/// Length of an AES-GCM nonce in bytes. Each value has a random nonce.
const NONCE_LEN: usize = 12;
/// Maximum length of a text that is encrypted, in bytes. TikTok's tokens and upload URLs have a few hundred bytes.
const MAX_CLEAR: usize = 32 * 1024;
/// Maximum length of an encrypted text that is parsed, in bytes.
pub(super) const MAX_SEALED: usize = 96 * 1024;

/// The purpose of a value. Each purpose has its own derived key, so a value cannot be used for another purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Access and refresh tokens.
    Token,
    /// The state of a login, kept in a cookie.
    Login,
    /// Upload URLs in the publish journal.
    Journal,
}

impl Purpose {
    /// Returns the label for the key derivation. It is part of the format.
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Token => b"toklink/token/1",
            Self::Login => b"toklink/login/1",
            Self::Journal => b"toklink/journal/1",
        }
    }
}

/// The location of an encrypted value. A value can be decrypted only in the same context, so it cannot be moved to
/// another row, column, workspace or app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealContext<'a> {
    /// The purpose of the value.
    pub purpose: Purpose,
    /// The client key of the TikTok app.
    pub client_key: &'a str,
    /// The tenant (workspace) that owns the row; empty when the host has no tenants.
    pub tenant: &'a str,
    /// The id of the TikTok account (`open_id`).
    pub open_id: &'a str,
    /// The column, for example `access_token`.
    pub field: &'a str,
}

impl SealContext<'_> {
    /// Returns the authenticated data. A length precedes each part, so that two contexts never have the same encoding.
    fn aad(&self) -> Vec<u8> {
        let parts = [FORMAT, PLATFORM, self.client_key, self.tenant, self.open_id, self.field];
        let mut aad = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
        for part in parts {
            aad.extend_from_slice(&(part.len() as u64).to_be_bytes());
            aad.extend_from_slice(part.as_bytes());
        }
        aad
    }
}

/// Encrypts and decrypts values. Share it by reference or in an `Arc`; it can be used from any thread.
pub struct Vault {
    /// Never empty, because a key ring has at least one key.
    keys: Vec<SealingKey>,
    accept_legacy: bool,
}

struct SealingKey {
    master: MasterKey,
    token: Aes256Gcm,
    login: Aes256Gcm,
    journal: Aes256Gcm,
}

impl SealingKey {
    fn new(master: MasterKey) -> Self {
        let cipher = |purpose: Purpose| Aes256Gcm::new(&(*master.derive::<KEY_LEN>(purpose.info())).into());
        Self {
            token: cipher(Purpose::Token),
            login: cipher(Purpose::Login),
            journal: cipher(Purpose::Journal),
            master,
        }
    }

    const fn cipher(&self, purpose: Purpose) -> &Aes256Gcm {
        match purpose {
            Purpose::Token => &self.token,
            Purpose::Login => &self.login,
            Purpose::Journal => &self.journal,
        }
    }
}

impl Vault {
    /// Creates a vault that encrypts with the first key of `keys` and decrypts with all keys. `accept_legacy` also
    /// accepts tokens in the dashboard's old format, which is not bound to a row. Set it to false once all rows are
    /// re-encrypted.
    #[must_use]
    pub fn new(keys: KeyRing, accept_legacy: bool) -> Self {
        Self { keys: keys.into_keys().into_iter().map(SealingKey::new).collect(), accept_legacy }
    }

    /// Encrypts `clear` for `context`. Encrypting the same value twice yields different results.
    ///
    /// # Errors
    /// `InvalidInput` when the value is longer than 32 KiB; `Internal` when no random bytes are available.
    pub fn seal(&self, context: &SealContext<'_>, clear: &Secret) -> Result<String> {
        if clear.expose().len() > MAX_CLEAR {
            return Err(Error::invalid("the value is longer than 32 KiB; pass a token"));
        }
        let key = self.keys.first().ok_or_else(|| Error::bug("the key ring is empty"))?;
        let nonce = random::bytes::<NONCE_LEN>()?;
        let payload = Payload { msg: clear.expose().as_bytes(), aad: &context.aad() };
        let sealed = key
            .cipher(context.purpose)
            .encrypt(&(*nonce).into(), payload)
            .map_err(|_| Error::bug("the cipher rejected a value"))?;
        let body = URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat());
        Ok(format!("{FORMAT}.{}.{body}", key.master.kid))
    }

    /// Decrypts a value that was encrypted for this `context`.
    ///
    /// # Errors
    /// `Integrity` for any other value: clear text, a value of another context, an unknown key, a changed or truncated
    /// value, or the old format when it is not accepted.
    pub fn open(&self, context: &SealContext<'_>, sealed: &str) -> Result<Secret> {
        self.open_as(context, sealed, self.accept_legacy)
    }

    /// Decrypts a value only to compare or export it, so it accepts the old format even when `accept_legacy` is off.
    ///
    /// # Errors
    /// `Integrity` as for [`open`](Self::open).
    pub(crate) fn open_either(&self, context: &SealContext<'_>, sealed: &str) -> Result<Secret> {
        self.open_as(context, sealed, true)
    }

    fn open_as(&self, context: &SealContext<'_>, sealed: &str, accept_legacy: bool) -> Result<Secret> {
        if sealed.len() > MAX_SEALED {
            return Err(not_sealed());
        }
        if let Some(rest) = sealed.strip_prefix(FORMAT).and_then(|rest| rest.strip_prefix('.')) {
            let (kid, body) = rest.split_once('.').ok_or_else(not_sealed)?;
            return self.open_current(context, kid, body);
        }
        let Some(old) = legacy::Sealed::parse(sealed) else { return Err(not_sealed()) };
        if context.purpose != Purpose::Token {
            return Err(not_sealed());
        }
        if !accept_legacy {
            return Err(integrity(
                "the value is in the dashboard's old format, which is not accepted; set accept_legacy until all \
                 rows are resealed",
            ).with_reason(Reason::LegacyFormat));
        }
        self.keys.iter().find_map(|key| old.open(key.master.raw())).ok_or_else(damaged)
    }

    /// Re-encrypts a value that has the old format or was encrypted with an older key. Returns `None` when the value is
    /// current.
    ///
    /// # Errors
    /// As for [`open`](Self::open): a value that cannot be decrypted is never re-encrypted.
    pub fn reseal(&self, context: &SealContext<'_>, sealed: &str) -> Result<Option<String>> {
        let clear = self.open(context, sealed)?;
        if self.is_current(sealed) { Ok(None) } else { self.seal(context, &clear).map(Some) }
    }

    /// Encrypts `clear` in the dashboard's old format with the first key. The dashboard needs the same key to read it.
    ///
    /// # Errors
    /// `Internal` when no random bytes are available.
    pub(crate) fn seal_legacy(&self, clear: &Secret) -> Result<String> {
        let key = self.keys.first().ok_or_else(|| Error::bug("the key ring is empty"))?;
        legacy::seal(key.master.raw(), clear)
    }

    /// Returns the value in the dashboard's old format, encrypted with the first key, or `None` when it already has
    /// this form.
    ///
    /// # Errors
    /// `Integrity` for a value that cannot be decrypted.
    pub(crate) fn to_legacy(&self, context: &SealContext<'_>, sealed: &str) -> Result<Option<String>> {
        let first = self.keys.first().ok_or_else(|| Error::bug("the key ring is empty"))?;
        if legacy::Sealed::parse(sealed).is_some_and(|old| old.open(first.master.raw()).is_some()) {
            return Ok(None);
        }
        self.seal_legacy(&self.open_either(context, sealed)?).map(Some)
    }

    /// Returns true when the text has the dashboard's old format.
    pub(crate) fn is_legacy(sealed: &str) -> bool {
        sealed.len() <= MAX_SEALED && legacy::Sealed::parse(sealed).is_some()
    }

    /// Returns the names of the keys. The key that encrypts comes first.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.master.kid.as_str())
    }

    /// Returns the name of the key that an encrypted value needs, even when that key is not configured. `None` for the
    /// old format, which names no key, and for text that is not encrypted.
    #[must_use]
    pub fn key_of<'a>(&'a self, sealed: &'a str) -> Option<&'a str> {
        let (kid, _) = sealed.strip_prefix(FORMAT)?.strip_prefix('.')?.split_once('.')?;
        let known = |key: &&SealingKey| key.master.kid == kid || key.master.derived_kid == kid;
        Some(self.keys.iter().find(known).map_or(kid, |key| key.master.kid.as_str()))
    }

    fn is_current(&self, sealed: &str) -> bool {
        let mut parts = sealed.split('.');
        parts.next() == Some(FORMAT) && parts.next() == self.keys.first().map(|key| key.master.kid.as_str())
    }

    fn open_current(&self, context: &SealContext<'_>, kid: &str, body: &str) -> Result<Secret> {
        let key = self
            .keys
            .iter()
            .find(|key| key.master.kid == kid)
            .or_else(|| self.keys.iter().find(|key| key.master.derived_kid == kid))
            .ok_or_else(|| {
                integrity(
                    "the value was encrypted with a key that is not configured; add the old key to \
                     TOKEN_ENCRYPTION_KEYS after the new one",
                )
                .with_reason(Reason::KeyNotConfigured)
            })?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| damaged())?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
        let payload = Payload { msg: ciphertext, aad: &context.aad() };
        let clear = key.cipher(context.purpose).decrypt(&(*nonce).into(), payload).map_err(|_| damaged())?;
        Secret::from_utf8(clear).ok_or_else(damaged)
    }
}

fn integrity(message: &str) -> Error {
    Error::new(ErrorKind::Integrity, message)
}

fn not_sealed() -> Error {
    integrity(
        "the value is not encrypted, and toklink does not use values in clear text; encrypt tokens with toklink \
         reseal --accept-clear-text, or connect the account again",
    ).with_reason(Reason::NotEncrypted)
}

fn damaged() -> Error {
    integrity(
        "the value cannot be decrypted, because it was changed, moved from another row, column or workspace, or \
         encrypted with another key; restore it or connect the account again",
    ).with_reason(Reason::CannotDecrypt)
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("kids", &self.keys.iter().map(|key| key.master.kid.as_str()).collect::<Vec<_>>())
            .field("accept_legacy", &self.accept_legacy)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "sealed_tests.rs"]
mod tests;
