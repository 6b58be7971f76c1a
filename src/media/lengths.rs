//! Duration and frame rate of the tracks of an MP4. They are computed from the samples if all samples are counted,
//! because headers are often wrong, and otherwise read from the headers.

use super::atom::Atom;
use super::bounded_reader::{BoundedReader, Parsed};
use super::fragments::{self, Counted};
use super::movie::{Movie, Track};
use super::segment_index;
use super::times::Span;
use super::video_info::rounded;
use std::io::{Read, Seek};

/// The values that determine the duration of the tracks.
#[derive(Default)]
pub(super) struct Lengths {
    /// The samples of each track, in the order of the movie's tracks.
    counted: Vec<Counted>,
    /// True when samples are in fragments, or may be in later fragments.
    in_fragments: bool,
    /// The duration that a segment index states.
    indexed: Option<Span>,
    /// True when the walk reached the end of the file.
    pub(super) is_complete: bool,
    /// True when the file continues after the bytes read so far.
    pub(super) is_unseen: bool,
}

impl Lengths {
    /// Starts with the samples that the index lists.
    pub(super) fn start(&mut self, movie: &Movie) {
        self.in_fragments = movie.is_extended;
        let after = |track: &Track| Counted::after(track.id, movie.default_of(track.id), track.times.count);
        self.counted = movie.tracks.iter().map(after).collect();
    }

    /// Reads the first segment index.
    pub(super) fn take_index(
        &mut self,
        source: &mut BoundedReader<'_, impl Read + Seek>,
        sidx: Atom,
    ) -> Parsed<()> {
        if self.indexed.is_none() {
            self.indexed = segment_index::read(source, sidx)?;
        }
        Ok(())
    }

    pub(super) fn take_fragment(
        &mut self,
        source: &mut BoundedReader<'_, impl Read + Seek>,
        moof: Atom,
    ) -> Parsed<()> {
        self.in_fragments = true;
        fragments::count(source, moof, &mut self.counted)
    }

    /// Returns the playback duration in milliseconds; `video` is the number of the displayed track.
    pub(super) fn duration(&self, movie: &Movie, video: usize) -> Option<u64> {
        let by_samples = |(n, track): (usize, &Track)| self.by_samples(n, track, movie);
        let shown = movie.tracks.get(video)?;
        if by_samples((video, shown)).is_some() {
            let played =
                movie.tracks.iter().enumerate().filter(|(_, track)| track.is_video() || track.is_sound());
            return played.filter_map(by_samples).max();
        }
        let with_fragments = Span { units: movie.with_fragments, ..movie.stated }.millis();
        let of_all = with_fragments.or_else(|| self.indexed.and_then(Span::millis));
        // If the index lists samples, the movie header covers only the part before the first fragment.
        if self.in_fragments && movie.tracks.iter().any(|track| track.times.count.units > 0) {
            return of_all;
        }
        of_all.or_else(|| movie.stated.millis()).or_else(|| shown.stated.millis())
    }

    /// Returns the duration of track `n` in milliseconds; `None` when not all of its samples were counted.
    fn by_samples(&self, n: usize, track: &Track, movie: &Movie) -> Option<u64> {
        if self.in_fragments && (self.is_unseen || !self.is_complete) {
            return None;
        }
        let span = Span { timescale: track.stated.timescale, units: self.counted.get(n)?.units() };
        // Edits of a fragmented video cover only the part before the first fragment.
        if self.in_fragments { span.millis() } else { track.edits.shown(span, movie.stated.timescale) }
    }

    /// Returns the average frame rate of track `n`; `None` when fragments are missing.
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
    pub(super) fn rate(&self, n: usize, track: &Track) -> Option<f64> {
        if self.in_fragments && self.is_unseen {
            return None;
        }
        let timescale = track.stated.timescale;
        self.counted.get(n).and_then(|counted| counted.count.rate(timescale)).or_else(|| {
            let units = track.stated.units? as f64;
            rounded(f64::from(track.samples) * f64::from(timescale) / units)
        })
    }
}
