//! A metrics store that refuses some rows.

use crate::world::{World, clock_of, config};
use std::sync::Arc;
use toklink::clock::BoxFuture;
use toklink::store::{MetricsClaim, MetricsRow, MetricsStore};
use toklink::{
    AccountKey, Accounts, Client, CollectOptions, Day, Error, ErrorKind, MemoryStore, Result, Retry,
};

/// Refuses every save that contains a row of one of these accounts, as a column that is too narrow does.
#[derive(Debug)]
struct NarrowStore {
    inner: Arc<MemoryStore>,
    refused: Vec<AccountKey>,
}

impl MetricsStore for NarrowStore {
    fn claim_metrics<'a>(
        &'a self,
        claim: &'a MetricsClaim,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<Vec<AccountKey>>> {
        self.inner.claim_metrics(claim, accounts)
    }

    fn release_metrics<'a>(
        &'a self,
        day: Day,
        owner: &'a str,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<()>> {
        self.inner.release_metrics(day, owner, accounts)
    }

    fn save_metrics<'a>(&'a self, rows: &'a [MetricsRow]) -> BoxFuture<'a, Result<()>> {
        if rows.iter().any(|row| self.refused.contains(&row.account)) {
            let overflow =
                Error::new(ErrorKind::Unavailable, "numeric field overflow").with_retry(Retry::Backoff);
            return Box::pin(async { Err(overflow) });
        }
        self.inner.save_metrics(rows)
    }

    fn metrics_between<'a>(
        &'a self,
        account: &'a AccountKey,
        from: Day,
        to: Day,
    ) -> BoxFuture<'a, Result<Vec<MetricsRow>>> {
        self.inner.metrics_between(account, from, to)
    }
}

fn client_refusing(world: &World, refused: Vec<AccountKey>) -> Client {
    let inner = Arc::clone(&world.store);
    Client::builder(config(&world.emulator, world.client_key))
        .store(Arc::clone(&inner))
        .metrics(Arc::new(NarrowStore { inner, refused }))
        .clock(clock_of(&world.emulator))
        .build()
        .unwrap()
}

#[tokio::test]
async fn collect_metrics_isolates_an_account_whose_row_is_refused() {
    let world = World::new().await;
    let accounts = [
        world.connect("ana.makes").await,
        world.connect("ben.private").await,
        world.connect("dan.capped").await,
    ];
    let client = client_refusing(&world, vec![accounts[1].clone()]);
    let report = client.collect_metrics(&Accounts::All, &CollectOptions::default()).await.unwrap();
    assert_eq!((report.counts.collected, report.counts.failed), (2, 1));
    assert_eq!(report.failures.len(), 1);
    assert_eq!(
        (report.failures[0].account_id.as_str(), report.failures[0].code),
        (accounts[1].open_id.as_str(), "UNAVAILABLE")
    );
    // The account is free again: a store that takes its row collects it at once.
    let again = world.client.collect_metrics(&Accounts::All, &CollectOptions::default()).await.unwrap();
    assert_eq!((again.counts.collected, again.counts.current), (1, 2));
}

#[tokio::test]
async fn collect_metrics_fails_when_the_store_takes_no_row() {
    let world = World::new().await;
    let accounts = vec![world.connect("ana.makes").await, world.connect("ben.private").await];
    let client = client_refusing(&world, accounts);
    let error = client.collect_metrics(&Accounts::All, &CollectOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
