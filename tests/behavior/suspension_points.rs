//! Suspends a client at one point of a publish: before or after a request, inside a request body, or before or after a
//! read or write of the journal.

use crate::world::{World, clock_of, config};
use futures_util::StreamExt;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use toklink::clock::BoxFuture;
use toklink::store::{JournalStore, PublishRow};
use toklink::transport::{Body, HttpReply, HttpRequest, HttpTransport, Transport};
use toklink::{AccountKey, CachePolicy, Client, MemoryStore, Result, Timestamp};

/// Counts the points that a client passes, and suspends it at one of them.
#[derive(Debug)]
pub(crate) struct Points {
    passed: AtomicUsize,
    stop_at: usize,
    /// The name of the point at which the client is suspended.
    name: Mutex<String>,
    pub(crate) reached: Notify,
    pub(crate) wake: Notify,
}

impl Points {
    /// Returns points that suspend the client at point number `stop_at`, counted from 1.
    pub(crate) fn stop_at(stop_at: usize) -> Arc<Self> {
        Arc::new(Self {
            passed: 0.into(),
            stop_at,
            name: Mutex::default(),
            reached: Notify::new(),
            wake: Notify::new(),
        })
    }

    pub(crate) fn name(&self) -> String {
        self.name.lock().unwrap().clone()
    }

    async fn pass(&self, moment: &str, act: &str) {
        if self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.stop_at {
            *self.name.lock().unwrap() = format!("{moment} {act}");
            self.reached.notify_one();
            self.wake.notified().await;
        }
    }

    async fn around<T>(&self, name: &str, act: impl Future<Output = T>) -> T {
        self.pass("before", name).await;
        let outcome = act.await;
        self.pass("after", name).await;
        outcome
    }
}

#[derive(Debug)]
struct Suspending<T> {
    inner: T,
    points: Arc<Points>,
}

impl Transport for Suspending<HttpTransport> {
    fn send(&self, mut request: HttpRequest) -> BoxFuture<'_, Result<HttpReply>> {
        let name = request.url.path().to_owned();
        if let Body::Stream { length, stream } = request.body {
            let points = Arc::clone(&self.points);
            let pieces = stream.enumerate().then(move |(n, piece)| {
                let points = Arc::clone(&points);
                async move {
                    if n == 1 {
                        points.pass("inside", "a chunk").await;
                    }
                    piece
                }
            });
            request.body = Body::Stream { length, stream: Box::pin(pieces) };
        }
        Box::pin(async move { self.points.around(&name, self.inner.send(request)).await })
    }
}

impl JournalStore for Suspending<Arc<MemoryStore>> {
    fn insert<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.points.around("insert", self.inner.insert(row)))
    }

    fn find<'a>(
        &'a self,
        account: &'a AccountKey,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(self.points.around("find", self.inner.find(account, key)))
    }

    fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(self.points.around("find_publish", self.inner.find_publish(publish_id)))
    }

    fn update_if<'a>(&'a self, row: &'a PublishRow, expected: u64) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let name = format!("update_if to {}", row.phase.as_str());
            self.points.around(&name, self.inner.update_if(row, expected)).await
        })
    }

    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>> {
        self.inner.unfinished(account)
    }

    fn expire(&self, ended_before: Timestamp) -> BoxFuture<'_, Result<u64>> {
        JournalStore::expire(&*self.inner, ended_before)
    }

    fn forget<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<()>> {
        self.inner.forget(account)
    }
}

/// Returns a client of `world` that shares its store but no leases. `points` suspends the client.
pub(crate) fn client(world: &World, points: &Arc<Points>) -> Client {
    let config = config(&world.emulator, world.client_key);
    let transport = Suspending { inner: HttpTransport::new(&config).unwrap(), points: Arc::clone(points) };
    let journal = Suspending { inner: Arc::clone(&world.store), points: Arc::clone(points) };
    Client::builder(config)
        .cache(CachePolicy::off())
        .store(Arc::clone(&world.store))
        .journal(Arc::new(journal))
        .leases(Arc::new(MemoryStore::new()))
        .transport(Arc::new(transport))
        .clock(clock_of(&world.emulator))
        .build()
        .unwrap()
}

/// Returns a client of `world` that shares its store but no leases.
pub(crate) fn other_process(world: &World) -> Client {
    Client::builder(config(&world.emulator, world.client_key))
        .cache(CachePolicy::off())
        .store(Arc::clone(&world.store))
        .leases(Arc::new(MemoryStore::new()))
        .clock(clock_of(&world.emulator))
        .build()
        .unwrap()
}
