//! Sends as many requests as TikTok's windows allow, over a network that delays each request and each response.

use crate::world::{World, config};
use futures_util::future::join_all;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toklink::clock::BoxFuture;
use toklink::transport::{Authorization, HttpReply, HttpRequest, HttpTransport, Transport};
use toklink::{AccountKey, CachePolicy, Client, Clock, Dispatch, QuotaPolicy, Result};
use toklink_emulator::Emulator;

/// Delays each request and each response on the emulator's clock.
struct Slow {
    inner: HttpTransport,
    emulator: Arc<Emulator>,
    dice: AtomicU64,
    longest_ms: u64,
    /// The start and end of each request, in milliseconds on the client's clock.
    log: Mutex<Vec<(u64, u64)>>,
    /// The same times, grouped by access token. Each account has one token.
    by_token: Mutex<BTreeMap<String, Vec<(u64, u64)>>>,
    refused: AtomicUsize,
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

fn token_of(authorization: &Authorization) -> String {
    match authorization {
        Authorization::Bearer(token) => token.expose().to_owned(),
        other => panic!("unexpected authorization: {other:?}"),
    }
}

impl Transport for Slow {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply>> {
        Box::pin(async move {
            let sent = self.now_ms();
            let token = request.authorization.as_ref().map(token_of);
            self.travel();
            let reply = self.inner.send(request).await;
            self.travel();
            let times = (sent, self.now_ms());
            self.log.lock().unwrap().push(times);
            self.by_token.lock().unwrap().entry(token.unwrap_or_default()).or_default().push(times);
            if reply.as_ref().is_ok_and(|reply| reply.status == 429) {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            reply
        })
    }
}

/// Returns a client with the documented limits. Each request and each response takes up to `longest_ms`.
fn over_a_slow_network(world: &World, longest_ms: u64) -> (Client, Arc<Slow>) {
    let config = config(&world.emulator, world.client_key);
    let slow = Arc::new(Slow {
        inner: HttpTransport::new(&config).unwrap(),
        emulator: Arc::clone(&world.emulator),
        dice: AtomicU64::new(1),
        longest_ms,
        log: Mutex::default(),
        by_token: Mutex::default(),
        refused: AtomicUsize::new(0),
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
    (client, slow)
}

/// Sends `requests` requests one after the other, each as soon as the client allows it. Returns their start
/// and end times.
async fn saturate(
    longest_ms: u64,
    requests: usize,
    call: impl AsyncFn(&Client, &AccountKey) -> Result<()>,
) -> Vec<(u64, u64)> {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let (client, slow) = over_a_slow_network(&world, longest_ms);
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

/// Returns the duration of the run, relative to the shortest duration that the request latencies allow.
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

/// As [`against_the_best`], for concurrent requests. Each request takes the slot that becomes free first.
fn together_against_the_best(log: &[(u64, u64)], per_minute: usize) -> f64 {
    let mut log = log.to_vec();
    log.sort_unstable();
    let (begin, end) = (log[0].0, log.iter().map(|times| times.1).max().unwrap());
    let mut free = BinaryHeap::from(vec![Reverse(begin); per_minute]);
    let mut best_end = begin;
    for (sent, answered) in log {
        let Reverse(slot) = free.pop().unwrap();
        let answer = slot + (answered - sent);
        best_end = best_end.max(answer);
        free.push(Reverse(answer + 60_000));
    }
    let took = |to: u64| f64::from(u32::try_from(to - begin).unwrap());
    took(end) / took(best_end)
}

#[tokio::test]
async fn limits_hold_for_concurrent_callers_of_several_accounts() {
    const CALLERS: usize = 7;
    const MINUTES: usize = 12;
    /// An unknown publish id. Its status query still counts, and the client does not merge concurrent queries.
    const UNKNOWN_PUBLISH: &str = "v_pub_url~v2.7000000000000000001";
    const PER_MINUTE: usize = 30;
    let world = World::new().await;
    let mut accounts = Vec::new();
    for username in ["ana.makes", "ben.private", "eva.private"] {
        accounts.push(world.connect(username).await);
    }
    let (client, slow) = over_a_slow_network(&world, 40);
    let wanted = accounts.len() * PER_MINUTE * MINUTES;
    let mut answered = 0;
    while answered < wanted {
        let callers = accounts.iter().flat_map(|account| std::iter::repeat_n(account, CALLERS));
        let outcomes = join_all(callers.map(|account| client.publish_status(account, UNKNOWN_PUBLISH))).await;
        let mut earliest = None;
        let mut sent = 0;
        for outcome in outcomes {
            match outcome {
                Err(error) if error.dispatch() == Dispatch::NotSent => {
                    let wait = error.retry_after().unwrap();
                    earliest = Some(earliest.map_or(wait, |earlier: Duration| earlier.min(wait)));
                }
                Err(error) => {
                    assert_eq!(error.dispatch(), Dispatch::Answered, "{error}");
                    sent += 1;
                }
                Ok(_) => sent += 1,
            }
        }
        answered += sent;
        if sent == 0 {
            world.advance(earliest.unwrap());
        }
    }
    assert_eq!(slow.refused.load(Ordering::Relaxed), 0, "answers of 429");
    let logs = slow.by_token.lock().unwrap();
    assert_eq!(logs.len(), accounts.len());
    assert_eq!(logs.values().map(Vec::len).sum::<usize>(), answered, "each caller sent its own request");
    for log in logs.values() {
        assert!(log.len() >= PER_MINUTE * (MINUTES - 1), "{}", log.len());
        let parts = together_against_the_best(log, PER_MINUTE);
        assert!(parts < 1.01, "{parts}");
    }
}

#[tokio::test]
async fn account_limits_hold_at_saturation() {
    let log = saturate(3000, 260, async |client, account| client.creator_info(account).await.map(drop)).await;
    assert_eq!(log.len(), 260);
    let parts = against_the_best(&log, 20);
    assert!(parts < 1.01, "{parts}");
}

#[tokio::test]
async fn app_limits_hold_at_saturation() {
    let list =
        async |client: &Client, account: &AccountKey| client.list_videos(account, None, 1).await.map(drop);
    let log = saturate(60, 1500, list).await;
    assert_eq!(log.len(), 1500);
    let parts = against_the_best(&log, 600);
    assert!(parts < 1.01, "{parts}");
}
