//! The child process that the test kills.

use crate::publish_job::PublishJob;
use crate::{client, config};
use serde_json::{Value, json};
use std::error::Error;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use tokio::process::{Child, Command};
use toklink::clock::{BoxFuture, ManualClock};
use toklink::store::AccountStore;
use toklink::transport::{HttpReply, HttpRequest, HttpTransport, Transport};
use toklink::{AccountKey, Client, QuotaPolicy, SqliteStore, Timestamp};

pub(crate) const KEY: &str = "5f1c0e7b9a2d48360fc1b2a3948576e1d0c3b4a5968778695a4b3c2d1e0f9081";
const TASK_VARIABLE: &str = "TOKLINK_KILL_CHILD";

/// Task of a child process.
#[derive(Debug)]
pub(crate) struct ChildTask {
    pub(crate) base_url: String,
    pub(crate) file: PathBuf,
    pub(crate) now_ms: i64,
    pub(crate) tenant: String,
    pub(crate) open_id: String,
    /// Re-encrypts the row's refresh token during the call to TikTok, as a key rotation would.
    pub(crate) reseal: bool,
    /// Publish to run instead of a refresh.
    pub(crate) publish_job: Option<PublishJob>,
}

impl ChildTask {
    /// Starts a child process that kills itself when it first reaches `step`.
    pub(crate) fn spawn(&self, step: Option<&str>) -> std::io::Result<Child> {
        let task = json!({
            "base_url": self.base_url, "file": self.file, "now_ms": self.now_ms,
            "tenant": self.tenant, "open_id": self.open_id, "reseal": self.reseal, "publish_job": self.publish_job.as_ref().map(PublishJob::to_json),
        });
        let mut command = Command::new(std::env::current_exe()?);
        command
            .env(TASK_VARIABLE, task.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(step) = step {
            command.env("TOKLINK_KILL_AT", format!("{step}:1"));
        }
        command.kill_on_drop(true).spawn()
    }

    /// Returns the task of this process if it is a child process.
    pub(crate) fn from_environment() -> Option<Self> {
        let task: Value = serde_json::from_str(&std::env::var(TASK_VARIABLE).ok()?).ok()?;
        let text = |name: &str| task[name].as_str().map(str::to_owned);
        Some(Self {
            base_url: text("base_url")?,
            file: text("file")?.into(),
            now_ms: task["now_ms"].as_i64()?,
            tenant: text("tenant")?,
            open_id: text("open_id")?,
            reseal: task["reseal"].as_bool()?,
            publish_job: PublishJob::from_json(&task["publish_job"]),
        })
    }

    /// Runs the publish, or uses the account once. The process is killed during this publish or refresh.
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        let store = Arc::new(SqliteStore::open(&self.file)?);
        let clock = ManualClock::auto_advancing(Timestamp::from_millis(self.now_ms));
        let account = AccountKey::new(self.tenant, self.open_id);
        if let Some(publish_job) = self.publish_job {
            return publish_job.run(&self.base_url, &store, clock, &account).await;
        }
        let plain = client(&self.base_url, Arc::clone(&store), clock.clone())?;
        if !self.reseal {
            plain.user_info(&account).await?;
            return Ok(());
        }
        let config = config(&self.base_url)?;
        let transport =
            Resealing { inner: HttpTransport::new(&config)?, store: Arc::clone(&store), plain, account };
        let account = transport.account.clone();
        let client = Client::builder(config)
            .store(store)
            .clock(Arc::new(clock))
            .quota_policy(QuotaPolicy::unlimited())
            .transport(Arc::new(transport))
            .build()?;
        client.user_info(&account).await?;
        Ok(())
    }
}

/// Returns true if a child was killed with `kill -9` or, on systems without signals, aborted itself.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        status.signal() == Some(9)
    }
    #[cfg(not(unix))]
    !status.success()
}

/// A transport that re-encrypts the row's refresh token during each call.
#[derive(Debug)]
struct Resealing {
    inner: HttpTransport,
    store: Arc<SqliteStore>,
    plain: Client,
    account: AccountKey,
}

impl Transport for Resealing {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, toklink::Result<HttpReply>> {
        Box::pin(async move {
            let reply = self.inner.send(request).await?;
            if let Some(mut row) = self.store.load(&self.account).await?
                && let Some(sealed) = row.refresh_token_sealed.take()
            {
                let token = self.plain.unseal(&self.account, "refresh_token", &sealed)?;
                row.refresh_token_sealed = Some(self.plain.seal(&self.account, "refresh_token", &token)?);
                self.store.put(&row).await?;
            }
            Ok(reply)
        })
    }
}
