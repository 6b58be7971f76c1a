//! A Redis that is full, gone or another one in the middle of something, and a client without a runtime.

use super::super::{RedisAway, SharedLimiter, SharedSettings};
use super::outage::{limiter, policy, subject};
use super::server::Server;
use crate::clock::SystemClock;
use crate::error::{ErrorKind, Retry};
use crate::quota::gate::Gate;
use crate::quota::policy::Span;
use crate::quota::{QuotaKind, QuotaPolicy, QuotaSource, QuotaSubject, Rule, Scope};
use crate::tls::testing::Authority;
use crate::tls::{CertificateFault, Roots};
use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const KINDS: [QuotaKind; 1] = [QuotaKind::CreatorInfo];
const NOW: Duration = Duration::ZERO;
const TWO_MINUTES: Duration = Duration::from_secs(120);

impl SharedLimiter {
    /// Whether somebody waits in this process for the first window of `kinds`.
    pub(super) fn is_waited_for(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> bool {
        self.lines.is_waited_for(&self.window(kinds, subject))
    }

    fn window(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> String {
        self.lanes.all()[self.lanes.of(kinds)[0]].name(subject)
    }
}

async fn server() -> Server {
    let server = Server::start(false);
    server.answers().await;
    server
}

async fn count(limiter: &Arc<SharedLimiter>) -> u32 {
    let status = limiter.read(&subject()).await.unwrap();
    assert_eq!(status[0].source, QuotaSource::Redis);
    status[0].count
}

async fn mark(server: &Server) -> String {
    let redis::Value::Array(keys) = server.ask(&["KEYS", "*mark*"]).await else { panic!("no list") };
    let redis::Value::BulkString(key) = keys.into_iter().next().unwrap() else { panic!("no name") };
    let key = String::from_utf8(key).unwrap();
    let redis::Value::BulkString(mark) = server.ask(&["GET", &key]).await else { panic!("no mark") };
    String::from_utf8(mark).unwrap()
}

#[tokio::test]
async fn a_redis_without_memory_is_not_counted_on_and_learns_all_once_it_has_some() {
    let server = server().await;
    let shared = limiter(&server.url(), &policy(50), RedisAway::Refuse, 1);
    shared.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    shared.settled().await;
    let known = mark(&server).await;
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    shared.note_unreported(&KINDS, &subject());
    assert!(shared.lose_touch(&known, true).is_some());
    assert!(!Arc::clone(&shared).come_back().await, "it takes nothing in");
    // Nor is it told of a request that ends meanwhile.
    Arc::clone(&shared).report_pending().await;
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert!(Arc::clone(&shared).come_back().await);
    assert_eq!(count(&shared).await, 2);
}

#[tokio::test]
async fn what_is_sent_while_redis_is_told_is_told_as_well() {
    let server = server().await;
    let shared = limiter(&server.url(), &policy(50), RedisAway::Refuse, 1);
    shared.read(&subject()).await.unwrap();
    shared.lose_touch("", true);
    shared.note_unreported(&KINDS, &subject());
    let mut noted = 1;
    let mut coming = pin!(Arc::clone(&shared).come_back());
    let came = poll_fn(|context| {
        let poll = coming.as_mut().poll(context);
        if poll.is_pending() {
            shared.note_unreported(&KINDS, &subject());
            noted += 1;
        }
        poll
    });
    assert!(!came.await && noted > 1, "some of it is not told yet");
    while !Arc::clone(&shared).come_back().await {}
    assert_eq!(count(&shared).await, noted);
}

#[tokio::test]
async fn news_of_a_server_that_was_left_behind_change_nothing() {
    let server = server().await;
    let shared = limiter(&server.url(), &policy(2), RedisAway::Refuse, 1);
    shared.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    assert_eq!(shared.lose_touch("the mark of the server before", false), None);
    assert!(shared.acquire(&KINDS, &subject(), NOW).await.is_ok(), "it counts on this one");
}

#[tokio::test]
async fn a_request_of_a_share_may_end_after_redis_is_back() {
    let mut server = server().await;
    let away = RedisAway::Share { processes: NonZeroU32::new(2).unwrap() };
    // A day takes 7 minutes, and a share begins after half a second.
    let a_day = Rule::new(Span::Day, Scope::Account, 8).unwrap();
    let policy = QuotaPolicy::unlimited().with_rule(QuotaKind::CreatorInfo, a_day);
    let shared = limiter(&server.url(), &policy, away, 200);
    shared.read(&subject()).await.unwrap();
    server.kill();
    assert!(shared.acquire(&KINDS, &subject(), NOW).await.is_err());
    let within = Duration::from_secs(600);
    shared.acquire(&KINDS, &subject(), within).await.unwrap().release();
    let late = shared.acquire(&KINDS, &subject(), within).await.unwrap();
    assert!(format!("{late:?}").contains("CreatorInfo"));
    server.start_again();
    server.answers().await;
    while shared.read(&subject()).await.unwrap()[0].source != QuotaSource::Redis {
        tokio::task::yield_now().await;
    }
    late.complete();
    shared.settled().await;
    assert_eq!(count(&shared).await, 1, "the one that was not sent does not count");
}

#[tokio::test]
async fn a_429_within_a_share_closes_the_share() {
    let mut server = server().await;
    let away = RedisAway::Share { processes: NonZeroU32::new(2).unwrap() };
    // A minute takes 1.2 s.
    let shared = limiter(&server.url(), &policy(8), away, 50);
    server.kill();
    shared.acquire(&KINDS, &subject(), NOW).await.unwrap_err();
    shared.acquire(&KINDS, &subject(), Duration::from_secs(600)).await.unwrap().throttled();
    let error = shared.acquire(&KINDS, &subject(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn who_would_queue_for_longer_than_it_may_wait_is_refused() {
    let server = server().await;
    // A minute takes 600 ms.
    let shared = limiter(&server.url(), &policy(1), RedisAway::Refuse, 100);
    shared.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    let ana = subject();
    let mut asking = pin!(shared.acquire(&KINDS, &ana, TWO_MINUTES));
    let asked = poll_fn(|context| Poll::Ready(asking.as_mut().poll(context).is_pending()));
    assert!(asked.await, "it has asked Redis, and queues up next");
    let hour = Duration::from_secs(3600);
    let first = shared.lines.queue_up(&shared.window(&KINDS, &subject()), shared.clock.as_ref(), hour).await;
    assert!(first.is_some());
    assert_eq!(asking.await.unwrap_err().kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn the_gate_of_a_client_leads_to_redis() {
    let server = server().await;
    let shared = limiter(&server.url(), &policy(3), RedisAway::Refuse, 1);
    let gate = Gate::Shared(Arc::clone(&shared));
    let pass = gate.acquire(&KINDS, &subject(), NOW).await.unwrap();
    assert_eq!(pass.warnings(), []);
    pass.release();
    assert_eq!(gate.status(&subject())[0].source, QuotaSource::MemoryShare, "nobody was asked");
    gate.increment(&KINDS, &subject());
    shared.settled().await;
    assert_eq!(count(&shared).await, 1);
    gate.acquire(&KINDS, &subject(), NOW).await.unwrap().throttled();
    shared.settled().await;
    assert_eq!(gate.acquire(&KINDS, &subject(), NOW).await.unwrap_err().kind(), ErrorKind::RateLimited);
    gate.reset(&subject());
    shared.settled().await;
    gate.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    assert!(gate.check(&KINDS, &subject()).is_ok());
    assert!(gate.local().await.is_none() && format!("{gate:?}").contains("Refuse"));
}

#[tokio::test]
async fn a_reset_of_a_redis_that_is_gone_is_noticed() {
    let mut server = server().await;
    let shared = limiter(&server.url(), &policy(3), RedisAway::Refuse, 1);
    server.kill();
    shared.reset(&subject());
    shared.settled().await;
    let error = shared.acquire(&KINDS, &subject(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn without_a_runtime_a_process_counts_for_itself() {
    let shared = limiter("redis://127.0.0.1:1", &policy(3), RedisAway::Refuse, 1);
    shared.increment(&KINDS, &subject());
    assert_eq!(shared.own_status(&subject())[0].count, 1);
    shared.reset(&subject());
    assert_eq!(shared.own_status(&subject())[0].count, 0);
}

#[test]
fn an_address_of_something_else_is_refused_without_being_shown() {
    let settings = SharedSettings {
        url: "http://:p4ssword@127.0.0.1".to_owned().into(),
        roots: Roots::built_in(),
        away: RedisAway::Refuse,
        found: false,
        haste: 1,
    };
    let clock = Arc::new(SystemClock::new());
    let error = SharedLimiter::new(&policy(1), &subject(), &settings, clock, Arc::new(|_| {})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!format!("{error:?}").contains("p4ssword"));
}

/// A server of TLS in front of `server`.
async fn behind_tls(server: &Server, authority: &Authority) -> u16 {
    let inner = server.address();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(authority.server("localhost", (2020, 4000)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, inner) = (acceptor.clone(), inner.clone());
            tokio::spawn(async move {
                let Ok(mut outside) = acceptor.accept(stream).await else { return };
                let mut inside = TcpStream::connect(inner).await.unwrap();
                let _ = copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    port
}

#[tokio::test]
async fn redis_with_tls_is_reached_when_its_authority_is_trusted() {
    let server = Server::start(false);
    server.answers().await;
    let authority = Authority::new();
    let port = behind_tls(&server, &authority).await;
    let mut trusted = Roots::built_in();
    trusted.add_file(&authority.file()).unwrap();
    let limiter = |host: &str, roots: Roots| {
        let url = format!("rediss://{host}:{port}").into();
        let settings = SharedSettings { url, roots, away: RedisAway::Refuse, found: false, haste: 1 };
        let clock = Arc::new(SystemClock::new());
        SharedLimiter::new(&policy(3), &subject(), &settings, clock, Arc::new(|_| {})).unwrap()
    };
    let reached = limiter("localhost", trusted.clone());
    reached.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    for (host, roots, fault) in [
        ("localhost", Roots::built_in(), CertificateFault::UnknownIssuer),
        ("127.0.0.1", trusted, CertificateFault::WrongName),
    ] {
        let refusing = limiter(host, roots);
        // The second refusal comes from the state that the first attempt left.
        for _ in 0..2 {
            let error = refusing.acquire(&KINDS, &subject(), NOW).await.err().unwrap();
            assert_eq!((error.kind(), error.retry()), (ErrorKind::Config, Retry::Never), "{error}");
            assert!(error.message().contains("the certificate of the Redis server"), "{error}");
            assert_eq!(error.source().and_then(|source| source.downcast_ref()), Some(&fault));
        }
        assert_eq!(refusing.read(&subject()).await.unwrap_err().kind(), ErrorKind::Config);
    }
}

#[test]
fn redis_is_found_while_tokios_own_threads_are_busy() {
    for scheme in ["redis", "rediss"] {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().max_blocking_threads(1).build().unwrap();
        let (free, busy) = std::sync::mpsc::channel::<()>();
        runtime.spawn_blocking(move || busy.recv());
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("{scheme}://localhost:{}", listener.local_addr().unwrap().port());
            let settings = SharedSettings {
                url: url.into(),
                roots: Roots::built_in(),
                away: RedisAway::Refuse,
                found: false,
                haste: 1,
            };
            let clock = Arc::new(SystemClock::new());
            let limiter =
                SharedLimiter::new(&policy(1), &subject(), &settings, clock, Arc::new(|_| {})).unwrap();
            let subject = subject();
            tokio::select! {
                _ = listener.accept() => {}
                _ = limiter.read(&subject) => panic!("{scheme}: the name was not found"),
            }
        });
        drop(free);
    }
}
