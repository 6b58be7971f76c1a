//! Videos at a URL that the client forwards to TikTok while it downloads them.

use crate::video::{file, mp4_bytes};
use crate::world::{World, config_builder};
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use toklink::clock::{BoxFuture, Clock, ManualClock, Timestamp};
use toklink::{
    AccountKey, Client, ErrorKind, Owner, PostInfo, PrivacyLevel, PublishOptions, PublishOutcome,
    PublishVideo, Reason, Result, Secret, StatusCode, VideoSource,
};
use toklink_emulator::Fault;

/// Serves one video. `answer` receives the number of earlier requests and the request head, and returns the response.
/// Each connection closes after its response.
struct Host {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Host {
    async fn new(answer: impl Fn(usize, &str) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v.mp4?sig=s3cret", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                    stream.read_buf(&mut head).await.unwrap();
                }
                let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
                let bytes = answer(heads.lock().unwrap().len(), &head);
                heads.lock().unwrap().push(head);
                // The client may disconnect before the end of the response.
                let _ = stream.write_all(&bytes).await;
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn ok(bytes: &[u8], sent: usize, tag: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: {tag}\r\n\r\n", bytes.len());
    [head.as_bytes(), &bytes[..sent]].concat()
}

/// Returns the response to `Range: bytes=N-`.
fn rest(bytes: &[u8], head: &str, tag: &str) -> Vec<u8> {
    let from = head.split("range: bytes=").nth(1).and_then(|text| text.split('-').next());
    let from: usize = from.unwrap().parse().unwrap();
    let (end, size) = (bytes.len() - 1, bytes.len());
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {from}-{end}/{size}\r\nETag: {tag}\r\n\r\n",
        size - from
    );
    [head.as_bytes(), &bytes[from..]].concat()
}

async fn publish(world: &World, account: &AccountKey, source: VideoSource) -> Result<PublishOutcome> {
    let input = PublishVideo::new(source, PostInfo::new(PrivacyLevel::SelfOnly));
    let options = PublishOptions { idempotency_key: Some("k".into()), ..PublishOptions::default() };
    world.client.publish_video(account, &input, &options).await
}

fn relay(host: &Host) -> VideoSource {
    VideoSource::Relay(Secret::new(host.url.as_str()))
}

async fn connected() -> (World, AccountKey) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    (world, account)
}

/// Asserts that the emulator has one post of exactly these bytes.
fn posted(world: &World, bytes: &[u8]) {
    let sha256 = file("clip.mp4", bytes).sha256;
    let posts = world.emulator.posts();
    assert_eq!((posts.len(), posts[0].sha256.as_deref()), (1, Some(sha256.as_str())));
}

#[tokio::test]
async fn relay_requests_an_uncompressed_video_and_forwards_it() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(12_000_000);
    let served = bytes.clone();
    let host = Host::new(move |_, _| ok(&served, served.len(), "\"one\"")).await;
    let outcome = publish(&world, &account, relay(&host)).await.unwrap();
    assert_eq!(outcome.status, StatusCode::PublishComplete);
    posted(&world, &bytes);
    assert!(host.asked().iter().all(|head| head.contains("accept-encoding: identity")));
    let again = publish(&world, &account, relay(&host)).await.unwrap();
    assert_eq!((again.publish_id, world.emulator.posts().len()), (outcome.publish_id, 1));
}

#[tokio::test]
async fn relay_requests_the_rest_when_the_host_disconnects() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(12_000_000);
    let served = bytes.clone();
    let host = Host::new(move |nth, head| match nth {
        0 => ok(&served, 7_000_001, "\"one\""),
        _ => rest(&served, head, "\"one\""),
    });
    let host = host.await;
    publish(&world, &account, relay(&host)).await.unwrap();
    posted(&world, &bytes);
    let asked = host.asked();
    assert_eq!(asked.len(), 2);
    assert!(
        asked[1].contains("range: bytes=7000001-") && asked[1].contains("if-range: \"one\""),
        "{asked:?}"
    );
}

/// Starts a host without strong entity tags, whose file was last modified at second 07. The host disconnects once.
async fn dated(bytes: &[u8], date: &'static str, tags: [&'static str; 2]) -> Host {
    let served = bytes.to_vec();
    Host::new(move |nth, head| {
        let headers = |tag: &str| {
            format!("{tag}Last-Modified: Sun, 29 Nov 2026 10:00:07 GMT\r\n{date}Connection: close\r\n\r\n")
        };
        let dated = |answer: Vec<u8>, tag: &str| {
            let end_of_head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 2;
            let head = String::from_utf8(answer[..end_of_head].to_vec()).unwrap().replace("ETag: \r\n", "");
            [head.as_bytes(), headers(tag).as_bytes(), &answer[end_of_head + 2..]].concat()
        };
        if nth == 0 {
            dated(ok(&served, 7_000_001, ""), tags[0])
        } else {
            dated(rest(&served, head, ""), tags[1])
        }
    })
    .await
}

#[tokio::test]
async fn relay_resumes_by_last_modified_only_if_it_is_older() {
    let bytes = mp4_bytes(12_000_000);
    let (world, account) = connected().await;
    let quiet = dated(&bytes, "Date: Sun, 29 Nov 2026 10:00:08 GMT\r\n", ["ETag: W/\"one\"\r\n"; 2]).await;
    publish(&world, &account, relay(&quiet)).await.unwrap();
    posted(&world, &bytes);
    assert!(quiet.asked()[1].contains("if-range: sun, 29 nov 2026 10:00:07 gmt"), "{:?}", quiet.asked());
    // A file can change twice within one second. A timestamp in seconds does not show the second change.
    for date in ["Date: Sun, 29 Nov 2026 10:00:07 GMT\r\n", "Date: today\r\n", ""] {
        let (world, account) = connected().await;
        let host = dated(&bytes, date, [""; 2]).await;
        let error = publish(&world, &account, relay(&host)).await.unwrap_err();
        assert_eq!((error.kind(), error.owner()), (ErrorKind::Unavailable, Owner::User), "{date}: {error:?}");
        assert_eq!(host.asked().len(), 1);
    }
}

#[tokio::test]
async fn relay_rejects_the_rest_when_the_weak_entity_tag_changes() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(12_000_000);
    let date = "Date: Sun, 29 Nov 2026 10:01:00 GMT\r\n";
    let host = dated(&bytes, date, ["ETag: W/\"one\"\r\n", "ETag: W/\"two\"\r\n"]).await;
    let error = publish(&world, &account, relay(&host)).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::Conflict, Owner::User), "{error:?}");
    assert!(world.emulator.posts().iter().all(|post| post.bytes_received < bytes.len() as u64));
}

/// Returns the host's response to the request for the remaining bytes.
type Answer = Box<dyn Fn(&[u8], &str) -> Vec<u8> + Send>;

#[tokio::test]
async fn relay_never_combines_two_versions_of_a_changed_file() {
    let bytes = mp4_bytes(12_000_000);
    let wrong_start = |bytes: &[u8], _: &str| rest(bytes, "range: bytes=5-", "\"one\"");
    let answers: [Answer; 3] = [
        Box::new(|bytes, head| rest(bytes, head, "\"two\"")),
        Box::new(|bytes, _| ok(bytes, bytes.len(), "\"two\"")),
        Box::new(wrong_start),
    ];
    for answer in answers {
        let (world, account) = connected().await;
        let served = bytes.clone();
        let host = Host::new(move |nth, head| match nth {
            0 => ok(&served, 7_000_001, "\"one\""),
            _ => answer(&served, head),
        });
        let error = publish(&world, &account, relay(&host.await)).await.unwrap_err();
        assert_eq!((error.kind(), error.owner()), (ErrorKind::Conflict, Owner::User), "{error:?}");
        assert!(!format!("{error:?} {error}").contains("s3cret"), "{error:?}");
        assert!(world.emulator.posts().iter().all(|post| post.bytes_received < bytes.len() as u64));
    }
}

#[tokio::test]
async fn relay_fails_when_the_host_disconnects_and_cannot_resume() {
    let bytes = mp4_bytes(12_000_000);
    let cut = |text: String, bytes: &[u8]| [text.as_bytes(), bytes].concat();
    let unnamed = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
    let served = bytes.clone();
    let nameless = Host::new(move |_, _| cut(unnamed.clone(), &served[..7_000_001])).await;
    let served = bytes.clone();
    let stuck = Host::new(move |nth, head| {
        if nth == 0 {
            return ok(&served, 7_000_001, "\"one\"");
        }
        let mut answer = rest(&served, head, "\"one\"");
        let end_of_head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        answer.truncate(end_of_head);
        answer
    })
    .await;
    for host in [nameless, stuck] {
        let (world, account) = connected().await;
        let error = publish(&world, &account, relay(&host)).await.unwrap_err();
        assert_eq!((error.owner(), error.is_retryable()), (Owner::User, true), "{error:?}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert!(world.emulator.posts().iter().all(|post| post.bytes_received < bytes.len() as u64));
    }
}

#[tokio::test]
async fn unreachable_relay_url_is_a_user_error() {
    let (world, account) = connected().await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let unreachable = VideoSource::Relay(Secret::new(format!("http://{free}/v.mp4?sig=s3cret")));
    let error = publish(&world, &account, unreachable).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::Unavailable, Owner::User), "{error:?}");
    assert!(!format!("{error:?}").contains("s3cret") && world.emulator.posts().is_empty());
}

#[tokio::test]
async fn invalid_relay_response_is_rejected_before_the_publish() {
    let (world, account) = connected().await;
    let head = |text: &str| format!("HTTP/1.1 {text}\r\n\r\n").into_bytes();
    for (answer, kind, word) in [
        (head("404 Not Found\r\nContent-Length: 0"), ErrorKind::InvalidInput, "404"),
        (head("503 Busy\r\nContent-Length: 0"), ErrorKind::Unavailable, "503"),
        (head("200 OK\r\nConnection: close"), ErrorKind::InvalidInput, "Content-Length"),
        (head("200 OK\r\nContent-Length: 9\r\nContent-Encoding: br"), ErrorKind::InvalidInput, "compressed"),
        (
            head("302 Found\r\nContent-Length: 0\r\nLocation: https://10.0.0.1/"),
            ErrorKind::InvalidInput,
            "private",
        ),
        (head("200 OK\r\nContent-Length: 4000000001"), ErrorKind::InvalidInput, "4 GB"),
    ] {
        let host = Host::new(move |_, _| answer.clone()).await;
        let error = publish(&world, &account, relay(&host)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{word}: {error:?}");
        assert!(error.message().contains(word) && !format!("{error:?}").contains("s3cret"), "{error:?}");
    }
    let inward = VideoSource::Relay(Secret::new("https://169.254.169.254/latest/meta-data"));
    assert_eq!(publish(&world, &account, inward).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(world.emulator.posts().is_empty());
}

#[tokio::test]
async fn interrupted_relay_resumes_when_the_url_is_passed_again() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(22_000_000);
    let served = bytes.clone();
    let host = Host::new(move |nth, head| match nth {
        0 => ok(&served, 12_000_000, "\"one\""),
        // Four consecutive failures end the attempt.
        1..=4 if head.contains("range:") => b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".to_vec(),
        _ => ok(&served, served.len(), "\"one\""),
    });
    let host = host.await;
    let error = publish(&world, &account, relay(&host)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    let outcome = publish(&world, &account, relay(&host)).await.unwrap();
    assert_eq!(Some(outcome.publish_id.as_str()), error.publish_id());
    posted(&world, &bytes);
    assert_eq!(world.emulator.posts()[0].chunk_sizes.len(), 4, "no accepted chunk is sent again");
}

#[tokio::test]
async fn pull_from_an_unverified_domain_is_relayed_if_allowed() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(500_000);
    let served = bytes.clone();
    let host = Host::new(move |_, _| ok(&served, served.len(), "\"one\"")).await;
    let source = || VideoSource::UrlOrRelay(Secret::new(host.url.as_str()));
    world.fault(Fault::on("video_init").times(1).error(403, "url_ownership_unverified"));
    let outcome = publish(&world, &account, source()).await.unwrap();
    posted(&world, &bytes);
    let again = publish(&world, &account, source()).await.unwrap();
    assert_eq!((again.publish_id, world.emulator.posts().len()), (outcome.publish_id, 1));
}

#[tokio::test]
async fn pull_with_an_unclear_init_is_not_relayed() {
    let (world, account) = connected().await;
    world.fault(Fault::on("video_init").times(1).reset_after());
    let source = VideoSource::UrlOrRelay(Secret::new("https://media.example.test/v.mp4"));
    let error = publish(&world, &account, source.clone()).await.unwrap_err();
    assert!(error.may_have_been_sent(), "{error:?}");
    assert_eq!(publish(&world, &account, source).await.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn loopback_api_alone_does_not_allow_relays_from_loopback() {
    let (world, account) = connected().await;
    let host = Host::new(|_, _| ok(&mp4_bytes(500_000), 500_000, "\"one\"")).await;
    let config = config_builder(&world.emulator, world.client_key).build().unwrap();
    let client =
        Client::builder(config).store(Arc::clone(&world.store)).clock(world.clock()).build().unwrap();
    for url in [host.url.clone(), host.url.replace("127.0.0.1", "localhost")] {
        let source = VideoSource::Relay(Secret::new(url));
        let input = PublishVideo::new(source, PostInfo::new(PrivacyLevel::SelfOnly));
        let error = client.publish_video(&account, &input, &PublishOptions::default()).await.unwrap_err();
        assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::User), "{error:?}");
    }
    assert!(host.asked().is_empty() && world.emulator.posts().is_empty());
}

#[tokio::test]
async fn relay_sends_no_request_when_the_account_cannot_post() {
    let world = World::new().await;
    let host = Host::new(|_, _| ok(&mp4_bytes(500_000), 500_000, "\"one\"")).await;
    let unknown = AccountKey::new("workspace-1", "unknown");
    let error = publish(&world, &unknown, relay(&host)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");

    let start = world.begin(&["user.info.basic", "video.upload"]).await;
    let callback = world.consent(&start, "ana.makes", &["user.info.basic", "video.upload"]);
    let account = world.finish(&start, &callback).await.unwrap().account;
    let account = AccountKey::new(account.tenant, account.account_id);
    let error = publish(&world, &account, relay(&host)).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::PermissionDenied, Owner::User), "{error:?}");
    assert_eq!(error.reason(), Reason::ScopeNotGranted, "{error}");

    world.client.disconnect(&account).await.unwrap();
    let error = publish(&world, &account, relay(&host)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::NotFound), "{error:?}");
    assert!(host.asked().is_empty());
}

#[tokio::test]
async fn relay_requests_a_lost_chunk_by_its_byte_range() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(22_000_000);
    let served = bytes.clone();
    let host = Host::new(move |nth, head| match nth {
        0 => ok(&served, served.len(), "\"one\""),
        _ => rest(&served, head, "\"one\""),
    });
    let host = host.await;
    // TikTok confirms the second chunk without storing it.
    world.fault(Fault::on("upload").nth(2).status(206));
    publish(&world, &account, relay(&host)).await.unwrap();
    posted(&world, &bytes);
    let second = bytes.len() / 4;
    assert!(host.asked()[1].contains(&format!("range: bytes={second}-")), "{:?}", host.asked());
}

#[tokio::test]
async fn relay_of_an_unversioned_file_fails_when_a_chunk_is_lost() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(22_000_000);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len());
    let host = Host::new(move |_, _| [head.as_bytes(), &bytes].concat()).await;
    world.fault(Fault::on("upload").nth(2).status(206));
    let error = publish(&world, &account, relay(&host)).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::Unavailable, Owner::App), "{error:?}");
    publish(&world, &account, relay(&host)).await.unwrap();
    assert_eq!(world.emulator.posts().len(), 1, "the same upload continues");
}

/// Counts the polls of each time limit. A publish polls a time limit whenever it waits for its source.
#[derive(Debug)]
struct Watched {
    clock: ManualClock,
    looks: Arc<AtomicUsize>,
}

impl Clock for Watched {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        self.clock.sleep(pause)
    }

    fn timeout(&self, limit: Duration) -> BoxFuture<'static, ()> {
        let (mut limit, looks) = (self.clock.timeout(limit), Arc::clone(&self.looks));
        Box::pin(poll_fn(move |context| {
            looks.fetch_add(1, Ordering::SeqCst);
            limit.as_mut().poll(context)
        }))
    }
}

#[tokio::test]
async fn relay_fails_when_the_host_sends_one_byte_every_20_s() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(12_000_000);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v.mp4", listener.local_addr().unwrap());
    let (ticks, mut ticking) = tokio::sync::mpsc::channel::<()>(1);
    let served = bytes.clone();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_buf(&mut Vec::with_capacity(4096)).await.unwrap();
        stream.write_all(&ok(&served, 7_000_000, "\"one\"")).await.unwrap();
        let mut rest = served[7_000_000..].iter();
        while let (Some(()), Some(byte)) = (ticking.recv().await, rest.next()) {
            // The client may have disconnected.
            let _ = stream.write_all(&[*byte]).await;
        }
    });
    let clock = ManualClock::new(world.clock().now());
    let looks = Arc::new(AtomicUsize::new(0));
    let client = world.client_at(Arc::new(Watched { clock: clock.clone(), looks: Arc::clone(&looks) }));
    let publishing = tokio::spawn(async move {
        let source = VideoSource::Relay(Secret::new(url));
        let input = PublishVideo::new(source, PostInfo::new(PrivacyLevel::SelfOnly));
        client.publish_video(&account, &input, &PublishOptions::default()).await
    });
    while world.emulator.posts().first().is_none_or(|post| post.bytes_received == 0) {
        tokio::task::yield_now().await;
    }
    // The clock advances only while the publish waits for its source. Other time would count only towards the limit of
    // one hour.
    while !publishing.is_finished() {
        let before = looks.load(Ordering::SeqCst);
        clock.advance(Duration::from_secs(20));
        let _ = ticks.try_send(());
        while looks.load(Ordering::SeqCst) == before && !publishing.is_finished() {
            tokio::task::yield_now().await;
        }
    }
    let error = publishing.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::Unavailable, Owner::User), "{error:?}");
    assert!(error.reason() == Reason::SourceTooSlow && error.is_retryable(), "{error:?}");
    assert!(world.emulator.posts()[0].bytes_received < bytes.len() as u64);
}
