//! Tests the Redis of `REDIS_URL`. toklink uses it when it is suitable. Otherwise, toklink warns once and each process counts its
//! own requests.

use super::super::{DetectedRedis, RedisLimiter, RedisSettings};
use super::outage::{policy, subject};
use super::server::Server;
use crate::clock::SystemClock;
use crate::error::ErrorKind;
use crate::quota::backend::QuotaBackend;
use crate::quota::{QuotaKind, QuotaSource};
use crate::tls::Roots;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const KINDS: [QuotaKind; 1] = [QuotaKind::CreatorInfo];
const NOW: Duration = Duration::ZERO;
const LIMIT: u32 = 2;

type Reasons = Arc<Mutex<Vec<String>>>;

/// Creates the backend of a client whose `REDIS_URL` is `url`. Collects the reasons why toklink ignores that Redis.
fn detected(url: Option<&str>) -> (QuotaBackend, Reasons) {
    let clock = Arc::new(SystemClock::new());
    let redis = url.map(|url| {
        let (url, roots) = (url.to_owned().into(), Roots::built_in());
        let settings = RedisSettings { url, roots, detected: true };
        let listener = Arc::new(|_| {});
        RedisLimiter::new(&policy(LIMIT), &subject(), &settings, clock.clone(), listener).unwrap()
    });
    let reasons = Reasons::default();
    let noted = Arc::clone(&reasons);
    let listener = Arc::new(move |reason| noted.lock().unwrap().push(reason));
    (QuotaBackend::Detected(DetectedRedis::new(redis, policy(LIMIT), clock, listener)), reasons)
}

async fn server() -> Server {
    let server = Server::start(false);
    server.wait_until_ready().await;
    server
}

/// Asserts that the process counts its own requests, and returns the reason.
async fn ignored(url: Option<&str>) -> String {
    let (backend, reasons) = detected(url);
    backend.increment(&KINDS, &subject());
    backend.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    let full = backend.acquire(&KINDS, &subject(), NOW).await.unwrap_err();
    assert_eq!(full.kind(), ErrorKind::RateLimited);
    for windows in [backend.status(&subject()), backend.read(&subject()).await.unwrap()] {
        assert_eq!((windows[0].source, windows[0].count), (QuotaSource::Memory, LIMIT));
    }
    assert!(backend.local_limiter().await.is_some(), "the usage log keeps the daily counts");
    backend.reset(&subject());
    backend.flush().await;
    assert_eq!(backend.status(&subject())[0].count, 0);
    let reasons = reasons.lock().unwrap();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    reasons[0].clone()
}

#[tokio::test]
async fn detected_redis_counts_when_its_eviction_policy_is_safe() {
    for eviction in ["noeviction", "volatile-ttl", "volatile-lru"] {
        let server = server().await;
        server.query(&["CONFIG", "SET", "maxmemory-policy", eviction]).await;
        let (backend, reasons) = detected(Some(&server.url()));
        // The limiter counts this request before it has checked the server, and reports it afterwards.
        backend.increment(&KINDS, &subject());
        backend.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
        backend.flush().await;
        let windows = backend.read(&subject()).await.unwrap();
        assert_eq!((windows[0].source, windows[0].count), (QuotaSource::Redis, 2), "{eviction}");
        assert_eq!(backend.status(&subject())[0].source, QuotaSource::Memory);
        assert!(backend.local_limiter().await.is_none());
        assert_eq!(reasons.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn detected_redis_is_ignored_when_it_evicts_counts() {
    let server = server().await;
    for eviction in ["allkeys-lru", "allkeys-random"] {
        server.query(&["CONFIG", "SET", "maxmemory-policy", eviction]).await;
        let reason = ignored(Some(&server.url())).await;
        assert!(reason.starts_with("REDIS_URL is not used") && reason.contains(eviction), "{reason}");
    }
    let keys = server.query(&["DBSIZE"]).await;
    assert_eq!(keys, redis::Value::Int(0), "it contains data of other programs");
}

#[tokio::test]
async fn detected_redis_is_ignored_when_it_does_not_respond() {
    let reason = ignored(Some("redis://:p4ssword@127.0.0.1:1")).await;
    assert!(!reason.contains("p4ssword"), "{reason}");
}

#[tokio::test]
async fn detected_redis_is_ignored_when_it_is_a_web_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let reason = ignored(Some(&url)).await;
    assert!(reason.starts_with("REDIS_URL is not used"), "{reason}");
}

#[tokio::test]
async fn detected_redis_is_ignored_when_its_url_is_invalid() {
    let reason = ignored(None).await;
    assert!(reason.contains("not a Redis URL"), "{reason}");
}

#[tokio::test]
async fn detected_redis_is_ignored_when_it_is_a_replica() {
    let server = server().await;
    server.query(&["REPLICAOF", "127.0.0.1", "1"]).await;
    let reason = ignored(Some(&server.url())).await;
    assert!(reason.contains("replica"), "{reason}");
}

#[tokio::test]
async fn eviction_policy_is_read_by_config_when_info_is_denied() {
    let server = server().await;
    let url = server.url().replace("//", "//narrow:p4ssword@");
    server.query(&["ACL", "SETUSER", "narrow", "on", ">p4ssword", "~*", "+@all", "-info"]).await;
    let (backend, reasons) = detected(Some(&url));
    backend.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    assert!(backend.local_limiter().await.is_none(), "{reasons:?}");
    server.query(&["ACL", "SETUSER", "narrow", "-config"]).await;
    let reason = ignored(Some(&url)).await;
    assert!(reason.contains("CONFIG GET maxmemory-policy"), "{reason}");
}

#[tokio::test]
async fn process_counts_locally_when_the_detected_redis_stops() {
    let mut server = server().await;
    let (backend, _) = detected(Some(&server.url()));
    backend.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    backend.flush().await;
    server.kill();
    backend.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    let full = backend.acquire(&KINDS, &subject(), NOW).await.unwrap_err();
    assert_eq!(full.kind(), ErrorKind::RateLimited, "the request that Redis granted counts too");
    assert_eq!(backend.read(&subject()).await.unwrap()[0].source, QuotaSource::Memory);
    server.restart();
    server.wait_until_ready().await;
    while backend.read(&subject()).await.unwrap()[0].source != QuotaSource::Redis {
        tokio::task::yield_now().await;
    }
    assert_eq!(backend.read(&subject()).await.unwrap()[0].count, 2, "the request without Redis was reported");
}

#[tokio::test]
async fn process_counts_locally_when_redis_loses_its_counts() {
    let server = server().await;
    let (backend, _) = detected(Some(&server.url()));
    backend.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    backend.flush().await;
    server.query(&["FLUSHALL"]).await;
    // The first attempt detects that the counts are lost. The server then grants no request for 105 s.
    backend.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    while backend.read(&subject()).await.unwrap()[0].source != QuotaSource::Redis {
        tokio::task::yield_now().await;
    }
    let full = backend.acquire(&KINDS, &subject(), NOW).await.unwrap_err();
    assert_eq!(full.kind(), ErrorKind::RateLimited, "{full}");
    backend.reset(&subject());
    backend.flush().await;
    assert!(backend.acquire(&KINDS, &subject(), NOW).await.is_ok());
}
