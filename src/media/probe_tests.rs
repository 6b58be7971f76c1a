//! Tests the probe with files built in `sample.rs`.

use super::super::bounded_reader::Missing;
use super::*;
use crate::error::{Error, ErrorKind, Owner, Reason};
use crate::media::VideoCodec;
use crate::media::sample::{Sample, atom, element, in_fragments, large_atom, moof, webm};
use proptest::prelude::*;
use std::io::{Cursor, SeekFrom};

fn read(bytes: &[u8]) -> Result<VideoInfo> {
    probe(&mut Cursor::new(bytes), bytes.len() as u64)
}

fn refused(bytes: &[u8]) -> Error {
    let error = read(bytes).unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::User), "{error}");
    error
}

#[test]
fn mp4_reports_all_properties_that_tiktok_requires() {
    let bytes = Sample::default().mp4();
    assert_eq!(
        read(&bytes).unwrap(),
        VideoInfo {
            container: Container::Mp4,
            size_bytes: bytes.len() as u64,
            duration_ms: Some(10_000),
            width: Some(1080),
            height: Some(1920),
            rotation: 0,
            video_codec: Some(VideoCodec::H264),
            frame_rate: Some(30.0),
            variable_frame_rate: Some(false),
            has_audio: Some(true),
        }
    );
}

#[test]
fn json_field_names_match_the_javascript_types() {
    let info = read(&Sample::default().mp4()).unwrap();
    let expected = format!(
        r#"{{"container":"mp4","mime":"video/mp4","sizeBytes":{},"durationMs":10000,"width":1080,"height":1920,"rotation":0,"videoCodec":"h264","frameRate":30.0,"variableFrameRate":false,"hasAudio":true}}"#,
        info.size_bytes
    );
    assert_eq!(serde_json::to_string(&info).unwrap(), expected);
}

#[test]
fn json_containers_and_codecs_match_the_javascript_types() {
    let json = |bytes: &[u8]| serde_json::to_value(read(bytes).unwrap()).unwrap();
    for (codec, name) in [(b"avc1", "h264"), (b"hvc1", "h265"), (b"vp09", "vp9"), (b"av01", "av01")] {
        assert_eq!(json(&Sample { codec, ..Sample::default() }.mp4())["videoCodec"], name);
    }
    let named = |bytes: &[u8]| ["container", "mime", "videoCodec"].map(|field| json(bytes)[field].clone());
    assert_eq!(named(&webm(b"webm", b"V_VP8", true, &[])), ["webm", "video/webm", "vp8"]);
    let quicktime = Sample { brand: Some(b"qt  "), ..Sample::default() }.mp4();
    assert_eq!(named(&quicktime), ["mov", "video/quicktime", "h264"]);
}

#[test]
fn mp4_is_read_with_any_index_position_and_64_bit_sizes() {
    let usual = read(&Sample::default().mp4()).unwrap();
    for (index_first, large) in [(true, false), (false, true), (true, true)] {
        let info = read(&Sample { large, index_first, ..Sample::default() }.mp4()).unwrap();
        assert_eq!(VideoInfo { size_bytes: usual.size_bytes, ..info }, usual);
    }
    let long = Sample { large: true, duration: 5_000_000_000, frames: 1_000_000, ..Sample::default() }.mp4();
    assert_eq!(read(&long).unwrap().duration_ms, Some(5_000_000_000));
}

#[test]
fn quicktime_is_identified_by_its_brand_or_a_missing_brand() {
    for brand in [Some(b"qt  "), None] {
        let info = read(&Sample { brand, index_first: true, ..Sample::default() }.mp4()).unwrap();
        assert_eq!((info.container, info.container.mime()), (Container::Mov, "video/quicktime"));
    }
}

#[test]
fn every_codec_is_identified_by_its_sample_entry() {
    let other = |name: &str| VideoCodec::Other(name.to_owned());
    for (kind, codec) in [
        (b"avc1", VideoCodec::H264),
        (b"avc3", VideoCodec::H264),
        (b"hvc1", VideoCodec::H265),
        (b"hev1", VideoCodec::H265),
        (b"vp08", VideoCodec::Vp8),
        (b"vp09", VideoCodec::Vp9),
        (b"av01", other("av01")),
        (b"apch", other("apch")),
        (b"raw ", other("raw")),
    ] {
        let info = read(&Sample { codec: kind, ..Sample::default() }.mp4()).unwrap();
        assert_eq!(info.video_codec, Some(codec));
    }
}

#[test]
fn rotated_video_reports_its_displayed_width_and_height() {
    for (turn, rotation, sides) in
        [((0, 1), 90, (1920, 1080)), ((-1, 0), 180, (1080, 1920)), ((0, -1), 270, (1920, 1080))]
    {
        let info = read(&Sample { turn, ..Sample::default() }.mp4()).unwrap();
        assert_eq!((info.rotation, info.width, info.height), (rotation, Some(sides.0), Some(sides.1)));
    }
}

#[test]
fn frame_rate_is_variable_when_frame_durations_differ() {
    for (times, varies) in [
        (&[][..], None),
        (&[(300, 3000)], Some(false)),
        // A camera with an unsteady clock and a truncated last frame.
        (&[(100, 3000), (100, 3003), (99, 2997), (1, 10)], Some(false)),
        (&[(299, 3000), (1, 30_000)], Some(false)),
        (&[(100, 3000), (1, 6000), (199, 3000)], Some(true)),
        (&[(100, 3000), (200, 6000)], Some(true)),
        (&[(1, 3000)], Some(false)),
    ] {
        let info = read(&Sample { times: Some(times), ..Sample::default() }.mp4()).unwrap();
        assert_eq!(info.variable_frame_rate, varies, "{times:?}");
    }
}

#[test]
fn video_without_audio_reports_no_audio() {
    assert_eq!(read(&Sample { audio: false, ..Sample::default() }.mp4()).unwrap().has_audio, Some(false));
}

#[test]
fn fragmented_video_uses_the_duration_in_its_header() {
    let info = read(&in_fragments(&[], &[])).unwrap();
    assert_eq!((info.duration_ms, info.frame_rate), (None, None));
    let stated = atom(b"mehd", &[&[0; 4], &7_000u32.to_be_bytes()]);
    assert_eq!(read(&in_fragments(&stated, &[])).unwrap().duration_ms, Some(7_000));
}

#[test]
fn fragment_durations_are_added_up() {
    // 30 samples of 1/30 s by default, then 300 of 1/60 s each: 6 seconds, 330 samples.
    let info = read(&in_fragments(&[], &[moof(15, &[]), moof(15, &[1500; 300])])).unwrap();
    assert_eq!((info.duration_ms, info.frame_rate), (Some(6_000), Some(55.0)));
}

#[test]
fn webm_reports_all_properties_that_tiktok_requires() {
    let bytes = webm(b"webm", b"V_VP9", true, &[]);
    assert_eq!(
        read(&bytes).unwrap(),
        VideoInfo {
            container: Container::WebM,
            size_bytes: bytes.len() as u64,
            duration_ms: Some(12_345),
            width: Some(720),
            height: Some(1280),
            rotation: 0,
            video_codec: Some(VideoCodec::Vp9),
            frame_rate: Some(25.0),
            variable_frame_rate: None,
            has_audio: Some(true),
        }
    );
    let silent = read(&webm(b"webm", b"V_VP8", false, &element(0x1f43_b675, &[0; 50]))).unwrap();
    assert_eq!((silent.video_codec, silent.has_audio), (Some(VideoCodec::Vp8), Some(false)));
}

#[test]
fn live_webm_with_unknown_element_sizes_is_read() {
    let unknown = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let cluster = [&[0x1f, 0x43, 0xb6, 0x75][..], &unknown, &[0; 40]].concat();
    let mut bytes = webm(b"webm", b"V_VP8", true, &cluster);
    let segment = bytes.windows(4).position(|window| window == [0x18, 0x53, 0x80, 0x67]).unwrap();
    bytes[segment + 4..segment + 12].copy_from_slice(&unknown);
    assert_eq!(read(&bytes).unwrap().duration_ms, Some(12_345));
}

#[test]
fn webm_duration_is_read_from_a_4_byte_float() {
    let bytes = webm(b"webm", b"V_VP9", true, &[]);
    let wide = element(0x4489, &12_345f64.to_be_bytes());
    let at = bytes.windows(wide.len()).position(|window| window == wide).unwrap();
    // A void element fills the remaining 4 bytes.
    let narrow = [&element(0x4489, &6_789f32.to_be_bytes())[..], &[0xec, 0x82, 0, 0]].concat();
    let narrow = [&bytes[..at], &narrow, &bytes[at + wide.len()..]].concat();
    assert_eq!(read(&narrow).unwrap().duration_ms, Some(6_789));
}

#[test]
fn webm_is_rejected_when_clusters_precede_its_tracks() {
    let unknown = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let head = element(0x1a45_dfa3, &element(0x4282, b"webm"));
    let segment = [&[0x18, 0x53, 0x80, 0x67][..], &unknown, &[0x1f, 0x43, 0xb6, 0x75], &unknown, &[0; 40]];
    assert!(refused(&[head, segment.concat()].concat()).reason() == Reason::VideoTruncated);
}

#[test]
fn error_names_the_type_of_a_file_that_is_not_a_video() {
    for (bytes, word) in [
        (&b"hello, this is a text named video.mp4\n"[..], "a text file"),
        (b"hi", "a text file"),
        (b"\x89PNG\r\n\x1a\n0000", "a picture"),
        (b"RIFF\x10\0\0\0AVI LIST", "an AVI video"),
        (b"FLV\x01\x05\0\0\0\x09", "a Flash video"),
        (b"\x47\x40\0\x10\0\0", "an MPEG stream"),
        (b"\0\0\x01\xba\x44\0", "an MPEG stream"),
        (b"0&\xb2\x75\x8e\x66", "a Windows Media video"),
        (b"PK\x03\x04\x14\0\0\0", "an archive"),
        (b"\0\x01\x02\x03", "a file of an unknown type"),
    ] {
        let said = refused(bytes).message().to_owned();
        assert!(said.contains(word) && said.contains("export it as MP4 (H.264)"), "{said}");
    }
    let matroska = refused(&webm(b"matroska", b"V_VP8", true, &[]));
    assert_eq!(matroska.reason(), Reason::NotAVideo);
}

#[test]
fn audio_only_file_is_rejected() {
    let mut bytes = Sample::default().mp4();
    let at = bytes.windows(4).position(|window| window == b"vide").unwrap();
    bytes[at..at + 4].copy_from_slice(b"soun");
    assert_eq!(refused(&bytes).reason(), Reason::NotAVideo);
}

#[test]
fn file_truncated_at_any_byte_is_rejected() {
    let last_first = Sample { index_first: true, ..Sample::default() }.mp4();
    for bytes in
        [Sample::default().mp4(), last_first, webm(b"webm", b"V_VP9", true, &element(0x1f43_b675, &[0; 50]))]
    {
        for len in 16..bytes.len() - 8 {
            assert_eq!(refused(&bytes[..len]).reason(), Reason::VideoTruncated, "{len}");
        }
    }
}

#[test]
fn video_with_contradicting_headers_is_rejected() {
    let ftyp = atom(b"ftyp", &[b"isom"]);
    let wide = [&ftyp[..], &1u32.to_be_bytes(), b"moov", &u64::MAX.to_be_bytes()].concat();
    let small = [&ftyp[..], &4u32.to_be_bytes(), b"moov"].concat();
    let inner = [&ftyp[..], &atom(b"moov", &[&999u32.to_be_bytes(), b"trak"]), &atom(b"mdat", &[])].concat();
    for bytes in [wide, small, inner] {
        assert_eq!(refused(&bytes).reason(), Reason::VideoDamaged);
    }
    assert_eq!(refused(&large_atom(b"mdat", &[0; 40])).reason(), Reason::VideoTruncated);
}

#[test]
fn file_with_too_many_headers_is_rejected() {
    let bytes = atom(b"free", &[]).repeat(110_000);
    assert_eq!(refused(&bytes).reason(), Reason::VideoDamaged);
}

#[test]
fn file_with_too_many_tracks_is_rejected() {
    let tracks = element(0x1654_ae6b, &element(0xae, &[]).repeat(65));
    let web = [element(0x1a45_dfa3, &element(0x4282, b"webm")), element(0x1853_8067, &tracks)].concat();
    let moov = atom(b"moov", &[&atom(b"trak", &[]).repeat(65)]);
    let mp4 = [atom(b"ftyp", &[b"isom"]), moov, atom(b"mdat", &[])].concat();
    for bytes in [web, mp4] {
        assert_eq!(refused(&bytes).reason(), Reason::VideoDamaged);
    }
}

#[test]
fn boxes_after_the_index_are_read_up_to_a_limit() {
    let mut bytes = Sample { index_first: true, ..Sample::default() }.mp4();
    bytes.extend(atom(b"free", &[]).repeat(100_000));
    // The probe does not read far enough to find that the last box is truncated.
    bytes.extend([0, 0, 0, 99]);
    assert_eq!(read(&bytes).unwrap().duration_ms, Some(10_000));
}

#[test]
fn probe_reads_no_bytes_after_the_end_of_the_file() {
    let mut bytes = Cursor::new([7; 4]);
    let mut source = BoundedReader::new(&mut bytes, 4);
    assert_eq!(source.array::<4>(0).unwrap(), [7; 4]);
    assert!(matches!(source.array::<4>(1), Err(Fault::Truncated(Missing::End { bytes: 1 }))));
    assert!(matches!(source.array::<4>(u64::MAX), Err(Fault::Damaged)));
}

/// A reader that counts the bytes it reads and can fail every read.
struct Watched {
    inner: Cursor<Vec<u8>>,
    read: usize,
    fails: bool,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.fails {
            return Err(std::io::Error::other("the disk is gone"));
        }
        let read = self.inner.read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(to)
    }
}

#[test]
fn probe_reads_only_the_headers_of_a_long_video() {
    let sample = Sample::default().mp4();
    let long = [atom(b"ftyp", &[b"isom"]), atom(b"mdat", &[&vec![0; 10_000_000]]), sample].concat();
    let size = long.len() as u64;
    let mut watched = Watched { inner: Cursor::new(long), read: 0, fails: false };
    probe(&mut watched, size).unwrap();
    assert!(watched.read < 2000, "{}", watched.read);
}

#[test]
fn read_error_is_distinguished_from_an_invalid_video() {
    let bytes = Sample::default().mp4();
    let size = bytes.len() as u64;
    let error = probe(&mut Watched { inner: Cursor::new(bytes), read: 0, fails: true }, size).unwrap_err();
    assert_eq!(error.reason(), Reason::FileUnreadable);
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn file_that_shrank_after_its_size_was_read_is_rejected() {
    let bytes = Sample::default().mp4();
    let error = probe(&mut Cursor::new(&bytes[..200]), bytes.len() as u64).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

fn read_start(bytes: &[u8], seen: usize) -> Result<VideoInfo> {
    probe_start(&mut Cursor::new(&bytes[..seen]), bytes.len() as u64, seen as u64)
}

#[test]
fn start_of_a_video_is_sufficient_when_it_has_the_index() {
    let mut bytes = Sample { index_first: true, ..Sample::default() }.mp4();
    let head = bytes.len() - 100;
    bytes.extend(atom(b"free", &[&[0; 1000]]));
    assert_eq!(read_start(&bytes, head).unwrap(), read(&bytes).unwrap());
    let web = [webm(b"webm", b"V_VP9", true, &[]), vec![0; 1000]].concat();
    assert_eq!(read_start(&web, web.len() - 1000).unwrap(), read(&web).unwrap());
}

#[test]
fn start_reveals_only_the_container_when_the_index_is_last() {
    for (brand, container) in [(Some(b"isom"), Container::Mp4), (Some(b"qt  "), Container::Mov)] {
        let bytes = Sample { brand, ..Sample::default() }.mp4();
        assert_eq!(read_start(&bytes, 60).unwrap(), VideoInfo::new(container, bytes.len() as u64));
        assert!(read_start(&bytes, 8).unwrap_err().message().contains("cannot be read yet"));
    }
    let web = webm(b"webm", b"V_VP9", true, &[]);
    assert_eq!(read_start(&web, 60).unwrap(), VideoInfo::new(Container::WebM, web.len() as u64));
}

#[test]
fn duration_of_missing_fragments_is_not_guessed() {
    let bytes = in_fragments(&atom(b"trex", &[&[0; 20]]), &[moof(15, &[1500; 3]), moof(15, &[1500; 3])]);
    let whole = read(&bytes).unwrap();
    assert!(whole.duration_ms.is_some() && whole.frame_rate.is_some());
    let start = read_start(&bytes, bytes.len() - 20).unwrap();
    assert_eq!((start.duration_ms, start.frame_rate), (None, None));
    assert_eq!((start.width, start.video_codec), (whole.width, whole.video_codec));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn start_of_a_video_never_contradicts_the_whole_file(cut: prop::sample::Index, index_first: bool) {
        let bytes = Sample { index_first, ..Sample::default() }.mp4();
        let seen = 16 + cut.index(bytes.len() - 15);
        let (start, whole) = (read_start(&bytes, seen).unwrap(), read(&bytes).unwrap());
        prop_assert!(start.duration_ms.is_none() || start == whole);
    }

    #[test]
    fn arbitrary_bytes_never_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), start in 0usize..4) {
        let start: &[u8] = [&b""[..], b"\0\0\0\x10ftypisom", b"\0\0\0\0moov", b"\x1a\x45\xdf\xa3"][start];
        let _ = read(&[start, &bytes].concat());
    }

    #[test]
    fn corrupted_mp4_never_causes_a_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), large: bool,
    ) {
        let mut bytes = Sample { large, ..Sample::default() }.mp4();
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        if let Ok(info) = read(&bytes) {
            let _ = crate::media::findings(&info, None);
        }
    }

    #[test]
    fn corrupted_fragmented_video_never_causes_a_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = in_fragments(&atom(b"trex", &[&[0; 20]]), &[moof(15, &[1500; 3]), moof(1, &[7])]);
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn corrupted_webm_never_causes_a_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = webm(b"webm", b"V_VP9", true, &[]);
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn generated_properties_are_parsed_correctly(width: u16, height: u16, frames in 1u32..100_000, duration in 2_000u64..4_000_000) {
        let info = read(&Sample { width, height, duration, frames, ..Sample::default() }.mp4()).unwrap();
        prop_assert_eq!(info.duration_ms, Some(duration));
        prop_assert_eq!(info.width.unwrap_or(0), u32::from(width));
        prop_assert_eq!(info.height.unwrap_or(0), u32::from(height));
        let rate = f64::from(frames) * 1000.0 / f64::from(u32::try_from(duration).unwrap());
        prop_assert!((info.frame_rate.unwrap_or(0.0) - rate).abs() <= 0.000_6);
    }
}
