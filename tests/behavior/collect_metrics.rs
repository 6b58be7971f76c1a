//! Collects metrics of many accounts, each once a day, with any number of workers and with interruptions.

use crate::intercepting_transport;
use crate::world::{ALL_SCOPES, World};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toklink::store::{AccountRow, AccountStore};
use toklink::{
    AccountKey, AccountSelection, AccountStatus, CancelToken, CollectOptions, CollectReport, Day, ErrorKind,
    MemoryStore, Timestamp,
};
use toklink_emulator::Fault;

const NAMES: [&str; 5] = ["ana.makes", "ben.private", "dan.capped", "eva.private", "finn.private"];

async fn connected(world: &World) -> Vec<AccountKey> {
    let mut accounts = Vec::new();
    for name in NAMES {
        accounts.push(world.connect(name).await);
    }
    accounts
}

fn today(world: &World) -> Day {
    Day::of(Timestamp::from_millis(world.emulator.now_ms()))
}

fn counts(report: &CollectReport) -> [u64; 4] {
    [report.counts.collected, report.counts.current, report.counts.skipped, report.counts.failed]
}

async fn sweep(world: &World) -> CollectReport {
    world.client.collect_metrics(&AccountSelection::All, &CollectOptions::default()).await.unwrap()
}

#[tokio::test]
async fn collection_reads_each_account_once_a_day() {
    let world = World::new().await;
    let accounts = connected(&world).await;
    let before = world.emulator.count("user_info");
    let report = sweep(&world).await;
    assert_eq!((counts(&report), report.complete, report.day), ([5, 0, 0, 0], true, today(&world)));
    assert_eq!(world.emulator.count("user_info"), before + 5);
    assert_eq!(world.emulator.count("video_list"), 5);
    assert_eq!(counts(&sweep(&world).await), [0, 5, 0, 0]);
    assert_eq!(world.emulator.count("video_list"), 5);
    for account in &accounts {
        let day = today(&world);
        let history = world.client.metrics_history(account, day.before(7), day).await.unwrap();
        let now = world.client.account_metrics(account).await.unwrap();
        assert_eq!(history.points.len(), 1);
        assert_eq!(history.points[0].metrics.followers, now.followers);
        assert_eq!(history.points[0].metrics.video_count, now.video_count);
    }
}

#[tokio::test]
async fn history_reports_growth_and_days_without_data() {
    let world = World::new().await;
    let ana = world.connect("ana.makes").await;
    for day in 0..10 {
        if day != 4 {
            sweep(&world).await;
        }
        world.advance(Duration::from_secs(24 * 3600));
    }
    let last = today(&world).before(1);
    let history = world.client.metrics_history(&ana, last.before(9), last).await.unwrap();
    assert_eq!((history.points.len(), history.gaps.len(), history.gaps[0].days), (9, 1, 1));
    assert_eq!(history.gaps[0].from, last.before(5));
    let (first, newest) = (&history.points[0].metrics, &history.points[8].metrics);
    assert!(newest.likes > first.likes, "the emulator's counters grow");
    assert_eq!((history.day.unwrap().exact, history.week.unwrap().exact), (true, true));
    let month = history.month.unwrap();
    assert_eq!((month.exact, month.days, month.likes), (false, 9, newest.likes - first.likes));
}

#[tokio::test]
async fn collection_refreshes_expired_tokens() {
    let world = World::new().await;
    connected(&world).await;
    world.advance(Duration::from_secs(25 * 3600));
    assert_eq!(counts(&sweep(&world).await), [5, 0, 0, 0]);
}

#[tokio::test]
async fn failed_account_is_isolated_and_retried_by_the_next_run() {
    let world = World::new().await;
    connected(&world).await;
    world.fault(Fault::on("user_info").times(1).error(400, "invalid_params"));
    let report = sweep(&world).await;
    assert_eq!(counts(&report), [4, 0, 0, 1]);
    assert_eq!(report.failures[0].code, "INVALID_INPUT");
    let start = world.begin(&["user.info.basic", "video.list"]).await;
    let callback = world.consent(&start, "gus.private", &["user.info.basic", "video.list"]);
    let without_figures = world.finish(&start, &callback).await.unwrap().account;
    let report = sweep(&world).await;
    assert_eq!(counts(&report), [1, 4, 0, 1]);
    assert_eq!(report.failures[0].account_id, without_figures.account_id);
    assert!(report.failures[0].message.contains("user.info.stats"), "{report:?}");
}

#[tokio::test]
async fn collection_skips_an_expired_account() {
    let world = World::new().await;
    let accounts = connected(&world).await;
    let row = world.store.load(&accounts[1]).await.unwrap().unwrap();
    world.store.put(&AccountRow { status: AccountStatus::Expired, ..row }).await.unwrap();
    assert_eq!(counts(&sweep(&world).await), [4, 0, 1, 0]);
}

#[tokio::test]
async fn workers_share_a_collection_and_read_no_account_twice() {
    let world = World::new().await;
    connected(&world).await;
    let before = world.emulator.count("user_info");
    let others = [world.another_client(), world.another_client(), world.another_client()];
    let options = CollectOptions { max_concurrency: NonZeroUsize::MIN, ..CollectOptions::default() };
    let sweeps = others.iter().map(|client| client.collect_metrics(&AccountSelection::All, &options));
    let reports = futures_util::future::try_join_all(sweeps).await.unwrap();
    assert_eq!(reports.iter().map(|report| report.counts.collected).sum::<u64>(), 5);
    assert!(reports.iter().filter(|report| report.counts.collected > 0).count() > 1, "{reports:?}");
    assert_eq!(world.emulator.count("user_info"), before + 5);
}

#[tokio::test]
async fn stopped_collection_keeps_its_rows_and_can_be_continued() {
    let world = World::new().await;
    connected(&world).await;
    let (cancel, told) = (CancelToken::new(), Arc::new(Mutex::new(Vec::new())));
    let (stop, heard) = (cancel.clone(), Arc::clone(&told));
    let options = CollectOptions {
        max_concurrency: NonZeroUsize::MIN,
        cancel,
        progress: Some(Arc::new(move |progress| {
            heard.lock().unwrap().push(progress);
            if progress.collected == 2 {
                stop.cancel();
            }
        })),
        ..CollectOptions::default()
    };
    let report = world.client.collect_metrics(&AccountSelection::All, &options).await.unwrap();
    assert_eq!((counts(&report), report.complete), ([2, 0, 0, 0], false));
    let seen: Vec<_> =
        told.lock().unwrap().iter().map(|progress| (progress.collected, progress.total)).collect();
    assert_eq!(seen, [(1, Some(5)), (2, Some(5))]);
    // The next run needs no wait, because the stopped run released its leases.
    let report = world
        .another_client()
        .collect_metrics(&AccountSelection::All, &CollectOptions::default())
        .await
        .unwrap();
    assert_eq!((counts(&report), report.complete), ([3, 2, 0, 0], true));
}

#[tokio::test]
async fn stopped_collection_releases_its_accounts_at_once() {
    let world = World::new().await;
    connected(&world).await;
    let options =
        CollectOptions { max_concurrency: NonZeroUsize::new(2).unwrap(), ..CollectOptions::default() };
    let stop = options.cancel.clone();
    let client = intercepting_transport::client(&world, Arc::<MemoryStore>::clone(&world.store), move |_| {
        stop.cancel();
        Box::pin(async {})
    });
    let report = client.collect_metrics(&AccountSelection::All, &options).await.unwrap();
    assert_eq!((counts(&report), report.complete), ([0, 0, 0, 0], false));
    let next =
        world.client.collect_metrics(&AccountSelection::All, &CollectOptions::default()).await.unwrap();
    assert_eq!((counts(&next), next.complete), ([5, 0, 0, 0], true));
}

#[tokio::test]
async fn limited_run_continues_after_the_previous_run() {
    let world = World::new().await;
    connected(&world).await;
    let options = CollectOptions { limit: Some(2), ..CollectOptions::default() };
    let run = async || world.client.collect_metrics(&AccountSelection::All, &options).await.unwrap();
    let reports = [run().await, run().await, run().await];
    assert_eq!(
        reports.map(|report| (report.counts.collected, report.complete)),
        [(2, false), (2, false), (1, true)]
    );
}

const MINUTE: Duration = Duration::from_secs(60);

fn no_older_than(minutes: u32) -> CollectOptions {
    CollectOptions { max_age: Some(MINUTE * minutes), ..CollectOptions::default() }
}

/// Advances the clock to the next UTC midnight.
fn start_a_day(world: &World) {
    let now = world.emulator.now_ms();
    let midnight = today(world).start().as_millis() + 86_400_000;
    world.advance(Duration::from_millis(u64::try_from(midnight - now).unwrap()));
}

#[tokio::test]
async fn collection_replaces_metrics_older_than_max_age() {
    let world = World::new().await;
    let accounts = connected(&world).await;
    start_a_day(&world);
    let run = async |options| world.client.collect_metrics(&AccountSelection::All, &options).await.unwrap();
    assert_eq!(counts(&run(no_older_than(10)).await), [5, 0, 0, 0]);
    world.advance(MINUTE * 9);
    assert_eq!(counts(&run(no_older_than(10)).await), [0, 5, 0, 0]);
    world.advance(MINUTE * 6);
    assert_eq!(counts(&run(CollectOptions::default()).await), [0, 5, 0, 0]);
    assert_eq!(counts(&run(no_older_than(10)).await), [5, 0, 0, 0]);
    let day = today(&world);
    let history = world.client.metrics_history(&accounts[0], day.before(7), day).await.unwrap();
    assert_eq!(history.points.len(), 1, "one snapshot for each day");
    let read_at = history.points[0].metrics.read_at.as_millis();
    assert!(read_at > world.emulator.now_ms() - 60_000, "the newest one");
    world.advance(MINUTE);
    world.fault(Fault::on("user_info").times(1).error(400, "invalid_params"));
    let report = run(CollectOptions { max_age: Some(Duration::ZERO), ..CollectOptions::default() }).await;
    assert_eq!(counts(&report), [4, 0, 0, 1]);
}

#[tokio::test]
async fn two_workers_with_max_age_read_each_account_once() {
    let world = World::new().await;
    connected(&world).await;
    start_a_day(&world);
    sweep(&world).await;
    world.advance(MINUTE * 15);
    let before = world.emulator.count("user_info");
    let others = [world.another_client(), world.another_client()];
    for age in [10, 0] {
        let options = CollectOptions { max_concurrency: NonZeroUsize::MIN, ..no_older_than(age) };
        let sweeps = others.iter().map(|client| client.collect_metrics(&AccountSelection::All, &options));
        let reports = futures_util::future::try_join_all(sweeps).await.unwrap();
        assert_eq!(reports.iter().map(|report| report.counts.collected).sum::<u64>(), 5);
        world.advance(MINUTE * 15);
    }
    assert_eq!(world.emulator.count("user_info"), before + 10);
}

#[tokio::test]
async fn limited_runs_with_max_age_reach_every_account() {
    let world = World::new().await;
    let accounts = connected(&world).await;
    start_a_day(&world);
    let options = CollectOptions { limit: Some(2), ..no_older_than(1) };
    for _ in 0..20 {
        let report = world.client.collect_metrics(&AccountSelection::All, &options).await.unwrap();
        assert_eq!((counts(&report), report.complete), ([2, 0, 0, 0], false));
        world.advance(MINUTE * 2);
    }
    let day = today(&world);
    for account in &accounts {
        let history = world.client.metrics_history(account, day, day).await.unwrap();
        let age = world.emulator.now_ms() - history.points[0].metrics.read_at.as_millis();
        assert!(age <= 15 * 60_000, "{account:?} was read {} minutes ago", age / 60_000);
    }
}

#[tokio::test]
async fn limited_run_reads_a_failing_account_once() {
    let world = World::new().await;
    connected(&world).await;
    start_a_day(&world);
    sweep(&world).await;
    world.advance(MINUTE * 90);
    world.fault(Fault::on("user_info").times(1).error(400, "invalid_params"));
    let options = CollectOptions { limit: Some(9), ..no_older_than(1) };
    let report = world.client.collect_metrics(&AccountSelection::All, &options).await.unwrap();
    assert_eq!((counts(&report), report.complete), ([4, 0, 0, 1], true));
}

#[tokio::test]
async fn collection_reads_only_the_selected_accounts() {
    let world = World::new().await;
    let accounts = connected(&world).await;
    let start = world.begin_in("workspace-2").await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    world.finish(&start, &callback).await.unwrap();
    let all = CollectOptions::default();
    let tenant = AccountSelection::Tenant("workspace-2".into());
    assert_eq!(counts(&world.client.collect_metrics(&tenant, &all).await.unwrap()), [1, 0, 0, 0]);
    let these = AccountSelection::Keys(vec![accounts[2].clone(), AccountKey::new("unknown", "none")]);
    let report = world.client.collect_metrics(&these, &all).await.unwrap();
    assert_eq!((counts(&report), report.failures[0].code), ([1, 0, 0, 1], "NOT_FOUND"));
    assert_eq!(counts(&sweep(&world).await), [4, 2, 0, 0]);
}

#[tokio::test]
async fn collection_waits_until_a_full_quota_window_resets() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    connected(&world).await;
    for _ in 0..600 {
        world.client.increment_quota(&account, toklink::QuotaKind::VideoList);
    }
    assert_eq!(counts(&sweep(&world).await), [5, 0, 0, 0]);
    assert!(world.emulator.requests().iter().all(|request| request.status != 429));
}

#[tokio::test]
async fn history_rejects_invalid_ranges_and_is_erased_on_disconnect() {
    let world = World::new().await;
    let ana = world.connect("ana.makes").await;
    sweep(&world).await;
    let day = today(&world);
    for (from, to) in [(day, day.before(1)), (day.before(401), day)] {
        let error = world.client.metrics_history(&ana, from, to).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, "metrics_history"));
    }
    world.client.disconnect(&ana).await.unwrap();
    assert!(world.client.metrics_history(&ana, day, day).await.unwrap().points.is_empty());
}
