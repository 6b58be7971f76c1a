//! The publish that a child runs.

use crate::config;
use crate::crash_injector::{CrashInjector, Fate};
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

/// The idempotency key of all attempts.
pub(crate) const THE_KEY: &str = "the-key";

/// The ways to publish.
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

    /// TikTok fetches it, so toklink cannot hold back bytes.
    pub(crate) const fn is_pulled(self) -> bool {
        matches!(self, Self::Pull | Self::Photos)
    }

    /// TikTok processes it in no virtual time, so a child can wait for the outcome.
    const fn ends_at_once(self) -> bool {
        matches!(self, Self::Video | Self::Draft)
    }
}

/// One publish.
#[derive(Debug)]
pub(crate) struct PublishJob {
    pub(crate) kind: Kind,
    pub(crate) video: PathBuf,
    pub(crate) dies_at: Option<u64>,
}

impl PublishJob {
    pub(crate) fn to_json(&self) -> Value {
        json!({ "kind": self.kind.name(), "video": self.video, "dies_at": self.dies_at })
    }

    pub(crate) fn of_json(value: &Value) -> Option<Self> {
        Some(Self {
            kind: Kind::ALL.into_iter().find(|kind| value["kind"] == kind.name())?,
            video: value["video"].as_str()?.into(),
            dies_at: value["dies_at"].as_u64(),
        })
    }

    /// Publishes, and is killed at the chosen point. Prints the number of passed points if it survives.
    pub(crate) async fn run(
        self,
        base_url: &str,
        store: &Arc<SqliteStore>,
        clock: ManualClock,
        account: &AccountKey,
    ) -> Result<(), Box<dyn Error>> {
        let (config, fate) = (config(base_url)?, Fate::new(self.dies_at));
        let outside = Arc::new(CrashInjector { inner: Arc::clone(store), fate: Arc::clone(&fate) });
        let network =
            CrashInjector { inner: Arc::new(HttpTransport::new(&config)?), fate: Arc::clone(&fate) };
        let client = Client::builder(config)
            .store(Arc::clone(store))
            .journal(outside.clone())
            .leases(outside)
            .clock(Arc::new(clock))
            .quota_policy(QuotaPolicy::unlimited())
            .transport(Arc::new(network))
            .build()?;
        self.publish(&client, account, self.kind.ends_at_once()).await?;
        println!("{}", fate.passed());
        Ok(())
    }

    pub(crate) async fn publish(
        &self,
        client: &Client,
        account: &AccountKey,
        wait: bool,
    ) -> toklink::Result<PublishOutcome> {
        let options =
            PublishOptions { idempotency_key: Some(THE_KEY.into()), wait, ..PublishOptions::default() };
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
