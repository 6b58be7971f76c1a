//! The connection to Redis. Opened on demand, dropped after a failure, with a timeout on every wait.

use super::errors;
use super::topology::{Node, Topology, parse_node};
use crate::clock::{BoxFuture, Clock};
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
/// The timeout of the search for a primary, over all nodes.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(2);
/// The maximum number of redirects that one call follows.
const MAX_REDIRECTS: usize = 3;
/// The timeout of a reply. The scripts take microseconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// The pause after a failed attempt to connect, for all callers.
const RECONNECT_PAUSE: Duration = Duration::from_millis(200);

/// One connection that all callers share.
pub(super) struct Connection {
    topology: Topology,
    tls: TlsConnector,
    /// Resolves host names on separate threads. A look-up can outlast the timeout of a connection; on tokio's blocking threads
    /// such look-ups would pile up and stop file reads.
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
    /// The node of a cluster that has the keys, as another node reported.
    primary: Option<Node>,
}

fn is_missing_script(error: &RedisError) -> bool {
    error.kind() == redis::ErrorKind::Server(redis::ServerErrorKind::NoScript)
}

/// Returns true when the server refuses writes: a sentinel made another server the primary.
fn is_replica(error: &RedisError) -> bool {
    error.kind() == redis::ErrorKind::Server(redis::ServerErrorKind::ReadOnly)
}

fn not_found() -> RedisError {
    RedisError::from((redis::ErrorKind::Io, "no node answered with the primary"))
}

impl Connection {
    pub(super) fn new(url: &str, roots: &Roots, clock: Arc<dyn Clock>) -> Result<Self> {
        let topology = Topology::parse(url).map_err(|_| errors::bad_address())?;
        let tls = TlsConnector::from(Arc::new(roots.client_config()?));
        let names = Names::of_system(Arc::clone(&clock));
        Ok(Self { topology, tls, names, clock, state: Mutex::default(), fault: std::sync::Mutex::default() })
    }

    /// Returns the reason why the last attempt to connect refused the server's certificate.
    pub(super) fn certificate_fault(&self) -> Option<CertificateFault> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_fault(&self, fault: Option<CertificateFault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Returns true when the connection may be to a node that does not have the keys.
    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.topology, Topology::Cluster(_))
    }

    /// Runs a script by its hash. Sends its text to a server that does not have it, and again if the server lost it since. Follows
    /// a cluster's redirects: a server that redirects a script has not run it.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> RedisResult<T> {
        let mut redirects = 0;
        loop {
            let (mut connection, number) = self.connection().await?;
            let mut outcome = call.invoke_async(&mut connection).await;
            // A script that the server does not have did not run.
            if outcome.as_ref().is_err_and(is_missing_script) {
                outcome = call.invoke_async(&mut connection).await;
            }
            match &outcome {
                Err(error) if redirects < MAX_REDIRECTS && self.follow(error, number).await => redirects += 1,
                _ => return self.discard_if_broken(outcome, number).await,
            }
        }
    }

    /// Selects the node to which a cluster redirects; returns false when `error` is not a redirect.
    async fn follow(&self, error: &RedisError, number: u64) -> bool {
        let is_moved = error.kind() == redis::ErrorKind::Server(redis::ServerErrorKind::Moved);
        let target = error.redirect_node().filter(|_| is_moved);
        let Some(Ok(node)) = target.map(|(address, _)| parse_node(address, 0)) else { return false };
        let mut state = self.state.lock().await;
        if state.number == number {
            state.connection = None;
            state.primary = Some(node);
        }
        true
    }

    /// Sends one plain command.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let (mut connection, number) = self.connection().await?;
        let outcome = command.query_async(&mut connection).await;
        self.discard_if_broken(outcome, number).await
    }

    /// Drops the connection after a failure, and after a failover made the server a replica.
    async fn discard_if_broken<T>(&self, outcome: RedisResult<T>, number: u64) -> RedisResult<T> {
        if let Err(error) = &outcome
            && (error.is_io_error()
                || error.is_timeout()
                || error.is_unrecoverable_error()
                || is_replica(error))
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
        match self.find_primary(state.primary.take()).await {
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

    /// Connects to the server that counts. In a cluster that is `primary`, else any node, which redirects to it.
    ///
    /// Boxed: the compiler evaluates the traits of nested futures only to a limited depth.
    fn find_primary(&self, primary: Option<Node>) -> BoxFuture<'_, RedisResult<MultiplexedConnection>> {
        let search = async move {
            match &self.topology {
                Topology::Single(client) => self.connect(client).await,
                Topology::Cluster(nodes) => {
                    if let Some(node) = primary {
                        return self.connect(&nodes.server(&node)?).await;
                    }
                    let mut outcome = Err(not_found());
                    for node in &nodes.all {
                        outcome = self.connect(&nodes.server(node)?).await;
                        if outcome.is_ok() {
                            break;
                        }
                    }
                    outcome
                }
                Topology::Sentinel { sentinels, service } => {
                    for node in &sentinels.all {
                        let Ok(mut sentinel) = self.connect(&sentinels.sentinel(node)?).await else {
                            continue;
                        };
                        let mut command = redis::cmd("SENTINEL");
                        command.arg("GET-MASTER-ADDR-BY-NAME").arg(service);
                        let Ok(Some(primary)) = command.query_async::<Option<Node>>(&mut sentinel).await
                        else {
                            continue;
                        };
                        return self.connect(&sentinels.server(&primary)?).await;
                    }
                    Err(not_found())
                }
            }
        };
        let timed_out =
            |_| RedisError::from((redis::ErrorKind::Io, "no primary was found within two seconds"));
        Box::pin(async move { tokio::time::timeout(SEARCH_TIMEOUT, search).await.map_err(timed_out)? })
    }

    async fn connect(&self, client: &Client) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT))
            .set_dns_resolver(self.names.clone());
        let ConnectionAddr::TcpTls { host, port, .. } = client.get_connection_info().addr() else {
            return client.get_multiplexed_async_connection_with_config(&config).await;
        };
        tokio::time::timeout(CONNECT_TIMEOUT, self.connect_tls(client, host, *port, config))
            .await
            .map_err(|_| RedisError::from((redis::ErrorKind::Io, "the TLS connection timed out")))?
    }

    /// Connects without the Redis client, which trusts either the built-in authorities or those of a file, but not both.
    async fn connect_tls(
        &self,
        client: &Client,
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
        let settings = client.get_connection_info().redis_settings();
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
