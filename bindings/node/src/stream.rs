//! Reads a stream from JavaScript, one piece at a time, as long as the buffer has space.

use futures_util::stream::unfold;
use napi::Status;
use napi::bindgen_prelude::{Buffer, Promise};
use napi::threadsafe_function::ThreadsafeFunction;
use std::io::{Cursor, Error};
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

/// Requests the next piece from JavaScript. `null` marks the end. A rejection is an error in the stream, which
/// `js/native` returns to the caller.
pub(crate) type PieceCall = ThreadsafeFunction<(), Promise<Option<Buffer>>, (), Status, false, true>;

/// Returns a reader of the pieces that `call` returns.
pub(crate) fn reader(call: PieceCall) -> impl AsyncRead + Send + 'static {
    let pieces = unfold(call, |call| async move {
        let asked = async { call.call_async_catch(()).await?.await };
        let piece = match asked.await {
            Ok(None) => return None,
            Ok(Some(piece)) => Ok(Cursor::new(piece.to_vec())),
            Err(_) => Err(Error::other("the stream rejected")),
        };
        Some((piece, call))
    });
    StreamReader::new(Box::pin(pieces))
}
