//! Encryption of stored tokens: AES-256-GCM with named keys, bound to the row and column of each value.
//!
//! A [`KeyRing`] contains the keys; a [`Vault`] encrypts and decrypts. No code path stores or returns clear text: a value that is
//! not encrypted is rejected.

pub(crate) mod hex;
mod keyring;
mod legacy;
pub(crate) mod random;
mod sealed;

pub use keyring::KeyRing;
pub use sealed::{Purpose, SealContext, Vault};
