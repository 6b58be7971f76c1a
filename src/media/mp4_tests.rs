//! Tests the MP4 reader with files from public bug reports (`tests/media/files`) and files built in `sample.rs`.

use super::super::probe::probe_start;
use super::super::sample::{Sample, atom, in_fragments, moof};
use super::super::{findings, probe};
use super::*;
use crate::error::Result;
use proptest::prelude::*;
use std::io::Cursor;

macro_rules! reported {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/media/files/", $name)).as_slice()
    };
}

fn read(bytes: &[u8]) -> Result<VideoInfo> {
    probe(&mut Cursor::new(bytes), bytes.len() as u64)
}

fn length_and_rate(bytes: &[u8]) -> (Option<u64>, Option<f64>) {
    let info = read(bytes).unwrap();
    (info.duration_ms, info.frame_rate)
}

fn message(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().message().to_owned()
}

#[test]
fn duration_and_fps_of_reported_files_match_players() {
    for (name, bytes, millis, rate) in [
        ("timescale", reported!("m3-mdhd-30x-short.mp4"), 8_283, 23.904),
        ("sample table", reported!("m10-srs.mp4"), 139_711, 27.607),
        ("no last duration, 2 s", reported!("m8-60fps-2s.mp4"), 1_983, 60.0),
        ("no last duration, 8 s", reported!("m8-60fps-8s.mp4"), 7_983, 60.0),
        ("matrix", reported!("m15-mvhd-rot.mp4"), 10_000, 30.0),
        ("styp", reported!("m26-styp-then-init.mp4"), 10_000, 30.0),
        ("tag", reported!("m4-tag.mp4"), 10_000, 30.0),
    ] {
        let info = read(bytes).unwrap();
        assert_eq!((info.duration_ms, info.frame_rate), (Some(millis), Some(rate)), "{name}");
        assert_eq!((info.width, info.height), (Some(1080), Some(1920)), "{name}");
        assert_eq!(info.rotation, if name == "matrix" { 90 } else { 0 }, "{name}");
        assert_eq!(info.container, Container::Mp4, "{name}");
        assert_eq!(findings(&info, Some(180)), [], "{name}");
    }
}

#[test]
fn movie_and_track_rotations_are_combined() {
    let straight = (1, 0);
    for (track, movie, rotation) in [
        (straight, (0, 1), 90),
        ((0, 1), straight, 90),
        ((0, 1), (0, 1), 180),
        ((0, 1), (0, -1), 0),
        ((-1, 0), (0, 1), 270),
        // A matrix of zeros means no rotation.
        ((0, 1), (0, 0), 90),
        ((0, 0), (0, 1), 90),
    ] {
        let bytes = Sample { turn: track, movie_turn: movie, ..Sample::default() }.mp4();
        let info = read(&bytes).unwrap();
        assert_eq!(info.rotation, rotation, "{track:?} {movie:?}");
        let sides = if rotation % 180 == 90 { (1920, 1080) } else { (1080, 1920) };
        assert_eq!((info.width, info.height), (Some(sides.0), Some(sides.1)));
    }
}

#[test]
fn inexact_rotation_is_rounded_to_a_quarter_turn() {
    let mut bytes = Sample { turn: (0, 1), ..Sample::default() }.mp4();
    let video = bytes.windows(4).rposition(|kind| kind == b"tkhd").unwrap();
    bytes[video + 4 + 40..video + 4 + 44].copy_from_slice(&(-3i32).to_be_bytes());
    assert_eq!(read(&bytes).unwrap().rotation, 90);
}

#[test]
fn mp4_is_identified_after_boxes_of_unknown_kinds() {
    let usual = Sample { index_first: true, ..Sample::default() }.mp4();
    let vendor = atom(b"XMKR", &[&[1; 20]]);
    for first in [
        atom(b"uuid", &[&[9; 32]]),
        atom(b"styp", &[b"msdh", &[0; 4], b"msdh"]),
        atom(b"free", &[]),
        [vendor.clone(), vendor].concat(),
    ] {
        let bytes = [first, usual.clone()].concat();
        let info = read(&bytes).unwrap();
        assert_eq!(info, VideoInfo { size_bytes: bytes.len() as u64, ..read(&usual).unwrap() });
        // A stream whose index has not arrived yet.
        let seen = bytes.len() - usual.len() + 30;
        let start = probe_start(&mut Cursor::new(&bytes[..seen]), bytes.len() as u64, seen as u64).unwrap();
        assert_eq!(start.container, Container::Mp4);
    }
}

#[test]
fn file_with_only_unknown_boxes_is_not_an_mp4() {
    let vendor = atom(b"XMKR", &[&[1; 20]]);
    for bytes in [vendor.clone(), vendor.repeat(40), [vendor, b"hello, this is a text".to_vec()].concat()] {
        assert!(message(&bytes).contains("not an MP4, MOV or WebM file"));
    }
}

#[test]
fn segment_without_its_header_is_identified_in_the_error() {
    let media = atom(b"mdat", &[&[7; 100]]);
    for first in [
        Vec::new(),
        atom(b"styp", &[b"msdh", &[0; 4], b"msdh"]),
        atom(b"sidx", &[&[0; 32]]),
        atom(b"ftyp", &[b"iso5", &[0; 4]]),
    ] {
        let said = message(&[first, moof(15, &[]), media.clone()].concat());
        assert!(said.contains("a segment of an MP4"), "{said}");
    }
}

#[test]
fn photo_with_mp4_boxes_is_identified() {
    let photo = [atom(b"ftyp", &[b"heic", &[0; 4], b"mif1"]), atom(b"meta", &[&[0; 40]])].concat();
    assert!(message(&[photo, atom(b"mdat", &[&[7; 100]])].concat()).contains("a picture"));
}

#[test]
fn trailing_bytes_after_the_last_box_are_ignored() {
    let tag = [b"TAG".as_slice(), &[b' '; 125]].concat();
    let boundary = b"\r\n------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n";
    let camera = [&[0, 0, 0, 2, 0xff, 0xfe, 3, 4, 5][..], b"8db42d694ccc418790edff439fe026bf"].concat();
    let large = [&[0, 0, 0, 1][..], b"\xff\xfe\xfd\xfc", &[0; 4]].concat();
    for tail in [&b"\n"[..], b"\r\n", b"\0\0\0\0", b"\0\0\0\0\0\0\0\0", &tag, boundary, &camera, &large] {
        for index_first in [false, true] {
            let usual = Sample { index_first, ..Sample::default() }.mp4();
            let bytes = [&usual, tail].concat();
            let expected = VideoInfo { size_bytes: bytes.len() as u64, ..read(&usual).unwrap() };
            assert_eq!(read(&bytes).unwrap(), expected, "{}", tail.escape_ascii());
        }
        let fragments = in_fragments(&[], &[moof(15, &[1500; 3])]);
        assert_eq!(length_and_rate(&[&fragments, tail].concat()), length_and_rate(&fragments));
    }
}

#[test]
fn truncated_file_error_names_the_missing_part() {
    let index_last = Sample::default().mp4();
    let index_first = Sample { index_first: true, ..Sample::default() }.mp4();
    let fragments = in_fragments(&[], &[moof(15, &[1500; 3])]);
    let no_media = &index_first[..index_first.len() - 108];
    let no_index = &index_last[..20 + 108];
    for (bytes, missing) in [
        (&index_last[..index_last.len() - 30], "30 bytes of its moov box are missing"),
        (&index_first[..index_first.len() - 30], "30 bytes of its mdat box are missing"),
        (&fragments[..fragments.len() - 9], "9 bytes of its moof box are missing"),
        (&[&index_first, &b"\0\0\x01"[..]].concat(), "its last header is incomplete"),
        (no_media, "its media data (mdat) is missing"),
        (no_index, "its index (moov) is missing"),
    ] {
        let said = message(bytes);
        assert_eq!(said, format!("the video file is incomplete: {missing}; copy or export it again"));
    }
}

#[test]
fn short_last_sample_does_not_raise_the_frame_rate() {
    for times in [&[(119, 1500), (1, 0)][..], &[(119, 1500), (1, 1)], &[(119, 1500), (1, 1499)]] {
        let bytes = Sample { times: Some(times), frames: 120, ..Sample::default() }.mp4();
        assert_eq!(read(&bytes).unwrap().frame_rate, Some(60.0), "{times:?}");
    }
    let mut own = [1500; 120];
    own[119] = 0;
    let rate = length_and_rate(&in_fragments(&[], &[moof(0, &own)])).1;
    assert_eq!(rate, Some(60.0));
    // A longer last sample counts, because the last frame may be a still image.
    let still = Sample { times: Some(&[(119, 1500), (1, 91_500)]), ..Sample::default() }.mp4();
    assert_eq!(read(&still).unwrap().frame_rate, Some(40.0));
}

#[test]
fn sample_durations_override_a_contradicting_header() {
    // The header states 10 s and the samples last 20 s.
    let bytes = Sample { times: Some(&[(600, 3000)]), ..Sample::default() }.mp4();
    assert_eq!(length_and_rate(&bytes), (Some(20_000), Some(30.0)));
    // Without a time table, only the header is available.
    let bytes = Sample { times: Some(&[]), ..Sample::default() }.mp4();
    assert_eq!(length_and_rate(&bytes), (Some(10_000), Some(30.0)));
}

#[test]
fn edit_lists_determine_the_displayed_duration() {
    for (edits, millis) in [
        (&[(4_000, 90_000)][..], 4_000),
        (&[(500, -1), (10_000, 0)], 10_500),
        (&[(2_000, 0), (3_000, 180_000)], 5_000),
        // 0 means "to the end of the track". The other two exceed the track.
        (&[(0, 90_000)], 9_000),
        (&[(60_000, 0)], 10_000),
        (&[(0, 900_000)], 10_000),
    ] {
        let bytes = Sample { edits, ..Sample::default() }.mp4();
        assert_eq!(length_and_rate(&bytes), (Some(millis), Some(30.0)), "{edits:?}");
    }
}

/// Returns the header of a fragmented video that states the total duration, as some writers do.
fn stated_total(moofs: &[Vec<u8>]) -> Vec<u8> {
    let plain = Sample { times: Some(&[]), frames: 0, duration: 6_000, ..Sample::default() }.mp4();
    let index = plain.windows(4).position(|window| window == b"moov").unwrap() - 4;
    let moov = atom(b"moov", &[&plain[index + 8..], &atom(b"mvex", &[])]);
    [&plain[..index], &moov, &moofs.concat()].concat()
}

#[test]
fn fragments_are_not_added_to_a_stated_total_duration() {
    let moofs: Vec<_> = (0..3).map(|_| moof(0, &[3000; 60])).collect();
    assert_eq!(length_and_rate(&stated_total(&moofs)), (Some(6_000), Some(30.0)));
    // The fragments last longer than the header states.
    let moofs: Vec<_> = (0..4).map(|_| moof(0, &[3000; 60])).collect();
    assert_eq!(length_and_rate(&stated_total(&moofs)), (Some(8_000), Some(30.0)));
}

#[test]
fn fragments_are_added_to_the_samples_in_the_index() {
    let plain = Sample { duration: 2_000, frames: 60, ..Sample::default() }.mp4();
    let bytes = [plain, moof(15, &[]), moof(15, &[])].concat();
    assert_eq!(length_and_rate(&bytes), (Some(3_000), Some(30.0)));
}

#[test]
fn thousands_of_fragments_are_counted() {
    let moofs = vec![[moof(0, &[3000]), atom(b"mdat", &[&[7; 9]])].concat(); 18_000];
    assert_eq!(length_and_rate(&in_fragments(&[], &moofs)), (Some(600_000), Some(30.0)));
}

#[test]
fn stated_duration_is_used_when_fragments_exceed_the_limit() {
    let endless = vec![[moof(0, &[3000]), atom(b"mdat", &[])].concat(); 60_000];
    let unsaid = in_fragments(&[], &endless);
    assert_eq!(length_and_rate(&unsaid), (None, Some(30.0)));
    let mehd = atom(b"mehd", &[&[0; 4], &2_000_000u32.to_be_bytes()]);
    assert_eq!(length_and_rate(&in_fragments(&mehd, &endless)), (Some(2_000_000), Some(30.0)));
    assert_eq!(length_and_rate(&stated_total(&endless)), (Some(6_000), Some(30.0)));
    let size = endless.iter().map(Vec::len).sum::<usize>();
    let indexed = [vec![segment_index(size, 180_000_000)], endless].concat();
    assert_eq!(length_and_rate(&in_fragments(&[], &indexed)), (Some(2_000_000), Some(30.0)));
}

/// Returns a `sidx` with two references, of which the first points to another index.
fn segment_index(bytes: usize, units: u32) -> Vec<u8> {
    let bytes = u32::try_from(bytes).unwrap();
    let references = [1 << 31 | (bytes / 2), units / 2, 0, bytes - bytes / 2, units - units / 2, 0]
        .map(u32::to_be_bytes)
        .concat();
    let head = [0, 2, 90_000, 0, 0, 2].map(u32::to_be_bytes).concat();
    atom(b"sidx", &[&head, &references])
}

#[test]
fn segment_index_determines_the_duration_of_a_stream() {
    let moofs = vec![moof(0, &[3000; 30]); 20];
    let size = moofs.concat().len();
    let start = |index: Vec<u8>| {
        let bytes = in_fragments(&[], &[vec![index], moofs.clone()].concat());
        let seen = bytes.len() - size / 2;
        probe_start(&mut Cursor::new(&bytes[..seen]), bytes.len() as u64, seen as u64).unwrap()
    };
    assert_eq!(start(segment_index(size, 1_800_000)).duration_ms, Some(20_000));
    // An index of only the first segment does not describe the other segments.
    assert_eq!(start(segment_index(size / 20, 90_000)).duration_ms, None);
}

#[test]
fn fragment_starts_replace_missing_sample_durations() {
    let at = |start: u64, own: &[u32]| {
        let table: Vec<u8> = own.iter().flat_map(|units| units.to_be_bytes()).collect();
        let count = u32::try_from(own.len()).unwrap().to_be_bytes();
        let tfhd = atom(b"tfhd", &[&[0, 2, 0, 0], &2u32.to_be_bytes()]);
        let tfdt = atom(b"tfdt", &[&[1, 0, 0, 0], &start.to_be_bytes()]);
        let trun = atom(b"trun", &[&[0, 0, 1, 0], &count, &table]);
        atom(b"moof", &[&atom(b"traf", &[&tfhd, &tfdt, &trun])])
    };
    let mut own = [1500; 60];
    own[59] = 0;
    // A live recording that did not start at 0, whose fragments omit the duration of their last sample.
    let live = 90_000 * 3600;
    let bytes = in_fragments(&[], &[at(live, &own), at(live + 90_000, &own), at(live + 180_000, &own)]);
    assert_eq!(length_and_rate(&bytes), (Some(2_983), Some(60.0)));
    // Joined recordings, each of which starts at 0.
    let bytes = in_fragments(&[], &[at(0, &[3000; 30]), at(0, &[3000; 30])]);
    assert_eq!(length_and_rate(&bytes), (Some(2_000), Some(30.0)));
    let bytes = in_fragments(&[], &[at(u64::MAX, &[u32::MAX; 30])]);
    assert!(read(&bytes).is_ok());
}

#[test]
fn time_table_above_the_size_limit_is_not_read() {
    let entries = 200_000u32;
    let mut bytes = Sample::default().mp4();
    let stts = bytes.windows(4).rposition(|kind| kind == b"stts").unwrap();
    let table = [&entries.to_be_bytes()[..], &[0, 0, 0, 1, 0, 0, 11, 184].repeat(entries as usize)].concat();
    let grown = u32::try_from(table.len() - 12).unwrap();
    bytes.splice(stts + 8..stts + 20, table);
    for kind in [b"stts", b"stbl", b"minf", b"mdia", b"trak", b"moov"] {
        let at = bytes.windows(4).rposition(|window| window == kind).unwrap() - 4;
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) + grown;
        bytes[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    assert_eq!(length_and_rate(&bytes), (Some(10_000), Some(30.0)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn corrupted_mp4_headers_never_cause_a_panic(
        which in 0usize..6, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let moofs = vec![segment_index(300, 90_000), moof(15, &[1500; 3]), moof(1, &[7])];
        let mut bytes = match which {
            0 => reported!("m26-styp-then-init.mp4").to_vec(),
            1 => reported!("m10-srs.mp4").to_vec(),
            2 => reported!("m4-tag.mp4").to_vec(),
            3 => in_fragments(&atom(b"mehd", &[&[0; 4], &[0, 0, 9, 9]]), &moofs),
            4 => Sample { edits: &[(500, -1), (0, 90_000)], large: true, ..Sample::default() }.mp4(),
            _ => stated_total(&moofs),
        };
        // Most bytes of real files are picture data, so changes near box headers find more faults.
        let heads: Vec<_> = (0..bytes.len() - 8).filter(|at| is_header(&bytes[*at..])).collect();
        for (at, to) in changes {
            let at = heads[at.index(heads.len())] + usize::from(to) % 40;
            if let Some(byte) = bytes.get_mut(at) {
                *byte = [0, 1, 0x7f, 0xff, to][usize::from(to) % 5];
            }
        }
        if let Ok(info) = read(&bytes) {
            let _ = findings(&info, None);
        }
        for seen in [bytes.len() / 3, bytes.len() - 1] {
            let _ = probe_start(&mut Cursor::new(&bytes[..seen]), bytes.len() as u64, seen as u64);
        }
    }
}

fn is_header(bytes: &[u8]) -> bool {
    bytes[4..8].iter().all(u8::is_ascii_lowercase)
}
