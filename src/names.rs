//! Looks up host names on a few dedicated threads. The operating system's lookup blocks and cannot be cancelled. Tokio
//! runs it on the threads that also read files and serve SQLite, so lookups without a response from the name server
//! would block those threads and each other. Therefore, each group of names (TikTok, Redis, relayed videos) has its own
//! threads, and each lookup has a deadline.

use crate::clock::{BoxFuture, Clock};
use reqwest::dns::{Addrs, Name, Resolving};
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Maximum number of concurrent lookups; each occupies a thread while it runs.
const THREADS: usize = 4;
/// The time limit of a lookup, including the wait for a thread.
const DEADLINE: Duration = Duration::from_secs(5);

/// Resolves a host name to its IP addresses.
pub(crate) trait Resolve: Send + Sync + fmt::Debug {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

type LookUp = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// Resolves host names. Clones share the threads.
#[derive(Clone)]
pub(crate) struct Names {
    threads: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
    look_up: Arc<LookUp>,
}

impl Names {
    /// Creates a resolver that uses the operating system.
    pub(crate) fn of_system(clock: Arc<dyn Clock>) -> Self {
        Self::new(clock, |name| Ok((name, 0).to_socket_addrs()?.map(|found| found.ip()).collect()))
    }

    fn new(
        clock: Arc<dyn Clock>,
        look_up: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self { threads: Arc::new(Semaphore::new(THREADS)), clock, look_up: Arc::new(look_up) }
    }

    async fn find(self, name: String) -> io::Result<Vec<IpAddr>> {
        let deadline = self.clock.timeout(DEADLINE);
        tokio::select! {
            biased;
            found = self.on_a_thread(name) => found,
            () = deadline => {
                let seconds = DEADLINE.as_secs();
                Err(io::Error::new(io::ErrorKind::TimedOut, format!("no name server responded within {seconds} s")))
            }
        }
    }

    /// Looks up a name on a thread. The thread keeps its permit until the operating system returns, even if the caller stops
    /// waiting earlier.
    async fn on_a_thread(&self, name: String) -> io::Result<Vec<IpAddr>> {
        let permit = Arc::clone(&self.threads).acquire_owned().await.map_err(io::Error::other)?;
        let (sender, receiver) = oneshot::channel();
        let look_up = Arc::clone(&self.look_up);
        std::thread::Builder::new().name("toklink-names".to_owned()).spawn(move || {
            // The send fails when the caller has stopped waiting.
            let _ = sender
                .send(look_up(&name).map_err(|source| io::Error::new(source.kind(), NotResolved(source))));
            drop(permit);
        })?;
        receiver.await.map_err(io::Error::other)?
    }
}

/// A name that the operating system could not resolve.
#[derive(Debug)]
pub(crate) struct NotResolved(io::Error);

impl fmt::Display for NotResolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NotResolved {}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names")
            .field("free_threads", &self.threads.available_permits())
            .finish_non_exhaustive()
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(self.clone().find(name.to_owned()))
    }
}

impl reqwest::dns::Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let finding = self.clone().find(name.as_str().to_owned());
        Box::pin(async move {
            let sockets = finding.await?.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(sockets) as Addrs)
        })
    }
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
