//! What kind of file came, read while its bytes pass (docs/tiktok-api.md 5.10). Nothing is decoded and little is kept: the
//! head, and of an MP4 the index.

mod mp4;
pub(crate) mod photo;
mod samples;
mod webm;

/// Bytes of the head that are kept: the index of a WebM and the frame header of a photo lie here.
const HEAD: usize = 64 * 1024;
/// Pixels on each side of a video (docs/tiktok-api.md 5.10).
const DIMENSIONS: std::ops::RangeInclusive<i64> = 360..=4_096;
/// Frames a second, in hundredths: a nominal 23.976 is written 24000/1001, and 59.94 or 60 are within (docs/tiktok-api.md 5.10).
const FRAME_RATE: std::ops::RangeInclusive<i64> = 2_300..=6_000;

/// What video/list shows of a file; `None` where it could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MediaInfo {
    pub(crate) duration_ms: Option<i64>,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
}

/// The index of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Index {
    codec_is_supported: bool,
    media: MediaInfo,
    /// Frames a second, in hundredths.
    frame_rate: Option<i64>,
}

/// Watches the bytes of one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Probe {
    head: Vec<u8>,
    mp4: mp4::Scan,
}

impl Probe {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        let room = HEAD - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.mp4.take(bytes);
    }

    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// What the file is, or the `fail_reason` (docs/tiktok-api.md 5.8). Without `strict` a file of the right container
    /// passes even if its index cannot be read, so that a test may upload a few bytes.
    pub(crate) fn check(&self, strict: bool, max_duration_sec: i64) -> Result<MediaInfo, &'static str> {
        const FORMAT: Result<MediaInfo, &str> = Err("file_format_check_failed");
        let is_webm = webm::is_webm(&self.head);
        if !is_webm && (!self.mp4.is_mp4() || self.mp4.is_segment()) {
            return FORMAT;
        }
        let index = if is_webm { webm::index(&self.head) } else { self.mp4.index() };
        let Some(index) = index else { return if strict { FORMAT } else { Ok(MediaInfo::default()) } };
        let media = index.media;
        if !index.codec_is_supported {
            return FORMAT;
        }
        if index.frame_rate.is_some_and(|rate| !FRAME_RATE.contains(&rate)) {
            return Err("frame_rate_check_failed");
        }
        if [media.width, media.height].into_iter().flatten().any(|side| !DIMENSIONS.contains(&side)) {
            return Err("picture_size_check_failed");
        }
        let max_ms = max_duration_sec.saturating_mul(1000);
        if media.duration_ms.is_some_and(|length| length <= 0 || length > max_ms) {
            return Err("duration_check_failed");
        }
        Ok(media)
    }
}

/// A big-endian number of up to eight bytes; 0 bytes beyond the end count as absent.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let end = at.checked_add(length)?;
    Some(bytes.get(at..end)?.iter().fold(0, |all, byte| (all << 8) | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_refused(bytes: &[u8]) -> bool {
        let mut probe = Probe::default();
        probe.take(bytes);
        probe.check(false, 600).is_err()
    }

    #[test]
    fn containers_are_told_from_text() {
        assert!(!is_refused(b"\0\0\0\x18ftypisom...."));
        assert!(!is_refused(b"\0\0\0\x08wide\0\0\0\0mdat"));
        assert!(!is_refused(b"\0\0\0\x0aXMKR..\0\0\0\x08ftyp"));
        assert!(is_refused(b"\0\0\0\x0aXMKR..\0\0\0\x08DATA"));
        assert!(is_refused(b"hello, I am a text file"));
        assert!(is_refused(b""));
    }

    #[test]
    fn webm_is_known_by_its_document_type() {
        let head = |kind: &[u8]| [&[0x1A, 0x45, 0xDF, 0xA3, 0x8B, 0x42, 0x82, 0x88][..], kind].concat();
        assert!(!is_refused(&head(b"webm\0\0\0\0")));
        assert!(is_refused(&head(b"matroska")));
        assert!(is_refused(&[0x1A, 0x45, 0xDF, 0xA3, 0, 0]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn changed_headers_never_panic(
            in_fragments: bool,
            piece in 1_usize..2000,
            changes in prop::collection::vec((0_usize..1200, any::<u8>()), 1..8),
        ) {
            let (mut bytes, head) = if in_fragments {
                (include_bytes!("../../../tests/media/files/m26-styp-then-init.mp4").to_vec(), 0)
            } else {
                (include_bytes!("../../../tests/media/files/m8-60fps-2s.mp4").to_vec(), 4040)
            };
            for (at, to) in changes {
                let at = head + at % (bytes.len() - head);
                bytes[at] = [0, 1, 0x7F, 0xFF, to][usize::from(to) % 5];
            }
            let mut probe = Probe::default();
            bytes.chunks(piece).for_each(|piece| probe.take(piece));
            let _ = probe.check(true, 600);
        }
    }
}
