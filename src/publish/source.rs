//! Sources of the bytes of an upload. Files and bytes in memory can be read again from any offset, so a lost chunk can
//! be sent again and an interrupted upload can resume. Of a stream, only one chunk is kept.

use super::chunk_plan::ChunkPlan;
use super::file_source::{FileSource, Reading};
use super::stream_source::StreamSource;
use super::{VideoSource, pace, relay, stream_digest};
use crate::encoding::hex;
use crate::error::{Error, Owner, Result};
use crate::media::{VideoInfo, probe};
use crate::transport::{ByteStream, Outbound};
use bytes::Bytes;
use futures_util::stream::iter;
use sha2::{Digest, Sha256};
use std::io::Cursor;
use std::ops::Range;
use std::time::Duration;
use tokio::sync::watch;

/// Block size for handing bytes in memory to the HTTP client. The bytes are not copied.
const PIECE_BYTES: usize = 128 * 1024;

/// A source of bytes that can be sent.
#[derive(Debug)]
pub(super) enum Source {
    File(FileSource),
    Bytes { bytes: Bytes, content_digest: String },
    Stream(StreamSource),
}

impl Source {
    /// Opens the source of an upload. Media that TikTok fetches itself have no source to open.
    pub(super) async fn open(source: &VideoSource, outbound: &Outbound) -> Result<Self> {
        match source {
            VideoSource::File(path) => FileSource::open(path).await.map(Self::File),
            VideoSource::Bytes(bytes) if bytes.is_empty() => {
                Err(Error::invalid("the video has no bytes; pass the content of a video file")
                    .with_owner(Owner::User))
            }
            VideoSource::Bytes(bytes) => {
                let content_digest = format!("{}-{}", bytes.len(), hex::encode(&Sha256::digest(bytes)[..16]));
                Ok(Self::Bytes { bytes: bytes.clone(), content_digest })
            }
            VideoSource::Stream(stream) => {
                StreamSource::open(stream, outbound.clock()).await.map(Self::Stream)
            }
            VideoSource::Relay(url) => {
                let stream = relay::open(outbound, url).await?;
                StreamSource::open(&stream, outbound.clock()).await.map(Self::Stream)
            }
            VideoSource::Url(_) | VideoSource::UrlOrRelay(_) => Err(Error::bug("a URL is not uploaded")),
        }
    }

    pub(super) fn size(&self) -> u64 {
        match self {
            Self::File(file) => file.size(),
            Self::Bytes { bytes, .. } => bytes.len() as u64,
            Self::Stream(stream) => stream.size(),
        }
    }

    /// Returns the chunks into which the source is divided.
    pub(super) fn plan(&self) -> Result<ChunkPlan> {
        let plan = match self {
            Self::File(_) | Self::Bytes { .. } => ChunkPlan::for_size(self.size()),
            Self::Stream(_) => ChunkPlan::for_stream(self.size()),
        };
        plan.map_err(|error| error.with_owner(Owner::User))
    }

    /// Returns a digest of the content for the fingerprint of a publish.
    pub(super) fn content_digest(&self) -> &str {
        match self {
            Self::File(file) => file.content_digest(),
            Self::Bytes { content_digest, .. } => content_digest,
            Self::Stream(stream) => stream.content_digest(),
        }
    }

    /// Returns true when the source has the content that `content_digest` describes. A publish that started with a
    /// stream may continue with a file.
    pub(super) async fn has_digest(&self, content_digest: &str) -> Result<bool> {
        if content_digest == self.content_digest() {
            return Ok(true);
        }
        if !stream_digest::is_of_a_stream(content_digest) {
            return Ok(false);
        }
        Ok(match self {
            Self::File(file) => file.stream_digest().await? == content_digest,
            Self::Bytes { bytes, .. } => stream_digest::of_start(&mut bytes.as_ref(), self.size())
                .is_ok_and(|own| own == content_digest),
            Self::Stream(_) => false,
        })
    }

    /// Reads the headers of the video. For a stream, this reads only the headers at its start.
    pub(super) async fn probe(&self) -> Result<VideoInfo> {
        match self {
            Self::File(file) => file.probe().await,
            Self::Bytes { bytes, .. } => probe(&mut Cursor::new(bytes), self.size()),
            Self::Stream(stream) => stream.probe(),
        }
    }

    /// Returns a warning for the caller when `video` could not be checked completely.
    pub(super) fn warning(&self, video: &VideoInfo) -> Option<&'static str> {
        let unjudged = video.video_codec.is_none() && video.duration_ms.is_none() && video.width.is_none();
        (unjudged && matches!(self, Self::Stream(_))).then_some(
            "the video's headers are at the end of the stream, so it was not checked before the upload; export it \
             with fast start, or pass a file",
        )
    }

    /// Reads towards `start` in a source that can only be read forwards. Returns true when the caller must call this
    /// method again.
    pub(super) async fn skip_towards(&self, start: u64) -> Result<bool> {
        match self {
            Self::File(_) | Self::Bytes { .. } => Ok(false),
            Self::Stream(stream) => stream.skip_towards(start).await,
        }
    }

    /// Returns the bytes of `range`, which are read while they are sent. `reading` records the progress.
    pub(super) async fn stream(
        &self,
        range: Range<u64>,
        reading: watch::Sender<Reading>,
    ) -> Result<ByteStream> {
        match self {
            Self::File(file) => file.stream(range, reading).await,
            Self::Bytes { bytes, .. } => {
                let bytes = slice(bytes, &range)?;
                let starts = (0..bytes.len()).step_by(PIECE_BYTES);
                let pieces = starts.map(move |start| {
                    let end = bytes.len().min(start + PIECE_BYTES);
                    reading.send_replace(Reading { position: range.start + end as u64, failed: false });
                    Ok(bytes.slice(start..end))
                });
                Ok(Box::pin(iter(pieces)))
            }
            Self::Stream(stream) => stream.stream(range, reading),
        }
    }

    /// Returns how long a slow source may delay a chunk of `length` bytes: zero for local bytes.
    pub(super) fn longest_wait(&self, length: u64) -> Duration {
        match self {
            Self::File(_) | Self::Bytes { .. } => Duration::ZERO,
            Self::Stream(_) => pace::longest(length),
        }
    }

    /// Records that TikTok has just issued the upload URL. A streamed source must deliver all bytes before the URL expires.
    pub(super) fn upload_url_issued(&self) {
        if let Self::Stream(stream) = self {
            stream.upload_url_issued();
        }
    }

    /// Returns the error of a source that could not be read to its end.
    pub(super) fn broken(&self) -> Error {
        match self {
            Self::File(file) => file.broken(),
            Self::Bytes { .. } => out_of_range(),
            Self::Stream(stream) => stream.broken(),
        }
    }
}

fn slice(bytes: &Bytes, range: &Range<u64>) -> Result<Bytes> {
    let within = |at: u64| usize::try_from(at).ok().filter(|at| *at <= bytes.len());
    match (within(range.start), within(range.end)) {
        (Some(start), Some(end)) if start <= end => Ok(bytes.slice(start..end)),
        _ => Err(out_of_range()),
    }
}

fn out_of_range() -> Error {
    Error::bug("a chunk is outside the bytes of the video")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, Timestamp};
    use crate::error::ErrorKind;
    use crate::secret::Secret;
    use futures_util::StreamExt;
    use std::sync::Arc;

    fn outbound() -> Outbound {
        Outbound::new(false, Arc::new(ManualClock::new(Timestamp::default())))
    }

    #[tokio::test]
    async fn bytes_in_memory_can_be_sent_more_than_once() {
        let bytes: Bytes = (0..600_000_u32).map(|n| n.to_le_bytes()[0]).collect::<Vec<_>>().into();
        let source = Source::open(&VideoSource::Bytes(bytes.clone()), &outbound()).await.unwrap();
        for _ in 0..2 {
            let (sender, receiver) = watch::channel(Reading::default());
            let mut stream = source.stream(1000..500_000, sender).await.unwrap();
            let mut read = Vec::new();
            while let Some(piece) = stream.next().await {
                read.extend_from_slice(&piece.unwrap());
            }
            assert!(read == bytes[1000..500_000]);
            assert_eq!(receiver.borrow().position, 500_000);
        }
        assert!(source.stream(0..600_001, watch::channel(Reading::default()).0).await.is_err());
        // Reading bytes in memory cannot fail, so a request for the error is a bug.
        assert_eq!(source.broken().kind(), ErrorKind::Internal);
    }

    #[tokio::test]
    async fn source_cannot_be_opened_when_tiktok_fetches_the_media() {
        let url = || Secret::new("https://media.example/v.mp4");
        for source in [VideoSource::Url(url()), VideoSource::UrlOrRelay(url())] {
            let error = Source::open(&source, &outbound()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Internal);
        }
    }

    #[tokio::test]
    async fn file_source_reports_its_own_read_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.mp4");
        std::fs::write(&path, b"abc").unwrap();
        let source = Source::open(&path.clone().into(), &outbound()).await.unwrap();
        assert!(source.broken().message().contains(&path.display().to_string()));
    }
}
