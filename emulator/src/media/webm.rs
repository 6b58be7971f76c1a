//! WebM: reads the video track from the head of the file.

use super::boxes::number;
use super::index::{Index, MediaInfo};

const EBML: u64 = 0x1A45_DFA3;
const DOC_TYPE: u64 = 0x4282;
const SEGMENT: u64 = 0x1853_8067;
const INFO: u64 = 0x1549_A966;
const TIMECODE_SCALE: u64 = 0x2A_D7B1;
const DURATION: u64 = 0x4489;
const TRACKS: u64 = 0x1654_AE6B;
const TRACK_ENTRY: u64 = 0xAE;
const CODEC_ID: u64 = 0x86;
const DEFAULT_DURATION: u64 = 0x23_E383;
const VIDEO: u64 = 0xE0;
const PIXEL_WIDTH: u64 = 0xB0;
const PIXEL_HEIGHT: u64 = 0xBA;
/// Allowed codecs by their Matroska names (docs/tiktok-api.md 5.10).
const CODECS: [&[u8]; 4] = [b"V_VP8", b"V_VP9", b"V_MPEG4/ISO/AVC", b"V_MPEGH/ISO/HEVC"];

/// Returns true if the file starts like a WebM file. A Matroska (MKV) file differs only in its document type, and
/// TikTok does not list it (docs/tiktok-api.md 5.10).
pub(super) fn is_webm(head: &[u8]) -> bool {
    let kind = child(head, EBML).and_then(|header| child(header, DOC_TYPE)).unwrap_or_default();
    kind.split(|byte| *byte == 0).next() == Some(b"webm")
}

/// Returns the first video track if the head contains it.
pub(super) fn index(head: &[u8]) -> Option<Index> {
    let segment = child(head, SEGMENT)?;
    let mut entries = elements(child(segment, TRACKS)?).filter(|(id, _)| *id == TRACK_ENTRY);
    let (_, entry) = entries.find(|(_, entry)| child(entry, VIDEO).is_some())?;
    let video = child(entry, VIDEO)?;
    let info = child(segment, INFO).unwrap_or_default();
    let scale = unsigned(info, TIMECODE_SCALE).unwrap_or(1_000_000);
    let frame_ns = unsigned(entry, DEFAULT_DURATION);
    let side = |id| unsigned(video, id).and_then(|side| i64::try_from(side).ok());
    Some(Index {
        codec_is_supported: CODECS.contains(&child(entry, CODEC_ID)?),
        media: MediaInfo {
            duration_ms: child(info, DURATION).and_then(|raw| milliseconds(raw, scale)),
            width: side(PIXEL_WIDTH),
            height: side(PIXEL_HEIGHT),
        },
        frame_rate: frame_ns
            .and_then(|ns| 100_000_000_000_u64.checked_div(ns))
            .and_then(|rate| i64::try_from(rate).ok()),
    })
}

/// Converts a float of 4 or 8 bytes in units of `scale` nanoseconds to milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "milliseconds of a video; `as` saturates"
)]
fn milliseconds(raw: &[u8], scale: u64) -> Option<i64> {
    let units = match raw.len() {
        4 => f64::from(f32::from_be_bytes(raw.try_into().ok()?)),
        8 => f64::from_be_bytes(raw.try_into().ok()?),
        _ => return None,
    };
    units.is_finite().then_some((units * scale as f64 / 1e6) as i64)
}

fn unsigned(parent: &[u8], id: u64) -> Option<u64> {
    let raw = child(parent, id).filter(|raw| raw.len() <= 8)?;
    number(raw, 0, raw.len())
}

fn child(parent: &[u8], id: u64) -> Option<&[u8]> {
    elements(parent).find(|(found, _)| *found == id).map(|(_, body)| body)
}

/// Iterates over the elements in `bytes`. Cuts off an element that extends beyond the head or has no known size.
fn elements(mut bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    std::iter::from_fn(move || {
        let id_length = vint_length(bytes)?;
        let id = number(bytes, 0, id_length)?;
        let rest = bytes.get(id_length..)?;
        let length = vint_length(rest)?;
        let mask = (1_u64 << (7 * length)) - 1;
        let size = number(rest, 0, length)? & mask;
        let body = rest.get(length..)?;
        let size = if size == mask { usize::MAX } else { usize::try_from(size).unwrap_or(usize::MAX) };
        let (body, next) = body.split_at(size.min(body.len()));
        bytes = next;
        Some((id, body))
    })
}

fn vint_length(bytes: &[u8]) -> Option<usize> {
    let zeros = usize::try_from(bytes.first()?.leading_zeros()).ok()?;
    (zeros < 8).then_some(zeros + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arbitrary_heads_never_panic() {
        for first in 0..=255_u8 {
            let head =
                [0x1A, 0x45, 0xDF, 0xA3, 0x80, 0x18, 0x53, 0x80, 0x67, first, 0x16, 0x54, 0xAE, 0x6B, first];
            assert!(index(&head).is_none());
        }
    }
}
