//! Sends one chunk with a `PUT` to the upload URL. The URL is itself the credential, so the request has no bearer token
//! (docs/tiktok-api.md 5.7).

use super::chunk_plan::ChunkPlan;
use super::file_source::Reading;
use super::machine::ChunkAnswer;
use super::progress::Reporter;
use super::source::Source;
use super::upload_rate::UploadRate;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result};
use crate::secret::Secret;
use crate::transport::{Body, HttpReply, HttpRequest, Method, Transport};
use std::future::Future;
use std::ops::Range;
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

/// The time limit of an empty chunk, and the minimum rate to TikTok. A larger chunk has additional time according to
/// this rate. The delays of a streamed source and of a rate limit are added to the time limit.
const BASE_TIMEOUT: Duration = Duration::from_secs(60);
const SLOWEST_BYTES_PER_SECOND: u64 = 50_000;

/// A file that is being uploaded.
#[derive(Debug)]
pub(super) struct Upload {
    source: Source,
    plan: ChunkPlan,
    mime: &'static str,
    url: UploadUrl,
    rate: UploadRate,
}

/// The URL that receives the chunks. Its `Debug` output does not contain the URL.
struct UploadUrl(Url);

impl std::fmt::Debug for UploadUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UploadUrl([redacted])")
    }
}

impl Upload {
    /// Creates an upload to the URL that TikTok issued. The URL is opaque, but must use https; loopback is allowed when
    /// the API is on loopback too.
    pub(super) fn new(
        source: Source,
        plan: ChunkPlan,
        mime: &'static str,
        url: &Secret,
        on_loopback: bool,
    ) -> Result<Self> {
        let bad = || {
            Error::new(
                ErrorKind::Unavailable,
                "TikTok returned an upload URL that is not https, so nothing was sent; try again later",
            )
            .with_owner(Owner::TikTok)
        };
        let url = Url::parse(url.expose()).map_err(|_| bad())?;
        let safe = url.scheme() == "https" || (on_loopback && crate::config::is_loopback(&url));
        let rate = UploadRate::unlimited();
        if safe { Ok(Self { source, plan, mime, url: UploadUrl(url), rate }) } else { Err(bad()) }
    }

    /// Limits the upload to `rate`.
    pub(super) fn limited(self, rate: UploadRate) -> Self {
        Self { rate, ..self }
    }

    /// Sends the bytes of `chunk`, reports the progress to `reporter`, and calls `alive` while bytes are sent. An error
    /// of `alive` aborts the transfer.
    pub(super) async fn send<F: Future<Output = Result<()>>>(
        &self,
        transport: &dyn Transport,
        chunk: &Range<u64>,
        reporter: &mut Reporter,
        alive: impl Fn() -> F,
    ) -> Result<ChunkAnswer> {
        let (sender, mut reading) = watch::channel(Reading { position: chunk.start, failed: false });
        let length = chunk.end - chunk.start;
        while self.source.skip_towards(chunk.start).await? {
            alive().await?;
        }
        let stream = self.rate.limited(self.source.stream(chunk.clone(), sender).await?);
        let index = self.plan.chunk_at(chunk.start);
        let range = index.and_then(|index| self.plan.content_range(index));
        let range = range.ok_or_else(|| Error::bug("a chunk is outside the file"))?;
        let request = HttpRequest {
            method: Method::Put,
            url: self.url.0.clone(),
            authorization: None,
            headers: vec![("content-type", self.mime.to_owned()), ("content-range", range)],
            body: Body::Stream { length, stream },
            timeout: BASE_TIMEOUT
                + Duration::from_secs(length / SLOWEST_BYTES_PER_SECOND)
                + self.source.longest_wait(length)
                + self.rate.longest(length),
        };
        let mut exchange = transport.send(request);
        let mut moving = true;
        let reply = loop {
            tokio::select! {
                reply = &mut exchange => break reply,
                moved = reading.changed(), if moving => match moved {
                    Ok(()) => {
                        let position = reading.borrow_and_update().position;
                        reporter.sent(position);
                        alive().await?;
                    }
                    Err(_) => moving = false,
                },
            }
        };
        if reply.is_err() && reading.borrow().failed {
            return Err(self.source.broken());
        }
        answer(reply)
    }
}

/// Classifies the response to a chunk. Any 2xx status is a success: TikTok documents 206 and 201, but was also observed
/// to return 201 for each chunk and 200 for the last one (docs/tiktok-api.md, C16).
fn answer(reply: Result<HttpReply>) -> Result<ChunkAnswer> {
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) if error.dispatch() == Dispatch::Answered => return Err(error),
        Err(_) => return Ok(ChunkAnswer::Lost),
    };
    Ok(match reply.status {
        // An HTML body comes from a proxy, not from the upload host, so it is unknown whether the chunk arrived.
        200..=299 if is_page(&reply.body) => ChunkAnswer::Lost,
        200..=299 => ChunkAnswer::Accepted,
        403 => ChunkAnswer::Expired,
        404 => ChunkAnswer::Gone,
        416 => ChunkAnswer::OutOfRange(reply.content_range),
        408 | 429 | 500..=599 => ChunkAnswer::Lost,
        status => ChunkAnswer::Refused(status),
    })
}

/// Returns true for an HTML page. Proxies return such pages; the upload host never does.
fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{BoxFuture, ManualClock, Timestamp};
    use crate::transport::Outbound;
    use std::sync::{Arc, Mutex};

    fn outbound() -> Outbound {
        Outbound::new(false, Arc::new(ManualClock::new(Timestamp::default())))
    }

    fn reply(status: u16) -> HttpReply {
        HttpReply { status, log_id: None, content_range: Some("bytes 0-9/20".into()), body: Vec::new() }
    }

    #[test]
    fn chunk_response_is_classified_by_its_status() {
        for (status, expected) in [
            (206, ChunkAnswer::Accepted),
            (201, ChunkAnswer::Accepted),
            (200, ChunkAnswer::Accepted),
            (400, ChunkAnswer::Refused(400)),
            (403, ChunkAnswer::Expired),
            (404, ChunkAnswer::Gone),
            (416, ChunkAnswer::OutOfRange(Some("bytes 0-9/20".into()))),
            (503, ChunkAnswer::Lost),
        ] {
            assert_eq!(answer(Ok(reply(status))).unwrap(), expected, "{status}");
        }
        let page = HttpReply { body: b"\n<!doctype html>".to_vec(), ..reply(200) };
        assert_eq!(
            answer(Ok(page)).unwrap(),
            ChunkAnswer::Lost,
            "the HTML page of a proxy is not a response from TikTok"
        );
        let lost = Err(Error::new(ErrorKind::Unavailable, "gone").with_dispatch(Dispatch::MaybeSent));
        assert_eq!(answer(lost).unwrap(), ChunkAnswer::Lost);
    }

    /// Records the requests that it receives.
    #[derive(Debug, Default)]
    struct Recorder(Mutex<Vec<HttpRequest>>);

    impl Transport for Recorder {
        fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply>> {
            self.0.lock().unwrap().push(request);
            Box::pin(async { Ok(reply(201)) })
        }
    }

    #[tokio::test]
    async fn chunk_is_sent_without_a_bearer_token() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.mp4");
        std::fs::write(&path, b"abc").unwrap();
        let source = Source::open(&path.clone().into(), &outbound()).await.unwrap();
        let url = Secret::new("https://upload.example/?upload_token=s3cret");
        let plan = ChunkPlan::for_size(3).unwrap();
        let upload = Upload::new(source, plan, "video/mp4", &url, false).unwrap();
        let (recorder, clock) = (Recorder::default(), Arc::new(ManualClock::new(Timestamp::default())));
        let mut reporter = Reporter::new(None, clock, 3);
        let answer = upload.send(&recorder, &(0..3), &mut reporter, || async { Ok(()) }).await.unwrap();
        assert_eq!(answer, ChunkAnswer::Accepted);
        let sent = recorder.0.lock().unwrap();
        assert!(sent[0].authorization.is_none() && !format!("{sent:?}").contains("s3cret"));
        assert!(sent[0].headers.contains(&("content-range", "bytes 0-2/3".to_owned())));
    }

    #[tokio::test]
    async fn upload_url_must_use_https_and_is_never_printed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.mp4");
        std::fs::write(&path, b"abc").unwrap();
        for (url, loopback, allowed) in [
            ("https://upload.example/?upload_token=s3cret", false, true),
            ("http://upload.example/?upload_token=s3cret", true, false),
            ("http://127.0.0.1:1/?upload_token=s3cret", false, false),
            ("http://127.0.0.1:1/?upload_token=s3cret", true, true),
            ("nonsense", true, false),
        ] {
            let source = Source::open(&path.clone().into(), &outbound()).await.unwrap();
            let upload = Upload::new(
                source,
                ChunkPlan::for_size(3).unwrap(),
                "video/mp4",
                &Secret::new(url),
                loopback,
            );
            assert_eq!(upload.is_ok(), allowed, "{url}");
            assert!(!format!("{upload:?}").contains("s3cret"));
        }
    }
}
