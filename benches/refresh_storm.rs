//! Measures the number of refreshes and the longest wait when ten thousand callers use one account whose token has
//! expired, while TikTok responds after a fixed latency of 500 ms. `npm run bench`.
#![expect(clippy::print_stdout, reason = "a bench prints")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Barrier;
use toklink::clock::{BoxFuture, Clock, ManualClock};
use toklink::transport::{HttpReply, HttpRequest, HttpTransport, Transport};
use toklink::{AccountKey, BeginLogin, Client, Config, QuotaPolicy, Timestamp};
use toklink_emulator::{AUDITED_CLIENT_KEY, CLIENT_SECRET, Emulator, EmulatorConfig, Fault};
use url::Url;

const CALLERS: usize = 10_000;
const ANSWER: Duration = Duration::from_millis(500);
const AIM: Duration = Duration::from_millis(600);
const KEY: &str = "5f1c0e7b9a2d48360fc1b2a3948576e1d0c3b4a5968778695a4b3c2d1e0f9081";
const REDIRECT: &str = "http://127.0.0.1:3000/api/social/tiktok/callback";
const SCOPES: [&str; 1] = ["user.info.basic"];
const TOKEN: &str = "/v2/oauth/token/";

/// Sends token calls to the emulator and responds to other calls at once, so that only the wait for the token is measured.
#[derive(Debug)]
struct TokensOnly(HttpTransport);

impl Transport for TokensOnly {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, toklink::Result<HttpReply>> {
        if request.url.path() == TOKEN {
            return self.0.send(request);
        }
        let body = br#"{"data":{"user":{"open_id":"o","display_name":"Ana"}},"error":{"code":"ok","message":"","log_id":"L"}}"#;
        let reply = HttpReply { status: 200, log_id: None, content_range: None, body: body.to_vec() };
        Box::pin(async move { Ok(reply) })
    }
}

async fn connect(client: &Client, emulator: &Emulator) -> Result<AccountKey, Box<dyn Error>> {
    let start = client
        .begin_login(BeginLogin {
            user_id: "user-1".into(),
            tenant: "workspace-1".into(),
            redirect_uri: Some(REDIRECT.into()),
            scopes: Some(SCOPES.map(str::to_owned).to_vec()),
            return_to: None,
        })
        .await?;
    let url = Url::parse(&start.authorize_url)?;
    let challenge = url.query_pairs().find(|(name, _)| name == "code_challenge").map(|(_, value)| value);
    let code = emulator.grant(AUDITED_CLIENT_KEY, "ana.makes", &SCOPES, REDIRECT, challenge.as_deref())?;
    let callback = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("code", &code)
        .append_pair("scopes", &SCOPES.join(","))
        .append_pair("state", &start.state)
        .finish();
    let cookie = |name: &str| (name == start.cookie_name).then(|| start.cookie_value.clone());
    let account = client.complete_login(&callback, cookie, "user-1").await?.account;
    Ok(AccountKey::new(account.tenant, account.account_id))
}

/// The start of the storm, and each caller's wait since then.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
async fn storm(client: &Client, account: &AccountKey) -> Result<Duration, Box<dyn Error>> {
    let gate = Arc::new(Barrier::new(CALLERS + 1));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (client, account, gate) = (client.clone(), account.clone(), Arc::clone(&gate));
            tokio::spawn(async move {
                gate.wait().await;
                client.user_info(&account).await.map(|_| Instant::now())
            })
        })
        .collect();
    gate.wait().await;
    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    for caller in callers {
        slowest = slowest.max(caller.await??.saturating_duration_since(began));
    }
    Ok(slowest)
}

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let emulator =
            Emulator::start(EmulatorConfig { frozen_clock: true, ..EmulatorConfig::default() }).await?;
        let config = Config::builder()
            .client_key(AUDITED_CLIENT_KEY)
            .client_secret(CLIENT_SECRET)
            .encryption_key(KEY)
            .api_base_url(emulator.base_url())
            .auth_base_url(emulator.base_url())
            .build()?;
        let clock = ManualClock::new(Timestamp::from_millis(emulator.now_ms()));
        let client = Client::builder(config.clone())
            .transport(Arc::new(TokensOnly(HttpTransport::new(&config)?)))
            .clock(Arc::new(clock.clone()) as Arc<dyn Clock>)
            .quota_policy(QuotaPolicy::unlimited())
            .build()?;
        let account = connect(&client, &emulator).await?;
        emulator.advance(Duration::from_secs(7200));
        clock.advance(Duration::from_secs(7200));
        emulator.add_fault(Fault::on("token").delay(ANSWER))?;
        let before = emulator.count(TOKEN);
        let slowest = storm(&client, &account).await?;
        let refreshes = emulator.count(TOKEN) - before;
        println!(
            "refresh storm, {CALLERS} callers       {refreshes} refresh, the slowest waited {} ms (answer {} ms, aim {} ms)",
            slowest.as_millis(),
            ANSWER.as_millis(),
            AIM.as_millis()
        );
        if refreshes == 1 { Ok(()) } else { Err("more than one refresh".into()) }
    })
}
