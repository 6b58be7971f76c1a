//! The length of a video in fragments, whose index counts nothing: the sum over the fragments' own headers.

use super::atom::Atom;
use super::source::{Parsed, Source, be32};
use std::io::{Read, Seek};

/// Bytes of a table of samples that are read at once.
const PIECE: usize = 1024;

/// What a sample takes when its fragment does not say, by track.
#[derive(Default)]
pub(super) struct Defaults(Vec<(u32, u32)>);

impl Defaults {
    /// Takes the head of a `trex`.
    pub(super) fn add(&mut self, head: &[u8]) {
        self.0.push((be32(head, 4), be32(head, 12)));
    }

    /// The units of a sample of `track`; 0 when nothing says.
    pub(super) fn of(&self, track: u32) -> u32 {
        self.0.iter().find(|(id, _)| *id == track).map_or(0, |(_, units)| *units)
    }
}

/// What the fragments hold of one track.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) samples: u32,
    /// In the track's timescale.
    pub(super) units: u64,
}

impl Counted {
    fn add(&mut self, samples: u32, units: u64) {
        self.samples = self.samples.saturating_add(samples);
        self.units = self.units.saturating_add(units);
    }
}

/// Adds up the samples of `track` in `moofs`; `default` is what a sample takes when its fragment does not say.
pub(super) fn count<R: Read + Seek>(
    source: &mut Source<'_, R>,
    moofs: &[Atom],
    track: u32,
    default: u32,
) -> Parsed<Counted> {
    let mut counted = Counted::default();
    for moof in moofs {
        moof.children(source, |source, atom| {
            if &atom.kind == b"traf" { count_run(source, atom, track, default, &mut counted) } else { Ok(()) }
        })?;
    }
    Ok(counted)
}

fn count_run<R: Read + Seek>(
    source: &mut Source<'_, R>,
    traf: Atom,
    track: u32,
    default: u32,
    counted: &mut Counted,
) -> Parsed<()> {
    let (mut mine, mut each) = (false, default);
    traf.children(source, |source, atom| {
        match &atom.kind {
            b"tfhd" => {
                let head = atom.head::<24>(source)?;
                mine = be32(&head, 4) == track;
                let flags = be32(&head, 0);
                if flags & 0x8 != 0 {
                    let before = if flags & 0x1 != 0 { 8 } else { 0 } + if flags & 0x2 != 0 { 4 } else { 0 };
                    each = be32(&head, 8 + before);
                }
            }
            b"trun" if mine => {
                let head = atom.head::<8>(source)?;
                let (flags, samples) = (be32(&head, 0), be32(&head, 4));
                let units = if flags & 0x100 == 0 {
                    u64::from(samples) * u64::from(each)
                } else {
                    table(source, atom, flags, samples)?
                };
                counted.add(samples, units);
            }
            _ => {}
        }
        Ok(())
    })
}

/// The sum of the durations in a `trun`; its entries hold up to four numbers, the duration first.
fn table<R: Read + Seek>(source: &mut Source<'_, R>, trun: Atom, flags: u32, samples: u32) -> Parsed<u64> {
    let before = 8 + if flags & 0x1 != 0 { 4 } else { 0 } + if flags & 0x4 != 0 { 4 } else { 0 };
    let entry = (flags & 0xf00).count_ones() as usize * 4;
    let wanted = u64::from(samples) * entry as u64;
    let mut at = trun.start.saturating_add(before);
    let end = at.saturating_add(wanted).min(trun.end);
    let (mut sum, mut piece) = (0_u64, [0; PIECE]);
    while at < end {
        // Whole entries only, so that each piece begins with a duration.
        let len = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE / entry * entry);
        source.read_at(at, &mut piece[..len])?;
        for entry in piece[..len].chunks_exact(entry) {
            sum = sum.saturating_add(u64::from(be32(entry, 0)));
        }
        at += len as u64;
    }
    Ok(sum)
}
