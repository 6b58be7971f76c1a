//! MP4 and MOV (ISO base media): a walk over box headers, and a few numbers out of the index (`moov`). Only
//! headers are read, so the index may be of any size and stand at either end.

use super::atom::Atom;
use super::fragments::{self, Defaults};
use super::probe::{Container, VideoCodec, VideoInfo, rounded};
use super::source::{Fault, Parsed, Source, be32, be64};
use std::io::{Read, Seek};

/// Top-level boxes looked at after the index was found: to see that the file is complete. A video in fragments
/// has two per fragment.
const MAX_AFTER_INDEX: u32 = 4096;

/// Entries of the table of times looked at, enough to see whether the rate varies, and the bytes of each.
const TIMES: usize = 512;
const TIME_BYTES: usize = 8;

/// Whether a file may begin with a box of this kind; old MOV files have no `ftyp`.
pub(super) fn is_first_box(kind: &[u8]) -> bool {
    matches!(kind, b"ftyp" | b"moov" | b"mdat" | b"free" | b"skip" | b"wide" | b"pnot")
}

/// Time as the file counts it.
#[derive(Clone, Copy, Default)]
struct Span {
    timescale: u32,
    /// `None` when the file says that it does not know.
    units: Option<u64>,
}

impl Span {
    /// From `mvhd` or `mdhd`, whose first fields are alike.
    fn read(head: &[u8]) -> Self {
        let (timescale, units) = if head.first() == Some(&1) {
            (be32(head, 20), Some(be64(head, 24)).filter(|units| *units != u64::MAX))
        } else {
            (be32(head, 12), Some(be32(head, 16)).filter(|units| *units != u32::MAX).map(u64::from))
        };
        Self { timescale, units: units.filter(|units| *units > 0) }
    }

    fn millis(self) -> Option<u64> {
        let millis = u128::from(self.units?) * 1000;
        u64::try_from(millis.checked_div(u128::from(self.timescale))?).ok()
    }
}

#[derive(Default)]
struct Track {
    id: u32,
    handler: [u8; 4],
    enabled: bool,
    rotation: u16,
    time: Span,
    samples: u32,
    variable: Option<bool>,
    codec: Option<VideoCodec>,
    width: u32,
    height: u32,
}

#[derive(Default)]
struct Movie {
    time: Span,
    /// Of a video in fragments.
    fragments: Option<u64>,
    in_fragments: bool,
    defaults: Defaults,
    tracks: Vec<Track>,
}

pub(super) fn parse<R: Read + Seek>(source: &mut Source<'_, R>) -> Parsed<VideoInfo> {
    let file = Atom::file(source.size());
    let (mut brand, mut index, mut pictures, mut after) = (None, None, false, 0);
    let mut moofs = Vec::new();
    let (mut at, mut unseen) = (0, false);
    // Walked to the end: a file that was cut short shows it by its last box.
    loop {
        let atom = match file.child_at(source, at) {
            // With the index the video can be judged, whatever the bytes to come hold.
            Err(Fault::Unseen) if index.is_some() => {
                unseen = true;
                break;
            }
            found => found?,
        };
        let Some(atom) = atom else { break };
        at = atom.end;
        unseen |= source.is_unseen(at);
        match &atom.kind {
            b"ftyp" if brand.is_none() => brand = Some(atom.head::<4>(source)?),
            b"moov" if index.is_none() => index = Some(atom),
            b"mdat" => pictures = true,
            b"moof" => moofs.push(atom),
            _ => {}
        }
        after += u32::from(index.is_some());
        if after > MAX_AFTER_INDEX {
            break;
        }
    }
    let complete = after <= MAX_AFTER_INDEX && !unseen;
    if !unseen && (!pictures || (complete && source.up_to::<8>(at)?.0 != [0; 8])) {
        return Err(Fault::Truncated);
    }
    // Without the index nothing can be played: the recording or the copy stopped before it was written.
    let mut movie = read_movie(source, index.ok_or(Fault::Truncated)?)?;
    // The index of a video in fragments counts no samples: each fragment has its own share of it.
    if unseen && !moofs.is_empty() {
        // The fragments to come count too: only a length that is stated for them all is known.
        movie.time.units = None;
        movie.tracks.iter_mut().for_each(|track| track.time.units = None);
    } else if complete && !moofs.is_empty() {
        movie.in_fragments = true;
        for track in movie.tracks.iter_mut().filter(|track| &track.handler == b"vide") {
            let counted = fragments::count(source, &moofs, track.id, movie.defaults.of(track.id))?;
            track.samples = track.samples.saturating_add(counted.samples);
            track.time.units =
                Some(track.time.units.unwrap_or(0).saturating_add(counted.units)).filter(|u| *u > 0);
        }
    }
    let container =
        if matches!(brand, None | Some([b'q', b't', b' ', b' '])) { Container::Mov } else { Container::Mp4 };
    info(VideoInfo::new(container, source.size()), movie)
}

fn info(mut info: VideoInfo, movie: Movie) -> Parsed<VideoInfo> {
    info.has_audio = Some(movie.tracks.iter().any(|track| &track.handler == b"soun"));
    let fragments = Span { units: movie.fragments, ..movie.time }.millis();
    let mut videos: Vec<Track> = movie.tracks.into_iter().filter(|track| &track.handler == b"vide").collect();
    if videos.is_empty() {
        return Err(Fault::NoVideo);
    }
    // Players show the first enabled one.
    let track = videos.swap_remove(videos.iter().position(|track| track.enabled).unwrap_or(0));
    info.duration_ms = if movie.in_fragments {
        // The header of the movie may speak of the part before the first fragment only.
        movie.time.millis().max(fragments).max(track.time.millis())
    } else {
        movie.time.millis().or(fragments).or_else(|| track.time.millis())
    };
    info.frame_rate = frame_rate(&track);
    info.variable_frame_rate = track.variable;
    info.rotation = track.rotation;
    let (width, height) = if matches!(track.rotation, 90 | 270) {
        (track.height, track.width)
    } else {
        (track.width, track.height)
    };
    info.width = Some(width).filter(|pixels| *pixels > 0);
    info.height = Some(height).filter(|pixels| *pixels > 0);
    info.video_codec = track.codec;
    Ok(info)
}

/// The average over the track.
#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
fn frame_rate(track: &Track) -> Option<f64> {
    let units = track.time.units? as f64;
    rounded(f64::from(track.samples) * f64::from(track.time.timescale) / units)
}

fn read_movie<R: Read + Seek>(source: &mut Source<'_, R>, index: Atom) -> Parsed<Movie> {
    let mut movie = Movie::default();
    index.children(source, |source, atom| {
        match &atom.kind {
            b"mvhd" => movie.time = Span::read(&atom.head::<32>(source)?),
            b"trak" => movie.tracks.push(read_track(source, atom)?),
            b"mvex" => atom.children(source, |source, atom| {
                match &atom.kind {
                    b"mehd" => {
                        let head = atom.head::<12>(source)?;
                        let units = if head[0] == 1 { be64(&head, 4) } else { u64::from(be32(&head, 4)) };
                        movie.fragments = Some(units).filter(|units| *units > 0);
                    }
                    b"trex" => movie.defaults.add(&atom.head::<16>(source)?),
                    _ => {}
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(movie)
}

fn read_track<R: Read + Seek>(source: &mut Source<'_, R>, parent: Atom) -> Parsed<Track> {
    let mut track = Track::default();
    parent.children(source, |source, atom| {
        match &atom.kind {
            b"tkhd" => {
                let head = atom.head::<100>(source)?;
                track.enabled = head[3] & 1 == 1;
                track.id = be32(&head, if head[0] == 1 { 20 } else { 12 });
                track.rotation =
                    rotation(head.get(if head[0] == 1 { 52.. } else { 40.. }).unwrap_or_default());
            }
            b"mdia" => read_media(source, atom, &mut track)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(track)
}

/// How a player turns the pictures: the first two numbers of the matrix are its cosine and sine.
fn rotation(matrix: &[u8]) -> u16 {
    match (be32(matrix, 0).cast_signed().signum(), be32(matrix, 4).cast_signed().signum()) {
        (0, 1) => 90,
        (-1, 0) => 180,
        (0, -1) => 270,
        _ => 0,
    }
}

fn read_media<R: Read + Seek>(source: &mut Source<'_, R>, parent: Atom, track: &mut Track) -> Parsed<()> {
    let mut tables = None;
    parent.children(source, |source, atom| {
        match &atom.kind {
            b"mdhd" => track.time = Span::read(&atom.head::<32>(source)?),
            b"hdlr" => {
                let head = atom.head::<12>(source)?;
                track.handler.copy_from_slice(&head[8..12]);
            }
            b"minf" => atom.children(source, |_, atom| {
                if &atom.kind == b"stbl" {
                    tables = Some(atom);
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    match tables {
        Some(tables) if &track.handler == b"vide" => read_tables(source, tables, track),
        _ => Ok(()),
    }
}

fn read_tables<R: Read + Seek>(source: &mut Source<'_, R>, parent: Atom, track: &mut Track) -> Parsed<()> {
    parent.children(source, |source, atom| {
        match &atom.kind {
            // Both say the number of samples at the same place.
            b"stsz" | b"stz2" => track.samples = be32(&atom.head::<12>(source)?, 8),
            b"stts" => track.variable = varies(source, atom)?,
            b"stsd" => {
                // After 8 bytes of the list: the first entry's size, kind and 24 bytes, then its width and height.
                let head = atom.head::<44>(source)?;
                if be32(&head, 4) > 0 {
                    track.codec = codec(&head[12..16]);
                    let sides = be32(&head, 40);
                    (track.width, track.height) = (sides >> 16, sides & 0xffff);
                }
            }
            _ => {}
        }
        Ok(())
    })
}

/// Whether some pictures are shown for much longer than others, by the first entries of the table of times: each says
/// for how many samples in a row which time holds. The last picture counts for nothing, since writers round it.
fn varies<R: Read + Seek>(source: &mut Source<'_, R>, table: Atom) -> Parsed<Option<bool>> {
    let start = table.start + 8;
    let there = table.end.saturating_sub(start) / TIME_BYTES as u64;
    let count = u64::from(be32(&table.head::<8>(source)?, 4)).min(there);
    let mut entries = [0; TIMES * TIME_BYTES];
    let looked_at = usize::try_from(count).unwrap_or(TIMES).min(TIMES);
    let entries = &mut entries[..looked_at * TIME_BYTES];
    source.read_at(start, entries)?;
    let (mut shortest, mut longest) = (u32::MAX, 0);
    for (n, entry) in entries.chunks_exact(TIME_BYTES).enumerate() {
        let (samples, time) = (be32(entry, 0), be32(entry, 4));
        let is_last = n as u64 + 1 == count;
        if n == 0 || !is_last || samples > 1 {
            (shortest, longest) = (shortest.min(time), longest.max(time));
        }
    }
    Ok((looked_at > 0).then(|| u64::from(longest) * 2 > u64::from(shortest) * 3))
}

fn codec(kind: &[u8]) -> Option<VideoCodec> {
    Some(match kind {
        b"avc1" | b"avc2" | b"avc3" | b"avc4" | b"dva1" | b"dvav" => VideoCodec::H264,
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => VideoCodec::H265,
        b"vp08" => VideoCodec::Vp8,
        b"vp09" => VideoCodec::Vp9,
        _ if kind.iter().all(|b| b.is_ascii_graphic() || *b == b' ') => {
            VideoCodec::Other(String::from_utf8_lossy(kind).trim_end().to_owned())
        }
        _ => return None,
    })
}
