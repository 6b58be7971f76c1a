//! Where the bytes of an upload come from. Each can be read again from any byte on, so that a lost chunk is repeated and
//! an interrupted upload goes on.

use super::VideoSource;
use super::source::{FileSource, Reading};
use crate::error::{Error, ErrorKind, Owner, Result};
use crate::media::{VideoInfo, probe};
use crate::transport::ByteStream;
use crate::vault::hex;
use bytes::Bytes;
use futures_util::stream::iter;
use sha2::{Digest, Sha256};
use std::io::Cursor;
use std::ops::Range;
use tokio::sync::watch;

/// How much of bytes in memory is handed over at once; no copy is made.
const PIECE_BYTES: usize = 128 * 1024;

/// Bytes that can be sent.
#[derive(Debug)]
pub(super) enum Source {
    File(FileSource),
    Bytes { bytes: Bytes, mark: String },
}

impl Source {
    /// Opens what is uploaded; what TikTok fetches itself is never opened here.
    pub(super) async fn open(source: &VideoSource) -> Result<Self> {
        match source {
            VideoSource::File(path) => FileSource::open(path).await.map(Self::File),
            VideoSource::Bytes(bytes) if bytes.is_empty() => {
                Err(Error::invalid("there are no bytes; give those of one video file")
                    .with_owner(Owner::User))
            }
            VideoSource::Bytes(bytes) => {
                let mark = format!("{}-{}", bytes.len(), hex::encode(&Sha256::digest(bytes)[..16]));
                Ok(Self::Bytes { bytes: bytes.clone(), mark })
            }
            VideoSource::Url(_) => {
                Err(Error::new(ErrorKind::Internal, "a URL is not uploaded; please report it"))
            }
        }
    }

    pub(super) fn size(&self) -> u64 {
        match self {
            Self::File(file) => file.size(),
            Self::Bytes { bytes, .. } => bytes.len() as u64,
        }
    }

    /// Marks what it holds, for the fingerprint of a publish.
    pub(super) fn mark(&self) -> &str {
        match self {
            Self::File(file) => file.mark(),
            Self::Bytes { mark, .. } => mark,
        }
    }

    /// Reads the headers.
    pub(super) async fn probe(&self) -> Result<VideoInfo> {
        match self {
            Self::File(file) => file.probe().await,
            Self::Bytes { bytes, .. } => probe(&mut Cursor::new(bytes), self.size()),
        }
    }

    /// The bytes of `range`, read while they are sent; `reading` hears how far they are handed over.
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
        }
    }

    /// The error of a source that could not be read to its end.
    pub(super) fn broken(&self) -> Error {
        match self {
            Self::File(file) => file.broken(),
            Self::Bytes { .. } => out_of_range(),
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
    Error::new(ErrorKind::Internal, "a chunk lies outside of the bytes; please report it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    #[tokio::test]
    async fn bytes_are_sent_as_they_are_and_can_be_sent_again() {
        let bytes: Bytes = (0..600_000_u32).map(|n| n.to_le_bytes()[0]).collect::<Vec<_>>().into();
        let source = Source::open(&VideoSource::Bytes(bytes.clone())).await.unwrap();
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
    }
}
