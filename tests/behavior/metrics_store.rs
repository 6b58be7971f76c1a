//! Collects metrics into a metrics store that rejects some rows.

use crate::world::{World, clock_of, config};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use toklink::clock::BoxFuture;
use toklink::store::{MetricsClaim, MetricsRow, MetricsStore, conformance};
use toklink::{
    AccountKey, AccountSelection, Client, CollectOptions, Day, Error, ErrorKind, MemoryStore, Result, Retry,
};

/// Rejects each save that contains a row of a `refused` account, as a database with a too narrow column does.
#[derive(Debug)]
struct NarrowStore {
    inner: Arc<MemoryStore>,
    refused: Vec<AccountKey>,
}

impl MetricsStore for NarrowStore {
    fn claim<'a>(
        &'a self,
        claim: &'a MetricsClaim,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<Vec<AccountKey>>> {
        self.inner.claim(claim, accounts)
    }

    fn release<'a>(
        &'a self,
        day: Day,
        owner: &'a str,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<()>> {
        self.inner.release(day, owner, accounts)
    }

    fn save<'a>(&'a self, rows: &'a [MetricsRow]) -> BoxFuture<'a, Result<()>> {
        if rows.iter().any(|row| self.refused.contains(&row.account)) {
            let overflow =
                Error::new(ErrorKind::Unavailable, "numeric field overflow").with_retry(Retry::Backoff);
            return Box::pin(async { Err(overflow) });
        }
        self.inner.save(rows)
    }

    fn range<'a>(
        &'a self,
        account: &'a AccountKey,
        from: Day,
        to: Day,
    ) -> BoxFuture<'a, Result<Vec<MetricsRow>>> {
        self.inner.range(account, from, to)
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
async fn collect_metrics_isolates_an_account_with_a_rejected_row() {
    let world = World::new().await;
    let accounts = [
        world.connect("ana.makes").await,
        world.connect("ben.private").await,
        world.connect("dan.capped").await,
    ];
    let client = client_refusing(&world, vec![accounts[1].clone()]);
    let report = client.collect_metrics(&AccountSelection::All, &CollectOptions::default()).await.unwrap();
    assert_eq!((report.counts.collected, report.counts.failed), (2, 1));
    assert_eq!(report.failures.len(), 1);
    assert_eq!(
        (report.failures[0].account_id.as_str(), report.failures[0].code),
        (accounts[1].open_id.as_str(), "UNAVAILABLE")
    );
    // The failed run released its lease, so a run with a working store collects the account at once.
    let again =
        world.client.collect_metrics(&AccountSelection::All, &CollectOptions::default()).await.unwrap();
    assert_eq!((again.counts.collected, again.counts.current), (1, 2));
}

#[tokio::test]
async fn rejected_row_does_not_stop_other_accounts() {
    let world = World::new().await;
    let mut accounts = Vec::new();
    for name in ["ana.makes", "ben.private", "dan.capped"] {
        accounts.push(world.connect(name).await);
    }
    accounts.sort();
    for refused in &accounts {
        let client = client_refusing(&world, vec![refused.clone()]);
        let options = CollectOptions {
            max_concurrency: NonZeroUsize::MIN,
            max_age: Some(Duration::ZERO),
            ..CollectOptions::default()
        };
        let report = client.collect_metrics(&AccountSelection::All, &options).await.unwrap();
        assert_eq!((report.counts.collected, report.counts.failed), (2, 1));
        assert_eq!(report.failures[0].account_id, refused.open_id);
        assert!(report.failures[0].error.is_retryable());
        world.advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn broken_store_stops_a_collection_early() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    // A selection may contain the same account several times. The store rejects each of the rows.
    let client = client_refusing(&world, vec![account.clone()]);
    let listed = AccountSelection::Keys(vec![account; 40]);
    let options = CollectOptions { max_concurrency: NonZeroUsize::MIN, ..CollectOptions::default() };
    let before = world.emulator.count("user_info");
    let error = client.collect_metrics(&listed, &options).await.unwrap_err();
    assert_eq!(error.message(), "numeric field overflow");
    assert!(world.emulator.count("user_info") - before <= 16);
}

#[tokio::test]
async fn conformance_fails_when_a_store_ignores_max_age() {
    /// Collects each account once a day and ignores `max_age`.
    #[derive(Debug)]
    struct DailyStore(MemoryStore);

    impl MetricsStore for DailyStore {
        fn claim<'a>(
            &'a self,
            claim: &'a MetricsClaim,
            accounts: &'a [AccountKey],
        ) -> BoxFuture<'a, Result<Vec<AccountKey>>> {
            Box::pin(async move {
                let daily = MetricsClaim { fresh_since: claim.day.start(), ..claim.clone() };
                self.0.claim(&daily, accounts).await
            })
        }

        fn release<'a>(
            &'a self,
            day: Day,
            owner: &'a str,
            accounts: &'a [AccountKey],
        ) -> BoxFuture<'a, Result<()>> {
            self.0.release(day, owner, accounts)
        }

        fn save<'a>(&'a self, rows: &'a [MetricsRow]) -> BoxFuture<'a, Result<()>> {
            self.0.save(rows)
        }

        fn range<'a>(
            &'a self,
            account: &'a AccountKey,
            from: Day,
            to: Day,
        ) -> BoxFuture<'a, Result<Vec<MetricsRow>>> {
            self.0.range(account, from, to)
        }
    }

    let checked = tokio::spawn(async { conformance::metrics(&DailyStore(MemoryStore::new())).await });
    assert!(checked.await.unwrap_err().is_panic());
    conformance::metrics(&MemoryStore::new()).await.unwrap();
}

#[tokio::test]
async fn collect_metrics_fails_when_the_store_rejects_every_row() {
    let world = World::new().await;
    let accounts = vec![world.connect("ana.makes").await, world.connect("ben.private").await];
    let client = client_refusing(&world, accounts);
    let error = client.collect_metrics(&AccountSelection::All, &CollectOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
