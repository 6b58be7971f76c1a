//! Properties of a media file.

/// Properties of a file that `video/list` shows; `None` if they could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MediaInfo {
    pub(crate) duration_ms: Option<i64>,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
}

/// The index of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) codec_is_supported: bool,
    pub(super) media: MediaInfo,
    /// Frame rate in 1/100 fps.
    pub(super) frame_rate: Option<i64>,
}
