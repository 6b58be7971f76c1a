//! The background refresh: its timing, shutdown, concurrency and retries.

use crate::world::World;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use toklink::clock::{Clock, ManualClock};
use toklink::store::{AccountRow, AccountStore};
use toklink::{AccountKey, Client, Timestamp};
use toklink_emulator::Fault;

const TOKEN: &str = "/v2/oauth/token/";

/// A client whose clock the test advances together with the emulator's clock.
struct Keeper {
    world: World,
    clock: ManualClock,
    client: Client,
}

impl Keeper {
    async fn new() -> Self {
        let world = World::new().await;
        let clock = ManualClock::new(Timestamp::from_millis(world.emulator.now_ms()));
        let client = world.client_at(Arc::new(clock.clone()));
        Self { world, clock, client }
    }

    fn advance(&self, secs: u64) {
        self.world.advance(Duration::from_secs(secs));
        self.clock.advance(Duration::from_secs(secs));
    }

    async fn row(&self, account: &AccountKey) -> AccountRow {
        self.world.store.load(account).await.unwrap().unwrap()
    }

    /// Advances both clocks second by second until the account has a new access token. Returns the remaining lifetime
    /// of the old token, or zero if it expired first.
    async fn until_renewed(&self, account: &AccountKey) -> Duration {
        let end = self.row(account).await.access_expires_at;
        while self.clock.now() < end {
            self.advance(1);
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            while self.row(account).await.refresh_started_at.is_some() {
                tokio::task::yield_now().await;
            }
            if self.row(account).await.access_expires_at != end {
                return end.since(self.clock.now());
            }
        }
        Duration::ZERO
    }
}

fn max_concurrency(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

#[tokio::test]
async fn background_refresh_replaces_the_token_before_it_expires() {
    let keeper = Keeper::new().await;
    let account = keeper.world.connect("ana.makes").await;
    let _background_refresh = keeper.client.start_background_refresh(max_concurrency(2)).unwrap();
    let left = keeper.until_renewed(&account).await;
    assert!(left > Duration::from_secs(300) && left <= Duration::from_secs(600), "{left:?}");
    let before = keeper.world.emulator.count(TOKEN);
    keeper.client.user_info(&account).await.unwrap();
    assert_eq!(keeper.world.emulator.count(TOKEN), before);
}

#[tokio::test]
async fn background_refresh_ends_on_stop_close_or_client_drop() {
    for end in ["stop", "close", "drop"] {
        let keeper = Keeper::new().await;
        let account = keeper.world.connect("ana.makes").await;
        let background_refresh = keeper.client.start_background_refresh(max_concurrency(2)).unwrap();
        let Keeper { world, clock, client } = keeper;
        match end {
            "stop" => background_refresh.stop(),
            "close" => client.close().await,
            _ => drop(client),
        }
        let keeper = Keeper { client: world.another_client(), world, clock };
        assert_eq!(keeper.until_renewed(&account).await, Duration::ZERO, "{end}");
    }
}

#[tokio::test]
async fn closed_client_rejects_background_refresh() {
    let keeper = Keeper::new().await;
    keeper.client.close().await;
    let error = keeper.client.start_background_refresh(max_concurrency(1)).unwrap_err();
    assert_eq!(error.kind(), toklink::ErrorKind::Closed);
}

#[tokio::test]
async fn background_refresh_limits_concurrency_after_a_long_pause() {
    let keeper = Keeper::new().await;
    let account = keeper.world.connect("ana.makes").await;
    for tenant in 0..12 {
        // A refresh token works only once, so each tenant gets its own grant.
        let start = keeper.world.begin_in(&format!("workspace-{tenant}")).await;
        let callback = keeper.world.consent(&start, "ana.makes", &crate::world::ALL_SCOPES);
        keeper.world.finish(&start, &callback).await.unwrap();
    }
    keeper.advance(3 * 7200);
    let before = keeper.world.emulator.count(TOKEN);
    keeper.world.fault(Fault::on("token").times(1000).delay(Duration::from_millis(20)));
    let _background_refresh = keeper.client.start_background_refresh(max_concurrency(3)).unwrap();
    let mut most = 0;
    while keeper.world.emulator.count(TOKEN) < before + 12 {
        keeper.advance(1);
        tokio::task::yield_now().await;
        let rows = keeper.world.store.list(None, None, usize::MAX).await.unwrap().rows;
        most = most.max(rows.iter().filter(|row| row.refresh_started_at.is_some()).count());
    }
    assert!((1..=3).contains(&most), "{most} at once");
    keeper.client.user_info(&account).await.unwrap();
}

#[tokio::test]
async fn stopped_background_refresh_skips_due_accounts() {
    let keeper = Keeper::new().await;
    for tenant in ["workspace-1", "workspace-2"] {
        let start = keeper.world.begin_in(tenant).await;
        let callback = keeper.world.consent(&start, "ana.makes", &crate::world::ALL_SCOPES);
        keeper.world.finish(&start, &callback).await.unwrap();
    }
    keeper.advance(7200);
    let before = keeper.world.emulator.count(TOKEN);
    keeper.world.fault(Fault::on("token").times(2).delay(Duration::from_millis(20)));
    let background_refresh = keeper.client.start_background_refresh(max_concurrency(1)).unwrap();
    while keeper.world.emulator.count(TOKEN) == before {
        keeper.advance(1);
        tokio::task::yield_now().await;
    }
    background_refresh.stop();
    keeper.client.close().await;
    assert_eq!(
        keeper.world.emulator.count(TOKEN),
        before + 1,
        "the refresh in flight finished, and no other started"
    );
}

#[tokio::test]
async fn background_refresh_retries_a_failed_account_later() {
    let keeper = Keeper::new().await;
    let account = keeper.world.connect("ana.makes").await;
    keeper.world.fault(Fault::on("token").status(503));
    let _background_refresh = keeper.client.start_background_refresh(max_concurrency(1)).unwrap();
    assert_ne!(keeper.until_renewed(&account).await, Duration::ZERO);
    assert_eq!(
        keeper.world.emulator.count(TOKEN),
        3,
        "the login, the rejected refresh, the successful refresh"
    );
}
