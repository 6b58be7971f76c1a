//! The connection to Redis: made when it is needed, given up when it fails, never waited for without a bound.

use crate::clock::Clock;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, RedisError, RedisResult, ScriptInvocation};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// The longest that a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest that an answer may take. The scripts take microseconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// How long nobody tries to connect after it failed.
const PAUSE: Duration = Duration::from_millis(200);

/// Requests of any number of callers share one connection.
pub(super) struct Link {
    client: Client,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// Counts the connections, so that only the one that failed is given up.
    number: u64,
    not_before: Duration,
}

impl Link {
    pub(super) fn new(url: &str, clock: Arc<dyn Clock>) -> RedisResult<Self> {
        Ok(Self { client: Client::open(url)?, clock, state: Mutex::default() })
    }

    /// Runs a script by its hash; a server that does not know it is given its text.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> RedisResult<T> {
        let (mut connection, number) = self.connection().await?;
        let outcome = call.invoke_async(&mut connection).await;
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
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT));
        match self.client.get_multiplexed_async_connection_with_config(&config).await {
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
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address can hold a password.
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
