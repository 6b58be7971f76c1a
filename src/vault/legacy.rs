//! The dashboard's old format, `ivHex:tagHex:cipherHex`: AES-256-GCM with a 16-byte IV, an underived key, and no
//! authenticated data. Only an export writes this format, to prepare a return to the dashboard's old code.

use super::keyring::KEY_LEN;
use crate::encoding::{hex, random};
use crate::error::{Error, Result};
use crate::secret::Secret;
use aes_gcm::aead::Aead;
use aes_gcm::aead::consts::U16;
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, KeyInit};

const IV_LEN: usize = 16;
const TAG_LEN: usize = 16;

/// A parsed value of the old format.
pub(super) struct Sealed {
    iv: [u8; IV_LEN],
    /// The ciphertext followed by the tag, in the order that the cipher expects.
    body: Vec<u8>,
}

impl Sealed {
    /// Parses a value. Returns `None` when the text does not have the old format.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (iv, tag, cipher) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let iv = hex::decode(iv)?.as_slice().try_into().ok()?;
        let tag = hex::decode(tag).filter(|tag| tag.len() == TAG_LEN)?;
        let cipher = hex::decode(cipher).filter(|cipher| !cipher.is_empty())?;
        Some(Self { iv, body: [cipher.as_slice(), tag.as_slice()].concat() })
    }

    /// Returns the clear text, or `None` when `key` did not encrypt it.
    pub(super) fn open(&self, key: &[u8; KEY_LEN]) -> Option<Secret> {
        let cipher = AesGcm::<Aes256, U16>::new(&(*key).into());
        cipher.decrypt(&self.iv.into(), self.body.as_slice()).ok().and_then(Secret::from_utf8)
    }
}

/// Encrypts `clear` in the same way as the dashboard's old code.
pub(super) fn seal(key: &[u8; KEY_LEN], clear: &Secret) -> Result<String> {
    let iv = random::bytes::<IV_LEN>()?;
    let cipher = AesGcm::<Aes256, U16>::new(&(*key).into());
    let sealed = cipher
        .encrypt(&(*iv).into(), clear.expose().as_bytes())
        .map_err(|_| Error::bug("the cipher rejected a value"))?;
    let (body, tag) = sealed.split_at(sealed.len().saturating_sub(TAG_LEN));
    Ok(format!("{}:{}:{}", hex::encode(iv.as_slice()), hex::encode(tag), hex::encode(body)))
}
