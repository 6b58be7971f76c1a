//! MP4 and MOV: extracts the `moov` and `moof` boxes from the stream and reads their video track.

use super::boxes::{boxes, child, number};
use super::index::{Index, MediaInfo};
use super::samples::{Samples, fragment_samples};

/// Maximum size of an index that the parser reads, bytes.
const MAX_MOOV: u64 = 4 * 1024 * 1024;
/// Maximum size of a fragment description that the parser reads, bytes.
const MAX_MOOF: u64 = 1024 * 1024;
/// Sample entries of H.264, H.265, VP8 and VP9 (docs/tiktok-api.md 5.10).
const CODECS: [&[u8]; 8] = [b"avc1", b"avc3", b"hvc1", b"hev1", b"dvh1", b"dvhe", b"vp08", b"vp09"];
/// Box types that only occur at the top level of an MP4 or MOV.
const TOP_LEVEL: [&[u8]; 10] =
    [b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"wide", b"free", b"skip", b"pnot"];
/// Number of leading boxes to check. A file is an MP4 if one of them is in [`TOP_LEVEL`]; encoders may write their own
/// boxes first.
const MAX_FIRST: u8 = 8;

/// Parser for the boxes at the top level.
#[derive(Debug, Clone, Default)]
pub(super) struct Scan {
    /// Received bytes of the current box header.
    header: Vec<u8>,
    /// Remaining bytes of the current box.
    left: u64,
    part: Part,
    /// Content of the current `moof`.
    moof: Vec<u8>,
    moov: Vec<u8>,
    has_moov: bool,
    /// The video track, whose samples are counted in each fragment.
    video: Option<VideoTrack>,
    samples_of_fragments: Samples,
    boxes: u8,
    is_mp4: bool,
    is_segment: bool,
}

/// Properties of the track that are needed to read a fragment.
#[derive(Debug, Clone, Copy)]
struct VideoTrack {
    id: u64,
    /// Duration of a sample whose fragment does not specify one.
    default_delta: u64,
}

/// Type of the current box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    Moov,
    Moof,
    #[default]
    Other,
}

impl Scan {
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                match self.part {
                    Part::Moov => self.moov.extend_from_slice(&bytes[..here]),
                    Part::Moof => self.moof.extend_from_slice(&bytes[..here]),
                    Part::Other => {}
                }
                self.left -= here as u64;
                bytes = &bytes[here..];
                if self.left == 0 {
                    self.close();
                }
                continue;
            }
            self.header.push(bytes[0]);
            bytes = &bytes[1..];
            self.open();
        }
    }

    /// Opens the box once its header is complete.
    fn open(&mut self) {
        let header = &self.header;
        let Some(short) = number(header, 0, 4).filter(|_| header.len() >= 8) else { return };
        let (size, length) = match short {
            // The box extends to the end of the file.
            0 => (u64::MAX, 8),
            1 if header.len() < 16 => return,
            1 => (number(header, 8, 8).unwrap_or(u64::MAX), 16),
            size => (size, 8),
        };
        // A size below the header size is invalid, and nothing after it can be trusted.
        self.left = size.checked_sub(length).unwrap_or(u64::MAX);
        let kind = &header[4..8];
        if self.boxes < MAX_FIRST {
            self.boxes += 1;
            self.is_mp4 |= TOP_LEVEL.contains(&kind);
        }
        self.part = match kind {
            b"moov" if !self.has_moov && self.left <= MAX_MOOV => Part::Moov,
            b"moof" if self.left <= MAX_MOOF => Part::Moof,
            _ => Part::Other,
        };
        self.is_segment |= kind == b"moof" && !self.has_moov;
        self.has_moov |= kind == b"moov";
        self.moof.clear();
        self.header.clear();
    }

    /// Closes a complete box. Counts fragments immediately and parses the index only once, because a file can contain
    /// thousands of fragments.
    fn close(&mut self) {
        match (self.part, self.video) {
            (Part::Moov, _) => self.video = self.video_track(),
            (Part::Moof, Some(video)) => {
                fragment_samples(&self.moof, video.id, video.default_delta, &mut self.samples_of_fragments);
            }
            _ => {}
        }
    }

    /// Returns true if the file starts with boxes of an MP4 or MOV file.
    pub(super) fn is_mp4(&self) -> bool {
        self.is_mp4
    }

    /// Returns true if the file is an MP4 segment without an index, which no player accepts.
    pub(super) fn is_segment(&self) -> bool {
        self.is_segment
    }

    /// Returns the content of the first video track in the index.
    fn track(&self) -> Option<&[u8]> {
        boxes(&self.moov).filter(|(kind, _)| kind == b"trak").map(|(_, track)| track).find(|track| {
            let handler = child(track, *b"mdia").and_then(|media| child(media, *b"hdlr"));
            handler.and_then(|handler| handler.get(8..12)) == Some(b"vide")
        })
    }

    fn video_track(&self) -> Option<VideoTrack> {
        let header = child(self.track()?, *b"tkhd")?;
        let id = number(header, if header.first() == Some(&1) { 20 } else { 12 }, 4)?;
        let mut defaults =
            boxes(child(&self.moov, *b"mvex").unwrap_or_default()).filter(|(kind, _)| kind == b"trex");
        let default = defaults.find(|(_, body)| number(body, 4, 4) == Some(id));
        Some(VideoTrack { id, default_delta: default.and_then(|(_, body)| number(body, 12, 4)).unwrap_or(0) })
    }

    /// Returns the first video track if the index is complete and valid.
    pub(super) fn index(&self) -> Option<Index> {
        if self.part == Part::Moov && self.left > 0 {
            return None;
        }
        let track = self.track()?;
        let header = child(track, *b"tkhd").unwrap_or_default();
        let movie = child(&self.moov, *b"mvhd").unwrap_or_default();
        let media = child(track, *b"mdia")?;
        let (scale, stated) = timescale_and_duration(child(media, *b"mdhd")?)?;
        let table = child(child(media, *b"minf")?, *b"stbl")?;
        // Skip version, flags and entry count.
        let (codec, entry) = boxes(child(table, *b"stsd")?.get(8..)?).next()?;
        let mut samples = Samples::of_table(child(table, *b"stts").unwrap_or_default());
        let in_fragments = child(&self.moov, *b"mvex").is_some();
        samples.append(self.samples_of_fragments);
        // The header's duration is often wrong, so it is used only if no sample has a duration.
        let units = if samples.units() > 0 { samples.units() } else { stated };
        let mut duration_ms =
            units.checked_mul(1000)?.checked_div(scale).and_then(|ms| i64::try_from(ms).ok());
        if !in_fragments {
            duration_ms = edit_list_ms(track, movie).or(duration_ms);
        }
        let side = |at| number(entry, at, 2).and_then(|side| i64::try_from(side).ok());
        let (mut width, mut height) = (side(24), side(26));
        if is_rotated(movie, header) {
            (width, height) = (height, width);
        }
        Some(Index {
            codec_is_supported: CODECS.contains(&codec.as_slice()),
            media: MediaInfo {
                duration_ms: duration_ms.filter(|ms| *ms > 0 || !in_fragments),
                width,
                height,
            },
            frame_rate: samples.rate(scale),
        })
    }
}

/// Returns the timescale and the duration in an `mvhd` or `mdhd` box.
fn timescale_and_duration(header: &[u8]) -> Option<(u64, u64)> {
    if header.first() == Some(&1) {
        Some((number(header, 20, 4)?, number(header, 24, 8)?))
    } else {
        Some((number(header, 12, 4)?, number(header, 16, 4)?))
    }
}

/// Returns the total duration of a track's edit list in milliseconds, if every edit has a duration.
fn edit_list_ms(track: &[u8], movie: &[u8]) -> Option<i64> {
    let (scale, _) = timescale_and_duration(movie)?;
    let list = child(child(track, *b"edts")?, *b"elst")?;
    let wide = list.first() == Some(&1);
    let (entry, width) = if wide { (20, 8) } else { (12, 4) };
    let lengths = list.get(8..)?.chunks_exact(entry).map(|edit| number(edit, 0, width).unwrap_or(0));
    let mut units = 0_u64;
    for length in lengths {
        if length == 0 {
            return None;
        }
        units = units.saturating_add(length);
    }
    units.checked_mul(1000)?.checked_div(scale).and_then(|ms| i64::try_from(ms).ok()).filter(|ms| *ms > 0)
}

/// Returns true if the matrices of the movie and the track together rotate the picture by 90 degrees.
fn is_rotated(movie: &[u8], track: &[u8]) -> bool {
    let turns = |header: &[u8], short: usize, long: usize| {
        let at = if header.first() == Some(&1) { long } else { short };
        // The numbers are signed; only their magnitude matters here.
        let size = |n: usize| number(header, at + 4 * n, 4).map_or(0, |cell| cell.min((1 << 32) - cell));
        // The first two values are cosine and sine.
        size(1) > size(0)
    };
    turns(movie, 36, 48) != turns(track, 40, 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arbitrary_bytes_in_any_chunks_never_panic() {
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
