//! Counts the points before and after each external operation of a publish, so that the test can kill the process at
//! any of them: requests and responses, parts of a body, and reads and writes of the journal and the lease.

use futures_util::StreamExt as _;
use std::fmt::Debug;
use std::future::Future;
use std::process::{Command, abort, id};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use toklink::clock::BoxFuture;
use toklink::store::{JournalStore, LeaseStore, PublishRow};
use toklink::transport::{Body, HttpReply, HttpRequest, Transport};
use toklink::{AccountKey, Result, Timestamp};

/// Kills this process at the n-th point that it passes. Counting starts at 1.
#[derive(Debug)]
pub(crate) struct CrashInjector {
    passed: AtomicU64,
    crash_at: Option<u64>,
}

impl CrashInjector {
    pub(crate) fn new(crash_at: Option<u64>) -> Arc<Self> {
        Arc::new(Self { passed: AtomicU64::new(0), crash_at })
    }

    /// Returns the number of points that were passed.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }

    fn reach(&self) {
        if Some(self.passed.fetch_add(1, Ordering::SeqCst) + 1) == self.crash_at {
            // Flushes and drops nothing. Systems without `kill` abort instead.
            let _ = Command::new("kill").args(["-9", &id().to_string()]).status();
            abort();
        }
    }

    async fn around<T>(&self, act: impl Future<Output = T>) -> T {
        self.reach();
        let outcome = act.await;
        self.reach();
        outcome
    }
}

/// An external resource of a process that will be killed.
#[derive(Debug)]
pub(crate) struct CrashPoints<T> {
    pub(crate) inner: Arc<T>,
    pub(crate) injector: Arc<CrashInjector>,
}

impl<T: Transport> Transport for CrashPoints<T> {
    fn send(&self, mut request: HttpRequest) -> BoxFuture<'_, Result<HttpReply>> {
        if let Body::Stream { length, stream } = request.body {
            let injector = Arc::clone(&self.injector);
            let stream = Box::pin(stream.inspect(move |_| injector.reach()));
            request.body = Body::Stream { length, stream };
        }
        Box::pin(self.injector.around(self.inner.send(request)))
    }
}

impl<T: JournalStore> JournalStore for CrashPoints<T> {
    fn insert<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.injector.around(self.inner.insert(row)))
    }

    fn find<'a>(
        &'a self,
        account: &'a AccountKey,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(self.injector.around(self.inner.find(account, key)))
    }

    fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(self.injector.around(self.inner.find_publish(publish_id)))
    }

    fn update_if<'a>(&'a self, row: &'a PublishRow, expected: u64) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.injector.around(self.inner.update_if(row, expected)))
    }

    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>> {
        Box::pin(self.injector.around(self.inner.unfinished(account)))
    }

    fn expire(&self, ended_before: Timestamp) -> BoxFuture<'_, Result<u64>> {
        Box::pin(self.injector.around(self.inner.expire(ended_before)))
    }

    fn forget<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.injector.around(self.inner.forget(account)))
    }
}

impl<T: LeaseStore> LeaseStore for CrashPoints<T> {
    fn acquire<'a>(
        &'a self,
        name: &'a str,
        owner: &'a str,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.injector.around(self.inner.acquire(name, owner, now, ttl)))
    }

    fn release<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.injector.around(self.inner.release(name, owner)))
    }

    fn expire(&self, before: Timestamp) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.injector.around(self.inner.expire(before)))
    }
}
