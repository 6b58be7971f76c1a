//! The publish that a child process runs.

use crate::config;
use crate::crash_injector::{CrashInjector, CrashPoints};
use serde_json::{Value, json};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use toklink::clock::ManualClock;
use toklink::transport::HttpTransport;
use toklink::{
    AccountKey, Client, PostInfo, PrivacyLevel, PublishOptions, PublishOutcome, PublishPhotos, PublishVideo,
    QuotaPolicy, Secret, SqliteStore, VideoSource,
};

/// Idempotency key of all attempts.
pub(crate) const IDEMPOTENCY_KEY: &str = "the-key";

/// Kinds of publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A video of one chunk.
    Video,
    /// A video of several chunks.
    Chunks,
    /// A video for the creator's inbox.
    Draft,
    /// A video that TikTok fetches.
    Pull,
    Photos,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [Self::Video, Self::Chunks, Self::Draft, Self::Pull, Self::Photos];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Chunks => "chunks",
            Self::Draft => "draft",
            Self::Pull => "pull",
            Self::Photos => "photos",
        }
    }

    /// Returns true if TikTok fetches the media itself, so that toklink cannot withhold bytes.
    pub(crate) const fn is_pulled(self) -> bool {
        matches!(self, Self::Pull | Self::Photos)
    }

    /// Returns true if TikTok finishes processing without virtual time passing, so that a child can wait for the
    /// outcome.
    const fn is_processed_immediately(self) -> bool {
        matches!(self, Self::Video | Self::Draft)
    }
}

/// One publish in a child process.
#[derive(Debug)]
pub(crate) struct PublishJob {
    pub(crate) kind: Kind,
    pub(crate) video: PathBuf,
    pub(crate) crash_at: Option<u64>,
}

impl PublishJob {
    pub(crate) fn to_json(&self) -> Value {
        json!({ "kind": self.kind.name(), "video": self.video, "crash_at": self.crash_at })
    }

    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        Some(Self {
            kind: Kind::ALL.into_iter().find(|kind| value["kind"] == kind.name())?,
            video: value["video"].as_str()?.into(),
            crash_at: value["crash_at"].as_u64(),
        })
    }

    /// Publishes, and is killed at the chosen point. Prints the number of passed points if it is not killed.
    pub(crate) async fn run(
        self,
        base_url: &str,
        store: &Arc<SqliteStore>,
        clock: ManualClock,
        account: &AccountKey,
    ) -> Result<(), Box<dyn Error>> {
        let (config, injector) = (config(base_url)?, CrashInjector::new(self.crash_at));
        let outside = Arc::new(CrashPoints { inner: Arc::clone(store), injector: Arc::clone(&injector) });
        let network =
            CrashPoints { inner: Arc::new(HttpTransport::new(&config)?), injector: Arc::clone(&injector) };
        let client = Client::builder(config)
            .store(Arc::clone(store))
            .journal(outside.clone())
            .leases(outside)
            .clock(Arc::new(clock))
            .quota_policy(QuotaPolicy::unlimited())
            .transport(Arc::new(network))
            .build()?;
        self.publish(&client, account, self.kind.is_processed_immediately()).await?;
        println!("{}", injector.passed());
        Ok(())
    }

    pub(crate) async fn publish(
        &self,
        client: &Client,
        account: &AccountKey,
        wait: bool,
    ) -> toklink::Result<PublishOutcome> {
        let options = PublishOptions {
            idempotency_key: Some(IDEMPOTENCY_KEY.into()),
            wait,
            ..PublishOptions::default()
        };
        let post = PostInfo::new(PrivacyLevel::SelfOnly);
        let url = |name: &str| Secret::new(format!("https://media.example.test/{name}"));
        let video = match self.kind {
            Kind::Video | Kind::Chunks => PublishVideo::new(&self.video, post),
            Kind::Draft => PublishVideo::draft(&self.video),
            Kind::Pull => PublishVideo::new(VideoSource::Url(url("v.mp4")), post),
            Kind::Photos => {
                let urls = vec![url("1.webp"), url("2.webp")];
                let photos = PublishPhotos { urls, cover_index: 0, post, draft: false };
                return client.publish_photos(account, &photos, &options).await;
            }
        };
        client.publish_video(account, &video, &options).await
    }
}
