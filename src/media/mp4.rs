//! Parses MP4 and MOV (ISO base media) by walking over the box headers and reading a few numbers in the index (`moov`).
//! Only headers and time tables are read, so the index may have any size and be at either end of the file.

use super::atom::Atom;
use super::bounded_reader::{BoundedReader, Fault, Missing, Parsed};
use super::lengths::Lengths;
use super::movie::{Movie, Track};
use super::video_info::{Container, VideoInfo};
use std::io::{Read, Seek};

/// Maximum number of top-level boxes that are read. A ten-minute video with one fragment per frame has about 60,000.
const MAX_BOXES: u32 = 100_000;
/// Maximum number of boxes of unknown kinds before the first one that identifies an MP4.
const MAX_BEFORE: u32 = 16;

/// Returns true for the kinds of boxes that occur at the top level of a file.
pub(super) fn is_top_level(kind: [u8; 4]) -> bool {
    matches!(
        &kind,
        b"ftyp"
            | b"styp"
            | b"moov"
            | b"moof"
            | b"mdat"
            | b"free"
            | b"skip"
            | b"wide"
            | b"pnot"
            | b"uuid"
            | b"sidx"
            | b"ssix"
            | b"emsg"
            | b"prft"
            | b"pdin"
            | b"mfra"
            | b"meta"
            | b"udta"
    )
}

/// Returns true for the brands of photo formats, which use the same boxes as videos.
fn is_photo(brand: [u8; 4]) -> bool {
    matches!(&brand, b"heic" | b"heix" | b"heif" | b"mif1" | b"msf1" | b"avif" | b"avis")
}

/// Returns true when the file starts with the boxes of an MP4 or MOV. Old MOV files have no `ftyp`, and some files
/// start with boxes of unknown kinds.
pub(super) fn is_mp4<R: Read + Seek>(source: &mut BoundedReader<'_, R>) -> Parsed<bool> {
    let file = Atom::file(source.size());
    let mut at = 0;
    for _ in 0..MAX_BEFORE {
        let (head, _) = source.up_to::<8>(at)?;
        let kind = [head[4], head[5], head[6], head[7]];
        if is_top_level(kind) {
            return Ok(true);
        }
        if !kind.iter().all(u8::is_ascii_graphic) {
            return Ok(false);
        }
        match file.child_at(source, at) {
            Ok(Some(atom)) => at = atom.end,
            Err(fault @ (Fault::Unseen | Fault::Io(_))) => return Err(fault),
            _ => return Ok(false),
        }
    }
    Ok(false)
}

/// Returns the container of a file when only its start is available.
pub(super) fn container_of<R: Read + Seek>(source: &mut BoundedReader<'_, R>) -> Parsed<Container> {
    let file = Atom::file(source.size());
    let mut at = 0;
    for _ in 0..MAX_BEFORE {
        match file.child_at(source, at) {
            Ok(Some(atom)) if is_brand(atom.kind) => return Ok(container(Some(atom.head::<4>(source)?))),
            Ok(Some(atom)) => at = atom.end,
            Err(fault @ Fault::Io(_)) => return Err(fault),
            _ => break,
        }
    }
    Ok(container(None))
}

/// Returns true when a box of this kind names the brand of the file.
fn is_brand(kind: [u8; 4]) -> bool {
    matches!(&kind, b"ftyp" | b"styp")
}

fn container(brand: Option<[u8; 4]>) -> Container {
    if matches!(brand, None | Some([b'q', b't', b' ', b' '])) { Container::Mov } else { Container::Mp4 }
}

/// Results of the walk over the top-level boxes.
#[derive(Default)]
struct Walk {
    brand: Option<[u8; 4]>,
    movie: Option<Movie>,
    has_media: bool,
    lengths: Lengths,
}

pub(super) fn parse<R: Read + Seek>(source: &mut BoundedReader<'_, R>) -> Parsed<VideoInfo> {
    let walk = Walk::over(source)?;
    let movie = match (walk.movie, walk.brand) {
        (Some(movie), _) if walk.has_media || walk.lengths.is_unseen => movie,
        (Some(_), _) => return Err(Fault::Truncated(Missing::Media)),
        (None, Some(brand)) if is_photo(brand) => return Err(Fault::Foreign("a picture")),
        // Without the index, the file cannot be played: the recording or the copy stopped before the index was written.
        (None, _) => {
            return Err(Fault::Truncated(if walk.has_media { Missing::Index } else { Missing::Media }));
        }
    };
    info(VideoInfo::new(container(walk.brand), source.size()), &movie, &walk.lengths)
}

impl Walk {
    /// Walks to the end of the file. The last box shows whether the file is truncated.
    fn over<R: Read + Seek>(source: &mut BoundedReader<'_, R>) -> Parsed<Self> {
        let file = Atom::file(source.size());
        let mut walk = Self::default();
        let mut at = 0;
        for _ in 0..MAX_BOXES {
            let found = file.child_at(source, at).and_then(|atom| {
                let Some(atom) = atom else { return Ok(None) };
                walk.lengths.is_unseen |= source.is_unseen(atom.end);
                walk.take(source, atom)?;
                Ok(Some(atom.end))
            });
            match found {
                Ok(Some(end)) => at = end,
                Ok(None) => {
                    if !walk.lengths.is_unseen && is_cut_header(source.up_to::<8>(at)?.0) {
                        return Err(Fault::Truncated(Missing::Header));
                    }
                    walk.lengths.is_complete = true;
                    return Ok(walk);
                }
                // The index is enough to check the video, even if the remaining bytes are not available.
                Err(Fault::Unseen) if walk.movie.is_some() => {
                    walk.lengths.is_unseen = true;
                    return Ok(walk);
                }
                Err(Fault::Endless) if walk.movie.is_some() => return Ok(walk),
                // Tags, the trailing bytes of a web form and data appended by cameras are not boxes. Players ignore
                // them.
                Err(fault) if walk.movie.is_some() && walk.has_media && is_trailer(&fault) => {
                    walk.lengths.is_complete = true;
                    return Ok(walk);
                }
                Err(fault) => return Err(fault),
            }
        }
        if walk.movie.is_none() { Err(Fault::Endless) } else { Ok(walk) }
    }

    fn take<R: Read + Seek>(&mut self, source: &mut BoundedReader<'_, R>, atom: Atom) -> Parsed<()> {
        match &atom.kind {
            kind if is_brand(*kind) && self.brand.is_none() => self.brand = Some(atom.head::<4>(source)?),
            b"moov" if self.movie.is_none() => {
                let movie = Movie::read(source, atom)?;
                self.lengths.start(&movie);
                self.movie = Some(movie);
            }
            b"mdat" => self.has_media = true,
            b"sidx" => self.lengths.take_index(source, atom)?,
            b"moof" if self.movie.is_none() => return Err(Fault::Segment),
            b"moof" => self.lengths.take_fragment(source, atom)?,
            _ => {}
        }
        Ok(())
    }
}

/// Returns true when the unreadable bytes are arbitrary data instead of a truncated box.
fn is_trailer(fault: &Fault) -> bool {
    match fault {
        Fault::Truncated(Missing::Box { kind, .. }) => !is_top_level(*kind),
        Fault::Damaged => true,
        _ => false,
    }
}

/// Returns true when `tail`, the last bytes of a file (fewer than eight, padded with zeros), is the start of a header.
/// The size in a header starts with a zero byte; other data after a video does not. Zeros alone are not a header,
/// because some old MOV files end a list with them.
fn is_cut_header(tail: [u8; 8]) -> bool {
    tail[0] == 0 && tail != [0; 8]
}

fn info(mut info: VideoInfo, movie: &Movie, lengths: &Lengths) -> Parsed<VideoInfo> {
    info.has_audio = Some(movie.tracks.iter().any(Track::is_sound));
    let videos = || movie.tracks.iter().enumerate().filter(|(_, track)| track.is_video());
    // Players show the first enabled track.
    let (n, track) =
        videos().find(|(_, track)| track.enabled).or_else(|| videos().next()).ok_or(Fault::NoVideo)?;
    info.duration_ms = lengths.duration(movie, n);
    info.frame_rate = lengths.rate(n, track);
    info.variable_frame_rate = track.times.varies;
    info.rotation = track.turn.degrees_with(movie.turn);
    let (width, height) = if matches!(info.rotation, 90 | 270) {
        (track.height, track.width)
    } else {
        (track.width, track.height)
    };
    info.width = Some(width).filter(|pixels| *pixels > 0);
    info.height = Some(height).filter(|pixels| *pixels > 0);
    info.video_codec.clone_from(&track.codec);
    Ok(info)
}

#[cfg(test)]
#[path = "mp4_tests.rs"]
mod tests;
