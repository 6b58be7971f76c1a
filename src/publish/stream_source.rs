//! Bytes that can be read only once: what TikTok has not confirmed is kept, so that a lost chunk can be sent again. That
//! is one chunk of the small ones of [`ChunkPlan::for_stream`], and no byte more is asked for before there is room. Earlier
//! chunks can be sent again only where the source can be opened at any byte, as a relayed address can.

use super::pace::{Paced, Reader};
use super::source::Reading;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Owner, Result};
use crate::media::{ChunkPlan, VideoInfo, probe_start};
use crate::transport::ByteStream;
use crate::vault::hex;
use bytes::Bytes;
use futures_util::stream::poll_fn;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fmt;
use std::future;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::AsyncRead;
use tokio::sync::watch;

/// How the stream is read and handed over: every piece but the last has this length.
const PIECE_BYTES: usize = 128 * 1024;

/// How much of the start marks what a stream holds.
const MARK_BYTES: u64 = 1024 * 1024;
const MARK_PREFIX: &str = "stream-";

/// Opens the same video at a later byte.
pub(super) type Reopen = Arc<dyn Fn(u64) -> Reader + Send + Sync>;

/// A stream of known length that a caller gives. Clones are the same stream, which is read once.
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

    /// Adds the way to open the same bytes again from any byte on.
    pub(super) fn seeking(mut self, reopen: Reopen) -> Self {
        self.reopen = Some(reopen);
        self
    }

    /// How many bytes the stream holds, as the caller has said.
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
    mark: String,
    held: Arc<Mutex<Held>>,
    reopen: Option<Reopen>,
}

impl fmt::Debug for StreamSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSource")
            .field("length", &self.length)
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

impl StreamSource {
    /// Takes the stream and reads its start, as far as it would be kept for the first chunk anyway.
    pub(super) async fn open(stream: &VideoStream, clock: Arc<dyn Clock>) -> Result<Self> {
        let length = stream.length;
        let plan = ChunkPlan::for_stream(length).map_err(|error| error.with_owner(Owner::User))?;
        let reader = lock(&stream.reader).take().ok_or_else(|| {
            Error::invalid("this stream has been read already; give a new one that begins at the first byte")
        })?;
        let mut held = Held::new(Paced::new(reader, clock), length);
        let first = plan.chunk_size().min(length);
        while held.end < first {
            if future::poll_fn(|context| held.poll_read(context)).await.is_err() {
                return Err(held.error());
            }
        }
        let mark = mark_of(&mut held.seen(), length)
            .map_err(|e| Error::bug("a start was not kept").with_source(e))?;
        Ok(Self { length, mark, held: Arc::new(Mutex::new(held)), reopen: stream.reopen.clone() })
    }

    pub(super) fn size(&self) -> u64 {
        self.length
    }

    pub(super) fn mark(&self) -> &str {
        &self.mark
    }

    /// Judges the video by its start.
    pub(super) fn probe(&self) -> Result<VideoInfo> {
        let mut seen = lock(&self.held).seen();
        let there = seen.length;
        probe_start(&mut seen, self.length, there)
    }

    /// Reads on by one piece, kept by nobody, while bytes before `start` are to come: TikTok has them from an earlier
    /// stream. Answers whether there may be more of them.
    pub(super) async fn skip_towards(&self, start: u64) -> Result<bool> {
        let skipped = future::poll_fn(|context| {
            let mut held = lock(&self.held);
            held.forget_before(start);
            if held.end > start || held.end == held.length {
                Poll::Ready(Ok(false))
            } else {
                held.poll_read(context).map_ok(|()| true)
            }
        });
        skipped.await.map_err(|_: io::Error| self.broken())
    }

    /// TikTok has just issued the upload URL, whose life limits how long the bytes may take.
    pub(super) fn upload_url_issued(&self) {
        lock(&self.held).reader.upload_url_issued();
    }

    /// The bytes of `range`: those that are kept, then those that are read while they are sent. What is not kept any more is
    /// opened again where that is possible. A later call ends the stream of an earlier one.
    pub(super) fn stream(&self, range: Range<u64>, reading: watch::Sender<Reading>) -> Result<ByteStream> {
        let turn = {
            let mut held = lock(&self.held);
            if range.start < held.start {
                let reopen = self.reopen.as_ref().ok_or_else(|| not_kept(range.start))?;
                held.begin_at(range.start, reopen(range.start));
            }
            held.forget_before(range.start);
            if range.start > held.end {
                return Err(Error::bug("bytes of a stream were wanted that were never read"));
            }
            held.turn += 1;
            Turn { held: Arc::clone(&self.held), number: held.turn }
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

    /// Why the stream could not be read on.
    pub(super) fn broken(&self) -> Error {
        lock(&self.held).error()
    }
}

/// One attempt to send a chunk. Between two attempts nobody waits for the source.
struct Turn {
    held: Arc<Mutex<Held>>,
    number: u64,
}

impl Turn {
    fn poll_piece(&self, context: &mut Context<'_>, range: Range<u64>) -> Poll<io::Result<Bytes>> {
        lock(&self.held).poll_piece(context, range, self.number)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        if held.turn == self.number {
            held.reader.rest();
        }
    }
}

/// Why a stream gives no more bytes.
#[derive(Debug)]
enum Fault {
    /// It ended after so many bytes.
    Short(u64),
    /// It goes on behind its length.
    Long,
    /// It failed after so many bytes; the reason is told once.
    Failed(u64, Option<io::Error>),
}

/// The reader, and what was read of it and may be wanted again.
struct Held {
    length: u64,
    reader: Paced,
    /// Pieces in a row, the first of which begins at `start`.
    pieces: VecDeque<Bytes>,
    start: u64,
    end: u64,
    /// The piece that comes next, and how much of it is there.
    next: Vec<u8>,
    filled: usize,
    /// Memory of forgotten pieces for the next ones: as much as one chunk, however long the stream. Given back to the
    /// allocator it would spread over the arenas of every thread that read.
    spare: Vec<Vec<u8>>,
    /// Whose bytes are given out; an earlier one gets none.
    turn: u64,
    fault: Option<Fault>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("start", &self.start).field("end", &self.end).finish_non_exhaustive()
    }
}

impl Held {
    fn new(reader: Paced, length: u64) -> Self {
        let (pieces, next, spare) = (VecDeque::new(), Vec::new(), Vec::new());
        Self { length, reader, pieces, start: 0, end: 0, next, filled: 0, spare, turn: 0, fault: None }
    }

    /// Reads from `start` on again, with a reader that begins there.
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
            // One that the connection still holds is its to free.
            self.spare.extend(self.pieces.pop_front().filter(Bytes::is_unique).map(Vec::from));
        }
    }

    /// The bytes from `range.start`, as many as the piece there has of the range.
    fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
        range: Range<u64>,
        turn: u64,
    ) -> Poll<io::Result<Bytes>> {
        if turn != self.turn {
            return Poll::Ready(Err(io::Error::other("the chunk is sent again elsewhere")));
        }
        while self.end <= range.start {
            ready!(self.poll_read(context))?;
        }
        let offset = range.start.checked_sub(self.start).and_then(|offset| usize::try_from(offset).ok());
        let found =
            offset.and_then(|offset| Some((self.pieces.get(offset / PIECE_BYTES)?, offset % PIECE_BYTES)));
        let Some((piece, from)) = found else {
            return Poll::Ready(Err(io::Error::other("these bytes are not kept any more")));
        };
        let most = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        Poll::Ready(Ok(piece.slice(from..piece.len().min(from.saturating_add(most)))))
    }

    /// Reads one more piece. What was read so far stays when nobody waits for the rest.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.fault.is_some() {
            return Poll::Ready(Err(io::Error::other("the stream is broken")));
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
            // TikTok begins to post with the last byte, so that one is held back until the stream has ended.
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
        Poll::Ready(Err(io::Error::other("the stream is broken")))
    }

    fn error(&mut self) -> Error {
        const AGAIN: &str = "nothing was posted; publish it again with a new stream that begins at the first byte, under the \
                             same idempotency key to go on after what TikTok has";
        let length = self.length;
        let invalid = |message: String| Error::invalid(message).with_owner(Owner::App);
        match &mut self.fault {
            Some(Fault::Short(read)) => {
                invalid(format!("the stream ended after {read} of the {length} bytes it was said to have; {AGAIN}"))
            }
            Some(Fault::Long) => invalid(format!(
                "the stream has more than the {length} bytes it was said to have; nothing was posted, publish it again with \
                 its true length"
            ))
            .with_safe_to_repeat(true),
            Some(Fault::Failed(read, source)) => {
                let error = invalid(format!("the stream failed after {read} of {length} bytes; {AGAIN}"));
                // What a relay says of its host, or the pace of its source, is said better there. A second asking gets no
                // source.
                let source = source.take();
                own(source.as_ref()).unwrap_or(source.into_iter().fold(error, Error::with_source))
            }
            None => Error::bug("a stream was given up without a fault"),
        }
    }

    /// What was read so far, while nothing of it is forgotten.
    fn seen(&self) -> Seen {
        Seen { pieces: self.pieces.iter().cloned().collect(), length: self.end, at: 0 }
    }
}

fn not_kept(start: u64) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!(
            "TikTok has lost bytes that it had accepted and takes the video from byte {start} on, which this stream does not \
             keep any more; publish it again under the same idempotency key with a new stream from the first byte, or with a \
             file"
        ),
    )
    .with_owner(Owner::App)
}

/// The error of ours that a reader failed with.
fn own(error: Option<&io::Error>) -> Option<Error> {
    error?.get_ref()?.downcast_ref::<Error>().cloned()
}

/// The start of a stream, to be read like a file.
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
        self.at = target.ok_or_else(|| io::Error::other("sought to before the start"))?;
        Ok(self.at)
    }
}

/// Whether a mark is one of a stream.
pub(super) fn is_mark(mark: &str) -> bool {
    mark.starts_with(MARK_PREFIX)
}

/// The length and a digest of the start, so that the same bytes given again go on with the same publish.
pub(super) fn mark_of(start: &mut impl Read, length: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    start.take(MARK_BYTES).read_to_end(&mut bytes)?;
    Ok(format!("{MARK_PREFIX}{length}-{}", hex::encode(&Sha256::digest(&bytes)[..16])))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "stream_source_tests.rs"]
mod tests;
