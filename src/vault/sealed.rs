//! Sealing and opening: `tk1.<kid>.<base64url of nonce, ciphertext and tag>`.

use super::keyring::{KEY_LEN, KeyRing, MasterKey};
use super::{legacy, random};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use zeroize::Zeroizing;

/// The format of today; it is also the first part of the AAD.
const FORMAT: &str = "tk1";
/// The platform part of the AAD, so that a dashboard may use one key for several platforms.
const PLATFORM: &str = "tiktok";
/// Bytes of an AES-GCM nonce, random per value.
const NONCE_LEN: usize = 12;
/// The longest text that is sealed, in bytes. TikTok's tokens and upload URLs are a few hundred.
const MAX_CLEAR: usize = 32 * 1024;
/// The longest sealed text that is looked at.
pub(super) const MAX_SEALED: usize = 96 * 1024;

/// What a value is sealed for. Each has a key of its own, so that none opens as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Access and refresh tokens.
    Token,
    /// The state of a sign-in, kept in a cookie.
    Login,
    /// Upload URLs in the publish journal.
    Journal,
}

impl Purpose {
    /// The derivation label. Part of the format.
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Token => b"toklink/token/1",
            Self::Login => b"toklink/login/1",
            Self::Journal => b"toklink/journal/1",
        }
    }
}

/// Where a sealed value lives. It opens only with the same context, so no value can be moved to another row,
/// column, workspace or app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealContext<'a> {
    /// What the value is for.
    pub purpose: Purpose,
    /// The TikTok app.
    pub client_key: &'a str,
    /// The tenant (workspace) that owns the row; empty when the host has none.
    pub tenant: &'a str,
    /// The TikTok account.
    pub open_id: &'a str,
    /// The column, for example `access_token`.
    pub field: &'a str,
}

impl SealContext<'_> {
    /// The authenticated data: every part with its length in front, so that no two contexts share one encoding.
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

/// Seals and opens. Share it by reference or in an `Arc`; it is used from any thread.
pub struct Vault {
    /// Never empty: a key ring has at least one key.
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
    /// A vault that seals with the first key of `keys` and opens with all. `accept_legacy` also opens tokens in
    /// the dashboard's old format, which is bound to no row: switch it off once all rows are resealed.
    #[must_use]
    pub fn new(keys: KeyRing, accept_legacy: bool) -> Self {
        Self { keys: keys.into_keys().into_iter().map(SealingKey::new).collect(), accept_legacy }
    }

    /// Seals `clear` for `context`. Two sealings of one value differ.
    ///
    /// # Errors
    /// `InvalidInput` when the value is over 32 kibibytes; `Internal` when there is no randomness.
    pub fn seal(&self, context: &SealContext<'_>, clear: &Secret) -> Result<String> {
        if clear.expose().len() > MAX_CLEAR {
            return Err(Error::invalid("the value is over 32 KiB, longer than any token; it was not sealed"));
        }
        let key = self.keys.first().ok_or_else(|| Error::bug("the key ring is empty"))?;
        let nonce = random::bytes::<NONCE_LEN>()?;
        let payload = Payload { msg: clear.expose().as_bytes(), aad: &context.aad() };
        let sealed = key
            .cipher(context.purpose)
            .encrypt(&(*nonce).into(), payload)
            .map_err(|_| Error::bug("the cipher refused a value"))?;
        let body = URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat());
        Ok(format!("{FORMAT}.{}.{body}", key.master.kid))
    }

    /// Opens a value sealed for exactly this `context`.
    ///
    /// # Errors
    /// `Integrity` for everything else: clear text, another context, an unknown key, a changed or cut value, the
    /// old format while it is not accepted.
    pub fn open(&self, context: &SealContext<'_>, sealed: &str) -> Result<Secret> {
        self.open_as(context, sealed, self.accept_legacy)
    }

    /// Opens a value that is only compared or exported, so that the old format opens even while it is not accepted.
    ///
    /// # Errors
    /// `Integrity` as [`open`](Self::open).
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
                "the value is in the dashboard's old format, which is not accepted; switch accept_legacy on until \
                 all rows are resealed",
            ));
        }
        self.keys.iter().find_map(|key| old.open(key.master.raw())).ok_or_else(damaged)
    }

    /// The value sealed anew when it is in the old format or under an older key, or `None` when it is current.
    ///
    /// # Errors
    /// As [`open`](Self::open): a value that does not open is never resealed.
    pub fn reseal(&self, context: &SealContext<'_>, sealed: &str) -> Result<Option<String>> {
        let clear = self.open(context, sealed)?;
        if self.is_current(sealed) { Ok(None) } else { self.seal(context, &clear).map(Some) }
    }

    /// Encrypts `clear` in the dashboard's old format under the first key, which the dashboard has to read it with.
    ///
    /// # Errors
    /// `Internal` when there is no randomness.
    pub(crate) fn seal_legacy(&self, clear: &Secret) -> Result<String> {
        let key = self.keys.first().ok_or_else(|| Error::bug("the key ring is empty"))?;
        legacy::seal(key.master.raw(), clear)
    }

    /// Returns the value in the dashboard's old format under the first key, or `None` when it already is.
    ///
    /// # Errors
    /// `Integrity` for a value that does not open.
    pub(crate) fn to_legacy(&self, context: &SealContext<'_>, sealed: &str) -> Result<Option<String>> {
        let first = self.keys.first().ok_or_else(|| Error::bug("the key ring is empty"))?;
        if legacy::Sealed::parse(sealed).is_some_and(|old| old.open(first.master.raw()).is_some()) {
            return Ok(None);
        }
        self.seal_legacy(&self.open_either(context, sealed)?).map(Some)
    }

    /// True when the text has the shape of the dashboard's old format.
    pub(crate) fn is_legacy(sealed: &str) -> bool {
        sealed.len() <= MAX_SEALED && legacy::Sealed::parse(sealed).is_some()
    }

    /// The names of the keys, the sealing one first.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.master.kid.as_str())
    }

    /// The name of the key that a sealed value needs, whether or not it is configured; `None` for the old format, which
    /// names none, and for what is not sealed.
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
                    "the value was sealed with a key that is not configured; add the old key to \
                     TOKEN_ENCRYPTION_KEYS after the new one",
                )
            })?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| damaged())?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
        let payload = Payload { msg: ciphertext, aad: &context.aad() };
        let clear = key.cipher(context.purpose).decrypt(&(*nonce).into(), payload).map_err(|_| damaged())?;
        into_secret(clear).ok_or_else(damaged)
    }
}

/// Text out of decrypted bytes; the buffer is wiped when they are not text.
pub(super) fn into_secret(bytes: Vec<u8>) -> Option<Secret> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(Secret::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            None
        }
    }
}

fn integrity(message: &str) -> Error {
    Error::new(ErrorKind::Integrity, message)
}

fn not_sealed() -> Error {
    integrity(
        "not a sealed value; nothing stored in clear text is ever used: encrypt tokens with toklink reseal \
         --accept-clear-text, or connect the account again",
    )
}

fn damaged() -> Error {
    integrity(
        "the sealed value does not open: it was changed, cut, moved from another row, column or workspace, or \
         sealed with another key; restore it or connect the account again",
    )
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
