use super::*;
use futures_util::StreamExt;
use std::io::Cursor;
use tokio::io::AsyncReadExt;

fn bytes(count: usize) -> Vec<u8> {
    (0..).map(|n: u32| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).take(count).collect()
}

async fn opened(bytes: Vec<u8>, length: u64) -> Result<StreamSource> {
    StreamSource::open(&VideoStream::new(Cursor::new(bytes), length)).await
}

async fn read(source: &StreamSource, range: Range<u64>) -> io::Result<Vec<u8>> {
    while source.skip_towards(range.start).await.map_err(io::Error::other)? {}
    let mut stream = source.stream(range, watch::channel(Reading::default()).0).map_err(io::Error::other)?;
    let mut read = Vec::new();
    while let Some(piece) = stream.next().await {
        read.extend_from_slice(&piece?);
    }
    Ok(read)
}

#[tokio::test]
async fn a_chunk_can_be_sent_again_and_what_lies_before_it_is_forgotten() {
    let all = bytes(12_000_001);
    let source = opened(all.clone(), 12_000_001).await.unwrap();
    for _ in 0..2 {
        assert!(read(&source, 0..6_000_000).await.unwrap() == all[..6_000_000]);
    }
    for _ in 0..2 {
        assert!(read(&source, 6_000_000..12_000_001).await.unwrap() == all[6_000_000..]);
    }
    let held = lock(&source.held).pieces.iter().map(Bytes::len).sum::<usize>();
    assert!(held <= 6_000_001 + PIECE_BYTES, "{held} bytes are kept");
    assert!(source.stream(0..10, watch::channel(Reading::default()).0).is_err());
}

#[tokio::test]
async fn nothing_is_read_that_nobody_asked_for() {
    let all = bytes(30_000_000);
    let source = opened(all, 30_000_000).await.unwrap();
    assert!(lock(&source.held).end <= 6_000_000 + PIECE_BYTES as u64);
    let mut stream = source.stream(6_000_000..12_000_000, watch::channel(Reading::default()).0).unwrap();
    let before = lock(&source.held).end;
    stream.next().await.unwrap().unwrap();
    assert!(lock(&source.held).end <= before + PIECE_BYTES as u64);
}

#[tokio::test]
async fn bytes_that_tiktok_has_are_read_over_and_not_kept() {
    let all = bytes(30_000_000);
    let source = opened(all.clone(), 30_000_000).await.unwrap();
    assert!(read(&source, 18_000_000..24_000_000).await.unwrap() == all[18_000_000..24_000_000]);
    assert!(lock(&source.held).start > 17_000_000);
}

#[tokio::test]
async fn a_stream_that_is_too_short_too_long_or_fails_gives_no_last_byte() {
    let short = opened(bytes(11_000_000), 12_000_000).await.unwrap();
    read(&short, 0..6_000_000).await.unwrap();
    read(&short, 6_000_000..12_000_000).await.unwrap_err();
    let error = short.broken();
    assert!(error.message().contains("11000000 of the 12000000"), "{error}");
    assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::App));

    let long = opened(bytes(12_000_001), 12_000_000).await.unwrap();
    read(&long, 0..6_000_000).await.unwrap();
    let (told, reading) = watch::channel(Reading::default());
    let mut stream = long.stream(6_000_000..12_000_000, told).unwrap();
    let mut given = 0;
    while let Some(Ok(piece)) = stream.next().await {
        given += piece.len();
    }
    assert!(given < 6_000_000 && reading.borrow().failed);
    assert!(long.broken().is_safe_to_repeat() && long.broken().message().contains("more than"));

    let gone = futures_util::stream::iter([Err::<Bytes, _>(io::Error::other("the disk is gone"))]);
    let gone = tokio_util::io::StreamReader::new(gone);
    let failing = AsyncReadExt::chain(Cursor::new(bytes(7_000_000)), gone);
    let failing = StreamSource::open(&VideoStream::new(failing, 12_000_000)).await.unwrap();
    read(&failing, 6_000_000..12_000_000).await.unwrap_err();
    let error = failing.broken();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("the disk is gone"));
    assert!(error.message().contains("after 7000000 of 12000000"), "{error}");
}

#[tokio::test]
async fn a_stream_is_opened_once_and_a_wrong_length_never() {
    let stream = VideoStream::new(Cursor::new(bytes(10)), 10);
    StreamSource::open(&stream).await.unwrap();
    let again = StreamSource::open(&stream.clone()).await.unwrap_err();
    assert!(again.message().contains("read already"));
    for length in [0, 4_000_000_001] {
        let error = opened(bytes(10), length).await.unwrap_err();
        assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::User));
    }
    assert!(opened(bytes(9), 10).await.unwrap_err().message().contains("ended after 9"));
    assert!(opened(bytes(11), 10).await.unwrap_err().message().contains("more than the 10"));
}

#[tokio::test]
async fn a_repeat_takes_the_bytes_from_the_attempt_before_it() {
    let all = bytes(9_000_000);
    let source = opened(all.clone(), 9_000_000).await.unwrap();
    let mut first = source.stream(0..9_000_000, watch::channel(Reading::default()).0).unwrap();
    first.next().await.unwrap().unwrap();
    assert!(read(&source, 0..9_000_000).await.unwrap() == all);
    assert!(first.next().await.unwrap().is_err());
}

#[tokio::test]
async fn the_same_bytes_have_the_same_mark() {
    let one = opened(bytes(2_000_000), 2_000_000).await.unwrap();
    let other = opened(bytes(2_000_000), 2_000_000).await.unwrap();
    assert_eq!(one.mark(), other.mark());
    let mut changed = bytes(2_000_000);
    changed[1_000_000] ^= 1;
    assert_ne!(opened(changed, 2_000_000).await.unwrap().mark(), one.mark());
}
