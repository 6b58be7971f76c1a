//! A Redis that only the environment names: used when it suits, else one warning and counts per process.

use super::super::{FoundRedis, RedisAway, SharedLimiter, SharedSettings};
use super::outage::{policy, subject};
use super::server::Server;
use crate::clock::SystemClock;
use crate::error::ErrorKind;
use crate::quota::gate::Gate;
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

/// Builds the gate of a client whose `REDIS_URL` is `url`, and collects the reasons for ignoring it.
fn found(url: Option<&str>) -> (Gate, Reasons) {
    let clock = Arc::new(SystemClock::new());
    let shared = url.map(|url| {
        let (url, roots) = (url.to_owned().into(), Roots::built_in());
        let settings = SharedSettings { url, roots, away: RedisAway::Refuse, found: true, haste: 1 };
        let listener = Arc::new(|_| {});
        SharedLimiter::new(&policy(LIMIT), &subject(), &settings, clock.clone(), listener).unwrap()
    });
    let reasons = Reasons::default();
    let noted = Arc::clone(&reasons);
    let listener = Arc::new(move |reason| noted.lock().unwrap().push(reason));
    (Gate::Found(FoundRedis::new(shared, policy(LIMIT), clock, listener)), reasons)
}

async fn server() -> Server {
    let server = Server::start(false);
    server.answers().await;
    server
}

/// Checks that the process counts by itself, and returns the one reason.
async fn ignored(url: Option<&str>) -> String {
    let (gate, reasons) = found(url);
    gate.increment(&KINDS, &subject());
    gate.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    let full = gate.acquire(&KINDS, &subject(), NOW).await.unwrap_err();
    assert_eq!(full.kind(), ErrorKind::RateLimited);
    for windows in [gate.status(&subject()), gate.read(&subject()).await.unwrap()] {
        assert_eq!((windows[0].source, windows[0].count), (QuotaSource::Memory, LIMIT));
    }
    assert!(gate.local().await.is_some(), "the store keeps its daily counts");
    gate.reset(&subject());
    gate.settled().await;
    assert_eq!(gate.status(&subject())[0].count, 0);
    let reasons = reasons.lock().unwrap();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    reasons[0].clone()
}

#[tokio::test]
async fn found_redis_counts_when_its_eviction_policy_is_safe() {
    for eviction in ["noeviction", "volatile-ttl", "volatile-lru"] {
        let server = server().await;
        server.ask(&["CONFIG", "SET", "maxmemory-policy", eviction]).await;
        let (gate, reasons) = found(Some(&server.url()));
        // Counted before the server is known to suit, and reported afterwards.
        gate.increment(&KINDS, &subject());
        gate.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
        gate.settled().await;
        let windows = gate.read(&subject()).await.unwrap();
        assert_eq!((windows[0].source, windows[0].count), (QuotaSource::Redis, 2), "{eviction}");
        assert_eq!(gate.status(&subject())[0].source, QuotaSource::MemoryShare);
        assert!(gate.local().await.is_none());
        assert_eq!(reasons.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn found_redis_is_ignored_when_it_evicts_counts() {
    let server = server().await;
    for eviction in ["allkeys-lru", "allkeys-random"] {
        server.ask(&["CONFIG", "SET", "maxmemory-policy", eviction]).await;
        let reason = ignored(Some(&server.url())).await;
        assert!(reason.starts_with("REDIS_URL is not used") && reason.contains(eviction), "{reason}");
    }
    let keys = server.ask(&["DBSIZE"]).await;
    assert_eq!(keys, redis::Value::Int(0), "it holds data of other programs");
}

#[tokio::test]
async fn found_redis_is_ignored_when_nothing_answers() {
    let reason = ignored(Some("redis://:p4ssword@127.0.0.1:1")).await;
    assert!(reason.contains("does not answer as a Redis") && !reason.contains("p4ssword"), "{reason}");
}

#[tokio::test]
async fn found_redis_is_ignored_when_it_is_a_web_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let reason = ignored(Some(&url)).await;
    assert!(reason.contains("does not answer as a Redis"), "{reason}");
}

#[tokio::test]
async fn found_redis_is_ignored_when_it_is_not_an_address() {
    let reason = ignored(None).await;
    assert!(reason.contains("not a Redis URL"), "{reason}");
}

#[tokio::test]
async fn found_redis_is_ignored_when_it_is_a_replica() {
    let server = server().await;
    server.ask(&["REPLICAOF", "127.0.0.1", "1"]).await;
    let reason = ignored(Some(&server.url())).await;
    assert!(reason.contains("replica"), "{reason}");
}

#[tokio::test]
async fn eviction_policy_is_read_by_config_when_info_is_denied() {
    let server = server().await;
    let url = server.url().replace("//", "//narrow:p4ssword@");
    server.ask(&["ACL", "SETUSER", "narrow", "on", ">p4ssword", "~*", "+@all", "-info"]).await;
    let (gate, reasons) = found(Some(&url));
    gate.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    assert!(gate.local().await.is_none(), "{reasons:?}");
    server.ask(&["ACL", "SETUSER", "narrow", "-config"]).await;
    let reason = ignored(Some(&url)).await;
    assert!(reason.contains("shows its eviction policy neither in INFO nor"), "{reason}");
}

#[tokio::test]
async fn process_counts_alone_when_found_redis_dies() {
    let mut server = server().await;
    let (gate, _) = found(Some(&server.url()));
    gate.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    gate.settled().await;
    server.kill();
    gate.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    let full = gate.acquire(&KINDS, &subject(), NOW).await.unwrap_err();
    assert_eq!(full.kind(), ErrorKind::RateLimited, "the request that Redis let through counts too");
    assert_eq!(gate.read(&subject()).await.unwrap()[0].source, QuotaSource::MemoryShare);
    server.start_again();
    server.answers().await;
    while gate.read(&subject()).await.unwrap()[0].source != QuotaSource::Redis {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.read(&subject()).await.unwrap()[0].count, 2, "it was told what was sent without it");
}

#[tokio::test]
async fn process_counts_alone_when_found_redis_loses_its_counts() {
    let server = server().await;
    let (gate, _) = found(Some(&server.url()));
    gate.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    gate.settled().await;
    server.ask(&["FLUSHALL"]).await;
    // The first attempt notices the loss; the server lets nothing through for 105 s.
    gate.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    while gate.read(&subject()).await.unwrap()[0].source != QuotaSource::Redis {
        tokio::task::yield_now().await;
    }
    let full = gate.acquire(&KINDS, &subject(), NOW).await.unwrap_err();
    assert_eq!(full.kind(), ErrorKind::RateLimited, "{full}");
    gate.reset(&subject());
    gate.settled().await;
    assert!(gate.acquire(&KINDS, &subject(), NOW).await.is_ok());
}
