//! Runs seeded schedules of faults and crashes. Under each schedule, one idempotency key leads to one post with the
//! exact bytes. `TOKLINK_SCHEDULES` sets the number of seeds (`npm run prove`); `TOKLINK_SEED` runs a single seed.

use crate::video::{VideoFile, mp4};
use crate::world::World;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use toklink::PublishPhase;
use toklink::store::JournalStore;
use toklink::{
    AccountKey, Client, ErrorKind, PostInfo, PrivacyLevel, PublishOptions, PublishOutcome, PublishVideo,
    Result,
};
use toklink_emulator::Fault;

/// The number of schedules that `cargo test` runs by default.
const SHORT: u64 = 24;
/// The number of calls with the key after which the test treats the publish as lost.
const ATTEMPTS: usize = 12;

/// A deterministic random number generator (xorshift64*), so that a failing seed can be reproduced.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }

    /// Returns a random fault at a random step.
    fn fault(&mut self, large: bool) -> Fault {
        let step = ["creator_info", "video_init", "upload", "upload", "upload", "status"][self.pick(6)];
        let fault = Fault::on(step);
        let fault = match self.below(10) {
            0 => fault.status(500),
            1 => fault.status(503).after_effect(),
            2 => fault.reset_before(),
            3 => fault.reset_after(),
            4 => fault.reset_in_body(self.below(if large { 10_000_000 } else { 1000 })),
            // The response to a chunk has no body to corrupt.
            5 | 6 if step == "upload" => fault.status(502).after_effect(),
            5 => fault.reset_in_answer(self.below(40)),
            6 => fault.truncated(),
            7 => fault.proxy_html(),
            8 => fault.raw(200, "text/html", "<html>"),
            _ => fault.error(429, "rate_limit_exceeded"),
        };
        // Only uploads get a long outage, because the host's limited retries would not outlast one in the other steps.
        let times = if self.below(8) == 0 && step == "upload" { 25 } else { 1 + self.below(3) };
        fault.nth(1 + self.below(if large && step == "upload" { 7 } else { 3 })).times(times)
    }

    fn pick(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }
}

/// The call that a host makes after a failure.
#[derive(Debug, Clone, Copy)]
enum By {
    /// `publish_video` again.
    Call,
    /// `resume_publish` with only the key, then `publish_video` again if TikTok has received nothing.
    Name,
}

/// Publishes, and drops the future at progress report number `dies_at` to simulate a crash of the process.
async fn attempt(
    client: Client,
    account: AccountKey,
    input: PublishVideo,
    by: By,
    dies_at: Option<i64>,
) -> Option<Result<PublishOutcome>> {
    let left = Arc::new(AtomicI64::new(dies_at.unwrap_or(i64::MAX)));
    let (death, dying) = (Arc::new(tokio::sync::Notify::new()), Arc::clone(&left));
    let bell = Arc::clone(&death);
    let options = PublishOptions {
        idempotency_key: Some("the-key".into()),
        progress: Some(Arc::new(move |_| {
            if dying.fetch_sub(1, Ordering::SeqCst) == 0 {
                bell.notify_one();
            }
        })),
        ..PublishOptions::default()
    };
    tokio::select! {
        biased;
        () = death.notified() => None,
        outcome = come_back(&client, &account, &input, by, &options) => Some(outcome),
    }
}

async fn come_back(
    client: &Client,
    account: &AccountKey,
    input: &PublishVideo,
    by: By,
    options: &PublishOptions,
) -> Result<PublishOutcome> {
    if let By::Name = by {
        match client.resume_publish(account, "the-key", None, options).await {
            Err(error) if error.kind() == ErrorKind::NotFound || error.is_safe_to_repeat() => {}
            other => return other,
        }
    }
    client.publish_video(account, input, options).await
}

/// Runs one schedule. The error contains the seed, the faults and the violated requirement.
async fn run(seed: u64, file: &VideoFile, large: bool) -> std::result::Result<(), String> {
    let mut dice = Dice::new(seed);
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let faults: Vec<Fault> = (0..=dice.below(3)).map(|_| dice.fault(large)).collect();
    let deaths: Vec<Option<i64>> = (0..ATTEMPTS)
        .map(|n| (n < 4 && dice.below(2) == 0).then(|| i64::try_from(dice.below(12)).unwrap()))
        .collect();
    let shown = format!("seed {seed}: {faults:?}, deaths {deaths:?}");
    for fault in faults {
        world.fault(fault);
    }
    let is_draft = seed % 3 == 1;
    let input = if is_draft {
        PublishVideo::draft(&file.path)
    } else {
        PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::SelfOnly))
    };
    let posted_as = if is_draft { "SEND_TO_USER_INBOX" } else { "PUBLISH_COMPLETE" };
    let mut last = None;
    for dies_at in deaths {
        let by = if dice.below(2) == 0 { By::Call } else { By::Name };
        // Each attempt simulates a new process, which shares only the store.
        match attempt(world.another_client(), account.clone(), input.clone(), by, dies_at).await {
            Some(Ok(outcome)) => {
                last = Some(outcome);
                break;
            }
            Some(Err(error)) => {
                let clear = error.is_retryable() || error.is_safe_to_repeat() || error.may_have_been_sent();
                if !clear {
                    return Err(format!(
                        "{shown}: an error that says neither what to do nor what was done: {error:?}"
                    ));
                }
            }
            None => {}
        }
        // Moves the clock past the quota windows and the lease of the crashed process.
        world.advance(Duration::from_secs(61));
    }
    let posts = world.emulator.posts();
    let posted: Vec<_> = posts.iter().filter(|post| post.status == posted_as).collect();
    let Some(outcome) = last else {
        return Err(format!("{shown}: nothing after {ATTEMPTS} attempts; at the far end {posts:?}"));
    };
    let whole = posts.iter().filter(|post| post.bytes_received == file.size).count();
    if posted.len() != 1 || whole != 1 {
        return Err(format!("{shown}: {} posts, {whole} whole uploads: {posts:?}", posted.len()));
    }
    let row = world.store.find_publish(&outcome.publish_id).await.unwrap().unwrap();
    let same =
        posted[0].publish_id == outcome.publish_id && posted[0].sha256.as_deref() == Some(&file.sha256);
    if !same || row.phase != PublishPhase::Done {
        return Err(format!(
            "{shown}: the caller got {outcome:?}, the emulator has {posted:?}, the journal {row:?}"
        ));
    }
    Ok(())
}

#[tokio::test]
async fn exact_bytes_are_posted_once_under_any_fault_schedule() {
    let number = |name| std::env::var(name).ok().and_then(|text: String| text.parse::<u64>().ok());
    let seeds = match number("TOKLINK_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TOKLINK_SCHEDULES").unwrap_or(SHORT),
    };
    let (small, large) = (mp4(1_000_000), mp4(66_000_000));
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let is_large = seed % 4 == 0;
        let file = if is_large { &large } else { &small };
        if let Err(fault) = run(seed, file, is_large).await {
            panic!("{fault}");
        }
    }
    assert!(count > 0);
}
