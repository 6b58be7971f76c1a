//! The leases in a host's own store.

use super::HostStore;
use serde_json::json;
use std::time::Duration;
use toklink::clock::BoxFuture;
use toklink::store::LeaseStore;
use toklink::{Result, Timestamp};

impl LeaseStore for HostStore {
    fn acquire<'a>(
        &'a self,
        name: &'a str,
        owner: &'a str,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
            self.ask_flag("leases.acquire", json!([name, owner, now.as_millis(), ttl])).await
        })
    }

    fn release<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.ask("leases.release", json!([name, owner])).await.map(drop) })
    }

    fn expire(&self, before: Timestamp) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.ask("leases.expire", json!([before.as_millis()])).await.map(drop) })
    }
}
