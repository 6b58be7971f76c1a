//! Kills a process with `kill -9` at every step of a refresh, and of each kind of publish (`publishes.rs`). A child
//! process refreshes an account in a SQLite file with the emulator and is killed at one step. Then another process uses
//! the account. The account must work or, if TikTok's response was lost with the child, the error must state that a
//! refresh was interrupted and when. A new login must restore the account.
//!
//! `cargo test --test kill` kills once at each point. `-- refresh 50` kills fifty times at each point of a refresh.
//! `-- publish 120` kills at 120 points of the large upload instead of a few.
#![expect(clippy::print_stdout, reason = "this test prints a table")]
#![expect(clippy::unwrap_used, reason = "a test fails if its setup fails")]

mod child;
mod crash_injector;
mod kill_points;
#[path = "../behavior/media_host.rs"]
mod media_host;
mod publish_job;
mod publishes;
#[path = "../behavior/video.rs"]
mod video;

use child::{ChildTask, KEY};
use kill_points::{KillPoint, Scene};
use std::error::Error;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use toklink::clock::ManualClock;
use toklink::{AccountKey, BeginLogin, Client, Config, ErrorKind, QuotaPolicy, SqliteStore, Timestamp};
use toklink_emulator::{AUDITED_CLIENT_KEY, CLIENT_SECRET, Emulator, EmulatorConfig, Fault};
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:3000/api/social/tiktok/callback";
const SCOPES: [&str; 4] = ["user.info.basic", "user.info.profile", "video.publish", "video.upload"];
const INTERRUPTED: &str = "a refresh was interrupted at 20";
const TOKEN: &str = "/v2/oauth/token/";
/// Lifetime of an access token. It is longer than a lease or an open intent is valid.
const TOKEN_LIFE: Duration = Duration::from_secs(7200);
const LEASE_EXPIRED: Duration = Duration::from_secs(61);
/// Number of consecutive late signals after which the test fails.
const MAX_ATTEMPTS: u32 = 20;

/// Results for the next process that uses the account.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    works: u32,
    with_time: u32,
    /// The error states that TikTok rejected the token, but not when. This occurs after two crashes, the second of them
    /// between two local writes.
    without_time: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    if let Some(task) = ChildTask::from_environment() {
        return runtime.block_on(task.run());
    }
    // Ignores arguments that are meant for cargo's own test harness.
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = words.iter().find_map(|word| word.parse().ok());
    let selected = |what: &str| words.iter().any(|word| word == what);
    let all = !selected("refresh") && !selected("publish");
    if all || selected("refresh") {
        runtime.block_on(prove(number.unwrap_or(1)))?;
    }
    if all || selected("publish") {
        runtime.block_on(publishes::prove(number.unwrap_or(publishes::SHORT_ROUND)))?;
    }
    Ok(())
}

async fn prove(rounds: u32) -> Result<(), Box<dyn Error>> {
    let bench = Bench::new().await?;
    println!("killed at           kills  works   reported interruption    reported rejection");
    for point in KillPoint::all() {
        let mut tally = Tally::default();
        for round in 0..rounds {
            let outcome = bench.round(point, &mut tally).await;
            outcome.map_err(|error| format!("{} in round {round}: {error}", point.name()))?;
        }
        let Tally { works, with_time, without_time } = tally;
        println!("{:<18} {rounds:>6} {works:>6} {with_time:>25} {without_time:>20}", point.name());
    }
    println!("lost without a report: 0");
    Ok(())
}

/// One emulator and one SQLite file for all rounds.
struct Bench {
    emulator: Emulator,
    folder: TempDir,
}

impl Bench {
    async fn new() -> Result<Self, Box<dyn Error>> {
        let emulator =
            Emulator::start(EmulatorConfig { frozen_clock: true, ..EmulatorConfig::default() }).await?;
        Ok(Self { emulator, folder: tempfile::tempdir()? })
    }

    async fn round(&self, point: KillPoint, tally: &mut Tally) -> Result<(), Box<dyn Error>> {
        let account = self.connect().await?;
        self.emulator.advance(TOKEN_LIFE);
        if point.scene() == Scene::AfterAnInterruption {
            self.kill(KillPoint::REPLY_READ, &account).await?;
            self.emulator.advance(LEASE_EXPIRED);
        }
        self.kill(point, &account).await?;
        self.emulator.clear_faults();
        self.emulator.advance(LEASE_EXPIRED);
        match self.client()?.user_info(&account).await {
            Ok(_) if point.may_work() => tally.works += 1,
            Err(error)
                if point.may_interrupt()
                    && error.kind() == ErrorKind::Unauthorized
                    && says_why(point, &error) =>
            {
                let with_time = error.message().contains(INTERRUPTED);
                *(if with_time { &mut tally.with_time } else { &mut tally.without_time }) += 1;
                let again = self.client()?.user_info(&account).await.unwrap_err();
                if again.message() != error.message() {
                    return Err(format!(
                        "only the first caller received the reason; the next caller received: {again}"
                    )
                    .into());
                }
                let reconnected = self.connect().await?;
                self.client()?.user_info(&reconnected).await?;
            }
            other => return Err(format!("unexpected result for the next process: {other:?}").into()),
        }
        self.emulator.advance(TOKEN_LIFE);
        self.client()?
            .user_info(&account)
            .await
            .map_err(|error| format!("after the next refresh: {error}"))?;
        Ok(())
    }

    /// Refreshes the account in a child and waits until the child is killed at the point.
    async fn kill(&self, point: KillPoint, account: &AccountKey) -> Result<(), Box<dyn Error>> {
        for _ in 0..MAX_ATTEMPTS {
            let output = self.refresh_in_child(point, account).await?;
            if child::was_killed(output.status) {
                return Ok(());
            }
            if point.scene() != Scene::InFlight || !output.status.success() {
                let status = output.status;
                return Err(format!("the child exited with {status} before it was killed: {output:?}").into());
            }
            // The response arrived before the signal, so the refresh finished. Tries the next refresh.
            self.emulator.advance(TOKEN_LIFE);
        }
        Err("every refresh in the child finished before the signal".into())
    }

    async fn refresh_in_child(
        &self,
        point: KillPoint,
        account: &AccountKey,
    ) -> Result<Output, Box<dyn Error>> {
        let fault = match point.scene() {
            Scene::Refused => Some(Fault::on("token").status(503)),
            Scene::InFlight => Some(Fault::on("token").delay(Duration::from_millis(200))),
            Scene::Plain | Scene::Resealed | Scene::AfterAnInterruption => None,
        };
        fault.map(|fault| self.emulator.add_fault(fault)).transpose()?;
        let before = self.emulator.count(TOKEN);
        let task = ChildTask {
            base_url: self.emulator.base_url().to_owned(),
            file: self.file(),
            now_ms: self.emulator.now_ms(),
            tenant: account.tenant.clone(),
            open_id: account.open_id.clone(),
            reseal: point.scene() == Scene::Resealed,
            publish_job: None,
        };
        let mut child = task.spawn(point.failpoint().map(toklink::session::failpoints::Failpoint::name))?;
        if point.scene() == Scene::InFlight {
            while self.emulator.count(TOKEN) == before && child.try_wait()?.is_none() {
                tokio::task::yield_now().await;
            }
            child.start_kill()?;
        }
        Ok(child.wait_with_output().await?)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("toklink.db")
    }

    /// Opens a client of the process that uses the account next.
    fn client(&self) -> toklink::Result<Client> {
        let clock = ManualClock::auto_advancing(Timestamp::from_millis(self.emulator.now_ms()));
        let store = Arc::new(SqliteStore::open(self.file())?);
        client(self.emulator.base_url(), store, clock)
    }

    async fn connect(&self) -> Result<AccountKey, Box<dyn Error>> {
        connect(&self.emulator, &self.client()?).await
    }
}

/// Logs the user in and replaces the contents of the account's row.
async fn connect(emulator: &Emulator, client: &Client) -> Result<AccountKey, Box<dyn Error>> {
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

/// Returns true if the error states the cause and the next step.
fn says_why(point: KillPoint, error: &toklink::Error) -> bool {
    let less = "TikTok no longer accepts the refresh token; connect the account again";
    error.message().contains(INTERRUPTED) || (point.may_lack_the_reason() && error.message() == less)
}

/// Opens a client of the emulator's seeded app with a SQLite file as its store.
fn client(base_url: &str, store: Arc<SqliteStore>, clock: ManualClock) -> toklink::Result<Client> {
    Client::builder(config(base_url)?)
        .store(store)
        .clock(Arc::new(clock))
        .quota_policy(QuotaPolicy::unlimited())
        .build()
}

fn config(base_url: &str) -> toklink::Result<Config> {
    Config::builder()
        .client_key(AUDITED_CLIENT_KEY)
        .client_secret(CLIENT_SECRET)
        .encryption_key(KEY)
        .api_base_url(base_url)
        .auth_base_url(base_url)
        .build()
}
