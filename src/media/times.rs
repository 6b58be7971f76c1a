//! Durations of a track's samples: according to its time table (`stts`), and as its edit list (`elst`) shows them.

use super::atom::Atom;
use super::bounded_reader::{BoundedReader, Parsed, be32, be64};
use super::video_info::rounded;
use std::io::{Read, Seek};

/// Maximum number of entries, of 8 bytes each, in a time table that is read. It is enough for 30 minutes at 60 fps when
/// every sample has its own duration. A larger table is not read.
const MAX_TIMES: u64 = 128 * 1024;
/// Maximum number of edits that are read. Cameras and editors write one to three edits.
const MAX_EDITS: u32 = 1024;
/// Number of bytes of a table in one read.
const PIECE: usize = 4096;
const TIME_BYTES: usize = 8;

/// A duration in the units of the file.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) timescale: u32,
    /// `None` when the file does not state it.
    pub(super) units: Option<u64>,
}

impl Span {
    /// Reads the duration from the start of an `mvhd` or `mdhd`, which begin with the same fields.
    pub(super) fn read(head: &[u8]) -> Self {
        let (timescale, units) = if head.first() == Some(&1) {
            (be32(head, 20), Some(be64(head, 24)).filter(|units| *units != u64::MAX))
        } else {
            (be32(head, 12), Some(be32(head, 16)).filter(|units| *units != u32::MAX).map(u64::from))
        };
        Self { timescale, units: units.filter(|units| *units > 0) }
    }

    pub(super) fn millis(self) -> Option<u64> {
        let millis = u128::from(self.units?) * 1000;
        u64::try_from(millis.checked_div(u128::from(self.timescale))?).ok()
    }
}

/// Samples and their durations, in the timescale of their track.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    /// The samples whose duration is not zero.
    pub(super) samples: u64,
    pub(super) units: u64,
    /// The durations of the last sample and of the one before it.
    last: u32,
    before: u32,
}

impl Count {
    /// Adds `samples` with a duration of `units` each.
    pub(super) fn add(&mut self, samples: u32, units: u32) {
        if samples == 0 {
            return;
        }
        self.before = if samples > 1 { units } else { self.last };
        self.last = units;
        if units > 0 {
            self.samples = self.samples.saturating_add(u64::from(samples));
            self.units = self.units.saturating_add(u64::from(samples) * u64::from(units));
        }
    }

    /// Returns the average frame rate. A last sample that is shorter than the one before it does not count: writers that do not
    /// know its duration write zero or a small value, which would raise 60 fps above the limit.
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
    pub(super) fn rate(&self, timescale: u32) -> Option<f64> {
        let rate = |samples: u64, units: u64| samples as f64 * f64::from(timescale) / units as f64;
        rounded(if self.last > 0 && self.last < self.before {
            rate(self.samples - 1, self.units - u64::from(self.last))
        } else {
            rate(self.samples, self.units)
        })
    }
}

/// The contents of a time table.
#[derive(Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) count: Count,
    /// True when some samples last much longer than others; `None` without samples.
    pub(super) varies: Option<bool>,
}

impl Times {
    /// Reads an `stts`, whose entries state a number of consecutive samples and their duration. Returns an empty result
    /// for a table of more than [`MAX_TIMES`] entries.
    pub(super) fn read<R: Read + Seek>(source: &mut BoundedReader<'_, R>, table: Atom) -> Parsed<Self> {
        let start = table.start + 8;
        let there = table.end.saturating_sub(start) / TIME_BYTES as u64;
        let entries = u64::from(be32(&table.head::<8>(source)?, 4)).min(there);
        let mut times = Self::default();
        if entries > MAX_TIMES {
            return Ok(times);
        }
        let (mut shortest, mut longest) = (u32::MAX, 0);
        let (mut read, mut piece) = (0, [0; PIECE]);
        while read < entries {
            let len = usize::try_from(entries - read).unwrap_or(PIECE).min(PIECE / TIME_BYTES) * TIME_BYTES;
            source.read_at(start + read * TIME_BYTES as u64, &mut piece[..len])?;
            for entry in piece[..len].chunks_exact(TIME_BYTES) {
                let (samples, units) = (be32(entry, 0), be32(entry, 4));
                times.count.add(samples, units);
                read += 1;
                // A single last sample does not show whether the rate is variable, because writers round its duration.
                if read == 1 || read < entries || samples > 1 {
                    (shortest, longest) = (shortest.min(units), longest.max(units));
                }
            }
        }
        times.varies = (entries > 0).then(|| u64::from(longest) * 2 > u64::from(shortest) * 3);
        Ok(times)
    }
}

/// One entry of an edit list.
struct Edit {
    /// Length in the timescale of the movie; 0 means "to the end of the track".
    length: u64,
    /// Start in the timescale of the track; `None` is a pause.
    start: Option<u64>,
    /// True when the edit plays at normal speed.
    is_plain: bool,
}

/// The parts of a track that are shown.
#[derive(Default)]
pub(super) struct Edits(Vec<Edit>);

impl Edits {
    /// Reads an `elst`. The result is empty when the list has more than [`MAX_EDITS`] entries.
    pub(super) fn read<R: Read + Seek>(source: &mut BoundedReader<'_, R>, list: Atom) -> Parsed<Self> {
        let head = list.head::<8>(source)?;
        let (wide, entries) = (head[0] == 1, be32(&head, 4));
        let entry_bytes: u64 = if wide { 20 } else { 12 };
        let there = list.end.saturating_sub(list.start + 8) / entry_bytes;
        if entries > MAX_EDITS || u64::from(entries) > there {
            return Ok(Self::default());
        }
        let mut edits = Vec::new();
        for n in 0..u64::from(entries) {
            let at = list.start + 8 + n * entry_bytes;
            let (length, start, speed) = if wide {
                let entry = source.array::<20>(at)?;
                (be64(&entry, 0), be64(&entry, 8), be32(&entry, 16))
            } else {
                let entry = source.array::<12>(at)?;
                let start = be32(&entry, 4);
                let start = if start == u32::MAX { u64::MAX } else { u64::from(start) };
                (u64::from(be32(&entry, 0)), start, be32(&entry, 8))
            };
            let start = Some(start).filter(|start| *start != u64::MAX);
            edits.push(Edit { length, start, is_plain: speed == 0x1_0000 });
        }
        Ok(Self(edits))
    }

    /// Returns the displayed duration of a track in milliseconds; `track` is its full duration, which applies when it
    /// has no edits.
    pub(super) fn shown(&self, track: Span, movie_timescale: u32) -> Option<u64> {
        let whole = track.millis()?;
        if self.0.is_empty() || movie_timescale == 0 {
            return Some(whole);
        }
        let shown = self.0.iter().fold(0_u64, |sum, edit| {
            let length =
                Span { timescale: movie_timescale, units: Some(edit.length) }.millis().unwrap_or(u64::MAX);
            let part = match edit.start {
                Some(start) if edit.length == 0 => {
                    let rest = track.units.map(|units| units.saturating_sub(start));
                    Span { units: rest, ..track }.millis().unwrap_or(0)
                }
                // An edit shows at most the whole track. The start of the edit is ignored, because it is later than the
                // first frame when frames are stored out of order.
                Some(_) if edit.is_plain => length.min(whole),
                // A pause, or a part at another speed.
                _ => length,
            };
            sum.saturating_add(part)
        });
        Some(shown).filter(|millis| *millis > 0).or(Some(whole))
    }
}
