//! Reads the properties of a video file from its headers.

use super::bounded_reader::{BoundedReader, Fault, Parsed};
use super::video_info::{Container, VideoInfo};
use super::{mp4, webm};
use crate::error::Result;
use std::io::{Read, Seek};

/// Reads the properties of a video of `size` bytes from `reader`. It reads only headers and time tables: a few hundred
/// bytes of most videos, 8 bytes per frame when the frame rate is variable, and never more than 32 MiB. Afterwards, the
/// position of the reader is unspecified.
///
/// # Errors
/// `InvalidInput`, with a message for the user, when the file is not an MP4, MOV or WebM, contains no video, is
/// truncated or damaged, or cannot be read.
pub fn probe(reader: &mut (impl Read + Seek), size: u64) -> Result<VideoInfo> {
    parse(&mut BoundedReader::new(reader, size)).map_err(Fault::into_error)
}

/// Reads the properties as [`probe`] does, but only from the first `seen` bytes of a file. Properties that these bytes
/// do not contain are `None`; when the index is at the end of the file, only the container is known.
///
/// # Errors
/// The same as [`probe`].
pub(crate) fn probe_start(reader: &mut (impl Read + Seek), size: u64, seen: u64) -> Result<VideoInfo> {
    let mut source = BoundedReader::start_of(reader, size, seen);
    match parse(&mut source) {
        Err(Fault::Unseen) => container_of(&mut source)
            .map(|container| VideoInfo::new(container, size))
            .map_err(Fault::into_error),
        parsed => parsed.map_err(Fault::into_error),
    }
}

/// Returns the container of a file that was identified as a video.
fn container_of(source: &mut BoundedReader<'_, impl Read + Seek>) -> Parsed<Container> {
    let (head, _) = source.up_to::<4>(0)?;
    if head == webm::EBML { Ok(Container::WebM) } else { mp4::container_of(source) }
}

fn parse(source: &mut BoundedReader<'_, impl Read + Seek>) -> Parsed<VideoInfo> {
    let (head, there) = source.up_to::<16>(0)?;
    let head = &head[..there];
    if head.is_empty() {
        return Err(Fault::Empty);
    }
    if head.starts_with(&webm::EBML) {
        return webm::parse(source);
    }
    // The first box identifies nearly all files.
    let first = head.get(4..8).and_then(<[u8]>::first_chunk);
    if first.is_some_and(|kind| mp4::is_top_level(*kind)) || mp4::is_mp4(source)? {
        return mp4::parse(source);
    }
    Err(Fault::Foreign(foreign(head)))
}

/// Names the type of a file that is not a supported video.
fn foreign(head: &[u8]) -> &'static str {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    if at(0, b"RIFF") && at(8, b"AVI ") {
        "an AVI video"
    } else if at(0, b"FLV\x01") {
        "a Flash video"
    } else if at(0, b"\x47\x40") || at(0, b"\0\0\x01\xba") {
        "an MPEG stream"
    } else if at(0, b"0&\xb2\x75") {
        "a Windows Media video"
    } else if at(0, b"\x89PNG") || at(0, b"\xff\xd8\xff") || at(0, b"GIF8") || at(8, b"WEBP") {
        "a picture"
    } else if at(0, b"PK\x03\x04") {
        "an archive"
    } else if head.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        "a text file"
    } else {
        "a file of an unknown type"
    }
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;
