//! Small video files, built byte by byte for tests.

/// The kind of a box, a handler or a codec.
type FourCc = &'static [u8; 4];

/// Properties of a generated video.
#[derive(Clone)]
pub(super) struct Sample {
    pub(super) brand: Option<&'static [u8; 4]>,
    pub(super) codec: FourCc,
    pub(super) width: u16,
    pub(super) height: u16,
    /// Duration in milliseconds, because the movie's timescale is 1000.
    pub(super) duration: u64,
    pub(super) frames: u32,
    /// The first two numbers of the rotation matrix, as integers: here of the track, below of the movie.
    pub(super) turn: (i32, i32),
    pub(super) movie_turn: (i32, i32),
    /// For each edit, its duration in the movie's timescale and its start in the track's timescale; a pause starts at
    /// -1.
    pub(super) edits: &'static [(u32, i32)],
    pub(super) audio: bool,
    /// True for 64-bit times and box sizes.
    pub(super) large: bool,
    pub(super) index_first: bool,
    /// Runs of samples: the number of samples and the duration of each, as in the time table. Default: `frames` samples
    /// that last `duration` in total.
    pub(super) times: Option<&'static [(u32, u32)]>,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            brand: Some(b"isom"),
            codec: b"avc1",
            width: 1080,
            height: 1920,
            duration: 10_000,
            frames: 300,
            turn: (1, 0),
            movie_turn: (1, 0),
            edits: &[],
            audio: true,
            large: false,
            index_first: false,
            times: None,
        }
    }
}

pub(super) fn atom(kind: FourCc, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, &content].concat()
}

pub(super) fn large_atom(kind: FourCc, content: &[u8]) -> Vec<u8> {
    let size = content.len() as u64 + 16;
    [&1u32.to_be_bytes()[..], kind, &size.to_be_bytes(), content].concat()
}

impl Sample {
    pub(super) fn mp4(&self) -> Vec<u8> {
        let head = self.brand.map(|brand| atom(b"ftyp", &[brand, &[0; 4], brand])).unwrap_or_default();
        let data = if self.large { large_atom(b"mdat", &[7; 100]) } else { atom(b"mdat", &[&[7; 100]]) };
        let index = self.index();
        if self.index_first { [head, index, data].concat() } else { [head, data, index].concat() }
    }

    fn index(&self) -> Vec<u8> {
        let times = self.times(1000, self.duration);
        let mut parts = vec![atom(b"mvhd", &[&times, &[0; 16], &matrix(self.movie_turn), &[0; 28]])];
        if self.audio {
            parts.push(self.track(b"soun", b"mp4a", (1, 0)));
        }
        parts.push(self.track(b"vide", self.codec, self.turn));
        atom(b"moov", &[&parts.concat()])
    }

    /// Returns the version and flags, creation time, modification time, timescale and duration.
    fn times(&self, timescale: u32, duration: u64) -> Vec<u8> {
        if self.large {
            [&[1, 0, 0, 0][..], &[0; 16], &timescale.to_be_bytes(), &duration.to_be_bytes()].concat()
        } else {
            let duration = u32::try_from(duration).unwrap();
            [&[0; 12][..], &timescale.to_be_bytes(), &duration.to_be_bytes()].concat()
        }
    }

    fn track(&self, handler: FourCc, codec: FourCc, turn: (i32, i32)) -> Vec<u8> {
        let version: &[u8] = if self.large { &[1, 0, 0, 1] } else { &[0, 0, 0, 1] };
        let id = u32::from(handler == b"vide") + 1;
        let before = if self.large {
            [&[0; 16][..], &id.to_be_bytes(), &[0; 28]].concat()
        } else {
            [&[0; 8][..], &id.to_be_bytes(), &[0; 24]].concat()
        };
        let tkhd = atom(b"tkhd", &[version, &before, &matrix(turn), &[0; 8]]);
        // Real cameras use 90,000 units per second.
        let mdhd = atom(b"mdhd", &[&self.times(90_000, self.duration * 90), &[0; 4]]);
        let hdlr = atom(b"hdlr", &[&[0; 8], handler, &[0; 13]]);
        let sides = [self.width.to_be_bytes(), self.height.to_be_bytes()].concat();
        let entry = atom(codec, &[&[0; 24], &sides, &[0; 50]]);
        let entries = atom(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1], &entry]);
        let counts = atom(b"stsz", &[&[0; 8], &self.frames.to_be_bytes()]);
        let times = self.runs();
        let runs: Vec<u8> =
            times.iter().flat_map(|(n, each)| [n.to_be_bytes(), each.to_be_bytes()].concat()).collect();
        let count = u32::try_from(times.len()).unwrap();
        let times = atom(b"stts", &[&[0; 4], &count.to_be_bytes(), &runs]);
        let minf = atom(b"minf", &[&atom(b"stbl", &[&entries, &times, &counts])]);
        atom(b"trak", &[&tkhd, &self.edit_list(), &atom(b"mdia", &[&mdhd, &hdlr, &minf])])
    }

    /// Returns the time table: all samples have the same duration, except for the last ones, which take the remainder.
    fn runs(&self) -> Vec<(u32, u32)> {
        if let Some(times) = self.times {
            return times.to_vec();
        }
        if self.frames == 0 {
            return Vec::new();
        }
        let units = self.duration * 90;
        let frames = u64::from(self.frames);
        let each = u32::try_from(units / frames).unwrap();
        let longer = u32::try_from(units % frames).unwrap();
        [(self.frames - longer, each), (longer, each + 1)]
            .into_iter()
            .filter(|(samples, _)| *samples > 0)
            .collect()
    }

    fn edit_list(&self) -> Vec<u8> {
        if self.edits.is_empty() {
            return Vec::new();
        }
        let count = u32::try_from(self.edits.len()).unwrap().to_be_bytes();
        let speed = (1u32 << 16).to_be_bytes();
        let edit = |(length, start): &(u32, i32)| [length.to_be_bytes(), start.to_be_bytes(), speed].concat();
        let edits: Vec<u8> = self.edits.iter().flat_map(edit).collect();
        atom(b"edts", &[&atom(b"elst", &[&[0; 4], &count, &edits])])
    }
}

fn matrix(turn: (i32, i32)) -> Vec<u8> {
    let (a, b) = (turn.0 * 65536, turn.1 * 65536);
    [a, b, 0, -b, a, 0, 0, 0, 1 << 30].map(i32::to_be_bytes).concat()
}

/// Returns a fragment of the video track: `samples` samples with the default duration of 3000 units, then one sample
/// for each duration in `own`.
pub(super) fn moof(samples: u32, own: &[u32]) -> Vec<u8> {
    // A base offset and a default duration, then a table of durations and sizes.
    let tfhd = atom(b"tfhd", &[&[0, 0, 0, 9], &2u32.to_be_bytes(), &[0; 8], &3000u32.to_be_bytes()]);
    let plain = atom(b"trun", &[&[0, 0, 0, 1], &samples.to_be_bytes(), &[0; 4]]);
    let table: Vec<u8> = own.iter().flat_map(|units| [units.to_be_bytes(), [9; 4]].concat()).collect();
    let count = u32::try_from(own.len()).unwrap();
    let listed = atom(b"trun", &[&[0, 0, 3, 5], &count.to_be_bytes(), &[0; 8], &table]);
    let sound = atom(b"traf", &[&atom(b"tfhd", &[&[0; 4], &1u32.to_be_bytes()]), &plain]);
    atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &sound, &atom(b"traf", &[&tfhd, &plain, &listed])])
}

/// Returns a video whose index has no samples, followed by fragments; `extra` is added to the index.
pub(super) fn in_fragments(extra: &[u8], moofs: &[Vec<u8>]) -> Vec<u8> {
    let plain = Sample { duration: 0, frames: 0, ..Sample::default() }.mp4();
    let index = plain.windows(4).position(|window| window == b"moov").unwrap() - 4;
    let moov = atom(b"moov", &[&plain[index + 8..], &atom(b"mvex", &[extra])]);
    [&plain[..index], &moov, &moofs.concat()].concat()
}

/// Returns an EBML element with a size of eight bytes.
pub(super) fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let id = id.to_be_bytes();
    let id = &id[id.iter().position(|b| *b != 0).unwrap()..];
    let size = content.len() as u64 | 1 << 56;
    [id, &size.to_be_bytes(), content].concat()
}

/// Returns a WebM of `doc_type` with a video track and, if requested, an audio track; `tail` follows the tracks.
pub(super) fn webm(doc_type: &[u8], codec: &[u8], audio: bool, tail: &[u8]) -> Vec<u8> {
    let head = element(0x1a45_dfa3, &element(0x4282, doc_type));
    let times = [element(0x2a_d7b1, &1_000_000u32.to_be_bytes()), element(0x4489, &12_345f64.to_be_bytes())];
    let info = element(0x1549_a966, &times.concat());
    let sides = [element(0xb0, &[0x02, 0xd0]), element(0xba, &[0x05, 0x00])].concat();
    let video = [
        element(0x83, &[1]),
        element(0x86, codec),
        element(0x23_e383, &40_000_000u32.to_be_bytes()),
        element(0xe0, &sides),
    ];
    let mut tracks = element(0xae, &video.concat());
    if audio {
        tracks.extend(element(0xae, &[element(0x83, &[2]), element(0x86, b"A_OPUS")].concat()));
    }
    let tracks = element(0x1654_ae6b, &tracks);
    [head, element(0x1853_8067, &[&element(0xec, &[0; 9]), &info, &tracks, tail].concat())].concat()
}
