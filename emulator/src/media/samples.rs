//! Reads the number and duration of the samples in an MP4 track from its tables.

use super::boxes::{boxes, child, number};

/// Number of samples and their total duration, in the track's timescale.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Samples {
    /// Number of samples with a duration above 0.
    count: u64,
    units: u64,
    /// Durations of the last two samples, oldest first.
    tail: [u64; 2],
}

impl Samples {
    /// Reads an `stts` table: runs of (count, delta).
    pub(super) fn of_table(stts: &[u8]) -> Self {
        let mut samples = Self::default();
        for run in stts.get(8..).unwrap_or_default().chunks_exact(8) {
            samples.push(number(run, 0, 4).unwrap_or(0), number(run, 4, 4).unwrap_or(0));
        }
        samples
    }

    fn push(&mut self, count: u64, delta: u64) {
        if count == 0 {
            return;
        }
        self.tail = [if count == 1 { self.tail[1] } else { delta }, delta];
        if delta > 0 {
            self.count = self.count.saturating_add(count);
            self.units = self.units.saturating_add(count.saturating_mul(delta));
        }
    }

    /// Appends samples.
    pub(super) fn append(&mut self, more: Self) {
        self.count = self.count.saturating_add(more.count);
        self.units = self.units.saturating_add(more.units);
        if more.units > 0 {
            self.tail = more.tail;
        }
    }

    pub(super) fn units(&self) -> u64 {
        self.units
    }

    /// Returns the frame rate in 1/100 fps. A shorter last sample is ignored.
    pub(super) fn rate(&self, scale: u64) -> Option<i64> {
        let [before, last] = self.tail;
        let cut = last > 0 && last < before;
        let (count, units) = if cut { (self.count - 1, self.units - last) } else { (self.count, self.units) };
        let rate = u128::from(count) * u128::from(scale) * 100;
        rate.checked_div(u128::from(units)).and_then(|rate| i64::try_from(rate).ok())
    }
}

/// Adds the samples of one track in a `moof`. `default` is the duration of samples that do not specify one.
pub(super) fn fragment_samples(moof: &[u8], track: u64, default: u64, samples: &mut Samples) {
    for (_, traf) in boxes(moof).filter(|(kind, _)| kind == b"traf") {
        let Some(header) = child(traf, *b"tfhd").filter(|header| number(header, 4, 4) == Some(track)) else {
            continue;
        };
        let flags = number(header, 0, 4).unwrap_or(0);
        // The default duration follows the base data offset and the sample description index, if they are present.
        let at = 8 + if flags & 1 != 0 { 8 } else { 0 } + if flags & 2 != 0 { 4 } else { 0 };
        let default = if flags & 8 != 0 { number(header, at, 4).unwrap_or(default) } else { default };
        for (_, run) in boxes(traf).filter(|(kind, _)| kind == b"trun") {
            run_samples(run, default, samples);
        }
    }
}

fn run_samples(run: &[u8], default: u64, samples: &mut Samples) {
    let flags = number(run, 0, 4).unwrap_or(0);
    let count = number(run, 4, 4).unwrap_or(0);
    if flags & 0x100 == 0 {
        samples.push(count, default);
        return;
    }
    let first = 8 + if flags & 1 != 0 { 4 } else { 0 } + if flags & 4 != 0 { 4 } else { 0 };
    let width = [0x100, 0x200, 0x400, 0x800].into_iter().filter(|field| flags & field != 0).count() * 4;
    let entries = run.get(first..).unwrap_or_default().chunks_exact(width);
    for entry in entries.take(usize::try_from(count).unwrap_or(usize::MAX)) {
        samples.push(1, number(entry, 0, 4).unwrap_or(0));
    }
}
