//! Bytes that can be read only once. toklink keeps the bytes that TikTok has not confirmed, so that a lost chunk can be
//! sent again. The buffer is one small chunk of [`ChunkPlan::for_stream`], and no byte is read while it is full.
//! Earlier chunks can be sent again only if the source can be opened at any offset, for example a relayed URL.

use super::chunk_plan::ChunkPlan;
use super::file_source::Reading;
use super::pace::{Paced, Reader};
use super::stream_digest;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Owner, Reason, Result};
use crate::media::{VideoInfo, probe_start};
use crate::transport::ByteStream;
use bytes::Bytes;
use futures_util::stream::poll_fn;
use std::collections::VecDeque;
use std::fmt;
use std::future;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::AsyncRead;
use tokio::sync::watch;

/// Block size for reading a stream and sending it. Only the last block may be shorter.
const PIECE_BYTES: usize = 128 * 1024;

/// Opens the same video at another offset.
pub(super) type Reopen = Arc<dyn Fn(u64) -> Reader + Send + Sync>;

/// A stream of known length that the caller supplies. Clones share the stream, which is read only once.
#[derive(Clone)]
pub struct VideoStream {
    reader: Arc<Mutex<Option<Reader>>>,
    length: u64,
    reopen: Option<Reopen>,
}

impl VideoStream {
    pub(super) fn new(reader: impl AsyncRead + Send + 'static, length: u64) -> Self {
        let reader: Reader = Box::pin(reader);
        Self { reader: Arc::new(Mutex::new(Some(reader))), length, reopen: None }
    }

    /// Adds a function that opens the same bytes again at any offset.
    pub(super) fn seeking(mut self, reopen: Reopen) -> Self {
        self.reopen = Some(reopen);
        self
    }

    /// Returns the length that the caller declared, in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl fmt::Debug for VideoStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoStream").field("length", &self.length).finish_non_exhaustive()
    }
}

/// A stream that is being sent.
pub(super) struct StreamSource {
    length: u64,
    content_digest: String,
    buffer: Arc<Mutex<ChunkBuffer>>,
    reopen: Option<Reopen>,
}

impl fmt::Debug for StreamSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSource")
            .field("length", &self.length)
            .field("buffer", &self.buffer)
            .finish_non_exhaustive()
    }
}

impl StreamSource {
    /// Takes the stream and reads its start, which becomes part of the buffered first chunk.
    pub(super) async fn open(stream: &VideoStream, clock: Arc<dyn Clock>) -> Result<Self> {
        let length = stream.length;
        let plan = ChunkPlan::for_stream(length).map_err(|error| error.with_owner(Owner::User))?;
        let reader = lock(&stream.reader).take().ok_or_else(|| {
            Error::invalid("this stream was already read; pass a new one that starts at the first byte")
                .with_reason(Reason::StreamAlreadyRead)
        })?;
        let mut buffer = ChunkBuffer::new(Paced::new(reader, clock), length);
        let first = plan.chunk_size().min(length);
        while buffer.end < first {
            if future::poll_fn(|context| buffer.poll_read(context)).await.is_err() {
                return Err(buffer.error());
            }
        }
        let content_digest = stream_digest::of_start(&mut buffer.seen(), length)
            .map_err(|e| Error::bug("the start of a stream is missing").with_source(e))?;
        Ok(Self {
            length,
            content_digest,
            buffer: Arc::new(Mutex::new(buffer)),
            reopen: stream.reopen.clone(),
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.length
    }

    pub(super) fn content_digest(&self) -> &str {
        &self.content_digest
    }

    /// Checks the video by the start of the stream.
    pub(super) fn probe(&self) -> Result<VideoInfo> {
        let mut seen = lock(&self.buffer).seen();
        let available = seen.length;
        probe_start(&mut seen, self.length, available)
    }

    /// Reads and discards one block if the next byte is before `start`, because TikTok has these bytes from an earlier
    /// stream. Returns true when more such bytes may follow.
    pub(super) async fn skip_towards(&self, start: u64) -> Result<bool> {
        let skipped = future::poll_fn(|context| {
            let mut buffer = lock(&self.buffer);
            buffer.forget_before(start);
            if buffer.end > start || buffer.end == buffer.length {
                Poll::Ready(Ok(false))
            } else {
                buffer.poll_read(context).map_ok(|()| true)
            }
        });
        skipped.await.map_err(|_: io::Error| self.broken())
    }

    /// Records that TikTok has just issued the upload URL. Its lifetime limits the time in which the bytes must arrive.
    pub(super) fn upload_url_issued(&self) {
        lock(&self.buffer).reader.upload_url_issued();
    }

    /// Returns the bytes of `range`: first the buffered bytes, then bytes that are read while they are sent. If the
    /// range starts before the buffer, the source is opened again, if possible. Each call ends the stream that an
    /// earlier call returned.
    pub(super) fn stream(&self, range: Range<u64>, reading: watch::Sender<Reading>) -> Result<ByteStream> {
        let turn = {
            let mut buffer = lock(&self.buffer);
            if range.start < buffer.start {
                let reopen = self.reopen.as_ref().ok_or_else(|| not_kept(range.start))?;
                buffer.begin_at(range.start, reopen(range.start));
            }
            buffer.forget_before(range.start);
            if range.start > buffer.end {
                return Err(Error::bug(
                    "the requested chunk starts after the last byte that was read from the stream",
                ));
            }
            buffer.turn += 1;
            Turn { buffer: Arc::clone(&self.buffer), number: buffer.turn }
        };
        let mut position = range.start;
        Ok(Box::pin(poll_fn(move |context| {
            if position == range.end {
                return Poll::Ready(None);
            }
            let piece = ready!(turn.poll_piece(context, position..range.end));
            position += piece.as_ref().map_or(0, |bytes| bytes.len() as u64);
            reading.send_replace(Reading { position, failed: piece.is_err() });
            Poll::Ready(Some(piece))
        })))
    }

    /// Returns the error that stopped the stream.
    pub(super) fn broken(&self) -> Error {
        lock(&self.buffer).error()
    }
}

/// One attempt to send a chunk. The time between two attempts does not count against the source.
struct Turn {
    buffer: Arc<Mutex<ChunkBuffer>>,
    number: u64,
}

impl Turn {
    fn poll_piece(&self, context: &mut Context<'_>, range: Range<u64>) -> Poll<io::Result<Bytes>> {
        lock(&self.buffer).poll_piece(context, range, self.number)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut buffer = lock(&self.buffer);
        if buffer.turn == self.number {
            buffer.reader.rest();
        }
    }
}

/// The reason why a stream delivers no more bytes.
#[derive(Debug)]
enum Fault {
    /// The stream ended after this number of bytes.
    Short(u64),
    /// The stream is longer than declared.
    Long,
    /// The stream failed after this number of bytes. The I/O error is returned once.
    Failed(u64, Option<io::Error>),
}

/// The reader, and the bytes read from it that may be needed again.
struct ChunkBuffer {
    length: u64,
    reader: Paced,
    /// Consecutive blocks; the first one starts at `start`.
    pieces: VecDeque<Bytes>,
    start: u64,
    end: u64,
    /// The block that is being read, with the bytes read so far.
    next: Vec<u8>,
    filled: usize,
    /// Memory of released blocks, which later blocks reuse: at most the size of one chunk. If this memory were returned
    /// to the allocator, it would accumulate in the arenas of every thread that reads.
    spare: Vec<Vec<u8>>,
    /// The number of the attempt that receives bytes. Earlier attempts receive none.
    turn: u64,
    fault: Option<Fault>,
}

impl fmt::Debug for ChunkBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkBuffer")
            .field("start", &self.start)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl ChunkBuffer {
    fn new(reader: Paced, length: u64) -> Self {
        let (pieces, next, spare) = (VecDeque::new(), Vec::new(), Vec::new());
        Self { length, reader, pieces, start: 0, end: 0, next, filled: 0, spare, turn: 0, fault: None }
    }

    /// Continues at `start` with a reader whose first byte is at `start`.
    fn begin_at(&mut self, start: u64, reader: Reader) {
        self.forget_before(self.end);
        self.pieces.clear();
        (self.start, self.end, self.filled) = (start, start, 0);
        self.reader.replace(reader);
    }

    fn forget_before(&mut self, offset: u64) {
        while let Some(first) = self.pieces.front()
            && self.start + first.len() as u64 <= offset
        {
            self.start += first.len() as u64;
            // If the connection still uses a block, the connection frees it.
            self.spare.extend(self.pieces.pop_front().filter(Bytes::is_unique).map(Vec::from));
        }
    }

    /// Returns the bytes of `range` from its start to the end of the buffered block that contains the start.
    fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
        range: Range<u64>,
        turn: u64,
    ) -> Poll<io::Result<Bytes>> {
        if turn != self.turn {
            return Poll::Ready(Err(io::Error::other("the chunk is being read by another request")));
        }
        while self.end <= range.start {
            ready!(self.poll_read(context))?;
        }
        let offset = range.start.checked_sub(self.start).and_then(|offset| usize::try_from(offset).ok());
        let found =
            offset.and_then(|offset| Some((self.pieces.get(offset / PIECE_BYTES)?, offset % PIECE_BYTES)));
        let Some((piece, from)) = found else {
            return Poll::Ready(Err(io::Error::other("these bytes of the stream are no longer buffered")));
        };
        let most = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        Poll::Ready(Ok(piece.slice(from..piece.len().min(from.saturating_add(most)))))
    }

    /// Reads one more block. If the caller stops waiting, the bytes read so far are kept.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.fault.is_some() {
            return Poll::Ready(Err(io::Error::other("the stream failed")));
        }
        let left = self.length - self.end;
        let wanted = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        if self.next.is_empty() {
            self.next = self.spare.pop().unwrap_or_default();
        }
        self.next.resize(wanted, 0);
        while self.filled < wanted {
            let at = self.end + self.filled as u64;
            match ready!(self.reader.poll_read(context, &mut self.next[self.filled..])) {
                Ok(0) => return self.fail(Fault::Short(at)),
                Ok(more) => self.filled += more,
                Err(error) => return self.fail(Fault::Failed(at, Some(error))),
            }
        }
        if wanted as u64 == left {
            // TikTok starts the post when it receives the last byte, so that byte is sent only after the stream has
            // ended.
            match ready!(self.reader.poll_read(context, &mut [0])) {
                Ok(0) => {}
                Ok(_) => return self.fail(Fault::Long),
                Err(error) => return self.fail(Fault::Failed(self.length, Some(error))),
            }
        }
        self.pieces.push_back(Bytes::from(std::mem::take(&mut self.next)));
        self.end += wanted as u64;
        self.filled = 0;
        Poll::Ready(Ok(()))
    }

    fn fail(&mut self, fault: Fault) -> Poll<io::Result<()>> {
        self.fault = Some(fault);
        Poll::Ready(Err(io::Error::other("the stream failed")))
    }

    fn error(&mut self) -> Error {
        const AGAIN: &str = "nothing was posted; publish again with a new stream from the first byte, and with the \
                             same idempotency key to continue after the bytes that TikTok has";
        let length = self.length;
        let invalid = |message: String| Error::invalid(message).with_owner(Owner::App);
        match &mut self.fault {
            Some(Fault::Short(read)) => invalid(format!(
                "the stream ended after {read} of the declared {length} bytes; {AGAIN}; if the declared length was wrong, \
                 use the true length and another key"
            ))
            .with_reason(Reason::StreamLengthMismatch),
            Some(Fault::Long) => invalid(format!(
                "the stream has more than the declared {length} bytes and nothing was posted; publish again with \
                 its true length and another idempotency key"
            )).with_reason(Reason::StreamLengthMismatch)
            .with_safe_to_repeat(true),
            Some(Fault::Failed(read, source)) => {
                let error = invalid(format!("the stream failed after {read} of {length} bytes; {AGAIN}"))
                    .with_reason(Reason::StreamFailed);
                // An error of a relay or a slow source has a more specific message. The I/O error is returned only
                // once.
                let source = source.take();
                toklink_error(source.as_ref()).unwrap_or(source.into_iter().fold(error, Error::with_source))
            }
            None => Error::bug("a stream failed without a recorded error"),
        }
    }

    /// Returns the bytes read so far, as long as all of them are buffered.
    fn seen(&self) -> Seen {
        Seen { pieces: self.pieces.iter().cloned().collect(), length: self.end, at: 0 }
    }
}

fn not_kept(start: u64) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!(
            "TikTok lost bytes that it had accepted and continues at byte {start}, which this stream no longer \
             buffers; publish again with the same idempotency key and a new stream from the first byte, or a file"
        ),
    ).with_reason(Reason::SourceUnavailable)
    .with_owner(Owner::App)
}

/// Returns the toklink error inside the I/O error of a reader.
fn toklink_error(error: Option<&io::Error>) -> Option<Error> {
    error?.get_ref()?.downcast_ref::<Error>().cloned()
}

/// The start of a stream, which can be read like a file.
struct Seen {
    pieces: Vec<Bytes>,
    length: u64,
    at: u64,
}

impl Read for Seen {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        let piece = self.pieces.get(at / PIECE_BYTES).and_then(|piece| piece.get(at % PIECE_BYTES..));
        let piece = piece.unwrap_or_default();
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Seen {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = target.ok_or_else(|| io::Error::other("cannot seek to a position before the start"))?;
        Ok(self.at)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "stream_source_tests.rs"]
mod tests;
