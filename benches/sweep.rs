//! Collects the metrics of many accounts in a separate process, started by `scripts/lib/sweep-bench.mjs`. Arguments: the URL of
//! the emulator, a file with one account per line, and `memory` or the path of a SQLite file. Prints one JSON document.
#![expect(clippy::print_stdout, reason = "a bench prints")]

use serde::Deserialize;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::sync::Arc;
use toklink::AccountStatus;
use toklink::clock::{Clock, SystemClock};
use toklink::store::{AccountRow, AccountStore, MemoryStore, SqliteStore};
use toklink::{AccountKey, AccountSelection, Client, CollectOptions, Config, QuotaPolicy, Secret};
use toklink_emulator::{AUDITED_CLIENT_KEY, CLIENT_SECRET};

const KEY: &str = "5f1c0e7b9a2d48360fc1b2a3948576e1d0c3b4a5968778695a4b3c2d1e0f9081";
const REDIRECT: &str = "http://127.0.0.1:3000/api/social/tiktok/callback";
/// Linux reports CPU time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Deserialize)]
struct Given {
    open_id: String,
    access_token: String,
    refresh_token: String,
    scope: String,
}

/// Returns the user and system time that this process has used so far, in seconds, and its peak memory in KiB.
fn used() -> Result<(f64, u64), Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').ok_or("no name")?.1;
    let ticks = |nth| after_name.split_whitespace().nth(nth).unwrap_or("0").parse::<f64>();
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak")?;
    Ok(((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND, peak.trim().trim_end_matches(" kB").parse()?))
}

async fn fill<S: AccountStore>(client: &Client, store: &S, file: &str) -> Result<(), Box<dyn Error>> {
    let now = SystemClock::new().now();
    for line in BufReader::new(fs::File::open(file)?).lines() {
        let given: Given = serde_json::from_str(&line?)?;
        let key = AccountKey::new("workspace-1", given.open_id);
        let sealed = |field, text: String| client.seal(&key, field, &Secret::from(text));
        let scopes: Vec<String> = given.scope.split(',').map(str::to_owned).collect();
        store
            .put(&AccountRow {
                display_name: "One of many".into(),
                username: None,
                avatar_url: None,
                requested_scopes: scopes.clone(),
                scopes,
                access_token_sealed: sealed("access_token", given.access_token)?,
                refresh_token_sealed: Some(sealed("refresh_token", given.refresh_token)?),
                access_expires_at: now.plus(std::time::Duration::from_secs(86_400)),
                refresh_expires_at: None,
                status: AccountStatus::Active,
                connected_at: now,
                connected_by: "user-1".into(),
                refresh_started_at: None,
                key,
            })
            .await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let (Some(url), Some(file), Some(place)) = (words.next(), words.next(), words.next()) else {
        println!("sweep: started by npm run bench and npm run prove -- sweep");
        return Ok(());
    };
    let config = Config::builder()
        .client_key(AUDITED_CLIENT_KEY)
        .client_secret(CLIENT_SECRET)
        .callback_url(REDIRECT)
        .encryption_key(KEY)
        .api_base_url(&url)
        .auth_base_url(&url)
        .build()?;
    // TikTok's limit of 600 requests per minute per app would be the bottleneck.
    let builder = Client::builder(config).quota_policy(QuotaPolicy::unlimited());
    let client = if place == "memory" {
        let store = Arc::new(MemoryStore::new());
        let client = builder.store(Arc::clone(&store)).build()?;
        fill(&client, &*store, &file).await?;
        client
    } else {
        let store = Arc::new(SqliteStore::open(&place)?);
        let client = builder.store(Arc::clone(&store)).build()?;
        fill(&client, &*store, &file).await?;
        client
    };
    let clock = SystemClock::new();
    let ((cpu_before, idle_kib), began) = (used()?, clock.monotonic());
    let report = client.collect_metrics(&AccountSelection::All, &CollectOptions::default()).await?;
    let ((cpu, peak_kib), seconds) = (used()?, clock.monotonic().saturating_sub(began).as_secs_f64());
    let collected = report.counts.collected;
    println!(
        r#"{{"collected":{collected},"failed":{},"seconds":{seconds:.2},"cpuSeconds":{:.2},"aboveMib":{:.1}}}"#,
        report.counts.failed,
        cpu - cpu_before,
        f64::from(u32::try_from(peak_kib.saturating_sub(idle_kib))?) / 1024.0,
    );
    client.close().await;
    Ok(())
}
