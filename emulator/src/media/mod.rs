//! Checks media files as their bytes arrive (docs/tiktok-api.md 5.10). The checks decode nothing, and store only the
//! start of a file and the index of an MP4.

mod boxes;
mod index;
mod mp4;
pub(crate) mod photo;
mod samples;
mod webm;

pub(crate) use index::MediaInfo;

/// Number of bytes kept from the start of a file. They include a WebM's index and a photo's frame header.
const HEAD: usize = 64 * 1024;
/// Allowed width and height of a video, pixels (docs/tiktok-api.md 5.10).
const DIMENSIONS: std::ops::RangeInclusive<i64> = 360..=4_096;
/// Allowed frame rate in 1/100 fps. A nominal 23.976 fps is stored as 24000/1001; 59.94 and 60 are allowed too
/// (docs/tiktok-api.md 5.10).
const FRAME_RATE: std::ops::RangeInclusive<i64> = 2_300..=6_000;

/// Inspects the bytes of one file.
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

    /// Returns the properties of the file.
    ///
    /// Without `strict`, a file in an allowed container passes even if its index cannot be read, so that tests can
    /// upload a few bytes.
    ///
    /// # Errors
    ///
    /// Returns the `fail_reason` (docs/tiktok-api.md 5.8) if the file is not allowed.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_rejected(bytes: &[u8]) -> bool {
        let mut probe = Probe::default();
        probe.take(bytes);
        probe.check(false, 600).is_err()
    }

    #[test]
    fn text_file_is_rejected_as_a_video() {
        assert!(!is_rejected(b"\0\0\0\x18ftypisom...."));
        assert!(!is_rejected(b"\0\0\0\x08wide\0\0\0\0mdat"));
        assert!(!is_rejected(b"\0\0\0\x0aXMKR..\0\0\0\x08ftyp"));
        assert!(is_rejected(b"\0\0\0\x0aXMKR..\0\0\0\x08DATA"));
        assert!(is_rejected(b"hello, I am a text file"));
        assert!(is_rejected(b""));
    }

    #[test]
    fn webm_is_detected_by_its_document_type() {
        let head = |kind: &[u8]| [&[0x1A, 0x45, 0xDF, 0xA3, 0x8B, 0x42, 0x82, 0x88][..], kind].concat();
        assert!(!is_rejected(&head(b"webm\0\0\0\0")));
        assert!(is_rejected(&head(b"matroska")));
        assert!(is_rejected(&[0x1A, 0x45, 0xDF, 0xA3, 0, 0]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn mutated_headers_never_cause_a_panic(
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
