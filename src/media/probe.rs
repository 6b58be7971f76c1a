//! Reads the properties of a video file from its headers.

use super::bounded_reader::{BoundedReader, Fault, Parsed};
use super::{mp4, webm};
use crate::error::Result;
use std::io::{Read, Seek};

/// The containers that TikTok accepts (docs/tiktok-api.md 5.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// MP4, recommended.
    Mp4,
    /// `QuickTime` MOV.
    Mov,
    /// WebM.
    WebM,
}

impl Container {
    /// Returns the `Content-Type` of an upload (docs/tiktok-api.md 5.7).
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            Self::WebM => "video/webm",
        }
    }

    /// Returns `mp4`, `mov` or `webm`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::WebM => "webm",
        }
    }
}

/// The video codec. TikTok accepts the four named ones (docs/tiktok-api.md 5.10).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// H.264 (AVC), recommended.
    H264,
    /// H.265 (HEVC).
    H265,
    /// VP8.
    Vp8,
    /// VP9.
    Vp9,
    /// Another codec, by its name in the file.
    Other(String),
}

impl VideoCodec {
    /// Returns `h264`, `h265`, `vp8`, `vp9`, or the name in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
            Self::Vp8 => "vp8",
            Self::Vp9 => "vp9",
            Self::Other(name) => name,
        }
    }
}

/// Properties of a video according to its headers. Properties that they omit are `None`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VideoInfo {
    /// The container.
    pub container: Container,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// Duration in milliseconds, from the samples that the edit list shows, or from the headers when the samples cannot be counted.
    pub duration_ms: Option<u64>,
    /// Width in pixels, after rotation.
    pub width: Option<u32>,
    /// Height in pixels, after rotation.
    pub height: Option<u32>,
    /// Degrees clockwise by which a player rotates the stored frames: 0, 90, 180 or 270.
    pub rotation: u16,
    /// The video codec.
    pub video_codec: Option<VideoCodec>,
    /// Average frame rate in fps, to three decimals. A last frame that is shorter than the one before it does not count.
    pub frame_rate: Option<f64>,
    /// True when the frame durations clearly differ, as in phone recordings in low light. Only the average frame rate is
    /// then checked.
    pub variable_frame_rate: Option<bool>,
    /// True when the file has an audio track.
    pub has_audio: Option<bool>,
}

impl VideoInfo {
    /// Returns the properties of a file of which only the container is known.
    pub(crate) fn new(container: Container, size_bytes: u64) -> Self {
        Self {
            container,
            size_bytes,
            duration_ms: None,
            width: None,
            height: None,
            rotation: 0,
            video_codec: None,
            frame_rate: None,
            variable_frame_rate: None,
            has_audio: None,
        }
    }
}

/// Reads the properties of a video of `size` bytes from `reader`. Only headers and time tables are read: a few hundred bytes of
/// most videos, 8 bytes per frame of one with a variable frame rate, and never more than 32 MiB. Afterwards the position of
/// the reader is undefined.
///
/// # Errors
/// `InvalidInput`, with a message for the user, when it is not an MP4, MOV or WebM, contains no video, is truncated or damaged, or
/// cannot be read.
pub fn probe(reader: &mut (impl Read + Seek), size: u64) -> Result<VideoInfo> {
    parse(&mut BoundedReader::new(reader, size)).map_err(Fault::into_error)
}

/// Reads the properties as [`probe`] does, from the first `seen` bytes of a file. Properties that these bytes do not contain are
/// `None`; when the index is at the end of the file, only the container is known.
///
/// # Errors
/// As [`probe`].
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
    // For nearly all files the first box is sufficient.
    let first = head.get(4..8).and_then(<[u8]>::first_chunk);
    if first.is_some_and(|kind| mp4::is_top_level(*kind)) || mp4::is_mp4(source)? {
        return mp4::parse(source);
    }
    Err(Fault::Foreign(foreign(head)))
}

/// Rounds a frame rate to three decimals (23.976, 29.97); `None` for an invalid rate.
pub(super) fn rounded(rate: f64) -> Option<f64> {
    let rate = (rate * 1000.0).round() / 1000.0;
    (rate.is_finite() && rate > 0.0).then_some(rate)
}

/// Names the kind of a file that is often mistaken for a video.
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
        "a text"
    } else {
        "something else"
    }
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;
