//! Measures the chunk plan and the probe with videos of up to TikTok's maximum size.

use super::{ROUNDS, alone, median};
use std::fs::File;
use std::hint::black_box;
use std::io::{Cursor, Read, Result, Seek, SeekFrom, Write};
use std::time::Instant;
use toklink::media::probe;
use toklink::publish::ChunkPlan;

const VIDEO: &[u8] = include_bytes!("../../tests/c/media/good.mp4");
/// The size of the largest video that TikTok accepts (docs/tiktok-api.md 5.7).
const LARGEST: u64 = 4_000_000_000;
/// Header size of a box with a 64-bit size.
const LARGE_HEAD: usize = 16;

pub(crate) fn run() {
    alone("plan of 4 GB", &mut |i| {
        black_box(ChunkPlan::for_size(LARGEST - u64::from(i)).unwrap());
    });
    alone("probe a small MP4 in memory", &mut |_| {
        black_box(probe(&mut Cursor::new(VIDEO), VIDEO.len() as u64).unwrap());
    });
    let head_first = [VIDEO, &large_box(*b"mdat", LARGEST - VIDEO.len() as u64)].concat();
    largest("moov first", &[(0, &head_first)]);
    let (before, moov, media) = split(VIDEO);
    let sample_bytes = LARGEST - (before.len() + moov.len()) as u64;
    let start = [before, &large_box(*b"mdat", sample_bytes), media].concat();
    largest("moov last", &[(0, &start), (LARGEST - moov.len() as u64, moov)]);
}

/// Probes a sparse file of 4 GB that contains `parts`, through the file system with a warm cache.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn largest(what: &str, parts: &[(u64, &[u8])]) {
    let path = std::env::temp_dir().join(format!("toklink-bench-{}.mp4", std::process::id()));
    let mut file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    file.set_len(LARGEST).unwrap();
    for (at, bytes) in parts {
        file.seek(SeekFrom::Start(*at)).unwrap();
        file.write_all(bytes).unwrap();
    }
    let mut reader = Counted { file, bytes: 0 };
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        reader.bytes = 0;
        let began = Instant::now();
        let info = probe(&mut reader, LARGEST).unwrap();
        rounds.push(began.elapsed().as_secs_f64() * 1e6);
        assert!(info.video_codec.is_some() && info.duration_ms.is_some());
    }
    let name = format!("probe a 4 GB MP4, {what}");
    println!("{name:<34} {:>8.0} us   {} bytes read (aim 2000 us, 1 MB)", median(rounds), reader.bytes);
}

/// A file that counts the bytes read from it.
struct Counted {
    file: File,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.file.seek(to)
    }
}

/// Returns the header of a box with `size` bytes in total.
fn large_box(name: [u8; 4], size: u64) -> [u8; LARGE_HEAD] {
    let mut head = [0; LARGE_HEAD];
    head[3] = 1;
    head[4..8].copy_from_slice(&name);
    head[8..].copy_from_slice(&size.to_be_bytes());
    head
}

/// Returns the bytes before the boxes `moov` and `mdat` of `video`, the complete `moov`, and the content of `mdat`.
fn split(video: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (mut at, mut before, mut moov, mut media) = (0, 0, &video[..0], &video[..0]);
    while at < video.len() {
        let size = u32::from_be_bytes(video[at..at + 4].try_into().unwrap()) as usize;
        match &video[at + 4..at + 8] {
            b"ftyp" => before = at + size,
            b"moov" => moov = &video[at..at + size],
            b"mdat" => media = &video[at + 8..at + size],
            _ => {}
        }
        at += size;
    }
    (&video[..before], moov, media)
}
