//! Checks videos before they are sent: reads the properties of a file, checks them against TikTok's rules, and cuts the file into
//! chunks (docs/tiktok-api.md 5.7 and 5.10). Only headers and time tables are read, from any [`Read`](std::io::Read) with
//! [`Seek`](std::io::Seek).

mod atom;
mod bounded_reader;
mod chunk_plan;
mod fragments;
mod json;
mod lengths;
mod movie;
mod mp4;
mod probe;
mod rules;
#[cfg(test)]
mod sample;
mod segment_index;
mod times;
mod turn;
mod webm;

pub use chunk_plan::{ChunkPlan, MAX_VIDEO_SIZE};
pub(crate) use probe::probe_start;
pub use probe::{Container, VideoCodec, VideoInfo, probe};
pub(crate) use rules::cover;
pub use rules::{Finding, Severity, findings};
