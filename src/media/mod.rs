//! Checks videos before they are sent: reads the properties of a file and checks them against TikTok's rules
//! (docs/tiktok-api.md 5.10). It reads only headers and time tables, from any [`Read`](std::io::Read) with
//! [`Seek`](std::io::Seek).

mod atom;
mod bounded_reader;
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
mod video_info;
mod webm;

pub use probe::probe;
pub(crate) use probe::probe_start;
pub(crate) use rules::{EMPTY_FILE, cover};
pub use rules::{Finding, MAX_VIDEO_SIZE, Severity, findings};
pub use video_info::{Container, VideoCodec, VideoInfo};
