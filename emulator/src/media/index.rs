//! Properties read from a media file.

/// Properties that `video/list` shows; a property is `None` if it could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MediaInfo {
    pub(crate) duration_ms: Option<i64>,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
}

/// Contents of a file's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) codec_is_supported: bool,
    pub(super) media: MediaInfo,
    /// Frame rate in 1/100 fps.
    pub(super) frame_rate: Option<i64>,
}
