//! A client that stands still at one request of a publish, as a suspended process does.

use crate::world::{World, clock_of, config};
use futures_util::StreamExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;
use toklink::clock::BoxFuture;
use toklink::transport::{Body, HttpReply, HttpRequest, HttpTransport, Transport};
use toklink::{CachePolicy, Client, MemoryStore, Result};

/// Where a request stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Decided, and not sent.
    Before,
    /// In the middle of its body.
    Inside,
    /// Answered, and the answer is not read yet.
    After,
}

/// The n-th request (from 1) whose path contains `path`, or that carries a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) path: &'static str,
    pub(crate) nth: usize,
    pub(crate) moment: Moment,
}

/// Both ends of a suspension.
#[derive(Debug, Default)]
pub(crate) struct Suspension {
    pub(crate) reached: Notify,
    pub(crate) wake: Notify,
}

impl Suspension {
    async fn stand_still(&self) {
        self.reached.notify_one();
        self.wake.notified().await;
    }
}

#[derive(Debug)]
struct Suspending {
    inner: HttpTransport,
    stop: Stop,
    seen: AtomicUsize,
    suspension: Arc<Suspension>,
}

impl Suspending {
    fn is_due(&self, request: &HttpRequest) -> bool {
        let is_chunk = matches!(request.body, Body::Stream { .. });
        let matches = if self.stop.path == "chunk" {
            is_chunk
        } else {
            !is_chunk && request.url.path().contains(self.stop.path)
        };
        matches && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.stop.nth
    }
}

impl Transport for Suspending {
    fn send(&self, mut request: HttpRequest) -> BoxFuture<'_, Result<HttpReply>> {
        Box::pin(async move {
            if !self.is_due(&request) {
                return self.inner.send(request).await;
            }
            match self.stop.moment {
                Moment::Before => {
                    self.suspension.stand_still().await;
                    self.inner.send(request).await
                }
                Moment::Inside => {
                    if let Body::Stream { length, stream } = request.body {
                        let suspension = Arc::clone(&self.suspension);
                        let pieces = stream.enumerate().then(move |(n, piece)| {
                            let suspension = Arc::clone(&suspension);
                            async move {
                                if n == 1 {
                                    suspension.stand_still().await;
                                }
                                piece
                            }
                        });
                        request.body = Body::Stream { length, stream: Box::pin(pieces) };
                    }
                    self.inner.send(request).await
                }
                Moment::After => {
                    let reply = self.inner.send(request).await;
                    self.suspension.stand_still().await;
                    reply
                }
            }
        })
    }
}

/// A client of `world` that shares its store but no leases, and stands still at `stop`.
pub(crate) fn client(world: &World, stop: Stop) -> (Client, Arc<Suspension>) {
    let suspension = Arc::new(Suspension::default());
    let config = config(&world.emulator, world.client_key);
    let inner = HttpTransport::new(&config).unwrap();
    let transport = Suspending { inner, stop, seen: 0.into(), suspension: Arc::clone(&suspension) };
    let client = Client::builder(config)
        .cache(CachePolicy::off())
        .store(Arc::clone(&world.store))
        .leases(Arc::new(MemoryStore::new()))
        .transport(Arc::new(transport))
        .clock(clock_of(&world.emulator))
        .build()
        .unwrap();
    (client, suspension)
}

/// A client of `world` that shares its store but no leases.
pub(crate) fn other_process(world: &World) -> Client {
    Client::builder(config(&world.emulator, world.client_key))
        .cache(CachePolicy::off())
        .store(Arc::clone(&world.store))
        .leases(Arc::new(MemoryStore::new()))
        .clock(clock_of(&world.emulator))
        .build()
        .unwrap()
}
