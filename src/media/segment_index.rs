//! The segment index of an MP4 (`sidx`), which states the duration of a video even when not all of its fragments were
//! read.

use super::atom::Atom;
use super::bounded_reader::{BoundedReader, Parsed, be32, be64};
use super::times::Span;
use std::io::{Read, Seek};

/// Size of one reference in bytes, and number of bytes of references in one read.
const REFERENCE: usize = 12;
const PIECE: usize = 340 * REFERENCE;

/// Returns the total duration of the segments of a `sidx`. `None` when they are only a part of the file, for example of
/// a file joined from segments that each have an index.
pub(super) fn read<R: Read + Seek>(source: &mut BoundedReader<'_, R>, sidx: Atom) -> Parsed<Option<Span>> {
    let head = sidx.head::<32>(source)?;
    let (offset, before) =
        if head[0] == 1 { (be64(&head, 20), 32) } else { (u64::from(be32(&head, 16)), 24) };
    let references = u64::from(be32(&head, before - 4) & 0xffff);
    let mut covered = sidx.end.saturating_add(offset);
    let mut units = 0_u64;
    let mut at = sidx.start.saturating_add(before as u64);
    let end = at.saturating_add(references * REFERENCE as u64).min(sidx.end);
    let mut piece = [0; PIECE];
    while at < end {
        let len = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
        source.read_at(at, &mut piece[..len])?;
        for reference in piece[..len].chunks_exact(REFERENCE) {
            // The highest bit shows whether the reference points to media or to another index.
            covered = covered.saturating_add(u64::from(be32(reference, 0) & 0x7fff_ffff));
            units = units.saturating_add(u64::from(be32(reference, 4)));
        }
        at += len as u64;
    }
    // At most a table of contents (`mfra`) follows the last segment, and it is far smaller than the segments.
    let is_whole = covered >= source.size() - source.size() / 16;
    Ok(Some(Span { timescale: be32(&head, 8), units: Some(units) }).filter(|_| is_whole && units > 0))
}
