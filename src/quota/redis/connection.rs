//! The connection to Redis. It is opened on demand and dropped after a failure, and every wait has a timeout.

use super::errors;
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

/// The timeout of an attempt to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The timeout of a reply. The scripts take microseconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// The pause after a failed attempt to connect, for all callers.
const RECONNECT_PAUSE: Duration = Duration::from_millis(200);

/// One connection that all callers share.
pub(super) struct Connection {
    client: Client,
    tls: TlsConnector,
    /// Resolves host names on separate threads. A lookup can outlast the timeout of a connection; on tokio's blocking threads
    /// such lookups would accumulate and block file reads.
    names: Names,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// The reason why the last attempt to connect refused the server's certificate. Outside of `state`, whose lock is held while
    /// connecting.
    fault: std::sync::Mutex<Option<CertificateFault>>,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// Identifies the current connection, so that a failure drops only the connection that failed.
    number: u64,
    not_before: Duration,
}

fn is_missing_script(error: &RedisError) -> bool {
    error.kind() == redis::ErrorKind::Server(redis::ServerErrorKind::NoScript)
}

impl Connection {
    pub(super) fn new(url: &str, roots: &Roots, clock: Arc<dyn Clock>) -> Result<Self> {
        let client = Client::open(url).map_err(|_| errors::bad_address())?;
        let tls = TlsConnector::from(Arc::new(roots.client_config()?));
        let names = Names::of_system(Arc::clone(&clock));
        Ok(Self { client, tls, names, clock, state: Mutex::default(), fault: std::sync::Mutex::default() })
    }

    /// Returns the reason why the last attempt to connect refused the server's certificate.
    pub(super) fn certificate_fault(&self) -> Option<CertificateFault> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_fault(&self, fault: Option<CertificateFault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Runs a script by its hash. Sends its text if the server does not have it, or has lost it since.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> RedisResult<T> {
        let (mut connection, number) = self.connection().await?;
        let mut outcome = call.invoke_async(&mut connection).await;
        // A script that the server does not have was not run.
        if outcome.as_ref().is_err_and(is_missing_script) {
            outcome = call.invoke_async(&mut connection).await;
        }
        self.discard_if_broken(outcome, number).await
    }

    /// Sends one plain command.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let (mut connection, number) = self.connection().await?;
        let outcome = command.query_async(&mut connection).await;
        self.discard_if_broken(outcome, number).await
    }

    /// Drops the connection after a failure.
    async fn discard_if_broken<T>(&self, outcome: RedisResult<T>, number: u64) -> RedisResult<T> {
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
        // The lock is held while connecting: one caller connects, the others wait.
        let mut state = self.state.lock().await;
        if let Some(connection) = &state.connection {
            return Ok((connection.clone(), state.number));
        }
        if self.clock.monotonic() < state.not_before {
            return Err(RedisError::from((
                redis::ErrorKind::Io,
                "the last attempt to connect failed less than 200 ms ago",
            )));
        }
        self.set_fault(None);
        match self.connect().await {
            Ok(connection) => {
                state.number += 1;
                state.connection = Some(connection.clone());
                Ok((connection, state.number))
            }
            Err(error) => {
                state.not_before = self.clock.monotonic() + RECONNECT_PAUSE;
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
            .map_err(|_| RedisError::from((redis::ErrorKind::Io, "the TLS connection timed out")))?
    }

    /// Connects itself, because the Redis client trusts either the built-in authorities or those of a file, but not both.
    async fn connect_tls(
        &self,
        host: &str,
        port: u16,
        config: AsyncConnectionConfig,
    ) -> RedisResult<MultiplexedConnection> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| RedisError::from((redis::ErrorKind::InvalidClientConfig, "invalid host name")))?;
        let addresses = Resolve::resolve(&self.names, host).await?;
        let sockets: Vec<_> = addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
        let stream = TcpStream::connect(&*sockets).await?;
        stream.set_nodelay(true)?;
        let handshake = self.tls.connect(name, stream).await;
        // The error of the Redis client does not contain the TLS error.
        let stream = handshake.inspect_err(|error| self.set_fault(CertificateFault::of(error)))?;
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
            let addresses = Resolve::resolve(self, host).await?.into_iter();
            Ok(Box::new(addresses.map(move |ip| SocketAddr::new(ip, port)))
                as Box<dyn Iterator<Item = _> + Send>)
        })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL can contain a password.
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
