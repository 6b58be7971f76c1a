//! One of several processes that use one account at the same time. Runs one command per line of stdin and prints one
//! line per result. `scripts/lib/refresh-race.mjs` starts and checks these processes, and sets their clocks, so that
//! tokens expire and a lease can expire early.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic fails the test that started this process")]
#![expect(clippy::print_stdout, reason = "the test reads the results from stdout")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use toklink::clock::BoxFuture;
use toklink::{AccountKey, Client, Clock, Config, QuotaPolicy, SqliteStore, SystemClock, Timestamp};

/// The system clock plus an offset in milliseconds.
#[derive(Debug)]
struct AheadClock {
    system: SystemClock,
    ahead_ms: AtomicI64,
}

impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead_ms.load(Ordering::SeqCst);
        Timestamp::from_millis(self.system.now().as_millis() + ahead)
    }

    /// The offset does not apply here, because timeouts do not fire when a host's clock is set forward.
    fn monotonic(&self) -> Duration {
        self.system.monotonic()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        self.system.sleep(pause)
    }
}

struct Worker {
    client: Client,
    clock: Arc<AheadClock>,
    account: AccountKey,
}

impl Worker {
    fn new() -> Self {
        let given = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        let config = Config::builder()
            .client_key(given("TIKTOK_CLIENT_KEY"))
            .client_secret(given("TIKTOK_CLIENT_SECRET"))
            .encryption_key(given("TOKEN_ENCRYPTION_KEY"))
            .api_base_url(given("TIKTOK_API_BASE_URL"))
            .auth_base_url(given("TIKTOK_AUTH_BASE_URL"))
            .build()
            .unwrap();
        let clock = Arc::new(AheadClock { system: SystemClock::new(), ahead_ms: AtomicI64::new(0) });
        let client = Client::builder(config)
            .store(Arc::new(SqliteStore::open(given("RACE_STORE")).unwrap()))
            .clock(Arc::clone(&clock) as _)
            .quota_policy(QuotaPolicy::documented())
            .build()
            .unwrap();
        Self { client, clock, account: AccountKey::new(given("RACE_TENANT"), given("RACE_ACCOUNT")) }
    }

    /// Uses the account from all callers at the same time. Returns the number of successes and the errors.
    async fn round(&self, callers: u64) -> Value {
        self.client.reset_quota(&self.account);
        let calls: Vec<_> = (0..callers)
            .map(|_| {
                let (client, account) = (self.client.clone(), self.account.clone());
                tokio::spawn(async move { client.user_info(&account).await })
            })
            .collect();
        let (mut served, mut refused) = (0, BTreeMap::<String, u64>::new());
        for call in calls {
            match call.await.unwrap() {
                Ok(_) => served += 1,
                Err(error) => {
                    *refused.entry(format!("{}: {}", error.kind().code(), error.message())).or_default() += 1;
                }
            }
        }
        json!({ "served": served, "refused": refused })
    }
}

/// Receives the lines of stdin as they arrive. The end of stdin stops the process.
fn orders() -> UnboundedReceiver<Value> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        for line in stdin().lock().lines() {
            let order = serde_json::from_str(&line.unwrap()).unwrap();
            if sender.send(order).is_err() {
                break;
            }
        }
    });
    receiver
}

#[tokio::main]
async fn main() {
    let worker = Arc::new(Worker::new());
    let mut orders = orders();
    println!("ready");
    while let Some(order) = orders.recv().await {
        if let Some(ahead) = order["aheadMs"].as_i64() {
            worker.clock.ahead_ms.store(ahead, Ordering::SeqCst);
        }
        if let Some(callers) = order["callers"].as_u64() {
            let worker = Arc::clone(&worker);
            tokio::spawn(async move { println!("{}", worker.round(callers).await) });
        }
    }
    worker.client.close().await;
}
