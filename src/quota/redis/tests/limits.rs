//! Tests the limits with a real Redis.

use super::super::RedisLimiter;
use super::super::connection::Connection;
use super::outage::{limiter, limiter_with_listener, policy, subject};
use super::server::Server;
use crate::clock::SystemClock;
use crate::error::{ErrorKind, Retry};
use crate::quota::policy::Span;
use crate::quota::{QuotaKind, QuotaPolicy, QuotaSource, QuotaSubject, Rule, Scope};
use crate::tls::Roots;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const POST: [QuotaKind; 2] = [QuotaKind::PublishInit, QuotaKind::VideoUpload];
const NOW: Duration = Duration::ZERO;

async fn server() -> Server {
    let server = Server::start(false);
    server.wait_until_ready().await;
    server
}

async fn count(limiter: &Arc<RedisLimiter>, kind: QuotaKind) -> u32 {
    let status = limiter.read(&subject()).await.unwrap();
    assert!(status.iter().all(|window| window.source == QuotaSource::Redis));
    status.iter().filter(|window| window.kind == kind).map(|window| window.count).max().unwrap()
}

#[tokio::test]
async fn processes_share_windows_and_denied_requests_do_not_count() {
    let server = server().await;
    let one = limiter(&server.url(), &QuotaPolicy::planned(), 1);
    let two = limiter(&server.url(), &QuotaPolicy::planned(), 1);
    for turn in 0..6 {
        let limiter = if turn % 2 == 0 { &one } else { &two };
        limiter.acquire(&POST, &subject(), NOW).await.unwrap().complete();
    }
    let error = two.acquire(&POST, &subject(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().unwrap() <= Duration::from_secs(60));
    assert_eq!(count(&two, QuotaKind::VideoUpload).await, 6, "a refused request takes no daily slot");
    assert!(one.acquire(&[QuotaKind::VideoUpload], &subject(), NOW).await.is_ok());
    let other = QuotaSubject::new("app", "", "ben");
    assert!(two.acquire(&POST, &other, NOW).await.is_ok(), "another account has its own windows");
}

#[tokio::test]
async fn release_uncounts_the_request_and_a_429_closes_the_minute() {
    let server = server().await;
    let redis = limiter(&server.url(), &QuotaPolicy::planned(), 1);
    redis.acquire(&POST, &subject(), NOW).await.unwrap().release();
    redis.acquire(&POST, &subject(), NOW).await.unwrap().throttled();
    redis.flush().await;
    assert_eq!(
        (count(&redis, QuotaKind::PublishInit).await, count(&redis, QuotaKind::VideoUpload).await),
        (1, 0)
    );
    let error = redis.acquire(&POST, &subject(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().unwrap() > Duration::from_secs(50), "{error}");
}

#[tokio::test]
async fn increment_and_reset_apply_to_every_process() {
    let server = server().await;
    let one = limiter(&server.url(), &policy(2), 1);
    let two = limiter(&server.url(), &policy(2), 1);
    let kinds = [QuotaKind::CreatorInfo];
    for _ in 0..2 {
        one.increment(&kinds, &subject());
        one.flush().await;
    }
    assert_eq!(count(&two, QuotaKind::CreatorInfo).await, 2);
    assert_eq!(two.acquire(&kinds, &subject(), NOW).await.unwrap_err().kind(), ErrorKind::RateLimited);
    two.reset(&subject());
    two.flush().await;
    assert_eq!(count(&one, QuotaKind::CreatorInfo).await, 0);
    one.acquire(&kinds, &subject(), NOW).await.unwrap().complete();
    two.acquire(&kinds, &subject(), NOW).await.unwrap().complete();
}

#[tokio::test]
async fn increments_during_an_outage_are_reported_after_it() {
    let mut server = server().await;
    let a_day = Rule::new(Span::Day, Scope::Account, 50).unwrap();
    let policy = QuotaPolicy::unlimited().with_rule(QuotaKind::CreatorInfo, a_day);
    let redis = limiter(&server.url(), &policy, 1000);
    redis.read(&subject()).await.unwrap();
    server.kill();
    redis.increment(&[QuotaKind::CreatorInfo], &subject());
    redis.flush().await;
    assert!(redis.read(&subject()).await.is_err());
    redis.increment(&[QuotaKind::CreatorInfo], &subject());
    server.restart();
    server.wait_until_ready().await;
    while redis.read(&subject()).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(count(&redis, QuotaKind::CreatorInfo).await, 2);
}

#[tokio::test]
async fn waiters_pass_when_a_request_is_allowed() {
    let server = server().await;
    // A minute takes 120 ms.
    let redis = limiter(&server.url(), &policy(1), 500);
    let kinds = [QuotaKind::CreatorInfo];
    redis.acquire(&kinds, &subject(), NOW).await.unwrap().complete();
    let too_short = redis.acquire(&kinds, &subject(), Duration::from_secs(1)).await;
    assert_eq!(too_short.unwrap_err().kind(), ErrorKind::RateLimited);
    let mut waiting: Vec<_> = (0..3)
        .map(|_| {
            let redis = Arc::clone(&redis);
            tokio::spawn(async move {
                let max_wait = Duration::from_secs(3600);
                redis.acquire(&kinds, &subject(), max_wait).await.map(super::super::RedisPermit::complete)
            })
        })
        .collect();
    while !redis.has_waiters(&kinds, &subject()) {
        tokio::task::yield_now().await;
    }
    // A later caller enters the queue behind the waiters.
    let last = Arc::clone(&redis);
    waiting.push(tokio::spawn(async move {
        let max_wait = Duration::from_secs(3600);
        last.acquire(&kinds, &subject(), max_wait).await.map(super::super::RedisPermit::complete)
    }));
    for waiting in waiting {
        waiting.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn request_of_a_crashed_process_expires() {
    let server = server().await;
    // A minute takes 600 ms, and Redis keeps a request in flight for at most 450 ms.
    let redis = limiter(&server.url(), &policy(1), 100);
    let kinds = [QuotaKind::CreatorInfo];
    // A crashed process reports no outcome.
    std::mem::forget(redis.acquire(&kinds, &subject(), NOW).await.unwrap());
    assert!(redis.acquire(&kinds, &subject(), NOW).await.is_err());
    assert!(redis.acquire(&kinds, &subject(), Duration::from_secs(600)).await.is_ok());
}

#[tokio::test]
async fn request_is_refused_when_redis_is_down() {
    let mut server = server().await;
    server.kill();
    let changes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&changes);
    let listener = Arc::new(move |down| noted.lock().unwrap().push(down));
    let redis = limiter_with_listener(&server.url(), &policy(4), 1, listener);
    let error = redis.acquire(&[QuotaKind::CreatorInfo], &subject(), NOW).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Backoff));
    assert!(!error.message().contains("127.0.0.1"), "{error}");
    assert!(redis.read(&subject()).await.is_err());
    assert_eq!(*changes.lock().unwrap(), [true]);
}

#[tokio::test]
async fn keys_expire_and_a_full_window_uses_little_memory() {
    let server = server().await;
    let redis = limiter(&server.url(), &QuotaPolicy::documented(), 1);
    for _ in 0..600 {
        redis.acquire(&[QuotaKind::UserInfo], &subject(), NOW).await.unwrap().complete();
    }
    redis.acquire(&[QuotaKind::CreatorInfo], &subject(), NOW).await.unwrap().complete();
    redis.flush().await;
    assert_eq!(count(&redis, QuotaKind::UserInfo).await, 600);
    let redis::Value::Array(keys) = server.query(&["KEYS", "*"]).await else { panic!("no list") };
    assert_eq!(keys.len(), 3, "the generation and two windows");
    for key in keys {
        let redis::Value::BulkString(name) = key else { panic!("no name") };
        let name = String::from_utf8(name).unwrap();
        let redis::Value::Int(ttl) = server.query(&["PTTL", &name]).await else { panic!("no time") };
        let redis::Value::Int(bytes) = server.query(&["MEMORY", "USAGE", &name]).await else {
            panic!("no size")
        };
        assert!(ttl > 0, "{name} does not expire");
        println!("{name}: {bytes} bytes");
        assert!(bytes <= if name.contains(":userInfo:") { 3200 } else { 200 }, "{name}: {bytes} bytes");
    }
}

#[tokio::test]
async fn scripts_are_loaded_again_after_a_script_flush() {
    let server = server().await;
    let redis = limiter(&server.url(), &policy(4), 1);
    redis.acquire(&[QuotaKind::CreatorInfo], &subject(), NOW).await.unwrap().complete();
    server.query(&["SCRIPT", "FLUSH"]).await;
    redis.acquire(&[QuotaKind::CreatorInfo], &subject(), NOW).await.unwrap().complete();
}

#[tokio::test]
async fn silent_server_causes_a_timeout() {
    // The listener accepts connections but never responds.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let redis = limiter(&url, &policy(4), 1);
    assert_eq!(redis.read(&subject()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let error = redis.acquire(&[QuotaKind::CreatorInfo], &subject(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn connection_debug_hides_the_password() {
    let connection =
        Connection::new("redis://:p4ssword@127.0.0.1:1", &Roots::built_in(), Arc::new(SystemClock::new()))
            .unwrap();
    assert!(!format!("{connection:?}").contains("p4ssword"));
}
