//! Videos that a callback of the host reads.

use crate::runtime::callback::calling;
use crate::runtime::kept::Kept;
use core_toklink::VideoSource;
use futures_util::stream::unfold;
use std::ffi::c_void;
use std::io::{self, Cursor};
use std::sync::Arc;
use tokio::io::AsyncRead;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio_util::io::StreamReader;

/// Size of the buffer that the host's callback fills.
const PIECE_BYTES: usize = 128 * 1024;

/// Writes at most `capacity` bytes of the video to `buffer`, and their number to `out_read`; 0 marks the end. Returns
/// false on a read error; the publish then fails without a post. It may block. Called on a thread of the library, one
/// call at a time, until `read_destroy` is called. After a cancel or a failure, a call can overlap the completion or
/// follow it, so a reader may wait for the completion.
///
/// It must deliver 10,000 bytes per second on average: the publish waits at most 60 s in total for it, plus 0.1 ms for
/// each byte, and TikTok accepts the bytes for one hour. The publish of a slower reader fails with
/// `TOKLINK_ERR_UNAVAILABLE`. At most 16 readers of a client run at the same time; the time that a reader waits for its
/// turn counts as well. `toklink_client_free` waits until a running call returns.
pub type toklink_read_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        buffer: *mut u8,
        capacity: usize,
        out_read: *mut usize,
    ) -> bool,
>;

pub(crate) type Read = unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut usize) -> bool;

/// Calls the host's function until the stream ends.
struct Reader {
    read: Read,
    kept: Arc<Kept>,
    places: Arc<Semaphore>,
    /// Dropped after `kept`, because the client waits for this permit before it ends.
    place: Option<OwnedSemaphorePermit>,
}

impl Reader {
    fn piece(&self) -> io::Result<Vec<u8>> {
        let (mut bytes, mut read) = (vec![0; PIECE_BYTES], 0);
        // SAFETY: the host's function and pointer; the buffer has `bytes.len()` bytes.
        let going = calling(|| unsafe {
            (self.read)(self.kept.pointer(), bytes.as_mut_ptr(), bytes.len(), &raw mut read)
        });
        if !going {
            return Err(io::Error::other("the read callback returned false"));
        }
        if read > bytes.len() {
            return Err(io::Error::other("the read callback reported more bytes than its buffer holds"));
        }
        bytes.truncate(read);
        Ok(bytes)
    }
}

/// Reads the host's video on blocking threads.
fn reading(reader: Reader) -> impl AsyncRead + Send + 'static {
    let pieces = unfold(Some(reader), |reader| async move {
        let mut reader = reader?;
        match Arc::clone(&reader.places).acquire_owned().await {
            Ok(place) => reader.place = Some(place),
            Err(error) => return Some((Err(io::Error::other(error)), None)),
        }
        let read = spawn_blocking(move || (reader.piece(), reader));
        let read = read.await;
        match read {
            Ok((Ok(piece), _)) if piece.is_empty() => None,
            Ok((Ok(piece), mut reader)) => {
                reader.place = None;
                Some((Ok(Cursor::new(piece)), Some(reader)))
            }
            Ok((Err(error), _)) => Some((Err(error), None)),
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    });
    StreamReader::new(Box::pin(pieces))
}

/// Returns a source that reads `length` bytes from the host.
pub(crate) fn stream(read: Read, kept: Arc<Kept>, length: u64, places: Arc<Semaphore>) -> VideoSource {
    VideoSource::stream(reading(Reader { read, kept, places, place: None }), length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::engine::{BLOCKING_THREADS, READERS};
    use std::sync::RwLock;
    use std::time::Duration;
    use tokio::io::AsyncReadExt;

    /// Locked for writing while the readers must block.
    static GATE: RwLock<()> = RwLock::new(());

    /// Longer than a free thread takes to start.
    const STUCK: Duration = Duration::from_secs(20);

    unsafe extern "C" fn blocks(_: *mut c_void, _: *mut u8, _: usize, _: *mut usize) -> bool {
        GATE.read().is_ok()
    }

    #[test]
    fn blocked_readers_leave_threads_for_other_work() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().max_blocking_threads(BLOCKING_THREADS).build().unwrap();
        let (closed, all) = (GATE.write().unwrap(), Arc::new(Semaphore::new(READERS as usize)));
        let readers: Vec<_> = (0..2 * BLOCKING_THREADS)
            .map(|_| {
                let kept = Arc::new(Kept::new(std::ptr::null_mut(), None));
                let places = Arc::clone(&all);
                let mut reader = Box::pin(reading(Reader { read: blocks, kept, places, place: None }));
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
