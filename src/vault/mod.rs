//! Tokens at rest: AES-256-GCM under named keys, bound to the row and column they belong to.
//!
//! A [`KeyRing`] holds the keys, a [`Vault`] seals and opens. There is no path that stores or returns clear text:
//! a value that was not sealed does not open.

pub(crate) mod hex;
mod keyring;
mod legacy;
pub(crate) mod random;
mod sealed;

pub use keyring::KeyRing;
pub use sealed::{Purpose, SealContext, Vault};
