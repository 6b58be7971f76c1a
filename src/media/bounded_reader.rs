//! Reads a few bytes at arbitrary offsets and limits the number of reads.

use crate::error::{Error, Owner, Reason};
use std::fmt::{Display, Formatter};
use std::io::{ErrorKind as IoKind, Read, Seek, SeekFrom};

/// Maximum number of reads and of bytes per file, which stops a hostile file. A normal file needs fewer than a hundred
/// reads; a ten-minute file with one fragment per frame needs about 150,000.
const MAX_READS: u32 = 300_000;
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// Maximum number of tracks in a file. Normal files have fewer than ten.
pub(super) const MAX_TRACKS: usize = 64;

/// The part that is missing from a truncated file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// The last bytes of a box.
    Box { kind: [u8; 4], bytes: u64 },
    /// The last bytes of another part.
    End { bytes: u64 },
    /// A part of the last header.
    Header,
    /// The `moov` box, without which the file cannot be played.
    Index,
    /// The `mdat` box.
    Media,
    /// The list of tracks of a WebM file.
    Tracks,
}

impl Display for Missing {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Box { kind, bytes } => {
                write!(f, "{bytes} bytes of its {} box are missing", kind.escape_ascii())
            }
            Self::End { bytes } => write!(f, "{bytes} bytes are missing at its end"),
            Self::Header => f.write_str("its last header is incomplete"),
            Self::Index => f.write_str("its index (moov) is missing"),
            Self::Media => f.write_str("its media data (mdat) is missing"),
            Self::Tracks => f.write_str("its list of tracks is missing"),
        }
    }
}

/// The reason why a file could not be parsed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The file is truncated.
    Truncated(Missing),
    /// Numbers in the headers contradict each other.
    Damaged,
    /// The file has more headers than any normal file.
    Endless,
    /// The file is empty.
    Empty,
    /// The file has another type, which the text names.
    Foreign(&'static str),
    /// The file has fragments of an MP4, but not the header that describes them.
    Segment,
    /// The container is supported, but has no video.
    NoVideo,
    /// The required bytes are not available yet.
    Unseen,
    /// The caller's reader failed.
    Io(std::io::Error),
}

impl Fault {
    /// Returns the error with a message for the user.
    pub(super) fn into_error(self) -> Error {
        let reason = match &self {
            Self::Truncated(_) => Reason::VideoTruncated,
            Self::Damaged | Self::Endless => Reason::VideoDamaged,
            Self::Foreign(_) | Self::Segment | Self::NoVideo => Reason::NotAVideo,
            Self::Io(_) => Reason::FileUnreadable,
            Self::Empty | Self::Unseen => Reason::Other,
        };
        let text = match self {
            Self::Truncated(missing) => {
                format!("the video file is incomplete: {missing}; copy or export it again")
            }
            Self::Damaged => "the video's headers are damaged; export it again as MP4 (H.264)".to_owned(),
            Self::Endless => {
                "the video has too many headers; export it again as MP4 (H.264)".to_owned()
            }
            Self::Empty => super::rules::EMPTY_FILE.to_owned(),
            Self::Foreign(what) => {
                format!("this is {what}, not an MP4, MOV or WebM file; export it as MP4 (H.264)")
            }
            Self::Segment => {
                "this is a segment of an MP4 without the header (moov) of the first segment; join all segments, or \
                 export the whole video as MP4 (H.264)"
                    .to_owned()
            }
            Self::NoVideo => "the file contains no video; choose another one, or export it as MP4 (H.264)".to_owned(),
            Self::Unseen => "the video's headers are not at its start, so they cannot be read yet".to_owned(),
            Self::Io(source) => {
                return Error::invalid("the video could not be read; check that the file exists and is readable")
                    .with_reason(reason)
                    .with_source(source);
            }
        };
        Error::invalid(text).with_reason(reason).with_owner(Owner::User)
    }
}

pub(super) type Parsed<T> = Result<T, Fault>;

/// A reader of a known size that limits the number of reads and bytes.
pub(super) struct BoundedReader<'a, R> {
    reader: &'a mut R,
    size: u64,
    /// Number of bytes that are available so far, from the start.
    seen: u64,
    reads_left: u32,
    bytes_left: u64,
}

impl<'a, R: Read + Seek> BoundedReader<'a, R> {
    pub(super) fn new(reader: &'a mut R, size: u64) -> Self {
        Self::start_of(reader, size, size)
    }

    /// Returns a reader of the first `seen` bytes of a file of `size` bytes.
    pub(super) fn start_of(reader: &'a mut R, size: u64, seen: u64) -> Self {
        Self { reader, size, seen, reads_left: MAX_READS, bytes_left: MAX_BYTES }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Returns true when some bytes before `end` are not available yet.
    pub(super) fn is_unseen(&self, end: u64) -> bool {
        end > self.seen
    }

    /// Fills `buffer` with the bytes at `offset`.
    pub(super) fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Parsed<()> {
        let end = offset.checked_add(buffer.len() as u64).ok_or(Fault::Damaged)?;
        if end > self.size {
            return Err(Fault::Truncated(Missing::End { bytes: end - self.size }));
        }
        if self.is_unseen(end) {
            return Err(Fault::Unseen);
        }
        self.reads_left = self.reads_left.checked_sub(1).ok_or(Fault::Endless)?;
        self.bytes_left = self.bytes_left.checked_sub(buffer.len() as u64).ok_or(Fault::Endless)?;
        self.reader.seek(SeekFrom::Start(offset)).map_err(Fault::Io)?;
        self.reader.read_exact(buffer).map_err(|error| match error.kind() {
            // The file has shrunk since its size was read.
            IoKind::UnexpectedEof => {
                Fault::Truncated(Missing::End { bytes: self.size.saturating_sub(offset) })
            }
            _ => Fault::Io(error),
        })
    }

    /// Returns the `N` bytes at `offset`.
    pub(super) fn array<const N: usize>(&mut self, offset: u64) -> Parsed<[u8; N]> {
        let mut bytes = [0; N];
        self.read_at(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// Returns up to `N` bytes at `offset`, padded with zeros at the end of the file.
    pub(super) fn up_to<const N: usize>(&mut self, offset: u64) -> Parsed<([u8; N], usize)> {
        let there = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(N).min(N);
        let mut bytes = [0; N];
        self.read_at(offset, &mut bytes[..there])?;
        Ok((bytes, there))
    }
}

/// Returns the big-endian 32-bit number at offset `at` of `bytes`; 0 when `bytes` is too short.
pub(super) fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |chunk| u32::from_be_bytes(*chunk))
}

/// Returns the big-endian 64-bit number at offset `at` of `bytes`; 0 when `bytes` is too short.
pub(super) fn be64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |chunk| u64::from_be_bytes(*chunk))
}
