//! Reads MP4 boxes and big-endian numbers.

/// Reads a big-endian number of up to eight bytes. Returns `None` if the number extends beyond the end of `bytes`.
pub(super) fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let end = at.checked_add(length)?;
    Some(bytes.get(at..end)?.iter().fold(0, |all, byte| (all << 8) | u64::from(*byte)))
}

pub(super) fn child(parent: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    boxes(parent).find(|(found, _)| *found == kind).map(|(_, body)| body)
}

/// Iterates over the boxes in `bytes`, up to the first invalid one.
pub(super) fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = usize::try_from(number(bytes, 0, 4)?).ok()?;
        let kind = bytes.get(4..8)?.try_into().ok()?;
        let body = bytes.get(8..size)?;
        bytes = &bytes[size..];
        Some((kind, body))
    })
}
