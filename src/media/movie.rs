//! The index of an MP4 or MOV (`moov`): its tracks, their samples and their times.

use super::atom::Atom;
use super::bounded_reader::{BoundedReader, Fault, MAX_TRACKS, Parsed, be32, be64};
use super::times::{Edits, Span, Times};
use super::turn::Turn;
use super::video_info::VideoCodec;
use std::io::{Read, Seek};

/// A track of a movie.
#[derive(Default)]
pub(super) struct Track {
    pub(super) id: u32,
    handler: [u8; 4],
    pub(super) enabled: bool,
    pub(super) turn: Turn,
    pub(super) edits: Edits,
    /// The duration that the media header states, which may contradict the time table.
    pub(super) stated: Span,
    pub(super) times: Times,
    /// The number of samples according to the size table.
    pub(super) samples: u32,
    pub(super) codec: Option<VideoCodec>,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Track {
    pub(super) fn is_video(&self) -> bool {
        &self.handler == b"vide"
    }

    pub(super) fn is_sound(&self) -> bool {
        &self.handler == b"soun"
    }
}

/// The index of a movie.
#[derive(Default)]
pub(super) struct Movie {
    pub(super) stated: Span,
    pub(super) turn: Turn,
    /// The duration of a fragmented video, including all fragments, in the movie's timescale.
    pub(super) with_fragments: Option<u64>,
    /// True when fragments follow.
    pub(super) is_extended: bool,
    /// The duration of a sample whose fragment does not state one, by track.
    defaults: Vec<(u32, u32)>,
    pub(super) tracks: Vec<Track>,
}

impl Movie {
    pub(super) fn read<R: Read + Seek>(source: &mut BoundedReader<'_, R>, index: Atom) -> Parsed<Self> {
        let mut movie = Self::default();
        index.children(source, |source, atom| {
            match &atom.kind {
                b"mvhd" => {
                    let head = atom.head::<68>(source)?;
                    movie.stated = Span::read(&head);
                    movie.turn = Turn::read(&head[if head[0] == 1 { 48 } else { 36 }..]);
                }
                b"trak" if movie.tracks.len() == MAX_TRACKS => return Err(Fault::Endless),
                b"trak" => movie.tracks.push(read_track(source, atom)?),
                b"mvex" => {
                    movie.is_extended = true;
                    atom.children(source, |source, atom| movie.read_extension(source, atom))?;
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(movie)
    }

    fn read_extension<R: Read + Seek>(
        &mut self,
        source: &mut BoundedReader<'_, R>,
        atom: Atom,
    ) -> Parsed<()> {
        match &atom.kind {
            b"mehd" => {
                let head = atom.head::<12>(source)?;
                let units = if head[0] == 1 { be64(&head, 4) } else { u64::from(be32(&head, 4)) };
                self.with_fragments = Some(units).filter(|units| *units > 0);
            }
            b"trex" if self.defaults.len() < MAX_TRACKS => {
                let head = atom.head::<16>(source)?;
                self.defaults.push((be32(&head, 4), be32(&head, 12)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns the duration of a sample of `track` whose fragment does not state one; 0 when the index does not state
    /// one either.
    pub(super) fn default_of(&self, track: u32) -> u32 {
        self.defaults.iter().find(|(id, _)| *id == track).map_or(0, |(_, units)| *units)
    }
}

fn read_track<R: Read + Seek>(source: &mut BoundedReader<'_, R>, parent: Atom) -> Parsed<Track> {
    let mut track = Track::default();
    parent.children(source, |source, atom| {
        match &atom.kind {
            b"tkhd" => {
                let head = atom.head::<72>(source)?;
                track.enabled = head[3] & 1 == 1;
                track.id = be32(&head, if head[0] == 1 { 20 } else { 12 });
                track.turn = Turn::read(&head[if head[0] == 1 { 52 } else { 40 }..]);
            }
            b"edts" => atom.children(source, |source, atom| {
                if &atom.kind == b"elst" {
                    track.edits = Edits::read(source, atom)?;
                }
                Ok(())
            })?,
            b"mdia" => read_media(source, atom, &mut track)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(track)
}

fn read_media<R: Read + Seek>(
    source: &mut BoundedReader<'_, R>,
    parent: Atom,
    track: &mut Track,
) -> Parsed<()> {
    let mut tables = None;
    parent.children(source, |source, atom| {
        match &atom.kind {
            b"mdhd" => track.stated = Span::read(&atom.head::<32>(source)?),
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
        Some(tables) if track.is_video() || track.is_sound() => read_tables(source, tables, track),
        _ => Ok(()),
    }
}

fn read_tables<R: Read + Seek>(
    source: &mut BoundedReader<'_, R>,
    parent: Atom,
    track: &mut Track,
) -> Parsed<()> {
    parent.children(source, |source, atom| {
        match &atom.kind {
            b"stts" => track.times = Times::read(source, atom)?,
            // Both boxes state the number of samples at the same offset.
            b"stsz" | b"stz2" if track.is_video() => track.samples = be32(&atom.head::<12>(source)?, 8),
            b"stsd" if track.is_video() => {
                // The list starts with 8 bytes. Its first entry has its size, its kind and 24 more bytes before the
                // width and height.
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
