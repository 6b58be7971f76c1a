//! The connection to Redis: made when it is needed, given up when it fails, never waited for without a bound.

use super::refusals;
use crate::clock::Clock;
use crate::error::Result;
use crate::names::{Names, Resolve};
use crate::tls::{CertificateFault, Roots};
use redis::aio::MultiplexedConnection;
use redis::io::AsyncDNSResolver;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, FromRedisValue, RedisError, RedisFuture, RedisResult,
    ScriptInvocation,
};
use rustls::pki_types::ServerName;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

/// The longest that a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest that an answer may take. The scripts take microseconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// How long nobody tries to connect after it failed.
const PAUSE: Duration = Duration::from_millis(200);

/// Requests of any number of callers share one connection.
pub(super) struct Link {
    client: Client,
    tls: TlsConnector,
    /// An attempt to connect is given up long before the look-up of a name that no server answers for. On tokio's threads
    /// such look-ups would pile up and stop file reads.
    names: Names,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Why the last attempt to connect refused the server's certificate. Not behind the lock of the state, which whoever
    /// connects holds.
    fault: std::sync::Mutex<Option<CertificateFault>>,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// Counts the connections, so that only the one that failed is given up.
    number: u64,
    not_before: Duration,
}

impl Link {
    pub(super) fn new(url: &str, roots: &Roots, clock: Arc<dyn Clock>) -> Result<Self> {
        let client = Client::open(url).map_err(|_| refusals::bad_address())?;
        let tls = TlsConnector::from(Arc::new(roots.client_config()?));
        let names = Names::of_system(Arc::clone(&clock));
        Ok(Self { client, tls, names, clock, state: Mutex::default(), fault: std::sync::Mutex::default() })
    }

    /// Returns why the last attempt to connect refused the server's certificate, if it did.
    pub(super) fn certificate_fault(&self) -> Option<CertificateFault> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, fault: Option<CertificateFault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Runs a script by its hash; a server that does not know it is given its text.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> RedisResult<T> {
        let (mut connection, number) = self.connection().await?;
        let outcome = call.invoke_async(&mut connection).await;
        self.judged(outcome, number).await
    }

    /// Sends one plain command.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let (mut connection, number) = self.connection().await?;
        let outcome = command.query_async(&mut connection).await;
        self.judged(outcome, number).await
    }

    /// Gives the connection up when it failed.
    async fn judged<T>(&self, outcome: RedisResult<T>, number: u64) -> RedisResult<T> {
        if let Err(error) = &outcome
            && (error.is_io_error() || error.is_timeout() || error.is_unrecoverable_error())
        {
            let mut state = self.state.lock().await;
            if state.number == number {
                state.connection = None;
            }
        }
        outcome
    }

    async fn connection(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        // The lock is held while connecting: one connects, the others wait for it.
        let mut state = self.state.lock().await;
        if let Some(connection) = &state.connection {
            return Ok((connection.clone(), state.number));
        }
        if self.clock.monotonic() < state.not_before {
            return Err(RedisError::from((
                redis::ErrorKind::Io,
                "the last attempt to connect has just failed",
            )));
        }
        self.note(None);
        match self.connect().await {
            Ok(connection) => {
                state.number += 1;
                state.connection = Some(connection.clone());
                Ok((connection, state.number))
            }
            Err(error) => {
                state.not_before = self.clock.monotonic() + PAUSE;
                Err(error)
            }
        }
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT))
            .set_dns_resolver(self.names.clone());
        let ConnectionAddr::TcpTls { host, port, .. } = self.client.get_connection_info().addr() else {
            return self.client.get_multiplexed_async_connection_with_config(&config).await;
        };
        tokio::time::timeout(CONNECT_TIMEOUT, self.connect_tls(host, *port, config))
            .await
            .map_err(|_| RedisError::from((redis::ErrorKind::Io, "the TLS connection took too long")))?
    }

    /// Connects here rather than in the Redis client: that one trusts either the built-in authorities or those of a file.
    async fn connect_tls(
        &self,
        host: &str,
        port: u16,
        config: AsyncConnectionConfig,
    ) -> RedisResult<MultiplexedConnection> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| RedisError::from((redis::ErrorKind::InvalidClientConfig, "invalid host name")))?;
        let found = Resolve::resolve(&self.names, host).await?;
        let sockets: Vec<_> = found.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
        let stream = TcpStream::connect(&*sockets).await?;
        stream.set_nodelay(true)?;
        let shaken = self.tls.connect(name, stream).await;
        // The error of the Redis client no longer holds that of TLS.
        let stream = shaken.inspect_err(|error| self.note(CertificateFault::of(error)))?;
        let settings = self.client.get_connection_info().redis_settings();
        let (connection, driver) = MultiplexedConnection::new_with_config(settings, stream, config).await?;
        tokio::spawn(driver);
        Ok(connection)
    }
}

impl AsyncDNSResolver for Names {
    fn resolve<'a, 'b: 'a>(
        &'a self,
        host: &'b str,
        port: u16,
    ) -> RedisFuture<'a, Box<dyn Iterator<Item = SocketAddr> + Send + 'a>> {
        Box::pin(async move {
            let found = Resolve::resolve(self, host).await?.into_iter();
            Ok(Box::new(found.map(move |ip| SocketAddr::new(ip, port))) as Box<dyn Iterator<Item = _> + Send>)
        })
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address can hold a password.
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
