//! Scenario acts that publish.

use crate::host::Host;
use crate::result_lines;
use crate::table::Step;
use std::io::{self, Cursor};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use toklink::{
    CancelToken, Error, PostInfo, PrivacyLevel, PublishOptions, PublishOutcome, PublishPhotos,
    PublishProgress, PublishVideo, Result, Secret, VideoSource,
};

impl Host {
    /// Runs the act if it publishes; returns `None` otherwise.
    pub(crate) async fn publish(&mut self, act: &str, step: &Step) -> Option<Result<String>> {
        let (client, account, options) = (&self.client, &self.account, options(step));
        let outcome = match act {
            "publish_video" => {
                let (source, post, draft) = (video(step), post(step), is(step, "draft"));
                let input = PublishVideo { source, post, draft };
                client.publish_video(account, &input, &options).await
            }
            "publish_photos" => {
                let urls = list(step, "urls").into_iter().map(Secret::from).collect();
                let (post, draft) = (post(step), is(step, "draft"));
                let input = PublishPhotos { urls, cover_index: 0, post, draft };
                client.publish_photos(account, &input, &options).await
            }
            "resume" => client.resume_publish(account, &step.argument("key").unwrap(), None, &options).await,
            "wait" => client.wait_for_publish(account, &self.publish_id, &options).await,
            "status" => {
                let status = client.publish_status(account, &self.publish_id).await;
                return Some(status.map(|status| result_lines::status(&status)));
            }
            "cancel_publish" => {
                return Some(client.cancel_publish(account, &self.publish_id).await.map(|()| String::new()));
            }
            "abandon" => {
                let key = step.argument("key").unwrap();
                return Some(client.abandon_publish(account, &key).await.map(|()| String::new()));
            }
            _ => return None,
        };
        Some(self.ended(outcome))
    }

    fn ended(&mut self, outcome: Result<PublishOutcome>) -> Result<String> {
        match outcome {
            Ok(outcome) => {
                self.publish_id.clone_from(&outcome.publish_id);
                Ok(result_lines::outcome(&outcome))
            }
            Err(error) => {
                self.publish_id = error.publish_id().map(str::to_owned).unwrap_or_default();
                Err::<String, Error>(error)
            }
        }
    }
}

/// A reader that fails, as a host's stream can.
struct Broken;

impl AsyncRead for Broken {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::Error::other("the host gave up")))
    }
}

fn video(step: &Step) -> VideoSource {
    if let Some(file) = step.argument("file") {
        return VideoSource::File(Host::file(&file));
    }
    if let Some(file) = step.argument("bytes_of") {
        return VideoSource::Bytes(std::fs::read(Host::file(&file)).unwrap().into());
    }
    if let Some(file) = step.argument("stream_of") {
        let bytes = std::fs::read(Host::file(&file)).unwrap();
        let length = bytes.len() as u64;
        return match step.argument("breaks_after") {
            Some(after) => {
                let given = Cursor::new(bytes[..after.parse().unwrap()].to_vec());
                VideoSource::stream(given.chain(Broken), length)
            }
            None => VideoSource::stream(Cursor::new(bytes), length),
        };
    }
    VideoSource::Url(Secret::from(step.argument("url").unwrap()))
}

fn post(step: &Step) -> PostInfo {
    PostInfo {
        privacy_level: step.argument("privacy").map(|level| PrivacyLevel::parse(&level).unwrap()),
        title: step.argument("title").unwrap_or_default(),
        description: step.argument("description").unwrap_or_default(),
        allow_comment: is(step, "allow_comment"),
        allow_stitch: is(step, "allow_stitch"),
        ..PostInfo::draft()
    }
}

fn options(step: &Step) -> PublishOptions {
    let (cancel, until) = (CancelToken::new(), step.argument("cancel_in"));
    let by_host = cancel.clone();
    let progress = Arc::new(move |progress: PublishProgress| {
        if until.as_ref().is_some_and(|until| *until == result_lines::spelled(&progress.phase)) {
            by_host.cancel();
        }
    });
    let wait = step.argument("wait").is_none_or(|wait| wait == "true");
    PublishOptions { idempotency_key: step.argument("key"), wait, progress: Some(progress), cancel }
}

fn is(step: &Step, name: &str) -> bool {
    step.argument(name).is_some_and(|value| value == "true")
}

fn list(step: &Step, name: &str) -> Vec<String> {
    step.argument(name).unwrap().split(' ').map(str::to_owned).collect()
}
