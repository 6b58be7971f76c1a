//! The listening socket and its connections.

mod handler;
mod response_body;
mod routes;
mod socket;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::clock::real_pause;
use crate::state::Shared;
use socket::Socket;

/// Accepts connections until the future is dropped, which also closes them.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // Errors of accept() are transient, so continue to serve.
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                } else {
                    real_pause(Duration::from_millis(5)).await;
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let reset = Arc::new(AtomicBool::new(false));
    // Small responses must not wait for the peer's delayed acknowledgement. If this call fails, the connection still
    // works.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Socket::new(stream, Arc::clone(&reset)));
    let service = service_fn(move |request| {
        let (shared, reset) = (Arc::clone(&shared), Arc::clone(&reset));
        async move {
            let answer = handler::handle(&shared, request).await;
            let resets = answer.as_ref().map_or(true, |answer| answer.body().is_cut());
            reset.store(resets, Ordering::Relaxed);
            answer
        }
    });
    // These errors need no action: the peer disconnected, the bytes were not HTTP (hyper has sent 400), or a fault rule
    // reset the connection.
    let _ = hyper::server::conn::http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(io, service)
        .await;
}
