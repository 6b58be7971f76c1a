//! What runs behind a client: its workers, its thread of callbacks, and the work under way.

use crate::callback::{self, never_waits_for_clients};
use crate::delivery::{Closing, Delivery, Ending, Post};
use crate::error::toklink_error;
use crate::guard;
use crate::handle::Output;
use crate::log::Log;
use crate::operation::{Completion, Operations, Stop, closed};
use crate::options::Listeners;
use crate::publish_source::READERS;
use crate::testing::{self, Stage};
use core_toklink::{BackgroundRefresh, Client, Error, ErrorKind, Reason, Result};
use std::future::Future;
use std::mem;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::{Handle, Runtime};
use tokio::task::JoinError;

/// Enough for network waits; hashing and sealing are short.
const WORKERS: usize = 2;
/// File reads and the host's functions that deliver rows: 16 of these. The others are for the readers of videos, which may
/// block for as long as they like.
pub(crate) const BLOCKING_THREADS: usize = 16 + READERS;

/// Clients of a parent process that its child was asked to free.
static ABANDONED: Mutex<Vec<Arc<Engine>>> = Mutex::new(Vec::new());

/// A client of the core with threads of its own. The client's handle owns a share of it, and so does every call of the host
/// while it lasts: a callback may free the handle under the call that it belongs to. The last share ends the threads.
#[derive(Debug)]
pub(crate) struct Engine {
    workers: Handle,
    delivery: Delivery,
    operations: Arc<Operations>,
    background_refresh: Mutex<Option<BackgroundRefresh>>,
    process: u32,
    /// Moved to the thread of callbacks when the engine is dropped.
    parts: Option<Parts>,
}

#[derive(Debug)]
struct Parts {
    client: Client,
    runtime: Runtime,
    /// Work of the client has shares of these. This share is the last, so that `destroy` is called where it is dropped.
    listeners: Listeners,
}

impl Engine {
    pub(crate) fn start(build: impl FnOnce() -> Result<Client>, listeners: Listeners) -> Result<Arc<Self>> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(BLOCKING_THREADS)
            .thread_name("toklink-worker")
            .on_thread_start(|| {
                never_waits_for_clients();
                without_broken_pipes();
            })
            .enable_all()
            .build()
            .map_err(|cause| {
                let sentence = "the system gave no threads to work with; close something and try again";
                Error::new(ErrorKind::Internal, sentence).with_source(cause)
            })?;
        let entered = runtime.enter();
        let started = build().and_then(|client| Ok((client, Delivery::start()?)));
        drop(entered);
        let (client, delivery) = match started {
            Ok(started) => started,
            Err(error) => {
                if !callback::may_wait() {
                    // Its threads end by themselves: a worker of another client is not allowed to wait for them.
                    runtime.shutdown_background();
                }
                return Err(error);
            }
        };
        Ok(Arc::new(Self {
            workers: runtime.handle().clone(),
            delivery,
            operations: Arc::default(),
            background_refresh: Mutex::default(),
            process: std::process::id(),
            parts: Some(Parts { client, runtime, listeners }),
        }))
    }

    /// The client of the core, unless this process is a fork that has none of its threads.
    pub(crate) fn client(&self) -> Result<Client> {
        self.same_process()?;
        let parts = self.parts.as_ref();
        let client = parts.map(|parts| parts.client.clone());
        client.ok_or_else(closed)
    }

    fn log(&self) -> Option<&Arc<Log>> {
        self.parts.as_ref().and_then(|parts| parts.listeners.log.as_ref())
    }

    fn same_process(&self) -> Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        let sentence = "this client was made before a fork, and its threads stayed with the parent; make a new one in the child";
        Err(Error::new(ErrorKind::Conflict, sentence).with_reason(Reason::AfterFork))
    }

    /// Runs work on the workers while this thread waits. A panic there goes on here, up to the boundary.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.same_process()?;
        let ticket = self.operations.enter(name)?;
        let (sender, receiver) = channel();
        self.workers.spawn(async move {
            let outcome = ticket.stop.guard(name, staged(work)).await;
            // Whoever asked waits for it.
            let _taken = sender.send(outcome);
        });
        let outcome = receiver.recv().unwrap_or_else(|_| std::panic::resume_unwind(Box::new(name)));
        Log::note(self.log().map(AsRef::as_ref), name, outcome.as_ref().err());
        testing::at(Stage::Answer)?;
        outcome
    }

    /// Runs work on the workers while this thread waits and hands on what is told of it meanwhile.
    pub(crate) fn wait_telling<T: Send + 'static, F: Future<Output = Result<T>> + Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce(&Stop, Arc<dyn Fn() + Send + Sync>) -> F,
        tell: impl Fn() -> bool,
    ) -> Result<T> {
        self.same_process()?;
        let ticket = self.operations.enter(name)?;
        let stop = Arc::clone(&ticket.stop);
        let (sender, receiver) = channel();
        let news = sender.clone();
        let work = work(&stop, Arc::new(move || drop(news.send(None))));
        self.workers.spawn(async move {
            let ticket = ticket;
            let outcome = tokio::spawn(staged(work)).await;
            let _taken = sender.send(Some(outcome));
            drop(ticket);
        });
        let outcome = loop {
            match receiver.recv() {
                Ok(None) => {
                    // Progress that cannot be told is lost. To leave here would leave a publish behind that nobody
                    // waits for.
                    if !guard::caught(&tell).unwrap_or(true) {
                        stop.cancel();
                    }
                }
                Ok(Some(Ok(outcome))) => break outcome,
                Ok(Some(Err(_))) | Err(_) => std::panic::resume_unwind(Box::new(name)),
            }
        };
        Log::note(self.log().map(AsRef::as_ref), name, outcome.as_ref().err());
        testing::at(Stage::Answer)?;
        outcome
    }

    /// Starts work and writes its number; `done` is called exactly once if this succeeds, and never if it fails. `done` may
    /// free the place of the number, so nothing is written there once the work runs.
    pub(crate) fn begin<T: Send + 'static, F: Future<Output = Result<T>> + Send + 'static>(
        &self,
        name: &'static str,
        number: Output<u64>,
        work: impl FnOnce(&Arc<Stop>) -> F,
        done: impl FnOnce(u64, std::result::Result<T, toklink_error>) + Send + 'static,
    ) -> Result<()> {
        self.same_process()?;
        let ticket = self.operations.enter(name)?;
        let id = ticket.id;
        let log = self.log().cloned();
        let completion = Completion::new(self.delivery.post(), ticket.open.clone(), move |outcome| {
            Log::note_error(log.as_deref(), name, outcome.as_ref().err());
            callback::calling(|| done(id, outcome));
        });
        let work = work(&ticket.stop);
        number.set(id);
        self.workers.spawn(async move {
            let outcome = match tokio::spawn(staged(work)).await {
                Ok(outcome) => outcome.map_err(|error| toklink_error::of(&error)),
                Err(broken) => Err(broken_off(&broken)),
            };
            // Ended before the host hears of it, so that a cancel in the completion finds nothing.
            drop(ticket);
            completion.fire(outcome);
        });
        Ok(())
    }

    /// Runs something beside everything else until it ends or the client is freed.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        self.same_process()?;
        self.workers.spawn(work);
        Ok(())
    }

    /// Returns the way to the thread of callbacks.
    pub(crate) fn post(&self) -> Post {
        self.delivery.post()
    }

    pub(crate) fn cancel(&self, id: u64) -> bool {
        self.process == std::process::id() && self.operations.cancel(id)
    }

    /// Renews tokens before they are asked for, or stops doing so.
    pub(crate) fn renew(&self, max_concurrency: usize) -> Result<()> {
        let client = self.client()?;
        let _entered = self.workers.enter();
        let next = std::num::NonZeroUsize::new(max_concurrency)
            .map(|most| client.start_background_refresh(most))
            .transpose()?;
        let before =
            mem::replace(&mut *self.background_refresh.lock().unwrap_or_else(PoisonError::into_inner), next);
        drop(before);
        Ok(())
    }

    /// Cancels what runs, and waits until it has ended.
    pub(crate) fn close(&self) -> Result<()> {
        self.same_process()?;
        if !callback::may_wait() {
            let sentence = "a callback cannot close the client, which waits for it; close it elsewhere";
            return Err(Error::new(ErrorKind::Conflict, sentence)
                .with_reason(Reason::CloseInCallback)
                .with_operation("close"));
        }
        testing::pass(Stage::Free);
        let (sender, receiver) = channel::<()>();
        closing(&self.workers, self.client()?, &self.operations, sender);
        // Nothing is sent: the end of the task ends this.
        let _closed = receiver.recv();
        Ok(())
    }

    /// Gives up the share of the client's handle. Calls that are under way, on this thread's stack or on others, end now
    /// and give up theirs.
    pub(crate) fn free(self: Arc<Self>) {
        if self.process != std::process::id() {
            // The threads that would have to end are not in this process, and a lock may be held by one of them. Kept
            // rather than forgotten, so that leak checkers see where it is.
            if let Ok(mut abandoned) = ABANDONED.lock() {
                abandoned.push(self);
            }
            return;
        }
        guard::attempt(|| {
            testing::pass(Stage::Free);
            if let Ok(client) = self.client() {
                closing(&self.workers, client, &self.operations, ());
            }
        });
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let Some(Parts { client, runtime, listeners }) = self.parts.take() else { return };
        drop(self.background_refresh.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        let (workers, operations, closes) =
            (self.workers.clone(), Arc::clone(&self.operations), client.clone());
        let close = Box::new(move |done: Closing| closing(&workers, closes, &operations, done));
        self.delivery.end(Ending { close, runtime, given: Box::new((client, listeners)) });
    }
}

/// Cancels what runs and refuses new work; drops `done` when all work has ended and its completions are posted. A function of
/// the host that still runs may wait for such a completion.
fn closing<T: Send + 'static>(workers: &Handle, client: Client, operations: &Arc<Operations>, done: T) {
    let operations = Arc::clone(operations);
    workers.spawn(async move {
        operations.close();
        client.close().await;
        operations.settled().await;
        drop(done);
    });
}

/// A connection that its peer has closed is an error to this library, and must not be the end of a host that leaves
/// `SIGPIPE` as it is. Blocked for these threads alone: what the host set up for its own stays.
fn without_broken_pipes() {
    #[cfg(unix)]
    {
        let mut broken_pipe = nix::sys::signal::SigSet::empty();
        broken_pipe.add(nix::sys::signal::Signal::SIGPIPE);
        // Only an argument that is no set of signals is refused.
        let _blocked = broken_pipe.thread_block();
    }
}

/// Work, after what a test wants to go wrong before it.
async fn staged<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    testing::at(Stage::Work)?;
    work.await
}

fn broken_off(broken: &JoinError) -> toklink_error {
    if broken.is_panic() {
        return toklink_error::panicked();
    }
    toklink_error::of(&Error::new(
        ErrorKind::Closed,
        "the client was closed before the operation ended; make a new one",
    ))
}

#[cfg(test)]
mod tests;
