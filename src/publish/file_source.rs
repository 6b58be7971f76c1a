//! A video file. It is checked first, then opened for each chunk and read in blocks. If the file changes between two
//! chunks, the publish fails.

use super::stream_digest;
use crate::encoding::hex;
use crate::error::{Error, ErrorKind, Owner, Reason, Result};
use crate::media::{VideoInfo, probe};
use crate::transport::ByteStream;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use sha2::{Digest, Sha256};
use std::fs::Metadata;
use std::io::{ErrorKind as Io, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::fs::File;
use tokio::io::AsyncSeekExt;
use tokio::sync::{mpsc, watch};

/// The block size for reading a file, and the maximum number of blocks that wait to be sent. One more block is being
/// read, and others are in the network stack.
const PIECE_BYTES: usize = 128 * 1024;
const PIECES_AHEAD: usize = 2;

/// Number of samples in the digest of a file, and the length of each sample in bytes: 256 KiB in total, read in about a
/// millisecond.
const SAMPLES: u64 = 16;
const SAMPLE_BYTES: u64 = 16 * 1024;

/// Progress of reading a chunk.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading {
    /// Offset from the start of the file, in bytes.
    pub(super) position: u64,
    /// True when reading the file failed.
    pub(super) failed: bool,
}

/// A file of known size, with the metadata that shows whether the file has changed.
#[derive(Debug)]
pub(super) struct FileSource {
    path: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
    content_digest: String,
}

impl FileSource {
    /// Opens the file to check it.
    pub(super) async fn open(path: &Path) -> Result<Self> {
        let metadata = tokio::fs::metadata(path).await.map_err(|e| unreadable(path, e))?;
        if metadata.is_dir() {
            return Err(invalid(path, "is a directory; pass the path of a video file"));
        }
        if !metadata.is_file() {
            return Err(invalid(path, "is not a regular file; pass the path of a video file"));
        }
        let (path, size) = (path.to_owned(), metadata.len());
        let content_digest =
            read(&path, move |file, path| content_digest(file, size).map_err(|e| unreadable(path, e)))
                .await?;
        Ok(Self { path, size, modified: metadata.modified().ok(), content_digest })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Returns a digest of the file's content for the fingerprint of a publish.
    pub(super) fn content_digest(&self) -> &str {
        &self.content_digest
    }

    /// Returns the digest of a stream with the same bytes.
    pub(super) async fn stream_digest(&self) -> Result<String> {
        let size = self.size;
        read(&self.path, move |mut file, path| {
            stream_digest::of_start(&mut file, size).map_err(|e| unreadable(path, e))
        })
        .await
    }

    /// Reads the headers of the video file.
    pub(super) async fn probe(&self) -> Result<VideoInfo> {
        let size = self.size;
        read(&self.path, move |mut file, _| probe(&mut file, size)).await
    }

    /// Returns the bytes of `range`, which are read while they are sent. `reading` records the progress.
    pub(super) async fn stream(
        &self,
        range: Range<u64>,
        reading: watch::Sender<Reading>,
    ) -> Result<ByteStream> {
        let mut file = File::open(&self.path).await.map_err(|e| unreadable(&self.path, e))?;
        let metadata = file.metadata().await.map_err(|e| unreadable(&self.path, e))?;
        if self.has_changed(&metadata) {
            return Err(self.changed());
        }
        file.seek(SeekFrom::Start(range.start)).await.map_err(|e| unreadable(&self.path, e))?;
        let mut position = range.start;
        let mut pieces = read_ahead(file.into_std().await, range.end - range.start, metadata);
        Ok(Box::pin(poll_fn(move |context| pieces.poll_recv(context)).inspect(move |piece| {
            position += piece.as_ref().map_or(0, |bytes| bytes.len() as u64);
            reading.send_replace(Reading { position, failed: piece.is_err() });
        })))
    }

    /// Returns the error for a file that could not be read to its end, or that changed during the read.
    pub(super) fn broken(&self) -> Error {
        if std::fs::metadata(&self.path).is_ok_and(|now| self.has_changed(&now)) {
            return self.changed();
        }
        invalid(&self.path, "could not be read completely; check the disk and publish it again")
            .with_reason(Reason::FileUnreadable)
    }

    fn changed(&self) -> Error {
        let path = self.path.display();
        let message = format!("{path} changed during the upload and nothing was posted; publish it again");
        Error::new(ErrorKind::Conflict, message)
            .with_reason(Reason::VideoChanged)
            .with_owner(Owner::User)
            .with_safe_to_repeat(true)
    }

    fn has_changed(&self, now: &Metadata) -> bool {
        now.len() != self.size || now.modified().ok() != self.modified
    }
}

/// Reads `length` bytes ahead of the upload and stops when the receiver is dropped. Each block uses a thread only while
/// the block is read, so slow uploads do not occupy all threads. The last block is sent only if the file still matches
/// `at_start`, so a chunk with bytes from two versions of the file is never complete.
fn read_ahead(
    mut file: std::fs::File,
    mut length: u64,
    at_start: Metadata,
) -> mpsc::Receiver<std::io::Result<Bytes>> {
    let at_start = Arc::new(at_start);
    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
    tokio::spawn(async move {
        while length > 0 {
            let Ok(permit) = sender.reserve().await else { return };
            let size = usize::try_from(length).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
            let (is_last, at_start) = (length == size as u64, Arc::clone(&at_start));
            let reading = tokio::task::spawn_blocking(move || {
                let mut piece = vec![0; size];
                let mut read = file.read_exact(&mut piece);
                if is_last {
                    read = read.and_then(|()| unchanged(&at_start, &file.metadata()?));
                }
                (file, read.map(|()| Bytes::from(piece)))
            });
            let Ok((still_open, read)) = reading.await else { return };
            file = still_open;
            length = read.as_ref().map_or(0, |piece| length - piece.len() as u64);
            permit.send(read);
        }
    });
    receiver
}

fn unchanged(at_start: &Metadata, now: &Metadata) -> std::io::Result<()> {
    let same = at_start.len() == now.len() && at_start.modified().ok() == now.modified().ok();
    if same { Ok(()) } else { Err(Io::InvalidData.into()) }
}

/// Reads a file on a blocking thread.
async fn read<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(std::fs::File, &Path) -> Result<T> + Send + 'static,
) -> Result<T> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || {
        let file = std::fs::File::open(&path).map_err(|e| unreadable(&path, e))?;
        work(file, &path)
    })
    .await
    .map_err(|e| Error::bug("the task that reads the file failed").with_source(e))?
}

/// Returns the size and a digest of samples, which include both ends of the file. A copy has the same digest, so when a
/// host receives the same file again, the first publish continues. A digest of the whole file would require reading
/// gigabytes first.
fn content_digest(mut file: std::fs::File, size: u64) -> std::io::Result<String> {
    let length = size.min(SAMPLE_BYTES);
    let mut sample = Vec::new();
    let mut digest = Sha256::new();
    for n in 0..SAMPLES {
        sample.clear();
        file.seek(SeekFrom::Start((size - length) * n / (SAMPLES - 1)))?;
        (&mut file).take(length).read_to_end(&mut sample)?;
        digest.update(&sample);
    }
    Ok(format!("{size}-{}", hex::encode(&digest.finalize()[..16])))
}

fn invalid(path: &Path, what: &str) -> Error {
    Error::invalid(format!("{} {what}", path.display())).with_owner(Owner::User)
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let shown = path.display();
    let error = match error.kind() {
        Io::NotFound => {
            Error::new(ErrorKind::NotFound, format!("the file {shown} does not exist; check the path"))
        }
        Io::PermissionDenied => {
            Error::invalid(format!("this process has no permission to read {shown}; grant read permission"))
                .with_reason(Reason::FileUnreadable)
        }
        _ => Error::invalid(format!("{shown} cannot be read; check the disk"))
            .with_reason(Reason::FileUnreadable)
            .with_source(error),
    };
    error.with_owner(Owner::User)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn error_names_the_missing_file_or_directory() {
        let dir = tempfile::tempdir().unwrap();
        let missing = FileSource::open(&dir.path().join("gone.mp4")).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert!(missing.message().contains("gone.mp4"));
        let directory = FileSource::open(dir.path()).await.unwrap_err();
        assert_eq!((directory.kind(), directory.owner()), (ErrorKind::InvalidInput, Owner::User));
    }

    #[test]
    fn error_distinguishes_denied_access_from_a_directory() {
        for kind in [Io::PermissionDenied, Io::NotADirectory] {
            let error = unreadable(Path::new("/videos/v.mp4"), kind.into());
            assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::User));
            assert_eq!(error.reason(), Reason::FileUnreadable);
            assert!(error.message().contains("/videos/v.mp4"), "{error}");
        }
    }

    #[tokio::test]
    async fn deleted_file_and_disk_error_are_not_reported_as_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.mp4");
        std::fs::write(&path, b"abc").unwrap();
        let source = FileSource::open(&path).await.unwrap();
        assert_eq!(source.broken().reason(), Reason::FileUnreadable);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(source.broken().kind(), ErrorKind::InvalidInput);
    }

    #[tokio::test]
    async fn range_of_a_file_is_read_exactly_with_its_progress() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.mp4");
        let bytes: Vec<u8> = (0..600_000_u32).map(|i| i.to_le_bytes()[0]).collect();
        std::fs::write(&path, &bytes).unwrap();
        let source = FileSource::open(&path).await.unwrap();
        let (sender, receiver) = watch::channel(Reading::default());
        let mut stream = source.stream(1000..500_000, sender).await.unwrap();
        let mut read = Vec::new();
        while let Some(piece) = stream.next().await {
            let piece = piece.unwrap();
            assert!(piece.len() <= PIECE_BYTES);
            read.extend_from_slice(&piece);
        }
        assert!(read == bytes[1000..500_000]);
        assert_eq!(receiver.borrow().position, 500_000);
    }

    #[tokio::test]
    async fn changed_file_never_yields_a_complete_chunk() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.mp4");
        std::fs::write(&path, vec![1; 2_000_000]).unwrap();
        let source = FileSource::open(&path).await.unwrap();
        let (sender, receiver) = watch::channel(Reading::default());
        let mut stream = source.stream(0..2_000_000, sender).await.unwrap();
        let mut read = stream.next().await.unwrap().unwrap().len();
        // The new content has the same size, as when an editor saves in place. The test sets the modification time,
        // because two quick writes may have the same time.
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let mut end = None;
        while let Some(piece) = stream.next().await {
            match piece {
                Ok(piece) => read += piece.len(),
                Err(error) => end = Some(error),
            }
        }
        assert!(read < 2_000_000 && end.is_some() && receiver.borrow().failed);
        let error = source.broken();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::Conflict, Reason::VideoChanged), "{error}");
    }

    #[tokio::test]
    async fn file_that_grew_after_the_check_is_rejected() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.mp4");
        std::fs::write(&path, b"abc").unwrap();
        let source = FileSource::open(&path).await.unwrap();
        std::fs::write(&path, b"abcd").unwrap();
        let error = source.stream(0..3, watch::channel(Reading::default()).0).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
}
