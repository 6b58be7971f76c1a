//! Randomness of the operating system.

use crate::error::{Error, ErrorKind, Result};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

/// `N` unpredictable bytes, wiped on drop.
///
/// # Errors
/// `Internal` when the operating system gives none; nothing is ever made from a weaker source.
pub(crate) fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    SysRng.try_fill_bytes(bytes.as_mut_slice()).map_err(|source| {
        Error::new(
            ErrorKind::Internal,
            "the operating system gave no random bytes, so no secret can be made safely; try again",
        )
        .with_source(source)
    })?;
    Ok(bytes)
}
