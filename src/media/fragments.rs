//! Samples of a fragmented video. The index does not list them; each `moof` describes its own samples.

use super::atom::Atom;
use super::bounded_reader::{BoundedReader, Fault, Parsed, be32, be64};
use super::times::Count;
use std::io::{Cursor, Read, Seek};

/// Number of bytes of a sample table in one read.
const PIECE: usize = 4096;
/// A `moof` of up to this size is read completely; a larger one is read box by box.
const WHOLE: u64 = 16 * 1024;

/// The samples of one track, both from the index and from fragments.
#[derive(Default)]
pub(super) struct Counted {
    id: u32,
    /// The duration of a sample whose fragment does not state one.
    default: u32,
    pub(super) count: Count,
    /// Start of the first sample on the track's timeline.
    first: Option<u64>,
    /// End of the last sample on the track's timeline.
    end: u64,
}

impl Counted {
    /// Creates the counter, which starts with the samples that the index lists.
    pub(super) fn after(id: u32, default: u32, count: Count) -> Self {
        let first = (count.units > 0).then_some(0);
        Self { id, default, count, first, end: count.units }
    }

    /// Returns the duration of the track in its timescale; `None` without samples. When a fragment states its start,
    /// the duration includes samples without a duration and pauses.
    pub(super) fn units(&self) -> Option<u64> {
        let on_the_timeline = self.end.saturating_sub(self.first.unwrap_or(0));
        Some(self.count.units.max(on_the_timeline)).filter(|units| *units > 0)
    }
}

/// Adds the samples of a `moof` to their tracks.
pub(super) fn count<R: Read + Seek>(
    source: &mut BoundedReader<'_, R>,
    moof: Atom,
    tracks: &mut [Counted],
) -> Parsed<()> {
    let size = moof.end - moof.start;
    if size > WHOLE {
        return count_in(source, moof, tracks);
    }
    let mut bytes = vec![0; usize::try_from(size).map_err(|_| Fault::Damaged)?];
    source.read_at(moof.start, &mut bytes)?;
    let mut reader = Cursor::new(bytes);
    count_in(&mut BoundedReader::new(&mut reader, size), Atom { start: 0, end: size, ..moof }, tracks)
        .map_err(|fault| {
            // The file contains the whole `moof`, so a child that extends beyond it contradicts the headers.
            if matches!(fault, Fault::Truncated(_)) { Fault::Damaged } else { fault }
        })
}

fn count_in<R: Read + Seek>(
    source: &mut BoundedReader<'_, R>,
    moof: Atom,
    tracks: &mut [Counted],
) -> Parsed<()> {
    moof.children(
        source,
        |source, atom| {
            if &atom.kind == b"traf" { count_track(source, atom, tracks) } else { Ok(()) }
        },
    )
}

fn count_track<R: Read + Seek>(
    source: &mut BoundedReader<'_, R>,
    traf: Atom,
    tracks: &mut [Counted],
) -> Parsed<()> {
    let (mut track, mut each) = (None, 0);
    traf.children(source, |source, atom| {
        match &atom.kind {
            b"tfhd" => {
                let head = atom.head::<24>(source)?;
                let (flags, id) = (be32(&head, 0), be32(&head, 4));
                track = tracks.iter().position(|track| track.id == id);
                each = track.and_then(|n| tracks.get(n)).map_or(0, |track| track.default);
                if flags & 0x8 != 0 {
                    let before = if flags & 0x1 != 0 { 8 } else { 0 } + if flags & 0x2 != 0 { 4 } else { 0 };
                    each = be32(&head, 8 + before);
                }
            }
            b"tfdt" => {
                let head = atom.head::<12>(source)?;
                let start = if head[0] == 1 { be64(&head, 4) } else { u64::from(be32(&head, 4)) };
                if let Some(track) = track.and_then(|n| tracks.get_mut(n)) {
                    track.first = Some(track.first.map_or(start, |first| first.min(start)));
                    track.end = track.end.max(start);
                }
            }
            b"trun" => {
                if let Some(track) = track.and_then(|n| tracks.get_mut(n)) {
                    let before = track.count.units;
                    count_run(source, atom, each, &mut track.count)?;
                    track.end = track.end.saturating_add(track.count.units - before);
                }
            }
            _ => {}
        }
        Ok(())
    })
}

/// Adds the samples of a `trun`. Each entry of its table has up to four numbers; the duration is the first.
fn count_run<R: Read + Seek>(
    source: &mut BoundedReader<'_, R>,
    trun: Atom,
    each: u32,
    count: &mut Count,
) -> Parsed<()> {
    let head = trun.head::<8>(source)?;
    let (flags, samples) = (be32(&head, 0), be32(&head, 4));
    if flags & 0x100 == 0 {
        count.add(samples, each);
        return Ok(());
    }
    let before = 8 + if flags & 0x1 != 0 { 4 } else { 0 } + if flags & 0x4 != 0 { 4 } else { 0 };
    let entry = (flags & 0xf00).count_ones() as usize * 4;
    let mut at = trun.start.saturating_add(before);
    let end = at.saturating_add(u64::from(samples) * entry as u64).min(trun.end);
    let mut piece = [0; PIECE];
    while at < end {
        // Reads whole entries only, so that each read starts with a duration.
        let len = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE / entry * entry);
        source.read_at(at, &mut piece[..len])?;
        for entry in piece[..len].chunks_exact(entry) {
            count.add(1, be32(entry, 0));
        }
        at += len as u64;
    }
    Ok(())
}
