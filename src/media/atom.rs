//! Boxes of the ISO base media format, located by their headers.

use super::bounded_reader::{BoundedReader, Fault, Missing, Parsed, be32, be64};
use std::io::{Read, Seek};

/// A box: its kind and the byte range of its content.
#[derive(Clone, Copy)]
pub(super) struct Atom {
    pub(super) kind: [u8; 4],
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Atom {
    /// Returns the whole file as a parent box.
    pub(super) fn file(size: u64) -> Self {
        Self { kind: *b"file", start: 0, end: size }
    }

    /// Returns the child box at offset `at`, or `None` at the end of this box.
    pub(super) fn child_at<R: Read + Seek>(
        &self,
        source: &mut BoundedReader<'_, R>,
        at: u64,
    ) -> Parsed<Option<Self>> {
        // A box has at least 8 bytes. QuickTime terminates some lists with fewer bytes, a zero.
        if self.end.saturating_sub(at) < 8 {
            return Ok(None);
        }
        let head = source.array::<8>(at)?;
        let kind = [head[4], head[5], head[6], head[7]];
        let (header, size) = match be32(&head, 0) {
            0 => (8, self.end - at),
            // The 64-bit size is cut off, so the box ends after the end of its parent.
            1 if self.end - at < 16 => (16, 16),
            1 => (16, be64(&source.array::<8>(at + 8)?, 0)),
            size => (8, u64::from(size)),
        };
        let end = at.checked_add(size).ok_or(Fault::Damaged)?;
        if size < header {
            return Err(Fault::Damaged);
        }
        if end > self.end {
            let missing = Missing::Box { kind, bytes: end - self.end };
            return Err(if self.end == source.size() { Fault::Truncated(missing) } else { Fault::Damaged });
        }
        Ok(Some(Self { kind, start: at + header, end }))
    }

    /// Calls `each` for every child box.
    pub(super) fn children<R: Read + Seek>(
        &self,
        source: &mut BoundedReader<'_, R>,
        mut each: impl FnMut(&mut BoundedReader<'_, R>, Atom) -> Parsed<()>,
    ) -> Parsed<()> {
        let mut at = self.start;
        while let Some(child) = self.child_at(source, at)? {
            at = child.end;
            each(source, child)?;
        }
        Ok(())
    }

    /// Returns the first `N` bytes of the box's content, padded with zeros.
    pub(super) fn head<const N: usize>(
        &self,
        source: &mut BoundedReader<'_, impl Read + Seek>,
    ) -> Parsed<[u8; N]> {
        let mut bytes = [0; N];
        let there = usize::try_from(self.end - self.start).unwrap_or(N).min(N);
        source.read_at(self.start, &mut bytes[..there])?;
        Ok(bytes)
    }
}
