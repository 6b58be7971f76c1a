//! Hexadecimal text and random bytes.

pub(crate) mod hex;
pub(crate) mod random;
