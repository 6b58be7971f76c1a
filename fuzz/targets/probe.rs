//! Probes arbitrary bytes as a video file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(info) = toklink::media::probe(&mut Cursor::new(bytes), bytes.len() as u64) {
        let _ = toklink::media::findings(&info, None);
    }
});
