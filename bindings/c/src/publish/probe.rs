//! Checks of a video file.

use crate::ffi::error::{made, toklink_error};
use crate::ffi::guard;
use crate::ffi::input;
use crate::ffi::result::{self, Parts, View};
use core_toklink::media::{Finding, Severity, VideoCodec};
use core_toklink::{Error, ErrorKind, ProbeReport, probe_video};
use std::ffi::c_char;
use std::path::Path;

/// A rule of TikTok that a video breaks.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_finding {
    /// The rule: `size`, `duration`, `frame_rate`, `pixels` or `codec`.
    pub rule: *const c_char,
    /// The value in the file.
    pub found: *const c_char,
    /// The values that TikTok accepts.
    pub allowed: *const c_char,
    /// The advice for the user.
    pub advice: *const c_char,
    /// True if TikTok would refuse the video; false for a warning.
    pub is_error: bool,
}

impl View<Finding> for toklink_finding {
    fn of(finding: &Finding, parts: &mut Parts) -> Self {
        Self {
            rule: parts.text(finding.rule),
            found: parts.text(&finding.found),
            allowed: parts.text(&finding.allowed),
            advice: parts.text(finding.advice),
            is_error: finding.severity == Severity::Error,
        }
    }
}

/// The properties of a video file and the rules that it breaks.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_probe_report {
    /// True if no finding is an error, so TikTok should accept the video.
    pub is_acceptable: bool,
    /// The container: `mp4`, `mov` or `webm`.
    pub container: *const c_char,
    /// The MIME type, for example `video/mp4`.
    pub mime: *const c_char,
    /// The codec: `h264`, `h265`, `vp8`, `vp9`, or the name in the file; empty if unknown.
    pub video_codec: *const c_char,
    /// The size of the file in bytes.
    pub size_bytes: u64,
    /// The length in milliseconds; -1 if unknown.
    pub duration_ms: i64,
    /// The width in pixels as shown; -1 if unknown.
    pub width: i32,
    /// The height in pixels as shown; -1 if unknown.
    pub height: i32,
    /// Degrees by which a player rotates the frames clockwise: 0, 90, 180 or 270.
    pub rotation: u32,
    /// Frames per second; `NaN` if unknown.
    pub fps: f64,
    /// 1 if the frame rate varies, otherwise 0; -1 if unknown.
    pub variable_fps: i32,
    /// 1 if the video has sound, otherwise 0; -1 if unknown.
    pub has_audio: i32,
    /// The rules that the video breaks.
    pub findings: *const *const toklink_finding,
    /// Number of `findings`.
    pub finding_count: usize,
}

impl View<ProbeReport> for toklink_probe_report {
    fn of(report: &ProbeReport, parts: &mut Parts) -> Self {
        let video = &report.video;
        let (findings, finding_count) = parts.children(&report.findings);
        let pixels = |pixels: Option<u32>| pixels.and_then(|pixels| i32::try_from(pixels).ok()).unwrap_or(-1);
        Self {
            is_acceptable: !report.findings.iter().any(|finding| finding.severity == Severity::Error),
            container: parts.text(video.container.as_str()),
            mime: parts.text(video.container.mime()),
            video_codec: parts.maybe(video.video_codec.as_ref().map(VideoCodec::as_str)),
            size_bytes: video.size_bytes,
            duration_ms: video.duration_ms.map_or(-1, |ms| i64::try_from(ms).unwrap_or(i64::MAX)),
            width: pixels(video.width),
            height: pixels(video.height),
            rotation: u32::from(video.rotation),
            fps: video.frame_rate.unwrap_or(f64::NAN),
            variable_fps: video.variable_frame_rate.map_or(-1, i32::from),
            has_audio: video.has_audio.map_or(-1, i32::from),
            findings,
            finding_count,
        }
    }
}

/// Frees a report. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_free(report: *const toklink_probe_report) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(report) });
}

/// Reads the headers of a video file and checks them against TikTok's rules. Blocks while it reads a few hundred bytes.
/// Needs no client and no network. Returns NULL on failure; a video that breaks a rule is not a failure. Free the
/// report with `toklink_probe_report_free`.
///
/// Errors: `TOKLINK_ERR_NOT_FOUND` if the file does not exist; `TOKLINK_ERR_INVALID_INPUT` if it cannot be read or is
/// not a video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_video(
    path: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_probe_report {
    let work = || {
        // SAFETY: the header requires valid arguments.
        let path = unsafe { input::required(path, "path")? };
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|cause| {
            let sentence =
                "the system has no resources left to read the file; close other programs and retry";
            Error::new(ErrorKind::Internal, sentence).with_operation("probe_video").with_source(cause)
        })?;
        let report = runtime.block_on(probe_video(Path::new(&path)))?;
        Ok(result::give::<toklink_probe_report, _>(&report))
    };
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }
}
