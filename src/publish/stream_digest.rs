//! Computes the digest of a stream for the fingerprint of a publish.

use crate::encoding::hex;
use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Number of bytes at the start of a stream that its digest covers.
const MARK_BYTES: u64 = 1024 * 1024;
const DIGEST_PREFIX: &str = "stream-";

/// Returns true for the digest of a stream.
pub(super) fn is_of_a_stream(content_digest: &str) -> bool {
    content_digest.starts_with(DIGEST_PREFIX)
}

/// Returns the length and a digest of the start of a stream. The same bytes have the same digest, so they continue the
/// same publish when they are supplied again.
pub(super) fn of_start(start: &mut impl Read, length: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    start.take(MARK_BYTES).read_to_end(&mut bytes)?;
    Ok(format!("{DIGEST_PREFIX}{length}-{}", hex::encode(&Sha256::digest(&bytes)[..16])))
}
