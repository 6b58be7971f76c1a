//! As many requests as TikTok's windows allow, over a network that takes its time before and after TikTok's stamp.

use crate::world::{World, config};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toklink::clock::BoxFuture;
use toklink::transport::{HttpReply, HttpRequest, HttpTransport, Transport};
use toklink::{AccountKey, CachePolicy, Client, Clock, Dispatch, QuotaPolicy, Result};
use toklink_emulator::Emulator;

/// Takes a while to carry a request there, and a while to carry its answer back, on the emulator's clock.
struct Slow {
    inner: HttpTransport,
    emulator: Arc<Emulator>,
    dice: AtomicU64,
    longest_ms: u64,
    /// When each request was sent and answered, in milliseconds of the client's clock.
    log: Mutex<Vec<(u64, u64)>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slow")
    }
}

impl Slow {
    fn travel(&self) {
        let seed = self.dice.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let roll = (seed ^ (seed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33;
        self.emulator.advance(Duration::from_millis(roll % (self.longest_ms + 1)));
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.monotonic().as_millis()).unwrap()
    }
}

impl Transport for Slow {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply>> {
        Box::pin(async move {
            let sent = self.now_ms();
            self.travel();
            let reply = self.inner.send(request).await;
            self.travel();
            self.log.lock().unwrap().push((sent, self.now_ms()));
            reply
        })
    }
}

/// Sends `requests` one after the other, each as soon as the client lets it, and gives the log of the network.
async fn saturate(
    longest_ms: u64,
    requests: usize,
    call: impl AsyncFn(&Client, &AccountKey) -> Result<()>,
) -> Vec<(u64, u64)> {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let config = config(&world.emulator, world.client_key);
    let slow = Arc::new(Slow {
        inner: HttpTransport::new(&config).unwrap(),
        emulator: Arc::clone(&world.emulator),
        dice: AtomicU64::new(1),
        longest_ms,
        log: Mutex::default(),
        clock: world.clock(),
    });
    let client = Client::builder(config)
        .store(Arc::clone(&world.store))
        .transport(Arc::clone(&slow) as _)
        .clock(world.clock())
        .quota_policy(QuotaPolicy::documented())
        .cache(CachePolicy::off())
        .build()
        .unwrap();
    let mut answered = 0;
    while answered < requests {
        match call(&client, &account).await {
            Ok(()) => answered += 1,
            Err(error) => {
                assert_eq!((error.dispatch(), error.http_status()), (Dispatch::NotSent, None), "{error}");
                world.advance(error.retry_after().unwrap());
            }
        }
    }
    std::mem::take(&mut *slow.log.lock().unwrap())
}

/// How long the run took, in parts of the shortest that the latencies of its requests allow.
fn against_the_best(log: &[(u64, u64)], per_minute: usize) -> f64 {
    let mut best: Vec<u64> = Vec::new();
    for (nth, (sent, answered)) in log.iter().enumerate() {
        let free = nth.checked_sub(per_minute).map_or(0, |earlier| best[earlier] + 60_000);
        let begin = best.last().copied().unwrap_or(log[0].0).max(free);
        best.push(begin + (answered - sent));
    }
    let took = |from: u64, to: u64| f64::from(u32::try_from(to - from).unwrap());
    took(log[0].0, log[log.len() - 1].1) / took(log[0].0, best[best.len() - 1])
}

#[tokio::test]
async fn a_saturating_run_per_account_is_never_refused_by_tiktok_and_loses_nothing() {
    let log = saturate(3000, 260, async |client, account| client.creator_info(account).await.map(drop)).await;
    assert_eq!(log.len(), 260);
    let parts = against_the_best(&log, 20);
    assert!(parts < 1.01, "{parts}");
}

#[tokio::test]
async fn a_saturating_run_per_app_is_never_refused_by_tiktok_and_loses_nothing() {
    let list =
        async |client: &Client, account: &AccountKey| client.list_videos(account, None, 1).await.map(drop);
    let log = saturate(60, 1500, list).await;
    assert_eq!(log.len(), 1500);
    let parts = against_the_best(&log, 600);
    assert!(parts < 1.01, "{parts}");
}
