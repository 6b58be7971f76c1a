//! Videos whose bytes the host supplies.

use crate::runtime::callback::{Kept, calling};
use crate::runtime::engine::READERS;
use core_toklink::VideoSource;
use futures_util::stream::unfold;
use std::ffi::c_void;
use std::io::{self, Cursor};
use std::sync::Arc;
use tokio::io::AsyncRead;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio_util::io::StreamReader;

static READING: Semaphore = Semaphore::const_new(READERS);

/// Maximum number of bytes that the host's function is asked for at once.
const PIECE_BYTES: usize = 128 * 1024;

/// Writes the next bytes of a video to `buffer`, at most `capacity`, and their number to `out_read`; 0 marks the end.
/// Return false if the bytes cannot be read: the publish then fails without a post. The function may block. The library
/// calls it on one of its threads, one call at a time, until it calls `read_destroy`. After a cancellation or a
/// failure, a call may run at the same time as the completion or after it, so a reader may wait for the completion.
///
/// The function must deliver 10,000 bytes per second on average. A publish waits for it at most 60 s in total, and each
/// byte restores 0.1 ms of that time. All bytes must arrive within the hour in which TikTok accepts them. A slower
/// reader fails the publish with `TOKLINK_ERR_UNAVAILABLE`. At most sixteen readers of a process run at the same time;
/// a reader that waits for its turn counts as slow. `toklink_client_free` waits for a call that has not returned.
pub type toklink_read_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        buffer: *mut u8,
        capacity: usize,
        out_read: *mut usize,
    ) -> bool,
>;

pub(crate) type Read = unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut usize) -> bool;

/// The host's read function. It is kept until its stream has ended.
struct Reader {
    read: Read,
    kept: Arc<Kept>,
}

impl Reader {
    fn piece(&self) -> io::Result<Vec<u8>> {
        let (mut bytes, mut read) = (vec![0; PIECE_BYTES], 0);
        // SAFETY: the host's own function and pointer; the buffer has the number of bytes that is passed.
        let going = calling(|| unsafe {
            (self.read)(self.kept.pointer(), bytes.as_mut_ptr(), bytes.len(), &raw mut read)
        });
        if !going {
            return Err(io::Error::other("the host's read function failed"));
        }
        if read > bytes.len() {
            return Err(io::Error::other("the host's read function returned more bytes than requested"));
        }
        bytes.truncate(read);
        Ok(bytes)
    }
}

/// Reads the host's bytes on a blocking thread, so that other work is not delayed.
fn reading(reader: Reader) -> impl AsyncRead + Send + 'static {
    let pieces = unfold(Some(reader), |reader| async move {
        let reader = reader?;
        let place = match READING.acquire().await {
            Ok(place) => place,
            Err(error) => return Some((Err(io::Error::other(error)), None)),
        };
        let read = spawn_blocking(move || {
            let piece = reader.piece();
            drop(place);
            (piece, reader)
        });
        let read = read.await;
        match read {
            Ok((Ok(piece), _)) if piece.is_empty() => None,
            Ok((Ok(piece), reader)) => Some((Ok(Cursor::new(piece)), Some(reader))),
            Ok((Err(error), _)) => Some((Err(error), None)),
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    });
    StreamReader::new(Box::pin(pieces))
}

/// Returns a source that reads `length` bytes with the host's function.
pub(crate) fn stream(read: Read, kept: Arc<Kept>, length: u64) -> VideoSource {
    VideoSource::stream(reading(Reader { read, kept }), length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::engine::BLOCKING_THREADS;
    use std::sync::RwLock;
    use std::time::Duration;
    use tokio::io::AsyncReadExt;

    /// Held for writing while readers must block.
    static GATE: RwLock<()> = RwLock::new(());

    /// Exceeds the time that a free thread needs to start.
    const STUCK: Duration = Duration::from_secs(20);

    unsafe extern "C" fn blocks(_: *mut c_void, _: *mut u8, _: usize, _: *mut usize) -> bool {
        GATE.read().is_ok()
    }

    #[test]
    fn blocked_readers_leave_threads_for_other_work() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().max_blocking_threads(BLOCKING_THREADS).build().unwrap();
        let closed = GATE.write().unwrap();
        let readers: Vec<_> = (0..2 * BLOCKING_THREADS)
            .map(|_| {
                let kept = Arc::new(Kept::new(std::ptr::null_mut(), None));
                let mut reader = Box::pin(reading(Reader { read: blocks, kept }));
                runtime.spawn(async move { reader.read(&mut [0; 8]).await.unwrap() })
            })
            .collect();
        let other = runtime.block_on(async {
            tokio::task::yield_now().await;
            tokio::time::timeout(STUCK, spawn_blocking(|| "done")).await
        });
        drop(closed);
        assert_eq!(other.unwrap().unwrap(), "done");
        for reader in readers {
            assert_eq!(runtime.block_on(reader).unwrap(), 0, "each reader gets its turn");
        }
    }
}
