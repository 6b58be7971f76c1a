//! TikTok's rules for videos (docs/tiktok-api.md 5.10), checked before a byte is sent.

use super::video_info::{VideoCodec, VideoInfo};

/// Maximum file size in bytes (docs/tiktok-api.md 5.10: "up to 4 GB", where 1 MB is 1,000,000 bytes).
pub const MAX_VIDEO_SIZE: u64 = 4_000_000_000;
/// Error message for an empty file.
pub(crate) const EMPTY_FILE: &str = "the file is empty; choose a video";

/// Allowed width and height in pixels.
const SIDES: std::ops::RangeInclusive<u32> = 360..=4096;
/// Allowed frame rates in fps.
const FRAME_RATE: std::ops::RangeInclusive<f64> = 23.0..=60.0;
/// Tolerance for the frame rate in fps. The frame rate is an average over the file, and a camera's clock is not exact:
/// a phone that records at 60 fps may produce 60.05.
const FRAME_RATE_SLACK: f64 = 0.1;
/// Maximum duration that the API accepts, in seconds.
const API_MAX_SECS: u32 = 600;
/// Maximum duration that every creator may post, in seconds.
const EVERY_CREATOR_SECS: u32 = 180;

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// TikTok would refuse the video.
    Error,
    /// TikTok might refuse the video, or the file does not state the value.
    Warning,
}

impl Severity {
    /// Returns `error` or `warning`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A rule that a video violates.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule: `size`, `duration`, `frame_rate`, `pixels`, `codec` or, for a post, `cover`.
    pub rule: &'static str,
    /// The value found in the file.
    pub found: String,
    /// The values that TikTok accepts.
    pub allowed: String,
    /// Advice for the user.
    pub advice: &'static str,
    /// Severity of the finding.
    pub severity: Severity,
}

/// Returns the rules that `info` violates; empty when the video may be sent. `max_duration_sec` is the creator's own
/// limit (`max_video_post_duration_sec` of docs/tiktok-api.md 5.2), if known.
#[must_use]
pub fn findings(info: &VideoInfo, max_duration_sec: Option<u32>) -> Vec<Finding> {
    let found = [
        size(info.size_bytes),
        duration(info.duration_ms, max_duration_sec),
        info.frame_rate.and_then(frame_rate),
        pixels(info.width, info.height),
        info.video_codec.as_ref().and_then(codec),
    ];
    found.into_iter().flatten().collect()
}

fn finding(rule: &'static str, found: String, allowed: impl Into<String>, advice: &'static str) -> Finding {
    Finding { rule, found, allowed: allowed.into(), advice, severity: Severity::Error }
}

/// Returns a finding when the cover frame at `cover_ms` is after the end of the video (docs/tiktok-api.md 5.3,
/// `video_cover_timestamp_ms`); `None` when the duration is unknown.
pub(crate) fn cover(info: &VideoInfo, cover_ms: u32) -> Option<Finding> {
    let end = info.duration_ms?;
    (u64::from(cover_ms) > end).then(|| {
        finding(
            "cover",
            format!("{cover_ms} ms"),
            format!("0 to {end} ms, the duration of the video"),
            "choose a cover frame within the video",
        )
    })
}

fn size(bytes: u64) -> Option<Finding> {
    (bytes == 0 || bytes > MAX_VIDEO_SIZE).then(|| {
        finding(
            "size",
            format!("{bytes} bytes"),
            format!("1 to {MAX_VIDEO_SIZE} bytes"),
            "export a shorter video, or one with a lower bit rate",
        )
    })
}

fn duration(millis: Option<u64>, creator_limit: Option<u32>) -> Option<Finding> {
    const ADVICE: &str = "shorten the video";
    let Some(millis) = millis else {
        return Some(Finding {
            severity: Severity::Warning,
            ..finding(
                "duration",
                "not stated in the file".to_owned(),
                format!("up to {} seconds", creator_limit.unwrap_or(API_MAX_SECS)),
                "export the video again if TikTok rejects it",
            )
        });
    };
    let over = |secs: u32| millis > u64::from(secs) * 1000;
    let found = || format!("{}.{:03} seconds", millis / 1000, millis % 1000);
    let limit = creator_limit.unwrap_or(API_MAX_SECS);
    if over(limit) {
        return Some(finding("duration", found(), format!("up to {limit} seconds"), ADVICE));
    }
    (creator_limit.is_none() && over(EVERY_CREATOR_SECS)).then(|| Finding {
        severity: Severity::Warning,
        ..finding(
            "duration",
            found(),
            format!("up to {EVERY_CREATOR_SECS} seconds for every creator, up to {API_MAX_SECS} for some"),
            "query this creator's limit with creator_info, or shorten the video",
        )
    })
}

fn frame_rate(rate: f64) -> Option<Finding> {
    let is_allowed =
        rate >= FRAME_RATE.start() - FRAME_RATE_SLACK && rate <= FRAME_RATE.end() + FRAME_RATE_SLACK;
    (!is_allowed).then(|| {
        finding("frame_rate", format!("{rate:.2} fps"), "23 to 60 fps", "export the video at 30 fps")
    })
}

fn pixels(width: Option<u32>, height: Option<u32>) -> Option<Finding> {
    let wrong = |side: Option<u32>| side.is_some_and(|pixels| !SIDES.contains(&pixels));
    let shown = |side: Option<u32>| side.map_or_else(|| "unknown".to_owned(), |pixels| pixels.to_string());
    (wrong(width) || wrong(height)).then(|| {
        finding(
            "pixels",
            format!("{} x {}", shown(width), shown(height)),
            "width and height of 360 to 4096 pixels",
            "export the video at 1080 x 1920 pixels",
        )
    })
}

fn codec(codec: &VideoCodec) -> Option<Finding> {
    matches!(codec, VideoCodec::Other(_)).then(|| {
        finding(
            "codec",
            codec.as_str().to_owned(),
            "H.264, H.265, VP8 or VP9",
            "export the video as MP4 (H.264)",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Container;

    fn good() -> VideoInfo {
        VideoInfo {
            duration_ms: Some(30_000),
            width: Some(1080),
            height: Some(1920),
            video_codec: Some(VideoCodec::H264),
            frame_rate: Some(29.97),
            variable_frame_rate: Some(false),
            has_audio: Some(true),
            ..VideoInfo::new(Container::Mp4, 1_000_000)
        }
    }

    #[test]
    fn severity_spellings_match_the_json_format() {
        assert_eq!([Severity::Error, Severity::Warning].map(Severity::as_str), ["error", "warning"]);
    }

    #[test]
    fn cover_after_the_end_of_the_video_is_a_finding() {
        assert_eq!(cover(&good(), 30_000), None);
        let found = cover(&good(), 30_001).unwrap();
        assert_eq!((found.rule, found.severity), ("cover", Severity::Error));
        let silent = VideoInfo { duration_ms: None, ..good() };
        assert_eq!(cover(&silent, u32::MAX), None);
    }

    fn rules(info: &VideoInfo, limit: Option<u32>) -> Vec<(&'static str, Severity)> {
        findings(info, limit).into_iter().map(|finding| (finding.rule, finding.severity)).collect()
    }

    #[test]
    fn valid_video_has_no_findings() {
        assert_eq!(findings(&good(), Some(180)), []);
        assert_eq!(findings(&good(), None), []);
    }

    #[test]
    fn values_at_the_bounds_of_every_range_are_allowed() {
        for (width, height, rate) in
            [(360, 4096, 23.0), (4096, 360, 60.0), (720, 1280, 60.05), (720, 720, 23.976)]
        {
            let info = VideoInfo {
                width: Some(width),
                height: Some(height),
                frame_rate: Some(rate),
                size_bytes: MAX_VIDEO_SIZE,
                duration_ms: Some(600_000),
                ..good()
            };
            assert_eq!(findings(&info, Some(600)), []);
        }
    }

    #[test]
    fn violation_of_every_rule_is_a_finding() {
        let bad = VideoInfo {
            size_bytes: MAX_VIDEO_SIZE + 1,
            duration_ms: Some(600_001),
            width: Some(359),
            height: Some(4097),
            frame_rate: Some(22.0),
            video_codec: Some(VideoCodec::Other("av01".to_owned())),
            ..good()
        };
        let names = ["size", "duration", "frame_rate", "pixels", "codec"];
        assert_eq!(rules(&bad, Some(600)), names.map(|name| (name, Severity::Error)));
        for finding in findings(&bad, Some(600)) {
            assert!(!finding.found.is_empty() && !finding.allowed.is_empty() && !finding.advice.is_empty());
        }
        assert_eq!(
            rules(&VideoInfo { frame_rate: Some(61.0), ..good() }, None),
            [("frame_rate", Severity::Error)]
        );
    }

    #[test]
    fn creator_limit_replaces_the_default_when_known() {
        let info = VideoInfo { duration_ms: Some(181_000), ..good() };
        assert_eq!(rules(&info, Some(180)), [("duration", Severity::Error)]);
        assert_eq!(rules(&info, Some(300)), []);
        assert_eq!(rules(&info, None), [("duration", Severity::Warning)]);
        // Some creators have a limit above the API's (docs/tiktok-api.md 13, C18), so the limit in the response takes
        // precedence.
        assert_eq!(rules(&VideoInfo { duration_ms: Some(700_000), ..good() }, Some(3600)), []);
        assert_eq!(
            rules(&VideoInfo { duration_ms: None, ..good() }, None),
            [("duration", Severity::Warning)]
        );
    }

    #[test]
    fn property_that_the_file_omits_is_not_an_error() {
        let silent = VideoInfo { width: None, height: None, frame_rate: None, video_codec: None, ..good() };
        assert_eq!(findings(&silent, None), []);
    }
}
