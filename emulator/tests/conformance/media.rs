//! Checks the media checks of uploaded videos (docs/tiktok-api.md 5.8, 5.10).

use serde_json::json;

use crate::support::{Bed, mp4};

/// Properties of a generated file.
#[derive(Clone, Copy)]
pub(crate) struct Film {
    pub(crate) codec: &'static [u8; 4],
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) seconds: u32,
    pub(crate) frames: u32,
}

pub(crate) const GOOD: Film = Film { codec: b"avc1", width: 1080, height: 1920, seconds: 21, frames: 630 };

fn boxed(kind: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
    [&size, kind, body].concat()
}

/// Returns a small MP4 with a valid index and no picture data.
pub(crate) fn film(film: Film) -> Vec<u8> {
    let be = u32::to_be_bytes;
    // The timescale equals the number of frames, so a frame's duration in units equals the video's duration in seconds.
    let (scale, delta) = (film.frames, film.seconds);
    let mdhd = boxed(b"mdhd", &[be(0), be(0), be(0), be(scale), be(scale * film.seconds), be(0)].concat());
    let hdlr = boxed(b"hdlr", &[&[0; 8][..], b"vide", &[0; 13]].concat());
    let sides = [film.width.to_be_bytes(), film.height.to_be_bytes()].concat();
    let entry = boxed(film.codec, &[&[0; 24][..], &sides, &[0; 50]].concat());
    let stsd = boxed(b"stsd", &[&be(0)[..], &be(1), &entry].concat());
    let stts = boxed(b"stts", &[be(0), be(1), be(film.frames), be(delta)].concat());
    let stbl = boxed(b"stbl", &[stsd, stts].concat());
    let minf = boxed(b"minf", &stbl);
    let mdia = boxed(b"mdia", &[mdhd, hdlr, minf].concat());
    let moov = boxed(b"moov", &boxed(b"trak", &mdia));
    [boxed(b"ftyp", b"isom\0\0\x02\0"), boxed(b"mdat", &[7; 500]), moov].concat()
}

async fn outcome(bytes: Vec<u8>) -> String {
    let bed = Bed::new().await;
    let id = bed.publish(&bed.ana().await, "PUBLIC_TO_EVERYONE", bytes).await;
    bed.seconds(30);
    let post = bed.emulator.posts().into_iter().find(|post| post.publish_id == id).unwrap();
    post.fail_reason.unwrap_or(post.status).to_owned()
}

#[tokio::test]
async fn video_within_all_limits_is_published_5_10() {
    assert_eq!(outcome(film(GOOD)).await, "PUBLISH_COMPLETE");
}

#[tokio::test]
async fn video_list_shows_duration_and_dimensions_of_the_file_4_4() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    bed.publish(&token, "PUBLIC_TO_EVERYONE", film(GOOD)).await;
    bed.seconds(60);
    let list =
        bed.post("/v2/video/list/?fields=duration,width,height", &token, json!({"max_count": 1})).await;
    assert_eq!(list.data()["videos"][0], json!({"duration": 21, "width": 1080, "height": 1920}));
}

#[tokio::test]
async fn undocumented_codecs_fail_the_format_check_5_10() {
    for codec in [b"avc1", b"hvc1", b"hev1", b"vp08", b"vp09"] {
        assert_eq!(outcome(film(Film { codec, ..GOOD })).await, "PUBLISH_COMPLETE");
    }
    for codec in [b"av01", b"mp4v", b"apcn"] {
        assert_eq!(outcome(film(Film { codec, ..GOOD })).await, "file_format_check_failed");
    }
}

#[tokio::test]
async fn frame_rates_from_23_to_60_pass_5_10() {
    for (frames, expected) in [
        (21 * 22, "frame_rate_check_failed"),
        (21 * 23, "PUBLISH_COMPLETE"),
        (21 * 60, "PUBLISH_COMPLETE"),
        (21 * 61, "frame_rate_check_failed"),
    ] {
        assert_eq!(outcome(film(Film { frames, ..GOOD })).await, expected, "{frames}");
    }
}

#[tokio::test]
async fn width_and_height_from_360_to_4096_pass_5_10() {
    for (width, height, expected) in [
        (359, 640, "picture_size_check_failed"),
        (360, 4096, "PUBLISH_COMPLETE"),
        (4097, 640, "picture_size_check_failed"),
    ] {
        assert_eq!(outcome(film(Film { width, height, ..GOOD })).await, expected, "{width}x{height}");
    }
}

#[tokio::test]
async fn too_long_video_fails_the_duration_check_5_10() {
    let of = |seconds| film(Film { seconds, frames: seconds * 30, ..GOOD });
    assert_eq!(outcome(of(600)).await, "PUBLISH_COMPLETE");
    assert_eq!(outcome(of(601)).await, "duration_check_failed");
}

#[tokio::test]
async fn index_can_span_two_chunks_5_10() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let chunk = 5 * 1024 * 1024;
    let tail = film(Film { codec: b"av01", ..GOOD });
    let padding = chunk - 100;
    let mut bytes = boxed(b"ftyp", b"isom\0\0\x02\0");
    bytes.extend(boxed(b"free", &vec![0; padding]));
    // The `moov` box starts in the last bytes of the first chunk and ends in the second chunk.
    bytes.extend(boxed(b"mdat", &vec![1; chunk]));
    bytes.extend(tail);
    let size = bytes.len();
    let count = size / chunk;
    let answer = bed.init(&token, crate::support::direct("SELF_ONLY", size, chunk, count)).await;
    let url = answer.data()["upload_url"].as_str().unwrap();
    for nth in 0..count {
        let end = if nth + 1 == count { size } else { (nth + 1) * chunk };
        let range = format!("bytes {}-{}/{size}", nth * chunk, end - 1);
        bed.put(url, &range, bytes[nth * chunk..end].to_vec()).await;
    }
    bed.seconds(30);
    assert_eq!(bed.emulator.posts()[0].fail_reason, Some("file_format_check_failed"));
}

#[tokio::test]
async fn unreadable_index_only_fails_with_strict_checks_5_10() {
    assert_eq!(outcome(mp4(1_000)).await, "PUBLISH_COMPLETE");
    let bed = Bed::new().await;
    bed.emulator.configure(|settings| settings.strict_media = true);
    bed.publish(&bed.ana().await, "SELF_ONLY", mp4(1_000)).await;
    bed.seconds(30);
    assert_eq!(bed.emulator.posts()[0].fail_reason, Some("file_format_check_failed"));
}

#[tokio::test]
async fn webm_is_checked_from_its_head_5_10() {
    let element = |id: &[u8], body: &[u8]| [id, &[0x80 | u8::try_from(body.len()).unwrap()], body].concat();
    let webm = |kind: &[u8], codec: &[u8]| {
        let sides = [element(&[0xB0], &[4, 56]), element(&[0xBA], &[7, 128])].concat();
        let track = [element(&[0x86], codec), element(&[0xE0], &sides)].concat();
        let tracks = element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &track));
        let info = element(&[0x15, 0x49, 0xA9, 0x66], &element(&[0x44, 0x89], &9_000_f32.to_be_bytes()));
        let segment = element(&[0x18, 0x53, 0x80, 0x67], &[info, tracks].concat());
        [element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], kind)), segment].concat()
    };
    assert_eq!(outcome(webm(b"webm", b"V_VP9")).await, "PUBLISH_COMPLETE");
    assert_eq!(outcome(webm(b"webm", b"V_AV1")).await, "file_format_check_failed");
    // Section 5.10 does not list Matroska, regardless of its codec.
    assert_eq!(outcome(webm(b"matroska", b"V_VP9")).await, "file_format_check_failed");
    assert_eq!(outcome(webm(b"matroska", b"V_MPEG4/ISO/AVC")).await, "file_format_check_failed");
}

macro_rules! reported {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/media/files/", $name)).to_vec()
    };
}

/// Returns the outcome of a post, and the duration and dimensions that video/list shows for it.
async fn listed(bytes: Vec<u8>) -> (String, serde_json::Value) {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let id = bed.publish(&token, "PUBLIC_TO_EVERYONE", bytes).await;
    bed.seconds(60);
    let post = bed.emulator.posts().into_iter().find(|post| post.publish_id == id).unwrap();
    let list =
        bed.post("/v2/video/list/?fields=duration,width,height", &token, json!({"max_count": 1})).await;
    (post.fail_reason.unwrap_or(post.status).to_owned(), list.data()["videos"][0].clone())
}

#[tokio::test]
async fn unusual_valid_files_are_published_as_they_play_5_10() {
    for (name, bytes, seconds) in [
        ("timescale", reported!("m3-mdhd-30x-short.mp4"), 8),
        ("sample table", reported!("m10-srs.mp4"), 139),
        ("no last duration, 2 s", reported!("m8-60fps-2s.mp4"), 1),
        ("no last duration, 8 s", reported!("m8-60fps-8s.mp4"), 7),
        ("matrix", reported!("m15-mvhd-rot.mp4"), 10),
        ("styp", reported!("m26-styp-then-init.mp4"), 10),
        ("tag", reported!("m4-tag.mp4"), 10),
    ] {
        let (outcome, video) = listed(bytes).await;
        assert_eq!(outcome, "PUBLISH_COMPLETE", "{name}");
        assert_eq!(video, json!({"duration": seconds, "width": 1080, "height": 1920}), "{name}");
    }
}

#[tokio::test]
async fn fragments_count_for_duration_and_frame_rate_5_10() {
    let file = reported!("m26-styp-then-init.mp4");
    let tfhd = file.windows(4).position(|kind| kind == b"tfhd").unwrap();
    let with_delta = |delta: u32| {
        let mut file = file.clone();
        let every = file.windows(4).enumerate().filter(|(_, kind)| kind == b"tfhd").map(|(at, _)| at);
        for at in every.collect::<Vec<_>>() {
            file[at + 12..at + 16].copy_from_slice(&delta.to_be_bytes());
        }
        file
    };
    assert_eq!(file[tfhd + 12..tfhd + 16], 1000_u32.to_be_bytes());
    assert_eq!(outcome(with_delta(500)).await, "PUBLISH_COMPLETE");
    assert_eq!(outcome(with_delta(490)).await, "frame_rate_check_failed");
    assert_eq!(outcome(with_delta(1400)).await, "frame_rate_check_failed");
}

#[tokio::test]
async fn segment_without_index_fails_the_format_check_5_10() {
    let file = reported!("m26-styp-then-init.mp4");
    let moof = file.windows(4).position(|kind| kind == b"moof").unwrap() - 4;
    assert_eq!(outcome(file[moof..].to_vec()).await, "file_format_check_failed");
}
