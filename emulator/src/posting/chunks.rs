//! Checks the chunk sizes of `FILE_UPLOAD`, in MiB (docs/tiktok-api.md 5.7, C14).

use crate::wire::ApiError;

const MIB: u64 = 1024 * 1024;
const MIN_CHUNK: u64 = 5 * MIB;
const MAX_CHUNK: u64 = 64 * MIB;
const MAX_COUNT: u64 = 1000;
/// "Up to 4 GB", interpreted as `GiB` like the other sizes (docs/tiktok-api.md 5.10).
const MAX_SIZE: u64 = 4096 * MIB;

/// Checks that `video_size`, `chunk_size` and `total_chunk_count` are consistent.
pub(crate) fn check(size: u64, chunk: u64, count: u64) -> Result<(), ApiError> {
    const CHUNK: &str = "The chunk size is invalid";
    const COUNT: &str = "The total chunk count is invalid";
    if size == 0 || size > MAX_SIZE {
        return Err(ApiError::params("The video size is invalid"));
    }
    if chunk == 0 || chunk > size || chunk > MAX_CHUNK || (chunk < MIN_CHUNK && chunk != size) {
        return Err(ApiError::params(CHUNK));
    }
    if count == 0 || count > MAX_COUNT || count != size / chunk {
        return Err(ApiError::params(COUNT));
    }
    // For a file of 10 MiB and a chunk of 6 MiB, size / chunk is also 1, but a single chunk must contain the whole
    // file.
    if count == 1 && chunk != size {
        return Err(ApiError::params(CHUNK));
    }
    Ok(())
}

/// Returns the length of the chunk that starts at `first`; the last chunk includes the remainder.
pub(crate) fn chunk_len(first: u64, size: u64, chunk: u64, count: u64) -> u64 {
    let is_last = first / chunk.max(1) + 1 >= count;
    if is_last { size - first } else { chunk }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples_in_section_5_7_are_accepted() {
        for (size, chunk, count, last) in [
            (50_000_123, 10_000_000, 5, 10_000_123),
            (3_000_000, 3_000_000, 1, 3_000_000),
            (67_108_864, 67_108_864, 1, 67_108_864),
            (158_008_374, 5_242_880, 30, 5_964_854),
            (602_285_541, 67_108_864, 8, 132_523_493),
        ] {
            assert!(check(size, chunk, count).is_ok(), "{size}");
            assert_eq!(chunk_len((count - 1) * chunk, size, chunk, count), last);
        }
    }

    #[test]
    fn sizes_that_tiktok_rejected_in_production_are_invalid() {
        let message = |size, chunk, count| check(size, chunk, count).map_err(|e| e.message).unwrap_err();
        assert_eq!(message(602_285_541, 67_108_864, 9), "The total chunk count is invalid");
        assert_eq!(message(10 * MIB, 6 * MIB, 1), "The chunk size is invalid");
        assert_eq!(message(65 * MIB, 65 * MIB, 1), "The chunk size is invalid");
        assert_eq!(message(20 * MIB, 4 * MIB, 5), "The chunk size is invalid");
        assert_eq!(message(3 * MIB, MIB, 3), "The chunk size is invalid");
        assert_eq!(message(0, 0, 0), "The video size is invalid");
    }

    #[test]
    fn last_chunk_is_at_most_128_mib() {
        for size in (64 * MIB + 1..300 * MIB).step_by(999_983) {
            let count = size / MAX_CHUNK;
            if check(size, MAX_CHUNK, count).is_ok() {
                assert!(chunk_len((count - 1) * MAX_CHUNK, size, MAX_CHUNK, count) <= 128 * MIB);
            }
        }
    }
}
