//! Videos before they are sent: what a file is, whether TikTok takes it, and how it is cut into chunks
//! (docs/tiktok-api.md 5.7 and 5.10). Reads headers and tables of times only, from any [`Read`](std::io::Read) with
//! [`Seek`](std::io::Seek).

mod atom;
mod fragments;
mod json;
mod lengths;
mod movie;
mod mp4;
mod plan;
mod probe;
mod rules;
#[cfg(test)]
mod sample;
mod segment_index;
mod source;
mod times;
mod turn;
mod webm;

pub use plan::{ChunkPlan, MAX_VIDEO_SIZE};
pub(crate) use probe::probe_start;
pub use probe::{Container, VideoCodec, VideoInfo, probe};
pub(crate) use rules::cover;
pub use rules::{Finding, Severity, findings};
