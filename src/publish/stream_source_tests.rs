use super::*;
use crate::clock::{ManualClock, Timestamp};
use crate::error::{ErrorKind, Reason};
use futures_util::StreamExt;
use std::io::Cursor;
use tokio::io::AsyncReadExt;

fn bytes(count: usize) -> Vec<u8> {
    (0..).map(|n: u32| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).take(count).collect()
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::new(Timestamp::default()))
}

async fn opened(bytes: Vec<u8>, length: u64) -> Result<StreamSource> {
    StreamSource::open(&VideoStream::new(Cursor::new(bytes), length), clock()).await
}

/// Returns a stream of 12,000,000 bytes that fails after 7,000,000 bytes.
async fn failing_after_7_000_000() -> StreamSource {
    let gone = futures_util::stream::iter([Err::<Bytes, _>(io::Error::other("disk failure"))]);
    let gone = tokio_util::io::StreamReader::new(gone);
    let failing = AsyncReadExt::chain(Cursor::new(bytes(7_000_000)), gone);
    StreamSource::open(&VideoStream::new(failing, 12_000_000), clock()).await.unwrap()
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
async fn chunk_stays_buffered_while_earlier_bytes_are_released() {
    let all = bytes(12_000_001);
    let source = opened(all.clone(), 12_000_001).await.unwrap();
    for _ in 0..2 {
        assert!(read(&source, 0..6_000_000).await.unwrap() == all[..6_000_000]);
    }
    for _ in 0..2 {
        assert!(read(&source, 6_000_000..12_000_001).await.unwrap() == all[6_000_000..]);
    }
    let buffered = lock(&source.buffer).pieces.iter().map(Bytes::len).sum::<usize>();
    assert!(buffered <= 6_000_001 + PIECE_BYTES, "{buffered} bytes are buffered");
    let error = source.stream(0..10, watch::channel(Reading::default()).0).err().unwrap();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::Unavailable, Owner::App));
    assert_eq!(error.reason(), Reason::SourceUnavailable, "{error}");
}

#[tokio::test]
async fn seekable_source_is_reopened_at_the_lost_chunk() {
    let all = bytes(30_000_000);
    let served = all.clone();
    let opened_at = Arc::new(Mutex::new(Vec::new()));
    let offsets = Arc::clone(&opened_at);
    let reopen: Reopen = Arc::new(move |start| -> Reader {
        lock(&offsets).push(start);
        Box::pin(Cursor::new(served[usize::try_from(start).unwrap()..].to_vec()))
    });
    let stream = VideoStream::new(Cursor::new(all.clone()), 30_000_000).seeking(reopen);
    let source = StreamSource::open(&stream, clock()).await.unwrap();
    read(&source, 0..6_000_000).await.unwrap();
    assert!(read(&source, 24_000_000..30_000_000).await.unwrap() == all[24_000_000..]);
    for range in
        [6_000_000..12_000_000_usize, 12_000_000..18_000_000, 18_000_000..24_000_000, 24_000_000..30_000_000]
    {
        let wanted = range.start as u64..range.end as u64;
        assert!(read(&source, wanted).await.unwrap() == all[range]);
    }
    assert_eq!(*lock(&opened_at), [6_000_000], "the source is opened once, at the lost chunk");
}

#[tokio::test]
async fn stream_is_read_only_as_fast_as_it_is_sent() {
    let all = bytes(30_000_000);
    let source = opened(all, 30_000_000).await.unwrap();
    assert!(lock(&source.buffer).end <= 6_000_000 + PIECE_BYTES as u64);
    let mut stream = source.stream(6_000_000..12_000_000, watch::channel(Reading::default()).0).unwrap();
    let before = lock(&source.buffer).end;
    stream.next().await.unwrap().unwrap();
    assert!(lock(&source.buffer).end <= before + PIECE_BYTES as u64);
}

#[tokio::test]
async fn bytes_that_tiktok_already_has_are_skipped() {
    let all = bytes(30_000_000);
    let source = opened(all.clone(), 30_000_000).await.unwrap();
    assert!(read(&source, 18_000_000..24_000_000).await.unwrap() == all[18_000_000..24_000_000]);
    assert!(lock(&source.buffer).start > 17_000_000);
}

#[tokio::test]
async fn last_byte_is_withheld_when_a_stream_fails_or_ends_early() {
    let short = opened(bytes(11_000_000), 12_000_000).await.unwrap();
    read(&short, 0..6_000_000).await.unwrap();
    read(&short, 6_000_000..12_000_000).await.unwrap_err();
    let error = short.broken();
    assert_eq!(error.reason(), Reason::StreamLengthMismatch, "{error}");
    assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::App));

    let long = opened(bytes(12_000_001), 12_000_000).await.unwrap();
    read(&long, 0..6_000_000).await.unwrap();
    let (reading_sender, reading) = watch::channel(Reading::default());
    let mut stream = long.stream(6_000_000..12_000_000, reading_sender).unwrap();
    let mut given = 0;
    while let Some(Ok(piece)) = stream.next().await {
        given += piece.len();
    }
    assert!(given < 6_000_000 && reading.borrow().failed);
    assert!(long.broken().is_safe_to_repeat() && long.broken().reason() == Reason::StreamLengthMismatch);

    let failing = failing_after_7_000_000().await;
    read(&failing, 6_000_000..12_000_000).await.unwrap_err();
    let error = failing.broken();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("disk failure"));
    assert_eq!(error.reason(), Reason::StreamFailed, "{error}");
}

#[tokio::test]
async fn stream_returns_its_io_error_once_and_stays_failed() {
    let source = failing_after_7_000_000().await;
    assert_eq!(source.broken().kind(), ErrorKind::Internal);
    read(&source, 6_000_000..12_000_000).await.unwrap_err();
    assert!(std::error::Error::source(&source.broken()).is_some());
    let error = source.skip_towards(12_000_000).await.unwrap_err();
    assert_eq!(error.reason(), Reason::StreamFailed, "{error}");
    assert!(std::error::Error::source(&error).is_none(), "the reason is reported once");
}

#[tokio::test]
async fn stream_fails_after_its_bytes_were_skipped() {
    let source = opened(bytes(9_000_000), 9_000_000).await.unwrap();
    let mut stream = source.stream(0..6_000_000, watch::channel(Reading::default()).0).unwrap();
    stream.next().await.unwrap().unwrap();
    while source.skip_towards(6_000_000).await.unwrap() {}
    stream.next().await.unwrap().unwrap_err();
}

#[tokio::test]
async fn start_of_a_stream_can_be_read_like_a_file() {
    let all = bytes(300_000);
    let source = opened(all.clone(), 300_000).await.unwrap();
    let mut seen = lock(&source.buffer).seen();
    let mut four = [0; 4];
    for (to, at) in [
        (SeekFrom::Start(200_000), 200_000),
        (SeekFrom::Current(-104), 199_900),
        (SeekFrom::End(-4), 299_996),
    ] {
        assert_eq!(seen.seek(to).unwrap(), at as u64);
        seen.read_exact(&mut four).unwrap();
        assert_eq!(four, all[at..at + 4]);
    }
    assert!(seen.seek(SeekFrom::Current(-300_001)).is_err());
    assert_eq!(seen.read(&mut four).unwrap(), 0);
    let shown = format!("{source:?} {:?}", VideoStream::new(Cursor::new(all), 300_000));
    assert!(shown.contains("300000") && shown.len() < 400, "{shown}");
}

#[tokio::test]
async fn stream_can_be_opened_once_and_must_match_its_length() {
    let stream = VideoStream::new(Cursor::new(bytes(10)), 10);
    StreamSource::open(&stream, clock()).await.unwrap();
    let again = StreamSource::open(&stream.clone(), clock()).await.unwrap_err();
    assert_eq!(again.reason(), Reason::StreamAlreadyRead);
    for length in [0, 4_000_000_001] {
        let error = opened(bytes(10), length).await.unwrap_err();
        assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::User));
    }
    for actual in [9, 11] {
        let error = opened(bytes(actual), 10).await.unwrap_err();
        assert_eq!(error.reason(), Reason::StreamLengthMismatch, "{actual} bytes");
    }
}

#[tokio::test]
async fn new_attempt_receives_the_bytes_of_the_earlier_attempt() {
    let all = bytes(9_000_000);
    let source = opened(all.clone(), 9_000_000).await.unwrap();
    let mut first = source.stream(0..9_000_000, watch::channel(Reading::default()).0).unwrap();
    first.next().await.unwrap().unwrap();
    assert!(read(&source, 0..9_000_000).await.unwrap() == all);
    assert!(first.next().await.unwrap().is_err());
}

#[tokio::test]
async fn streams_have_equal_digests_only_when_their_bytes_match() {
    let one = opened(bytes(2_000_000), 2_000_000).await.unwrap();
    let other = opened(bytes(2_000_000), 2_000_000).await.unwrap();
    assert_eq!(one.content_digest(), other.content_digest());
    let mut changed = bytes(2_000_000);
    changed[1_000_000] ^= 1;
    assert_ne!(opened(changed, 2_000_000).await.unwrap().content_digest(), one.content_digest());
}
