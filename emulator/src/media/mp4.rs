//! MP4 and MOV: finds the `moov` box among the bytes that pass and reads the video track in it.

use super::{Facts, Index, number};

/// A larger index is not read.
const MAX_MOOV: u64 = 4 * 1024 * 1024;
/// Sample entries of H.264, H.265, VP8 and VP9 (docs/tiktok-api.md 5.10).
const CODECS: [&[u8]; 8] = [b"avc1", b"avc3", b"hvc1", b"hev1", b"dvh1", b"dvhe", b"vp08", b"vp09"];

/// Walks the boxes at the top level.
#[derive(Debug, Clone, Default)]
pub(super) struct Scan {
    /// Bytes of the current box header that have come.
    header: Vec<u8>,
    /// Bytes of the current box that are still to come.
    left: u64,
    in_moov: bool,
    moov: Vec<u8>,
}

impl Scan {
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                if self.in_moov {
                    self.moov.extend_from_slice(&bytes[..here]);
                }
                self.left -= here as u64;
                bytes = &bytes[here..];
                continue;
            }
            self.header.push(bytes[0]);
            bytes = &bytes[1..];
            self.open();
        }
    }

    /// Enters the box once its header is complete.
    fn open(&mut self) {
        let header = &self.header;
        let Some(short) = number(header, 0, 4).filter(|_| header.len() >= 8) else { return };
        let (size, length) = match short {
            // To the end of the file.
            0 => (u64::MAX, 8),
            1 if header.len() < 16 => return,
            1 => (number(header, 8, 8).unwrap_or(u64::MAX), 16),
            size => (size, 8),
        };
        // A box smaller than its own header is no box: nothing after it can be trusted.
        self.left = size.checked_sub(length).unwrap_or(u64::MAX);
        self.in_moov = header[4..8] == *b"moov" && self.moov.is_empty() && self.left <= MAX_MOOV;
        self.header.clear();
    }

    /// The first video track, if the index has come and can be read.
    pub(super) fn index(&self) -> Option<Index> {
        if self.moov.is_empty() || (self.in_moov && self.left > 0) {
            return None;
        }
        let is_fragmented = child(&self.moov, *b"mvex").is_some();
        let tracks = boxes(&self.moov).filter(|(kind, _)| kind == b"trak");
        let mut media = tracks.filter_map(|(_, track)| child(track, *b"mdia"));
        let video = media.find(|mdia| child(mdia, *b"hdlr").and_then(|h| h.get(8..12)) == Some(b"vide"))?;
        track(video, is_fragmented)
    }
}

fn track(mdia: &[u8], is_fragmented: bool) -> Option<Index> {
    let header = child(mdia, *b"mdhd")?;
    let (scale, length) = if header.first() == Some(&1) {
        (number(header, 20, 4)?, number(header, 24, 8)?)
    } else {
        (number(header, 12, 4)?, number(header, 16, 4)?)
    };
    let table = child(child(mdia, *b"minf")?, *b"stbl")?;
    // Version, flags and entry count come first.
    let (codec, entry) = boxes(child(table, *b"stsd")?.get(8..)?).next()?;
    let side = |at| number(entry, at, 2).and_then(|side| i64::try_from(side).ok());
    let frames = child(table, *b"stts").map(frames);
    let duration_ms = length.checked_mul(1000)?.checked_div(scale).and_then(|ms| i64::try_from(ms).ok());
    let frame_rate = frames
        .and_then(|frames| frames.checked_mul(scale)?.checked_mul(100)?.checked_div(length))
        .and_then(|rate| i64::try_from(rate).ok());
    Some(Index {
        codec_is_supported: CODECS.contains(&codec.as_slice()),
        // The fragments of a fragmented file carry frames and length, not its index.
        facts: Facts {
            duration_ms: duration_ms.filter(|_| !is_fragmented),
            width: side(24),
            height: side(26),
        },
        frame_rate: frame_rate.filter(|_| !is_fragmented),
    })
}

/// Frames of a `stts` box: runs of (count, delta).
fn frames(stts: &[u8]) -> u64 {
    let runs = stts.get(8..).unwrap_or_default().chunks_exact(8);
    runs.filter_map(|run| number(run, 0, 4)).fold(0, u64::saturating_add)
}

fn child(parent: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    boxes(parent).find(|(found, _)| *found == kind).map(|(_, body)| body)
}

/// The boxes in `bytes`, up to the first that is malformed.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = usize::try_from(number(bytes, 0, 4)?).ok()?;
        let kind = bytes.get(4..8)?.try_into().ok()?;
        let body = bytes.get(8..size)?;
        bytes = &bytes[size..];
        Some((kind, body))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_in_any_pieces_are_survived() {
        let mut state = 7_u32;
        for length in 0..600 {
            let mut scan = Scan::default();
            let bytes: Vec<u8> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24).to_be_bytes()[3]
                })
                .collect();
            let framed = [&8_u32.saturating_add(length).to_be_bytes(), b"moov".as_slice(), &bytes].concat();
            framed.chunks(1 + bytes.len() % 7).for_each(|piece| scan.take(piece));
            assert!(scan.index().is_none());
        }
    }
}
