//! Encryption of stored tokens: AES-256-GCM with named keys, bound to the row and column of each value.
//!
//! A [`KeyRing`] contains the keys; a [`Vault`] encrypts and decrypts. No code path stores or returns a value that was
//! not encrypted: such a value is rejected.

mod keyring;
mod legacy;
mod sealed;

use crate::encoding::{hex, random};
use crate::error::Result;
use crate::secret::Secret;

pub use keyring::KeyRing;
pub use sealed::{Purpose, SealContext, Vault};

/// Returns a new random key as 64 hexadecimal digits, for the configuration of the encryption.
///
/// # Errors
/// `Internal` when the operating system returns no random bytes.
pub fn new_key() -> Result<Secret> {
    Ok(Secret::new(hex::encode(&*random::bytes::<32>()?)))
}
