//! What a video file is, and which of TikTok's rules it does not keep.

use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{field, known};
use crate::{guard, handle};
use core_toklink::media::{Finding, Severity, VideoCodec, VideoInfo};
use core_toklink::{Error, ErrorKind, ProbeReport, probe_video};
use std::path::Path;
use std::ptr;

/// What a file is, and the rules that it does not keep.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_probe_report {
    info: VideoInfo,
    container: Text,
    mime: Text,
    video_codec: Option<Text>,
    findings: Vec<toklink_finding>,
}

/// One rule that a video does not keep. It belongs to its `toklink_probe_report` and lives as long.
///
/// Thread safety: it never changes; any number of threads may read it.
#[derive(Debug)]
pub struct toklink_finding {
    rule: Text,
    found: Text,
    allowed: Text,
    advice: Text,
    is_error: bool,
}

impl toklink_finding {
    fn new(finding: &Finding) -> Self {
        Self {
            rule: Text::new(finding.rule),
            found: Text::new(&finding.found),
            allowed: Text::new(&finding.allowed),
            advice: Text::new(finding.advice),
            is_error: finding.severity == Severity::Error,
        }
    }
}

impl toklink_probe_report {
    fn new(report: ProbeReport) -> Self {
        let ProbeReport { video: info, findings } = report;
        Self {
            container: Text::new(info.container.as_str()),
            mime: Text::new(info.container.mime()),
            video_codec: info.video_codec.as_ref().map(VideoCodec::as_str).map(Text::new),
            findings: findings.iter().map(toklink_finding::new).collect(),
            info,
        }
    }
}

/// Reads a file's headers and judges them by TikTok's rules. Blocks while it reads some hundred bytes; needs no
/// client and no network. The path is UTF-8. Give the report back with `toklink_probe_report_free`.
///
/// Errors: `TOKLINK_ERR_NOT_FOUND` when there is no such file, `TOKLINK_ERR_INVALID_INPUT` when it is no video that
/// TikTok takes or cannot be read. A video that breaks a rule is no error: see the findings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_video(
    path: toklink_str,
    out_report: *mut *mut toklink_probe_report,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, path) = unsafe { (Output::at(out_report)?, path.read("the path")?) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|cause| {
            let sentence =
                "the system gave no resources to read the file with; close something and try again";
            Error::new(ErrorKind::Internal, sentence).with_operation("probe_video").with_source(cause)
        })?;
        let report = runtime.block_on(probe_video(Path::new(path)))?;
        out.set(handle::give(toklink_probe_report::new(report)));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Frees the report, its findings and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_free(report: *mut toklink_probe_report) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(report) });
}

/// Whether TikTok should take the video: no finding is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_is_acceptable(report: *const toklink_probe_report) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { field(report, false, |r| !r.findings.iter().any(|finding| finding.is_error)) }
}

/// `mp4`, `mov` or `webm`. Lives as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_container(report: *const toklink_probe_report) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(report, toklink_str::of(None), |r| r.container.view()) }
}

/// The MIME type, for example `video/mp4`. Lives as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_mime(report: *const toklink_probe_report) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(report, toklink_str::of(None), |r| r.mime.view()) }
}

/// `h264`, `h265`, `vp8`, `vp9`, or the name in the file; empty when the file does not say. Lives as long as the
/// report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_video_codec(
    report: *const toklink_probe_report,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(report, toklink_str::of(None), |r| toklink_str::of(r.video_codec.as_ref())) }
}

/// Bytes of the file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_size_bytes(report: *const toklink_probe_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { field(report, 0, |r| r.info.size_bytes) }
}

/// Milliseconds of play. Returns whether the file says, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_duration_ms(
    report: *const toklink_probe_report,
    out_ms: *mut u64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { known(field(report, None, |r| r.info.duration_ms), out_ms) }
}

/// Pixels across, as shown; 0 when the file does not say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_width(report: *const toklink_probe_report) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { field(report, 0, |r| r.info.width.unwrap_or(0)) }
}

/// Pixels down, as shown; 0 when the file does not say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_height(report: *const toklink_probe_report) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { field(report, 0, |r| r.info.height.unwrap_or(0)) }
}

/// Degrees by which a player turns the stored pictures clockwise: 0, 90, 180 or 270.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_rotation(report: *const toklink_probe_report) -> u16 {
    // SAFETY: the conventions of the header.
    unsafe { field(report, 0, |r| r.info.rotation) }
}

/// Pictures per second. Returns whether the file says, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_frame_rate(
    report: *const toklink_probe_report,
    out_rate: *mut f64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { known(field(report, None, |r| r.info.frame_rate), out_rate) }
}

/// Whether pictures are shown for clearly different times. Returns whether the file says, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_variable_frame_rate(
    report: *const toklink_probe_report,
    out_variable: *mut bool,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { known(field(report, None, |r| r.info.variable_frame_rate), out_variable) }
}

/// Whether there is sound. Returns whether the file says, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_has_audio(
    report: *const toklink_probe_report,
    out_has_audio: *mut bool,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { known(field(report, None, |r| r.info.has_audio), out_has_audio) }
}

/// Number of findings; 0 when every rule is kept, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_finding_count(report: *const toklink_probe_report) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { field(report, 0, |r| r.findings.len()) }
}

/// The finding at `index`, from 0; NULL beyond the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_probe_report_finding_at(
    report: *const toklink_probe_report,
    index: usize,
) -> *const toklink_finding {
    // SAFETY: the conventions of the header.
    unsafe { field(report, ptr::null(), |r| r.findings.get(index).map_or(ptr::null(), ptr::from_ref)) }
}

/// Whether TikTok would refuse the video for it; otherwise it is a warning.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_finding_is_error(finding: *const toklink_finding) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { field(finding, false, |f| f.is_error) }
}

/// `size`, `duration`, `frame_rate`, `pixels` or `codec`. Lives as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_finding_rule(finding: *const toklink_finding) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(finding, toklink_str::of(None), |f| f.rule.view()) }
}

/// What the file has. Lives as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_finding_found(finding: *const toklink_finding) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(finding, toklink_str::of(None), |f| f.found.view()) }
}

/// What TikTok takes. Lives as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_finding_allowed(finding: *const toklink_finding) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(finding, toklink_str::of(None), |f| f.allowed.view()) }
}

/// What the user can do. Lives as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_finding_advice(finding: *const toklink_finding) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(finding, toklink_str::of(None), |f| f.advice.view()) }
}
