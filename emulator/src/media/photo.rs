//! Photos: detects JPEG and `WebP` and reads their dimensions (docs/tiktok-api.md 5.10).

use super::boxes::number;

/// Maximum length of the longer and the shorter side, pixels (docs/tiktok-api.md 5.10).
const MAX_SIDES: (u64, u64) = (1_920, 1_080);

/// Checks the head of a photo. Returns the `fail_reason` as the error. Does not check dimensions that lie beyond the
/// head.
pub(crate) fn check(head: &[u8]) -> Result<(), &'static str> {
    let size = if head.starts_with(&[0xFF, 0xD8, 0xFF]) {
        jpeg_size(head)
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        webp_size(head)
    } else {
        return Err("file_format_check_failed");
    };
    match size {
        Some((width, height)) if width.max(height) > MAX_SIDES.0 || width.min(height) > MAX_SIDES.1 => {
            Err("picture_size_check_failed")
        }
        _ => Ok(()),
    }
}

/// Returns the dimensions from the first start-of-frame segment.
fn jpeg_size(head: &[u8]) -> Option<(u64, u64)> {
    let mut at = 2;
    loop {
        if *head.get(at)? != 0xFF {
            return None;
        }
        let marker = *head.get(at + 1)?;
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            return Some((number(head, at + 7, 2)?, number(head, at + 5, 2)?));
        }
        at += 2 + usize::try_from(number(head, at + 2, 2)?).ok()?;
    }
}

/// Returns the dimensions from the first chunk: lossy, lossless or extended.
fn webp_size(head: &[u8]) -> Option<(u64, u64)> {
    let little = |at: usize, length: usize| {
        let bytes = head.get(at..at + length)?;
        Some(bytes.iter().rev().fold(0_u64, |all, byte| (all << 8) | u64::from(*byte)))
    };
    match head.get(12..16)? {
        b"VP8 " => Some((little(26, 2)? & 0x3FFF, little(28, 2)? & 0x3FFF)),
        b"VP8L" => little(21, 4).map(|bits| ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)),
        b"VP8X" => Some((little(24, 3)? + 1, little(27, 3)? + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let [w, h] = [width.to_be_bytes(), height.to_be_bytes()];
        [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC0, 0, 11, 8][..], &h, &w, &[3]].concat()
    }

    #[test]
    fn photo_up_to_1080p_passes_in_both_orientations() {
        assert_eq!(check(&jpeg(1080, 1920)), Ok(()));
        assert_eq!(check(&jpeg(1920, 1080)), Ok(()));
        assert_eq!(check(&jpeg(1200, 1200)), Err("picture_size_check_failed"));
        assert_eq!(check(b"\x89PNG\r\n"), Err("file_format_check_failed"));
    }
}
