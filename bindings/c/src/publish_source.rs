//! Videos that the host reads itself, and those that lie at an address.

use crate::callback::{Home, Kept, calling, toklink_destroy};
use crate::error::toklink_error;
use crate::guard;
use crate::publish_request::{set_source, toklink_publish_request};
use crate::status::toklink_status;
use crate::text::toklink_str;
use core_toklink::{Error, Secret, VideoSource};
use futures_util::stream::unfold;
use std::ffi::c_void;
use std::io::{self, Cursor};
use tokio::io::AsyncRead;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio_util::io::StreamReader;

/// How many readers of the host run at the same time, in all clients: further ones wait. Without this bound readers that block
/// would take the threads on which files are read and stores are called.
pub(crate) const READERS: usize = 16;
static READING: Semaphore = Semaphore::const_new(READERS);

/// How many bytes the host is asked for at once.
const PIECE_BYTES: usize = 128 * 1024;

/// Writes the next bytes of a video to `buffer`, at most `capacity` of them, and their number to `out_read`; 0 is the end.
/// Returns `false` when it cannot read on: the publish then ends without a post. It may block. It is called from a thread
/// of the library, one call at a time, and only when there is room for the bytes.
pub type toklink_read_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        buffer: *mut u8,
        capacity: usize,
        out_read: *mut usize,
    ) -> bool,
>;

type Read = unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut usize) -> bool;

/// The host's function, until its stream has ended.
struct Reader {
    read: Read,
    kept: Kept,
}

impl Reader {
    fn piece(&self) -> io::Result<Vec<u8>> {
        let (mut bytes, mut read) = (vec![0; PIECE_BYTES], 0);
        // SAFETY: the host's own function and pointer; the buffer has as many bytes as it is told.
        let going = calling(|| unsafe {
            (self.read)(self.kept.pointer(), bytes.as_mut_ptr(), bytes.len(), &raw mut read)
        });
        if !going {
            return Err(io::Error::other("the host's reader said that it cannot read on"));
        }
        if read > bytes.len() {
            return Err(io::Error::other("the host's reader told of more bytes than it was asked for"));
        }
        bytes.truncate(read);
        Ok(bytes)
    }
}

/// Reads what the host gives, away from the threads that serve others.
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

/// Takes the video from `read`, which gives exactly `length` bytes. They are read once, so the request is good for one
/// publish; at most 10.5 MB of them are kept, to repeat a chunk that is lost. A publish that was interrupted goes on when
/// the same bytes are given again from the first one, under the same idempotency key.
///
/// The reader must keep an average of 10,000 bytes per second: the publish waits for it at most 60 s altogether, each byte
/// earns 0.1 ms of that back, and all bytes must come within the hour in which TikTok takes them. A slower reader ends the
/// publish with `TOKLINK_ERR_UNAVAILABLE`. A call of `read` that blocks holds its thread until it returns: at most sixteen calls run
/// at the same time in a process, and a reader that waits for its turn counts as slow.
/// `toklink_client_free` waits for it; it may wait for the completion of its publish, which comes first.
///
/// The request keeps `user_data` until its publish takes it, which gives it back once it reads no more; for `destroy` (may be
/// NULL) see "Callbacks" at the top.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_stream(
    request: *mut toklink_publish_request,
    read: toklink_read_callback,
    user_data: *mut c_void,
    destroy: toklink_destroy,
    length: u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let kept = Kept::new(user_data, destroy);
    let work = || {
        let read =
            read.ok_or_else(|| Error::invalid("there is no function to read the video with: give one"))?;
        let home = kept.home();
        let source = VideoSource::stream(reading(Reader { read, kept }), length);
        // SAFETY: the conventions of the header.
        unsafe { set_source(request, source, home) }
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Reads the video from this public https address and sends it on as it comes, stored nowhere: always, or, with
/// `if_unverified`, only when TikTok, which is asked to fetch it first, says that its domain is not verified for the app.
/// The host must answer within 30 s, say how long the video is, and keep the pace of `toklink_publish_request_set_stream`.
/// Private addresses are refused, also behind redirects; loopback is allowed only by
/// `toklink_client_options_set_relay_from_loopback`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_relay_url(
    request: *mut toklink_publish_request,
    value: toklink_str,
    if_unverified: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let url = Secret::new(unsafe { value.read("the URL")? }.to_owned());
        let source = if if_unverified { VideoSource::UrlOrRelay(url) } else { VideoSource::Relay(url) };
        // SAFETY: the conventions of the header.
        unsafe { set_source(request, source, Home::default()) }
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::BLOCKING_THREADS;
    use std::sync::RwLock;
    use std::time::Duration;
    use tokio::io::AsyncReadExt;

    /// Held for writing while readers must block.
    static GATE: RwLock<()> = RwLock::new(());

    /// Longer than any free thread needs to start.
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
                let kept = Kept::new(std::ptr::null_mut(), None);
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
