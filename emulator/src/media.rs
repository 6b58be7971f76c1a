//! What kind of file was uploaded, by its first bytes (docs/tiktok-api.md 5.10). Codec, frame rate and length are not looked at.

/// Bytes of the head of a file that the check needs.
pub(crate) const HEAD: usize = 64;

/// Whether the head belongs to MP4, MOV or WebM.
pub(crate) fn is_supported_container(head: &[u8]) -> bool {
    const EBML: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];
    const BOXES: [&[u8]; 7] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"];
    head.starts_with(&EBML) || head.get(4..8).is_some_and(|kind| BOXES.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_told_from_text() {
        assert!(is_supported_container(b"\0\0\0\x18ftypisom...."));
        assert!(is_supported_container(b"\0\0\0\x08wide\0\0\0\0mdat"));
        assert!(is_supported_container(&[0x1A, 0x45, 0xDF, 0xA3, 0, 0]));
        assert!(!is_supported_container(b"hello, I am a text file"));
        assert!(!is_supported_container(b""));
    }
}
