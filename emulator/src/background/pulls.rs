//! Fetches the files of `PULL_FROM_URL` posts (docs/tiktok-api.md 5.6, 14 E10).

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use url::Url;

use super::http_client;
use crate::clock::real_pause;
use crate::media::{Probe, photo};
use crate::model::task::{Fetch, Source, Task};
use crate::state::Shared;

/// Maximum size of a video, bytes (docs/tiktok-api.md 5.10).
const MAX_VIDEO: u64 = 4 * 1024 * 1024 * 1024;
/// Maximum size of a photo, bytes (docs/tiktok-api.md 5.10).
const MAX_PHOTO: u64 = 20 * 1024 * 1024;
/// Real time between two checks of whether the task is still open.
const CHECK_INTERVAL: std::time::Duration = std::time::Duration::from_millis(20);

/// A pending pull.
#[derive(Debug)]
struct PullJob {
    task: usize,
    epoch: u64,
    urls: Vec<String>,
    is_photos: bool,
    pull_from: Option<String>,
    failure: &'static str,
}

/// Fetches one pending pull. Returns false if there is none.
pub(crate) async fn fetch_one(shared: &Shared) -> bool {
    let Some(job) = next_job(shared) else { return false };
    let outcome = tokio::select! {
        outcome = fetch_all(shared, &job) => outcome,
        () = until_task_closes(shared, &job) => return true,
    };
    update_task(shared, &job, |task| {
        task.fetch = outcome.map_or_else(Fetch::Failed, |()| Fetch::Done);
        task.video_size = task.received;
    });
    true
}

fn next_job(shared: &Shared) -> Option<PullJob> {
    let epoch = shared.epoch();
    let world = shared.world();
    let is_pending = |task: &Task| task.is_open() && task.fetch == Fetch::Pending;
    let task = world.unfinished.iter().copied().find(|&at| is_pending(&world.tasks[at]))?;
    let (urls, is_photos) = match &world.tasks[task].source {
        Source::File => (Vec::new(), false),
        Source::Pull { url } => (vec![url.clone()], false),
        Source::Photos { urls } => (urls.clone(), true),
    };
    let (pull_from, failure) = (world.settings.pull_from.clone(), world.tasks[task].pull_failure());
    Some(PullJob { task, epoch, urls, is_photos, pull_from, failure })
}

/// Runs `change` and returns true if the task is still open. During a pull, the task can be cancelled or time out, or a
/// reset can remove it.
fn update_task(shared: &Shared, job: &PullJob, change: impl FnOnce(&mut Task)) -> bool {
    let mut world = shared.world();
    if shared.epoch() != job.epoch {
        return false;
    }
    let open = world.tasks.get_mut(job.task).filter(|task| task.is_open());
    open.map(change).is_some()
}

async fn until_task_closes(shared: &Shared, job: &PullJob) {
    while update_task(shared, job, |_| ()) {
        real_pause(CHECK_INTERVAL).await;
    }
}

/// Fetches all files of a pull. Returns the `fail_reason` as the error.
async fn fetch_all(shared: &Shared, job: &PullJob) -> Result<(), &'static str> {
    for url in &job.urls {
        let mut body = open_body(job, url).await?;
        let (mut bytes, mut probe, mut hash) = (0, Probe::default(), Sha256::new());
        let limit = if job.is_photos { MAX_PHOTO } else { MAX_VIDEO };
        while let Some(frame) = timeout(http_client::TIMEOUT, body.frame()).await.map_err(|_| job.failure)? {
            let frame = frame.map_err(|_| job.failure)?;
            let Some(data) = frame.data_ref() else { continue };
            bytes += data.len() as u64;
            if bytes > limit {
                return Err(job.failure);
            }
            probe.take(data);
            hash.update(data);
            update_task(shared, job, |task| task.received += data.len() as u64);
        }
        if job.is_photos {
            photo::check(probe.head())?;
        }
        update_task(shared, job, |task| (task.probe, task.hash) = (probe, hash));
    }
    Ok(())
}

/// Requests `url` and returns the response body if the status is 200. Does not follow redirects.
async fn open_body(job: &PullJob, url: &str) -> Result<Incoming, &'static str> {
    let pull_from = job.pull_from.as_deref().ok_or(job.failure)?;
    let url = Url::parse(url).map_err(|_| job.failure)?;
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let target = format!(
        "{}{}",
        pull_from.trim_end_matches('/'),
        &url[url::Position::BeforePath..url::Position::AfterQuery]
    );
    let request = Request::new(Full::new(Bytes::new()));
    let answer: Response<Incoming> =
        http_client::send(&target, Some(host), request).await.map_err(|_| job.failure)?;
    if answer.status() == StatusCode::OK { Ok(answer.into_body()) } else { Err(job.failure) }
}
