//! What one process sees of a real Redis.

use super::super::link::Link;
use super::super::{RedisAway, SharedLimiter};
use super::outage::{limiter, limiter_telling, policy, subject};
use super::server::Server;
use crate::clock::SystemClock;
use crate::error::{ErrorKind, Retry};
use crate::quota::policy::Span;
use crate::quota::{QuotaKind, QuotaPolicy, QuotaSource, QuotaSubject, Rule, Scope};
use crate::tls::Roots;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const POST: [QuotaKind; 2] = [QuotaKind::PublishInit, QuotaKind::VideoUpload];
const NOW: Duration = Duration::ZERO;

async fn server() -> Server {
    let server = Server::start(false);
    server.answers().await;
    server
}

async fn count(limiter: &Arc<SharedLimiter>, kind: QuotaKind) -> u32 {
    let status = limiter.read(&subject()).await.unwrap();
    assert!(status.iter().all(|window| window.source == QuotaSource::Redis));
    status.iter().filter(|window| window.kind == kind).map(|window| window.count).max().unwrap()
}

#[tokio::test]
async fn two_processes_share_a_window_and_a_full_one_takes_nothing_of_the_others() {
    let server = server().await;
    let one = limiter(&server.url(), &QuotaPolicy::planned(), RedisAway::Refuse, 1);
    let two = limiter(&server.url(), &QuotaPolicy::planned(), RedisAway::Refuse, 1);
    for turn in 0..6 {
        let limiter = if turn % 2 == 0 { &one } else { &two };
        limiter.acquire(&POST, &subject(), NOW).await.unwrap().complete();
    }
    let error = two.acquire(&POST, &subject(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().unwrap() <= Duration::from_secs(60));
    assert_eq!(count(&two, QuotaKind::VideoUpload).await, 6, "the day was not charged for the refused one");
    assert!(one.acquire(&[QuotaKind::VideoUpload], &subject(), NOW).await.is_ok());
    let other = QuotaSubject::new("app", "", "ben");
    assert!(two.acquire(&POST, &other, NOW).await.is_ok(), "another account has windows of its own");
}

#[tokio::test]
async fn a_request_that_was_not_sent_gives_its_slots_back_and_a_429_closes_the_minute() {
    let server = server().await;
    let shared = limiter(&server.url(), &QuotaPolicy::planned(), RedisAway::Refuse, 1);
    shared.acquire(&POST, &subject(), NOW).await.unwrap().release();
    shared.acquire(&POST, &subject(), NOW).await.unwrap().throttled();
    shared.settled().await;
    assert_eq!(
        (count(&shared, QuotaKind::PublishInit).await, count(&shared, QuotaKind::VideoUpload).await),
        (1, 0)
    );
    let error = shared.acquire(&POST, &subject(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().unwrap() > Duration::from_secs(50), "{error}");
}

#[tokio::test]
async fn what_a_host_sent_itself_counts_for_every_process_and_a_reset_empties_the_windows_of_all() {
    let server = server().await;
    let one = limiter(&server.url(), &policy(2), RedisAway::Refuse, 1);
    let two = limiter(&server.url(), &policy(2), RedisAway::Refuse, 1);
    let kinds = [QuotaKind::CreatorInfo];
    for _ in 0..2 {
        one.increment(&kinds, &subject());
        one.settled().await;
    }
    assert_eq!(count(&two, QuotaKind::CreatorInfo).await, 2);
    assert_eq!(two.acquire(&kinds, &subject(), NOW).await.unwrap_err().kind(), ErrorKind::RateLimited);
    two.reset(&subject());
    two.settled().await;
    assert_eq!(count(&one, QuotaKind::CreatorInfo).await, 0);
    one.acquire(&kinds, &subject(), NOW).await.unwrap().complete();
    two.acquire(&kinds, &subject(), NOW).await.unwrap().complete();
}

#[tokio::test]
async fn what_was_counted_while_redis_was_away_is_told_to_it_when_it_is_back() {
    let mut server = server().await;
    let a_day = Rule::new(Span::Day, Scope::Account, 50).unwrap();
    let policy = QuotaPolicy::unlimited().with_rule(QuotaKind::CreatorInfo, a_day);
    let shared = limiter(&server.url(), &policy, RedisAway::Refuse, 1000);
    shared.read(&subject()).await.unwrap();
    server.kill();
    shared.increment(&[QuotaKind::CreatorInfo], &subject());
    shared.settled().await;
    assert!(shared.read(&subject()).await.is_err());
    shared.increment(&[QuotaKind::CreatorInfo], &subject());
    server.start_again();
    server.answers().await;
    while shared.read(&subject()).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(count(&shared, QuotaKind::CreatorInfo).await, 2);
}

#[tokio::test]
async fn who_waits_is_let_through_when_the_slot_is_free() {
    let server = server().await;
    // A minute takes 120 ms.
    let shared = limiter(&server.url(), &policy(1), RedisAway::Refuse, 500);
    let kinds = [QuotaKind::CreatorInfo];
    shared.acquire(&kinds, &subject(), NOW).await.unwrap().complete();
    let too_short = shared.acquire(&kinds, &subject(), Duration::from_secs(1)).await;
    assert_eq!(too_short.unwrap_err().kind(), ErrorKind::RateLimited);
    let mut waiting: Vec<_> = (0..3)
        .map(|_| {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                let longest = Duration::from_secs(3600);
                shared.acquire(&kinds, &subject(), longest).await.map(super::super::SharedPass::complete)
            })
        })
        .collect();
    while !shared.is_waited_for(&kinds, &subject()) {
        tokio::task::yield_now().await;
    }
    // Who comes while others wait does not ask before them.
    let last = Arc::clone(&shared);
    waiting.push(tokio::spawn(async move {
        let longest = Duration::from_secs(3600);
        last.acquire(&kinds, &subject(), longest).await.map(super::super::SharedPass::complete)
    }));
    for waiting in waiting {
        waiting.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_slot_of_a_process_that_died_ends_by_itself() {
    let server = server().await;
    // A minute takes 60 ms, and a flight 45 ms at most.
    let shared = limiter(&server.url(), &policy(1), RedisAway::Refuse, 1000);
    let kinds = [QuotaKind::CreatorInfo];
    // As when a process dies: nothing is ever said of it again.
    std::mem::forget(shared.acquire(&kinds, &subject(), NOW).await.unwrap());
    assert!(shared.acquire(&kinds, &subject(), NOW).await.is_err());
    assert!(shared.acquire(&kinds, &subject(), Duration::from_secs(600)).await.is_ok());
}

#[tokio::test]
async fn without_redis_a_request_is_refused_and_says_what_to_do() {
    let mut server = server().await;
    server.kill();
    let told = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&told);
    let listener = Arc::new(move |away| noted.lock().unwrap().push(away));
    let shared = limiter_telling(&server.url(), &policy(4), RedisAway::Refuse, 1, listener);
    let error = shared.acquire(&[QuotaKind::CreatorInfo], &subject(), NOW).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Backoff));
    assert!(error.message().contains("REDIS_URL") && !error.message().contains("127.0.0.1"), "{error}");
    assert!(shared.read(&subject()).await.is_err());
    assert_eq!(*told.lock().unwrap(), [true]);
}

#[tokio::test]
async fn a_share_begins_when_nothing_of_before_counts_and_ends_when_redis_is_back() {
    let mut server = server().await;
    let away = RedisAway::Share { processes: NonZeroU32::new(2).unwrap() };
    let kinds = [QuotaKind::CreatorInfo];
    let shared = limiter(&server.url(), &policy(4), away, 200);
    server.kill();
    let early = shared.acquire(&kinds, &subject(), NOW).await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Unavailable);
    assert!(early.retry_after().is_some(), "{early}");
    for _ in 0..2 {
        shared.acquire(&kinds, &subject(), Duration::from_secs(600)).await.unwrap().complete();
    }
    let error = shared.acquire(&kinds, &subject(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited, "half of 4 is 2: {error}");
    let status = shared.read(&subject()).await.unwrap();
    assert_eq!((status[0].source, status[0].limit), (QuotaSource::MemoryShare, 2));
    server.start_again();
    server.answers().await;
    // Waits until Redis counts again; what was sent meanwhile is known there.
    while shared.read(&subject()).await.unwrap()[0].source != QuotaSource::Redis {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn among_more_processes_than_requests_nobody_has_a_share() {
    let mut server = server().await;
    let away = RedisAway::Share { processes: NonZeroU32::new(9).unwrap() };
    let shared = limiter(&server.url(), &policy(4), away, 1000);
    server.kill();
    let error = shared.acquire(&[QuotaKind::CreatorInfo], &subject(), Duration::from_secs(600)).await;
    assert!(error.unwrap_err().message().contains("no creator info queries fit"));
}

#[tokio::test]
async fn a_full_window_of_600_slots_is_small_and_every_key_leaves_by_itself() {
    let server = server().await;
    let shared = limiter(&server.url(), &QuotaPolicy::documented(), RedisAway::Refuse, 1);
    for _ in 0..600 {
        shared.acquire(&[QuotaKind::UserInfo], &subject(), NOW).await.unwrap().complete();
    }
    shared.acquire(&[QuotaKind::CreatorInfo], &subject(), NOW).await.unwrap().complete();
    shared.settled().await;
    assert_eq!(count(&shared, QuotaKind::UserInfo).await, 600);
    let redis::Value::Array(keys) = server.ask(&["KEYS", "*"]).await else { panic!("no list") };
    assert_eq!(keys.len(), 3, "the mark and two windows");
    for key in keys {
        let redis::Value::BulkString(name) = key else { panic!("no name") };
        let name = String::from_utf8(name).unwrap();
        let redis::Value::Int(ttl) = server.ask(&["PTTL", &name]).await else { panic!("no time") };
        let redis::Value::Int(bytes) = server.ask(&["MEMORY", "USAGE", &name]).await else {
            panic!("no size")
        };
        assert!(ttl > 0, "{name} stays for ever");
        println!("{name}: {bytes} bytes");
        assert!(bytes <= if name.contains(":userInfo:") { 3200 } else { 200 }, "{name}: {bytes} bytes");
    }
}

#[tokio::test]
async fn a_server_that_forgot_the_scripts_is_given_them_again() {
    let server = server().await;
    let shared = limiter(&server.url(), &policy(4), RedisAway::Refuse, 1);
    shared.acquire(&[QuotaKind::CreatorInfo], &subject(), NOW).await.unwrap().complete();
    server.ask(&["SCRIPT", "FLUSH"]).await;
    shared.acquire(&[QuotaKind::CreatorInfo], &subject(), NOW).await.unwrap().complete();
}

#[tokio::test]
async fn an_address_that_swallows_everything_makes_nobody_hang() {
    // It takes connections and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let shared = limiter(&url, &policy(4), RedisAway::Refuse, 1);
    assert_eq!(shared.read(&subject()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let error = shared.acquire(&[QuotaKind::CreatorInfo], &subject(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn what_is_shown_of_a_link_holds_no_password() {
    let link =
        Link::new("redis://:p4ssword@127.0.0.1:1", &Roots::built_in(), Arc::new(SystemClock::new())).unwrap();
    assert!(!format!("{link:?}").contains("p4ssword"));
}
