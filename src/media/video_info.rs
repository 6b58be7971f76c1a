//! The properties of a video.

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

/// Properties of a video according to its headers. Properties that the headers omit are `None`.
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
    /// Degrees by which a player rotates the stored frames clockwise: 0, 90, 180 or 270.
    pub rotation: u16,
    /// The video codec.
    pub video_codec: Option<VideoCodec>,
    /// Average frame rate in fps, to three decimals. A last frame that is shorter than the one before it does not count.
    pub frame_rate: Option<f64>,
    /// True when frame durations clearly differ, as in phone recordings in low light. Then only the average frame rate
    /// is checked.
    pub variable_frame_rate: Option<bool>,
    /// True when the file has an audio track.
    pub has_audio: Option<bool>,
}

impl VideoInfo {
    /// Creates the properties of a file when only its container is known.
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

/// Rounds a frame rate to three decimals (23.976, 29.97); `None` for an invalid rate.
pub(super) fn rounded(rate: f64) -> Option<f64> {
    let rate = (rate * 1000.0).round() / 1000.0;
    (rate.is_finite() && rate > 0.0).then_some(rate)
}
