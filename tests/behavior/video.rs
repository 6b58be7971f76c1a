//! Creates video files of any size: a small valid MP4, followed by padding.

#[path = "../../src/media/sample.rs"]
#[expect(dead_code, reason = "shared with the unit tests of the probe, which use more of it")]
mod sample;

use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// A file in its own directory, deleted on drop.
pub(crate) struct VideoFile {
    _dir: tempfile::TempDir,
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

/// Creates an MP4 of about `size` bytes that TikTok's rules allow.
pub(crate) fn mp4(size: usize) -> VideoFile {
    file("clip.mp4", &mp4_bytes(size))
}

/// Returns the contents of a file from [`mp4`].
pub(crate) fn mp4_bytes(size: usize) -> Vec<u8> {
    let mut bytes = sample::Sample { index_first: true, ..sample::Sample::default() }.mp4();
    let padding: Vec<u8> =
        (0_u32..).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).take(size).collect();
    bytes.extend(sample::atom(b"free", &[&padding]));
    bytes
}

pub(crate) fn file(name: &str, bytes: &[u8]) -> VideoFile {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let sha256 = Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    VideoFile { _dir: dir, path, size: bytes.len() as u64, sha256 }
}
