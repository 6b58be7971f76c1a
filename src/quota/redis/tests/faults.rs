//! Tests a Redis that is full, stopped or replaced during an operation, and a client without a runtime.

use super::super::{RedisLimiter, RedisSettings};
use super::outage::{limiter, policy, subject};
use super::server::Server;
use crate::clock::SystemClock;
use crate::error::{ErrorKind, Retry};
use crate::quota::backend::QuotaBackend;
use crate::quota::{QuotaKind, QuotaSource, QuotaSubject};
use crate::tls::testing::Authority;
use crate::tls::{CertificateFault, Roots};
use std::error::Error as _;
use std::future::{Future, poll_fn};
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

impl RedisLimiter {
    /// Returns true when a request of this process waits for the first window of `kinds`.
    pub(super) fn has_waiters(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> bool {
        self.queues.has_waiters(&self.window(kinds, subject))
    }

    fn window(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> String {
        self.keys.key(self.keys.limits.of_kinds(kinds).iter().next().unwrap(), subject)
    }
}

async fn server() -> Server {
    let server = Server::start(false);
    server.wait_until_ready().await;
    server
}

async fn count(limiter: &Arc<RedisLimiter>) -> u32 {
    let status = limiter.read(&subject()).await.unwrap();
    assert_eq!(status[0].source, QuotaSource::Redis);
    status[0].count
}

async fn generation(server: &Server) -> String {
    let redis::Value::Array(keys) = server.query(&["KEYS", "*generation*"]).await else { panic!("no list") };
    let redis::Value::BulkString(key) = keys.into_iter().next().unwrap() else { panic!("no name") };
    let key = String::from_utf8(key).unwrap();
    let redis::Value::BulkString(generation) = server.query(&["GET", &key]).await else {
        panic!("no generation")
    };
    String::from_utf8(generation).unwrap()
}

#[tokio::test]
async fn full_redis_stays_down_until_it_has_memory_again() {
    let server = server().await;
    let redis = limiter(&server.url(), &policy(50), 1);
    redis.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    redis.flush().await;
    let known = generation(&server).await;
    server.query(&["CONFIG", "SET", "maxmemory", "1"]).await;
    redis.queue_report(&KINDS, &subject());
    assert!(redis.mark_down(&known, true));
    assert!(!Arc::clone(&redis).try_reconnect().await, "Redis has no memory");
    // A report fails too.
    Arc::clone(&redis).report_pending().await;
    server.query(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert!(Arc::clone(&redis).try_reconnect().await);
    assert_eq!(count(&redis).await, 2);
}

#[tokio::test]
async fn requests_sent_during_a_report_are_reported_too() {
    let server = server().await;
    let redis = limiter(&server.url(), &policy(50), 1);
    redis.read(&subject()).await.unwrap();
    redis.mark_down("", true);
    redis.queue_report(&KINDS, &subject());
    let mut noted = 1;
    let mut reconnecting = pin!(Arc::clone(&redis).try_reconnect());
    let reconnected = poll_fn(|context| {
        let poll = reconnecting.as_mut().poll(context);
        if poll.is_pending() {
            redis.queue_report(&KINDS, &subject());
            noted += 1;
        }
        poll
    });
    assert!(!reconnected.await && noted > 1, "a part is not reported yet");
    while !Arc::clone(&redis).try_reconnect().await {}
    assert_eq!(count(&redis).await, noted);
}

#[tokio::test]
async fn late_failure_of_an_earlier_generation_is_ignored() {
    let server = server().await;
    let redis = limiter(&server.url(), &policy(2), 1);
    redis.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    assert!(!redis.mark_down("the generation before", false));
    assert!(redis.acquire(&KINDS, &subject(), NOW).await.is_ok(), "the current generation is up");
}

#[tokio::test]
async fn acquire_fails_when_the_queue_takes_too_long() {
    let server = server().await;
    // A minute takes 600 ms.
    let redis = limiter(&server.url(), &policy(1), 100);
    redis.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    let ana = subject();
    let mut acquiring = pin!(redis.acquire(&KINDS, &ana, TWO_MINUTES));
    let pending = poll_fn(|context| Poll::Ready(acquiring.as_mut().poll(context).is_pending()));
    assert!(pending.await, "it has queried Redis and enters the queue next");
    let hour = Duration::from_secs(3600);
    let first = redis.queues.enqueue(&redis.window(&KINDS, &subject()), redis.clock.as_ref(), hour).await;
    assert!(first.is_some());
    assert_eq!(acquiring.await.unwrap_err().kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn backend_with_redis_counts_in_redis() {
    let server = server().await;
    let redis = limiter(&server.url(), &policy(3), 1);
    let backend = QuotaBackend::Redis(Arc::clone(&redis));
    let permit = backend.acquire(&KINDS, &subject(), NOW).await.unwrap();
    assert_eq!(permit.warnings(), []);
    permit.release();
    assert_eq!(backend.status(&subject())[0].source, QuotaSource::Memory, "status does no I/O");
    backend.increment(&KINDS, &subject());
    redis.flush().await;
    assert_eq!(count(&redis).await, 1);
    backend.acquire(&KINDS, &subject(), NOW).await.unwrap().throttled();
    redis.flush().await;
    assert_eq!(backend.acquire(&KINDS, &subject(), NOW).await.unwrap_err().kind(), ErrorKind::RateLimited);
    backend.reset(&subject());
    redis.flush().await;
    backend.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    assert!(backend.check(&KINDS, &subject()).is_ok());
    assert!(backend.local_limiter().await.is_none() && format!("{backend:?}").contains("fail_open: false"));
}

#[tokio::test]
async fn failed_reset_marks_redis_as_down() {
    let mut server = server().await;
    let redis = limiter(&server.url(), &policy(3), 1);
    server.kill();
    redis.reset(&subject());
    redis.flush().await;
    let error = redis.acquire(&KINDS, &subject(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn process_counts_locally_without_a_runtime() {
    let redis = limiter("redis://127.0.0.1:1", &policy(3), 1);
    redis.increment(&KINDS, &subject());
    assert_eq!(redis.local().status(&subject())[0].count, 1);
    redis.reset(&subject());
    assert_eq!(redis.local().status(&subject())[0].count, 0);
}

#[test]
fn invalid_redis_url_is_rejected_and_not_shown() {
    let settings = RedisSettings {
        url: "http://:p4ssword@127.0.0.1".to_owned().into(),
        roots: Roots::built_in(),
        detected: false,
    };
    let clock = Arc::new(SystemClock::new());
    let error = RedisLimiter::new(&policy(1), &subject(), &settings, clock, Arc::new(|_| {})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!format!("{error:?}").contains("p4ssword"));
}

/// Starts a TLS proxy in front of `server`, and returns its port.
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
async fn tls_connection_needs_a_trusted_authority() {
    let server = Server::start(false);
    server.wait_until_ready().await;
    let authority = Authority::new();
    let port = behind_tls(&server, &authority).await;
    let mut trusted = Roots::built_in();
    trusted.add_file(&authority.file()).unwrap();
    let limiter = |host: &str, roots: Roots| {
        let url = format!("rediss://{host}:{port}").into();
        let settings = RedisSettings { url, roots, detected: false };
        let clock = Arc::new(SystemClock::new());
        RedisLimiter::new(&policy(3), &subject(), &settings, clock, Arc::new(|_| {})).unwrap()
    };
    let reached = limiter("localhost", trusted.clone());
    reached.acquire(&KINDS, &subject(), NOW).await.unwrap().complete();
    for (host, roots, fault) in [
        ("localhost", Roots::built_in(), CertificateFault::UnknownIssuer),
        ("127.0.0.1", trusted, CertificateFault::WrongName),
    ] {
        let refusing = limiter(host, roots);
        // The second error comes from the stored state of the first attempt.
        for _ in 0..2 {
            let error = refusing.acquire(&KINDS, &subject(), NOW).await.err().unwrap();
            assert_eq!((error.kind(), error.retry()), (ErrorKind::Config, Retry::Never), "{error}");
            assert_eq!(error.source().and_then(|source| source.downcast_ref()), Some(&fault));
        }
        assert_eq!(refusing.read(&subject()).await.unwrap_err().kind(), ErrorKind::Config);
    }
}

#[test]
fn connect_resolves_names_while_blocking_threads_are_busy() {
    for scheme in ["redis", "rediss"] {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().max_blocking_threads(1).build().unwrap();
        let (free, busy) = std::sync::mpsc::channel::<()>();
        runtime.spawn_blocking(move || busy.recv());
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("{scheme}://localhost:{}", listener.local_addr().unwrap().port());
            let settings = RedisSettings { url: url.into(), roots: Roots::built_in(), detected: false };
            let clock = Arc::new(SystemClock::new());
            let limiter =
                RedisLimiter::new(&policy(1), &subject(), &settings, clock, Arc::new(|_| {})).unwrap();
            let subject = subject();
            tokio::select! {
                _ = listener.accept() => {}
                _ = limiter.read(&subject) => panic!("{scheme}: the name was not resolved"),
            }
        });
        drop(free);
    }
}
