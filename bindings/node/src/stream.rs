//! A stream that JavaScript gives, behind the core's reader: asked for one piece when there is room for it.

use futures_util::stream::unfold;
use napi::Status;
use napi::bindgen_prelude::{Buffer, Promise};
use napi::threadsafe_function::ThreadsafeFunction;
use std::io::{Cursor, Error};
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

/// Asks JavaScript for the next piece; `null` is the end. A rejection is the stream's own failure, which `js/native` keeps
/// for the caller.
pub(crate) type PieceCall = ThreadsafeFunction<(), Promise<Option<Buffer>>, (), Status, false, true>;

/// Reads what `call` gives.
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
