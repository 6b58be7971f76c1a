//! Parses WebM (EBML) by walking over element headers until the segment's information and tracks are read.

use super::bounded_reader::{BoundedReader, Fault, MAX_TRACKS, Missing, Parsed, be32, be64};
use super::video_info::{Container, VideoCodec, VideoInfo, rounded};
use std::io::{Read, Seek};

/// The first bytes of every EBML file.
pub(super) const EBML: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];

/// Element ids, as written in the file (RFC 9559).
mod id {
    pub(super) const EBML: u32 = 0x1a45_dfa3;
    pub(super) const DOC_TYPE: u32 = 0x4282;
    pub(super) const SEGMENT: u32 = 0x1853_8067;
    pub(super) const INFO: u32 = 0x1549_a966;
    pub(super) const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
    pub(super) const DURATION: u32 = 0x4489;
    pub(super) const TRACKS: u32 = 0x1654_ae6b;
    pub(super) const TRACK_ENTRY: u32 = 0xae;
    pub(super) const TRACK_TYPE: u32 = 0x83;
    pub(super) const CODEC_ID: u32 = 0x86;
    pub(super) const DEFAULT_DURATION: u32 = 0x23_e383;
    pub(super) const VIDEO: u32 = 0xe0;
    pub(super) const PIXEL_WIDTH: u32 = 0xb0;
    pub(super) const PIXEL_HEIGHT: u32 = 0xba;
}

/// Nanoseconds per tick when the file does not state it.
const DEFAULT_SCALE: u64 = 1_000_000;

/// An element: its id and the byte range of its content.
#[derive(Clone, Copy)]
struct Element {
    id: u32,
    start: u64,
    end: u64,
    /// True for an element of unknown size, as recorders write it during a live recording. The element ends where its
    /// parent ends, or earlier.
    open_end: bool,
}

impl Element {
    fn file(size: u64) -> Self {
        Self { id: 0, start: 0, end: size, open_end: false }
    }

    fn child_at<R: Read + Seek>(&self, source: &mut BoundedReader<'_, R>, at: u64) -> Parsed<Option<Self>> {
        if at >= self.end {
            return Ok(None);
        }
        // An id has up to 4 bytes, a size up to 8.
        let (head, there) = source.up_to::<12>(at)?;
        let head = &head[..there];
        let id_len = length(head, 4)?;
        let id = head[..id_len].iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
        let rest = head.get(id_len..).unwrap_or_default();
        let size_len = length(rest, 8)?;
        let mask = 0xff_u64 >> size_len;
        let size = rest[1..size_len]
            .iter()
            .fold(u64::from(rest[0]) & mask, |size, byte| size << 8 | u64::from(*byte));
        let start = at + (id_len + size_len) as u64;
        let open_end = size == (1 << (7 * size_len)) - 1;
        let end = if open_end { self.end } else { start.checked_add(size).ok_or(Fault::Damaged)? };
        if end > self.end || start > self.end {
            let missing = Missing::End { bytes: end.max(start) - self.end };
            return Err(if self.end == source.size() { Fault::Truncated(missing) } else { Fault::Damaged });
        }
        Ok(Some(Self { id, start, end, open_end }))
    }

    fn children<R: Read + Seek>(
        &self,
        source: &mut BoundedReader<'_, R>,
        mut each: impl FnMut(&mut BoundedReader<'_, R>, Element) -> Parsed<()>,
    ) -> Parsed<()> {
        let mut at = self.start;
        while let Some(child) = self.child_at(source, at)? {
            at = child.end;
            each(source, child)?;
        }
        Ok(())
    }

    /// Reads up to 8 bytes as a number; longer content is an error.
    fn number(&self, source: &mut BoundedReader<'_, impl Read + Seek>) -> Parsed<u64> {
        let len =
            usize::try_from(self.end - self.start).ok().filter(|len| *len <= 8).ok_or(Fault::Damaged)?;
        let mut bytes = [0; 8];
        source.read_at(self.start, &mut bytes[8 - len..])?;
        Ok(be64(&bytes, 0))
    }

    /// Reads a float of 4 or 8 bytes.
    fn float(&self, source: &mut BoundedReader<'_, impl Read + Seek>) -> Parsed<f64> {
        match self.end - self.start {
            4 => Ok(f64::from(f32::from_bits(be32(&source.array::<4>(self.start)?, 0)))),
            8 => Ok(f64::from_bits(be64(&source.array::<8>(self.start)?, 0))),
            _ => Err(Fault::Damaged),
        }
    }

    /// Reads a short text, cut to 32 bytes.
    fn text(&self, source: &mut BoundedReader<'_, impl Read + Seek>) -> Parsed<String> {
        let mut bytes = [0; 32];
        let len = usize::try_from(self.end - self.start).unwrap_or(32).min(32);
        source.read_at(self.start, &mut bytes[..len])?;
        let text = bytes[..len].split(|b| *b == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(text).into_owned())
    }
}

/// Returns the length that the first byte encodes in its leading zeros.
fn length(head: &[u8], longest: usize) -> Parsed<usize> {
    let first = *head.first().ok_or(Fault::Truncated(Missing::Header))?;
    let length = first.leading_zeros() as usize + 1;
    if length > longest {
        return Err(Fault::Damaged);
    }
    if length > head.len() { Err(Fault::Truncated(Missing::Header)) } else { Ok(length) }
}

#[derive(Default)]
struct Track {
    kind: u64,
    codec: String,
    frame_ns: u64,
    width: u32,
    height: u32,
}

pub(super) fn parse<R: Read + Seek>(source: &mut BoundedReader<'_, R>) -> Parsed<VideoInfo> {
    let file = Element::file(source.size());
    let head = file.child_at(source, 0)?.filter(|head| head.id == id::EBML).ok_or(Fault::Damaged)?;
    let mut doc_type = String::new();
    head.children(source, |source, element| {
        if element.id == id::DOC_TYPE {
            doc_type = element.text(source)?;
        }
        Ok(())
    })?;
    match doc_type.as_str() {
        "webm" => {}
        "matroska" => return Err(Fault::Foreign("a Matroska (MKV) video")),
        _ => return Err(Fault::Damaged),
    }
    let mut at = head.end;
    let segment = loop {
        let element = file.child_at(source, at)?.ok_or(Fault::Truncated(Missing::Tracks))?;
        if element.id == id::SEGMENT {
            break element;
        }
        at = element.end;
    };
    read_segment(source, segment)
}

fn read_segment<R: Read + Seek>(source: &mut BoundedReader<'_, R>, segment: Element) -> Parsed<VideoInfo> {
    let mut info = VideoInfo::new(Container::WebM, source.size());
    let (mut timed, mut tracks) = (false, None);
    let mut at = segment.start;
    while !timed || tracks.is_none() {
        let Some(element) = segment.child_at(source, at)? else { break };
        match element.id {
            id::INFO => {
                info.duration_ms = read_duration(source, element)?;
                timed = true;
            }
            id::TRACKS => tracks = Some(read_tracks(source, element)?),
            // An element of unknown size does not show where the next element starts.
            _ if element.open_end => break,
            _ => {}
        }
        at = element.end;
    }
    let mut tracks = tracks.ok_or(Fault::Truncated(Missing::Tracks))?;
    info.has_audio = Some(tracks.iter().any(|track| track.kind == 2));
    let video = tracks.iter().position(|track| track.kind == 1).ok_or(Fault::NoVideo)?;
    let video = tracks.swap_remove(video);
    info.width = Some(video.width).filter(|pixels| *pixels > 0);
    info.height = Some(video.height).filter(|pixels| *pixels > 0);
    info.frame_rate = frame_rate(video.frame_ns);
    info.video_codec = codec(&video.codec);
    Ok(info)
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
fn frame_rate(frame_ns: u64) -> Option<f64> {
    rounded(1e9 / frame_ns as f64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a cast from f64 saturates, and the range is checked"
)]
fn read_duration<R: Read + Seek>(source: &mut BoundedReader<'_, R>, element: Element) -> Parsed<Option<u64>> {
    let (mut scale, mut ticks) = (DEFAULT_SCALE, None);
    element.children(source, |source, element| {
        match element.id {
            id::TIMESTAMP_SCALE => scale = element.number(source)?,
            id::DURATION => ticks = Some(element.float(source)?),
            _ => {}
        }
        Ok(())
    })?;
    let millis = ticks.map(|ticks| (ticks * scale as f64 / 1e6).round());
    Ok(millis.filter(|millis| *millis >= 1.0 && millis.is_finite()).map(|millis| millis as u64))
}

fn read_tracks<R: Read + Seek>(source: &mut BoundedReader<'_, R>, element: Element) -> Parsed<Vec<Track>> {
    let mut tracks = Vec::new();
    element.children(source, |source, entry| {
        if entry.id != id::TRACK_ENTRY {
            return Ok(());
        }
        if tracks.len() == MAX_TRACKS {
            return Err(Fault::Endless);
        }
        let mut track = Track::default();
        entry.children(source, |source, element| {
            match element.id {
                id::TRACK_TYPE => track.kind = element.number(source)?,
                id::CODEC_ID => track.codec = element.text(source)?,
                id::DEFAULT_DURATION => track.frame_ns = element.number(source)?,
                id::VIDEO => element.children(source, |source, element| {
                    let side = match element.id {
                        id::PIXEL_WIDTH => &mut track.width,
                        id::PIXEL_HEIGHT => &mut track.height,
                        _ => return Ok(()),
                    };
                    *side = u32::try_from(element.number(source)?).map_err(|_| Fault::Damaged)?;
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })?;
        tracks.push(track);
        Ok(())
    })?;
    Ok(tracks)
}

fn codec(name: &str) -> Option<VideoCodec> {
    Some(match name {
        "" => return None,
        "V_VP8" => VideoCodec::Vp8,
        "V_VP9" => VideoCodec::Vp9,
        "V_MPEG4/ISO/AVC" => VideoCodec::H264,
        "V_MPEGH/ISO/HEVC" => VideoCodec::H265,
        other => VideoCodec::Other(other.chars().filter(|c| !c.is_control()).collect()),
    })
}
