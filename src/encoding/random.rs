//! Random bytes from the operating system.

use crate::error::{Error, ErrorKind, Result};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

/// Returns `N` unpredictable bytes, which are wiped on drop.
///
/// # Errors
/// `Internal` when the operating system returns no random bytes; no weaker source is ever used.
pub(crate) fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    SysRng.try_fill_bytes(bytes.as_mut_slice()).map_err(no_randomness)?;
    Ok(bytes)
}

fn no_randomness(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(
        ErrorKind::Internal,
        "the operating system returned no random bytes, so no secret can be created; try again",
    )
    .with_source(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bytes_differ_and_a_source_failure_is_reported() {
        assert_ne!(bytes::<32>().unwrap(), bytes::<32>().unwrap());
        let error = no_randomness(std::io::Error::other("no device"));
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.message().contains("no random bytes"), "{error}");
    }
}
