//! Divides an upload into chunks (docs/tiktok-api.md 5.7).
//!
//! TikTok does not state whether 1 MB means 1,000,000 or 1,048,576 bytes, so every plan satisfies the rules for both.

use crate::error::{Error, Result};
use crate::media::{EMPTY_FILE, MAX_VIDEO_SIZE};
use std::ops::Range;

/// The largest file that is sent as one chunk, in bytes (docs/tiktok-api.md 5.7: 64 MB, where 1 MB is 1,000,000 bytes).
const SINGLE_LIMIT: u64 = 64_000_000;

/// The chunk size of larger files, in bytes (docs/tiktok-api.md 5.7). A file has at most 381 chunks, far fewer than the
/// limit of 1000, and the last chunk is smaller than 21 MB, so little has to be sent again when a chunk is lost.
const CHUNK_SIZE: u64 = 10_485_760;

/// The smallest chunk of a file with several chunks, in bytes (docs/tiktok-api.md 5.7: 5 MB, where 1 MB is
/// 1,048,576 bytes).
const LEAST_CHUNK_SIZE: u64 = 5_242_880;

/// The chunks of a file. Each has `chunk_size` bytes, except for the last chunk, which also contains the remainder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkPlan {
    video_size: u64,
    chunk_size: u64,
    total_chunk_count: u64,
}

impl ChunkPlan {
    /// Returns the plan for a file of `size` bytes.
    ///
    /// # Errors
    /// `InvalidInput` when the file is empty or larger than [`MAX_VIDEO_SIZE`].
    pub fn for_size(size: u64) -> Result<Self> {
        if size == 0 {
            return Err(Error::invalid(EMPTY_FILE));
        }
        if size > MAX_VIDEO_SIZE {
            return Err(Error::invalid(format!(
                "the file has {size} bytes, but TikTok accepts at most 4,000,000,000 (4 GB); export a smaller file"
            )));
        }
        let chunk_size = if size <= SINGLE_LIMIT { size } else { CHUNK_SIZE };
        Ok(Self { video_size: size, chunk_size, total_chunk_count: size / chunk_size })
    }

    /// Returns the plan for `size` bytes that can be read only once. Each chunk has at most 10,485,759 bytes, because a
    /// chunk stays in memory until TikTok has received it.
    ///
    /// # Errors
    /// As for [`ChunkPlan::for_size`].
    pub fn for_stream(size: u64) -> Result<Self> {
        let plan = Self::for_size(size)?;
        let count = (size / LEAST_CHUNK_SIZE).max(1);
        // Distributes the bytes evenly, so that the last chunk, which contains the remainder, is only slightly larger.
        Ok(Self { chunk_size: size / count, total_chunk_count: count, ..plan })
    }

    /// Returns the original plan of an upload, as recorded in its journal.
    ///
    /// # Errors
    /// `InvalidInput` unless the three numbers are consistent: the count is at least 1 and equals the size divided by
    /// the chunk size, rounded down.
    pub fn restored(video_size: u64, chunk_size: u64, total_chunk_count: u64) -> Result<Self> {
        let fits = chunk_size > 0 && total_chunk_count > 0 && total_chunk_count == video_size / chunk_size;
        if !fits || video_size > MAX_VIDEO_SIZE {
            return Err(Error::invalid("the stored upload plan is damaged; start the upload again"));
        }
        Ok(Self { video_size, chunk_size, total_chunk_count })
    }

    /// Returns the size of the file in bytes.
    #[must_use]
    pub const fn video_size(&self) -> u64 {
        self.video_size
    }

    /// Returns the size in bytes of every chunk except the last one, which is at least as large.
    #[must_use]
    pub const fn chunk_size(&self) -> u64 {
        self.chunk_size
    }

    /// Returns the number of chunks, at least 1.
    #[must_use]
    pub const fn total_chunk_count(&self) -> u64 {
        self.total_chunk_count
    }

    /// Returns the byte range of chunk `index`, counted from 0; `None` after the last chunk.
    #[must_use]
    pub fn chunk(&self, index: u64) -> Option<Range<u64>> {
        if index >= self.total_chunk_count {
            return None;
        }
        let start = index * self.chunk_size;
        let end = if index + 1 == self.total_chunk_count { self.video_size } else { start + self.chunk_size };
        Some(start..end)
    }

    /// Returns the `Content-Range` of chunk `index`: `bytes first-last/total`, where `last` is inclusive. `None` after
    /// the last chunk.
    #[must_use]
    pub fn content_range(&self, index: u64) -> Option<String> {
        let Range { start, end } = self.chunk(index)?;
        Some(format!("bytes {start}-{}/{}", end - 1, self.video_size))
    }

    /// Returns the index of the chunk that contains the byte at `offset`; `None` at or after the end of the file.
    #[must_use]
    pub fn chunk_at(&self, offset: u64) -> Option<u64> {
        (offset < self.video_size).then(|| (offset / self.chunk_size).min(self.total_chunk_count - 1))
    }

    /// Returns the index of the chunk that starts at `offset`, or the number of chunks when `offset` is the end of the
    /// file; `None` when no chunk starts there. The result shows how to interpret the `Content-Range` of a response
    /// (docs/tiktok-api.md 5.7).
    #[must_use]
    pub fn boundary(&self, offset: u64) -> Option<u64> {
        if offset == self.video_size {
            return Some(self.total_chunk_count);
        }
        self.chunk_at(offset).filter(|index| index * self.chunk_size == offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Checks the rules of docs/tiktok-api.md 5.7, where 1 MB is `mb` bytes.
    fn check(plan: &ChunkPlan, size: u64, mb: u64) {
        let (chunk, count) = (plan.chunk_size(), plan.total_chunk_count());
        let last = size - chunk * (count - 1);
        assert_eq!(plan.video_size(), size);
        assert_eq!(count, size / chunk, "the count is rounded down");
        assert!((1..=1000).contains(&count));
        assert_eq!(count == 1, chunk == size, "one chunk if and only if it is the file");
        assert!(chunk <= 64 * mb, "chunk at most 64 MB");
        assert!(
            chunk >= 5 * mb || (count == 1 && chunk == size),
            "chunk at least 5 MB, unless it is the file"
        );
        assert!(last <= 128 * mb, "last chunk at most 128 MB");
        assert!(size <= 64 * mb || count > 1, "over 64 MB needs several chunks");
    }

    fn plan(size: u64) -> ChunkPlan {
        ChunkPlan::for_size(size).unwrap()
    }

    #[test]
    fn sizes_around_a_limit_satisfy_both_meanings_of_mb() {
        let borders =
            [1, 5_000_000, 5_242_880, 64_000_000, 67_108_864, 128_000_000, 134_217_728, MAX_VIDEO_SIZE];
        let multiples = (6..=381).map(|count| count * CHUNK_SIZE);
        for border in borders.into_iter().chain(multiples) {
            for size in border.saturating_sub(2).max(1)..=(border + 2).min(MAX_VIDEO_SIZE) {
                check(&plan(size), size, 1_000_000);
                check(&plan(size), size, 1_048_576);
            }
        }
    }

    #[test]
    fn stream_chunks_are_small_and_satisfy_both_meanings_of_mb() {
        let multiples = (1..=762).map(|count| count * LEAST_CHUNK_SIZE);
        for border in multiples.chain([1, 64_000_000, 67_108_864, MAX_VIDEO_SIZE]) {
            for size in border.saturating_sub(2).max(1)..=(border + 2).min(MAX_VIDEO_SIZE) {
                check_stream(size);
            }
        }
        assert_eq!(ChunkPlan::for_stream(MAX_VIDEO_SIZE).unwrap().total_chunk_count(), 762);
        assert!(ChunkPlan::for_stream(0).is_err() && ChunkPlan::for_stream(MAX_VIDEO_SIZE + 1).is_err());
    }

    fn check_stream(size: u64) {
        let plan = ChunkPlan::for_stream(size).unwrap();
        check(&plan, size, 1_000_000);
        check(&plan, size, 1_048_576);
        let last = plan.chunk(plan.total_chunk_count() - 1).unwrap();
        assert!(last.end == size && last.end - last.start < 10_485_760, "{size}");
    }

    #[test]
    fn empty_or_oversized_file_is_rejected() {
        for bad in [0, MAX_VIDEO_SIZE + 1, u64::MAX] {
            let error = ChunkPlan::for_size(bad).unwrap_err();
            assert_eq!(error.kind(), crate::error::ErrorKind::InvalidInput);
        }
        assert!(ChunkPlan::for_size(0).unwrap_err().message().contains("empty"));
        assert_eq!(plan(MAX_VIDEO_SIZE).total_chunk_count(), 381);
    }

    #[test]
    fn chunk_plan_matches_the_documented_examples() {
        let small = plan(3_000_000);
        assert_eq!((small.chunk_size(), small.total_chunk_count()), (3_000_000, 1));
        assert_eq!(small.content_range(0).unwrap(), "bytes 0-2999999/3000000");
        let large = plan(64_000_001);
        assert_eq!((large.chunk_size(), large.total_chunk_count()), (10_485_760, 6));
        assert_eq!(large.content_range(5).unwrap(), "bytes 52428800-64000000/64000001");
        assert_eq!((large.chunk(6), large.content_range(6)), (None, None));
    }

    #[test]
    fn only_chunk_boundaries_are_accepted_as_stored_bytes() {
        let plan = plan(70_000_000);
        assert_eq!(plan.boundary(0), Some(0));
        assert_eq!(plan.boundary(10_485_760), Some(1));
        assert_eq!(plan.boundary(10_485_759), None);
        assert_eq!(plan.boundary(62_914_560), None, "inside the last chunk, which contains the remainder");
        assert_eq!(plan.boundary(70_000_000), Some(6));
        assert_eq!(plan.boundary(70_000_001), None);
    }

    #[test]
    fn damaged_stored_plan_is_rejected() {
        let plan = plan(70_000_000);
        assert_eq!(ChunkPlan::restored(70_000_000, 10_485_760, 6).unwrap(), plan);
        for (size, chunk, count) in
            [(0, 0, 0), (0, 1, 0), (10, 0, 1), (10, 3, 4), (10, 11, 0), (u64::MAX, 1, u64::MAX)]
        {
            assert!(ChunkPlan::restored(size, chunk, count).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn every_allowed_size_satisfies_both_meanings_of_mb(size in 1..=MAX_VIDEO_SIZE) {
            check(&plan(size), size, 1_000_000);
            check(&plan(size), size, 1_048_576);
        }

        #[test]
        fn every_allowed_stream_size_satisfies_the_chunk_rules(size in 1..=MAX_VIDEO_SIZE) {
            check_stream(size);
        }

        #[test]
        fn sizes_around_the_single_chunk_limit_satisfy_chunk_rules(size in 1..=200_000_000u64) {
            check(&plan(size), size, 1_000_000);
            check(&plan(size), size, 1_048_576);
        }

        #[test]
        fn chunks_cover_the_file_once_and_in_order(size in 1..=MAX_VIDEO_SIZE) {
            let plan = plan(size);
            let mut next = 0;
            for index in 0..plan.total_chunk_count() {
                let chunk = plan.chunk(index).unwrap();
                prop_assert_eq!(chunk.start, next);
                prop_assert!(chunk.end > chunk.start);
                prop_assert_eq!(plan.chunk_at(chunk.start), Some(index));
                prop_assert_eq!(plan.chunk_at(chunk.end - 1), Some(index));
                prop_assert_eq!(plan.boundary(chunk.start), Some(index));
                next = chunk.end;
            }
            prop_assert_eq!(next, size);
            prop_assert_eq!(plan.chunk_at(size), None);
        }
    }
}
