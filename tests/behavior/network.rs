//! Connection settings: the proxy, the request timeout, the upload rate and the retry notices.

use crate::video::mp4;
use crate::world::{World, clock_of, config_builder};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::spawn;
use std::time::Duration;
use toklink::{
    Client, ClientBuilder, ConfigBuilder, ErrorKind, PostInfo, PrivacyLevel, PublishOptions, PublishVideo,
    RetryNotice, Secret,
};
use toklink_emulator::Fault;

/// Returns a client builder for `world` with the settings that `set` applies.
fn builder(world: &World, set: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> ClientBuilder {
    let config = set(config_builder(&world.emulator, world.client_key)).build().unwrap();
    Client::builder(config).store(Arc::clone(&world.store)).clock(clock_of(&world.emulator))
}

#[tokio::test]
async fn requests_use_the_configured_proxy() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    let proxy = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut head, mut piece) = (Vec::new(), [0; 2048]);
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            let count = stream.read(&mut piece).unwrap();
            head.extend_from_slice(&piece[..count]);
        }
        stream.write_all(b"HTTP/1.1 429 Slow\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").unwrap();
        String::from_utf8_lossy(&head).into_owned()
    });
    let world = World::new().await;
    let set = |config: ConfigBuilder| {
        // Nothing listens at this API URL, so only the proxy can respond.
        config.api_base_url("http://127.0.0.1:9").proxy_url(format!("http://me:s3cret@{place}"))
    };
    let client = builder(&world, set).build().unwrap();
    let error = client.refresh_tokens(&Secret::new("rft.x")).await.unwrap_err();
    assert_eq!(error.http_status(), Some(429), "{error:?}");
    let asked = proxy.join().unwrap().to_lowercase();
    assert!(asked.starts_with("post http://127.0.0.1:9/v2/oauth/token/ "), "{asked}");
    assert!(asked.contains("proxy-authorization: basic bwu6cznjcmv0"), "{asked}");
}

#[tokio::test]
async fn unreachable_proxy_error_hides_the_proxy_password() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world = World::new().await;
    let proxy = format!("http://me:s3cret@{closed}");
    let client = builder(&world, |config| config.proxy_url(proxy)).build().unwrap();
    let error = client.refresh_tokens(&Secret::new("rft.x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn request_ends_after_its_configured_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let world = World::new().await;
    let url = format!("http://{}", silent.local_addr().unwrap());
    let set = |config: ConfigBuilder| config.api_base_url(url).request_timeout(Duration::from_millis(50));
    let client = builder(&world, set).build().unwrap();
    let error = client.refresh_tokens(&Secret::new("rft.x")).await.unwrap_err();
    assert!(error.may_have_been_sent() && error.message().contains("did not respond in time"), "{error:?}");
}

#[tokio::test]
async fn upload_stays_below_the_configured_rate() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let file = mp4(6_000_000);
    let client = builder(&world, |config| config.max_upload_bytes_per_second(100_000)).build().unwrap();
    let input = PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::SelfOnly));
    let start = world.emulator.now_ms();
    let options = PublishOptions { wait: false, ..PublishOptions::default() };
    client.publish_video(&account, &input, &options).await.unwrap();
    let took = world.emulator.now_ms() - start;
    // The rate limit does not delay the first part of the body.
    assert!((58_000..=70_000).contains(&took), "it took {took} ms");
}

#[tokio::test]
async fn each_retry_is_reported_with_its_cause() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let file = mp4(6_000_000);
    let notices = Arc::new(Mutex::new(Vec::new()));
    let received = Arc::clone(&notices);
    let listen = move |notice: &RetryNotice| received.lock().unwrap().push(notice.clone());
    let client = builder(&world, |config| config).on_retry(listen).build().unwrap();
    world.fault(Fault::on("user_info").times(2).status(500));
    client.user_info(&account).await.unwrap();
    world.fault(Fault::on("upload").times(1).status(503));
    world.fault(Fault::on("status").times(3).status(500));
    let input = PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::SelfOnly));
    client.publish_video(&account, &input, &PublishOptions::default()).await.unwrap();
    let notices = notices.lock().unwrap();
    let seen: Vec<_> = notices.iter().map(|notice| notice.operation).collect();
    let expected =
        ["user_info", "user_info", "video_upload", "publish_status", "publish_status", "publish_status"];
    assert_eq!(seen, expected, "{notices:?}");
    assert!(notices[0].cause.starts_with("HTTP 500, ") && notices[0].pause.is_some(), "{notices:?}");
    assert!(notices[2].cause.starts_with("bytes 0 to "), "{notices:?}");
}
