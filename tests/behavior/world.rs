//! A client and an emulator that share one clock.

use crate::intercepting_transport::InterceptingTransport;
use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;
use std::time::Duration;
use toklink::clock::BoxFuture;
use toklink::store::{AccountStore, JournalStore, LeaseStore, MetricsStore, UsageStore};
use toklink::transport::Transport;
use toklink::{
    AccountKey, BeginLogin, CachePolicy, Client, Clock, Config, ConfigBuilder, LoginResult, LoginStart,
    MemoryStore, QuotaPolicy, Result, SystemClock, Timestamp,
};
use toklink_emulator::{AUDITED_CLIENT_KEY, CLIENT_SECRET, Emulator, EmulatorConfig, Fault};
use url::Url;

pub(crate) const REDIRECT: &str = "http://127.0.0.1:3000/api/social/tiktok/callback";
pub(crate) const KEY: &str = "5f1c0e7b9a2d48360fc1b2a3948576e1d0c3b4a5968778695a4b3c2d1e0f9081";
pub(crate) const ALL_SCOPES: [&str; 6] = [
    "user.info.basic",
    "user.info.profile",
    "user.info.stats",
    "video.list",
    "video.upload",
    "video.publish",
];

/// The emulator's clock as the clock of a client. A wait advances the virtual time instead of sleeping.
#[derive(Debug)]
pub(crate) struct SharedClock {
    emulator: Arc<Emulator>,
    start_ms: i64,
    /// Makes each wait take real time, for a client that waits for another client.
    real_waits: Option<SystemClock>,
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.emulator.now_ms())
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.emulator.now_ms() - self.start_ms).unwrap())
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        if let Some(clock) = &self.real_waits {
            return clock.sleep(pause);
        }
        self.emulator.advance(pause);
        Box::pin(async {})
    }

    fn timeout(&self, limit: Duration) -> BoxFuture<'static, ()> {
        limit_of(&self.emulator, limit)
    }
}

/// Completes when the emulator's clock has advanced by `limit`. Registers no waker, because concurrent work causes each
/// poll.
fn limit_of(emulator: &Arc<Emulator>, limit: Duration) -> BoxFuture<'static, ()> {
    let emulator = Arc::clone(emulator);
    let due = emulator.now_ms() + i64::try_from(limit.as_millis()).unwrap();
    Box::pin(poll_fn(move |_| if emulator.now_ms() >= due { Poll::Ready(()) } else { Poll::Pending }))
}

/// The emulator's time plus an offset that the test sets.
#[derive(Debug)]
pub(crate) struct OffsetClock {
    emulator: Arc<Emulator>,
    offset_ms: AtomicI64,
}

impl OffsetClock {
    pub(crate) fn new(world: &World) -> Self {
        Self { emulator: Arc::clone(&world.emulator), offset_ms: 0.into() }
    }

    /// Sets the offset of the clock.
    pub(crate) fn set_offset_ms(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::SeqCst);
    }
}

impl Clock for OffsetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.emulator.now_ms() + self.offset_ms.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.emulator.now_ms()).unwrap())
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        self.emulator.advance(pause);
        Box::pin(async {})
    }

    fn timeout(&self, limit: Duration) -> BoxFuture<'static, ()> {
        limit_of(&self.emulator, limit)
    }
}

/// The JSON object of a token response.
pub(crate) type Reply = serde_json::Map<String, serde_json::Value>;

/// An emulator and a client of one of its seeded apps.
pub(crate) struct World {
    pub(crate) emulator: Arc<Emulator>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) client: Client,
    pub(crate) client_key: &'static str,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of_app(AUDITED_CLIENT_KEY).await
    }

    pub(crate) async fn of_app(client_key: &'static str) -> Self {
        let config = EmulatorConfig { frozen_clock: true, ..EmulatorConfig::default() };
        let emulator = Arc::new(Emulator::start(config).await.unwrap());
        let store = Arc::new(MemoryStore::new());
        let client = client(&emulator, client_key, Arc::clone(&store));
        Self { emulator, store, client, client_key }
    }

    /// Returns another handle to the same emulator, store and client.
    pub(crate) fn new_on(other: &World) -> Self {
        let (emulator, store) = (Arc::clone(&other.emulator), Arc::clone(&other.store));
        Self { emulator, store, client: other.client.clone(), client_key: other.client_key }
    }

    /// Returns a second client on the same store, which acts as a second process.
    pub(crate) fn another_client(&self) -> Client {
        client(&self.emulator, self.client_key, Arc::clone(&self.store))
    }

    /// Returns a client on the same store that waits for other clients in real time.
    pub(crate) fn patient_client(&self) -> Client {
        let real_waits = Some(SystemClock::new());
        client_with(&self.emulator, self.client_key, Arc::clone(&self.store), real_waits)
    }

    /// Returns a client on the given account store.
    pub(crate) fn client_on(&self, accounts: Arc<dyn AccountStore>) -> Client {
        let clock = SharedClock {
            emulator: Arc::clone(&self.emulator),
            start_ms: self.emulator.now_ms(),
            real_waits: None,
        };
        self.client_on_at(accounts, Arc::new(clock))
    }

    /// As [`Self::client_on`], with the given clock.
    pub(crate) fn client_on_at(&self, accounts: Arc<dyn AccountStore>, clock: Arc<dyn Clock>) -> Client {
        Client::builder(config(&self.emulator, self.client_key))
            .cache(CachePolicy::off())
            .store(Arc::clone(&self.store))
            .accounts(accounts)
            .clock(clock)
            .build()
            .unwrap()
    }

    /// Returns a client of this world with the given clock.
    pub(crate) fn client_at(&self, clock: Arc<dyn Clock>) -> Client {
        Client::builder(config(&self.emulator, self.client_key))
            .cache(CachePolicy::off())
            .store(Arc::clone(&self.store))
            .clock(clock)
            .build()
            .unwrap()
    }

    /// Returns a client for which `alter` changes each token response.
    pub(crate) fn client_with_token_replies(
        &self,
        alter: impl Fn(&mut Reply) + Send + Sync + 'static,
    ) -> Client {
        let config = config(&self.emulator, self.client_key);
        let alter = Arc::new(alter);
        let transport = InterceptingTransport::new(&config, move |request, network| {
            let alter = Arc::clone(&alter);
            Box::pin(async move {
                let is_token = request.url.path() == "/v2/oauth/token/";
                let mut reply = network.send(request).await?;
                if is_token && let Ok(mut object) = serde_json::from_slice::<Reply>(&reply.body) {
                    alter(&mut object);
                    reply.body = serde_json::to_vec(&object).unwrap();
                }
                Ok(reply)
            })
        });
        Client::builder(config)
            .cache(CachePolicy::off())
            .store(Arc::clone(&self.store))
            .transport(transport)
            .clock(self.clock())
            .build()
            .unwrap()
    }

    pub(crate) async fn begin(&self, scopes: &[&str]) -> LoginStart {
        self.begin_as("workspace-1", scopes).await
    }

    pub(crate) async fn begin_in(&self, tenant: &str) -> LoginStart {
        self.begin_as(tenant, &ALL_SCOPES).await
    }

    async fn begin_as(&self, tenant: &str, scopes: &[&str]) -> LoginStart {
        let request = BeginLogin {
            user_id: "user-1".into(),
            tenant: tenant.into(),
            redirect_uri: Some(REDIRECT.into()),
            scopes: Some(scopes.iter().map(|&s| s.to_owned()).collect()),
            return_to: Some("/orbit/acme/settings/accounts".into()),
        };
        self.client.begin_login(request).await.unwrap()
    }

    /// Returns the query of TikTok's redirect after `username` has granted `granted`.
    pub(crate) fn consent(&self, start: &LoginStart, username: &str, granted: &[&str]) -> String {
        let url = Url::parse(&start.authorize_url).unwrap();
        let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
        let challenge = Some(query["code_challenge"].as_str());
        let code = self.emulator.grant(self.client_key, username, granted, REDIRECT, challenge).unwrap();
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("scopes", &granted.join(","))
            .append_pair("state", &start.state)
            .finish()
    }

    pub(crate) async fn finish(&self, start: &LoginStart, callback: &str) -> Result<LoginResult> {
        self.client.complete_login(callback, jar(start), "user-1").await
    }

    /// Connects `username` with all scopes.
    pub(crate) async fn connect(&self, username: &str) -> AccountKey {
        let start = self.begin(&ALL_SCOPES).await;
        let callback = self.consent(&start, username, &ALL_SCOPES);
        let account = self.finish(&start, &callback).await.unwrap().account;
        AccountKey::new(account.tenant, account.account_id)
    }

    /// Returns this world's clock, for a client that sends its requests to another server.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        clock_of(&self.emulator)
    }

    /// Adds a fault rule to the emulator.
    pub(crate) fn fault(&self, fault: Fault) {
        self.emulator.add_fault(fault).unwrap();
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.emulator.advance(by);
    }
}

/// Returns the emulator's clock, for a client that a test creates.
pub(crate) fn clock_of(emulator: &Arc<Emulator>) -> Arc<dyn Clock> {
    let emulator = Arc::clone(emulator);
    Arc::new(SharedClock { start_ms: emulator.now_ms(), emulator, real_waits: None })
}

/// Returns the cookie lookup of the browser that started this login.
pub(crate) fn jar(start: &LoginStart) -> impl Fn(&str) -> Option<String> {
    let (name, value) = (start.cookie_name.clone(), start.cookie_value.clone());
    move |asked| (asked == name).then(|| value.clone())
}

pub(crate) fn config(emulator: &Emulator, client_key: &str) -> Config {
    config_builder(emulator, client_key).relay_from_loopback(true).build().unwrap()
}

/// Returns the minimal configuration of a client of this emulator.
pub(crate) fn config_builder(emulator: &Emulator, client_key: &str) -> ConfigBuilder {
    Config::builder()
        .client_key(client_key)
        .client_secret(CLIENT_SECRET)
        .encryption_key(KEY)
        .api_base_url(emulator.base_url())
        .auth_base_url(emulator.base_url())
}

pub(crate) fn client<S: AccountStore + JournalStore + LeaseStore + MetricsStore + UsageStore + 'static>(
    emulator: &Arc<Emulator>,
    client_key: &str,
    store: Arc<S>,
) -> Client {
    client_with(emulator, client_key, store, None)
}

fn client_with<S: AccountStore + JournalStore + LeaseStore + MetricsStore + UsageStore + 'static>(
    emulator: &Arc<Emulator>,
    client_key: &str,
    store: Arc<S>,
    real_waits: Option<SystemClock>,
) -> Client {
    let clock = SharedClock { emulator: Arc::clone(emulator), start_ms: emulator.now_ms(), real_waits };
    Client::builder(config(emulator, client_key))
        .cache(CachePolicy::off())
        .store(store)
        .clock(Arc::new(clock))
        .quota_policy(QuotaPolicy::documented())
        .build()
        .unwrap()
}
