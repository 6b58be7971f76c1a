//! A client's threads and running operations.

use crate::ffi::error::Failure;
use crate::ffi::guard;
use crate::ffi::testing::{self, Stage};
use crate::runtime::callback::{self, UserData, never_waits_for_clients};
use crate::runtime::delivery::{Closing, Delivery, Ending, Post};
use crate::runtime::kept::Kept;
use crate::runtime::log::Log;
use crate::runtime::operations::{Completion, Done, Operations, Stop, closed};
use crate::runtime::queue::Queue;
use crate::runtime::task::{Context, Task, Tell, Wake};
use core_toklink::{BackgroundRefresh, Client, Error, ErrorKind, Reason, Result};
use std::any::Any;
use std::ffi::c_void;
use std::future::Future;
use std::mem;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinError;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Number of the host's readers that a client runs at the same time; further ones wait. Otherwise blocked readers could
/// occupy all threads that read files and call stores.
pub(crate) const READERS: u32 = 16;
/// Number of calls of the host's store that a client makes at the same time; further ones wait.
pub(crate) const STORE_CALLS: usize = 16;
/// Threads for file reads, which are free even if all calls to the host block.
const FILE_READS: usize = 4;
/// Number of worker threads. They mostly wait for the network; hashing and encryption are short.
const WORKERS: usize = 2;
pub(crate) const BLOCKING_THREADS: usize = STORE_CALLS + READERS as usize + FILE_READS;

/// Clients of the parent process that a forked child has freed.
static ABANDONED: Mutex<Vec<Arc<Engine>>> = Mutex::new(Vec::new());

/// A client of the core with its threads. The client's handle and every running call share it, because a callback may
/// free the handle during a call. The last reference ends the threads.
#[derive(Debug)]
pub(crate) struct Engine {
    workers: Handle,
    delivery: Delivery,
    operations: Arc<Operations>,
    background_refresh: Mutex<Option<BackgroundRefresh>>,
    /// Permits for the host's readers. They are per client, because in a forked child no thread returns the permits of
    /// the parent's clients.
    readers: Arc<Semaphore>,
    /// Ends the event subscriptions.
    unsubscribe: CancellationToken,
    /// The time limit of operations that do not set one.
    limit: Option<Duration>,
    process: u32,
    /// Moved to the callback thread when the engine is dropped.
    parts: Option<Parts>,
}

#[derive(Debug)]
struct Parts {
    client: Client,
    runtime: Runtime,
    given: Given,
}

/// The resources that the host passed to a client. Running work shares them; the client's reference is dropped last, so
/// that `destroy` runs on the thread that drops it.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) log: Option<Arc<Log>>,
    pub(crate) kept: Vec<Arc<Kept>>,
    pub(crate) wake: Option<(unsafe extern "C" fn(user_data: *mut c_void), UserData)>,
    pub(crate) timeout: Option<Duration>,
}

impl Engine {
    pub(crate) fn start(build: impl FnOnce() -> Result<Client>, given: Given) -> Result<Arc<Self>> {
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
                let sentence = "the system cannot create threads; close other programs and retry";
                Error::new(ErrorKind::Internal, sentence).with_source(cause)
            })?;
        let entered = runtime.enter();
        let queue = given.wake.map(|(wake, user_data)| Arc::new(Queue::new(wake, user_data)));
        let started = build().and_then(|client| Ok((client, Delivery::start(queue)?)));
        drop(entered);
        let (client, delivery) = match started {
            Ok(started) => started,
            Err(error) => {
                if !callback::may_wait() {
                    // A worker of another client must not wait for the threads, so they end in the background.
                    runtime.shutdown_background();
                }
                return Err(error);
            }
        };
        for kept in &given.kept {
            kept.is_used_by(delivery.post());
        }
        if let Some(log) = &given.log {
            log.is_used_by(delivery.post());
        }
        Ok(Arc::new(Self {
            workers: runtime.handle().clone(),
            delivery,
            operations: Arc::default(),
            background_refresh: Mutex::default(),
            readers: Arc::new(Semaphore::new(READERS as usize)),
            unsubscribe: CancellationToken::new(),
            limit: given.timeout,
            process: std::process::id(),
            parts: Some(Parts { client, runtime, given }),
        }))
    }

    /// Returns the client of the core. Fails in a forked child, which has none of its threads.
    pub(crate) fn client(&self) -> Result<Client> {
        self.same_process()?;
        let parts = self.parts.as_ref();
        let client = parts.map(|parts| parts.client.clone());
        client.ok_or_else(closed)
    }

    fn log(&self) -> Option<&Arc<Log>> {
        self.parts.as_ref().and_then(|parts| parts.given.log.as_ref())
    }

    fn same_process(&self) -> Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        let sentence = "this client was created before a fork, and its threads stayed with the parent; create a client in the child";
        Err(Error::new(ErrorKind::Conflict, sentence).with_reason(Reason::AfterFork))
    }

    /// Returns the work of an operation with its cancellation and time limit.
    fn limited<T: Send + 'static>(
        &self,
        task: Task<T>,
        client: Client,
        stop: Arc<Stop>,
        wake: Wake,
    ) -> impl Future<Output = Result<T>> + Send + 'static {
        let Task { name, timeout: limit, cooperative, work, .. } = task;
        let limit = limit.or(self.limit.filter(|_| !cooperative));
        async move {
            testing::at(Stage::Work)?;
            let work = work(Context { client, cancel: stop.token.clone(), wake, stop: Arc::clone(&stop) });
            let mut work =
                Box::pin(async { if cooperative { work.await } else { stop.guard(name, work).await } });
            let Some(limit) = limit else { return work.await };
            if let Ok(outcome) = timeout(limit, &mut work).await {
                return outcome;
            }
            if !cooperative {
                return Err(stop.timed_out(name, limit));
            }
            stop.token.time_out(limit);
            work.await
        }
    }

    /// Runs an operation. This thread waits and calls the host's progress callback.
    pub(crate) fn wait<T: Send + 'static>(&self, task: Task<T>) -> Result<T> {
        let client = self.client()?;
        let (name, tell) = (task.name, task.tell.clone());
        let ticket = self.operations.enter(name)?;
        self.uses(&task);
        let stop = Arc::clone(&ticket.stop);
        let (sender, receiver) = channel();
        let news = sender.clone();
        let work = self.limited(task, client, Arc::clone(&stop), Arc::new(move || drop(news.send(None))));
        self.workers.spawn(async move {
            let outcome = tokio::spawn(work).await;
            let _taken = sender.send(Some(outcome));
            drop(ticket);
        });
        let outcome = loop {
            match receiver.recv() {
                Ok(None) => {
                    // A panic in the callback must not end this loop, because no thread would wait for the work.
                    let continues = tell.as_ref().is_none_or(|tell| guard::caught(|| tell()).unwrap_or(true));
                    if !continues {
                        stop.cancel();
                    }
                }
                Ok(Some(Ok(outcome))) => break outcome,
                Ok(Some(Err(_))) | Err(_) => std::panic::resume_unwind(Box::new(name)),
            }
        };
        let failure = outcome.as_ref().err().map(|error| Failure::from(error.clone()));
        Log::note_call(self.log(), name, failure);
        testing::at(Stage::Answer)?;
        outcome
    }

    /// Starts an operation. Calls `done` exactly once on the callback thread, unless this function fails. `number`
    /// receives the operation's number before the work starts, because `done` may free the memory that it is written
    /// to.
    pub(crate) fn spawn_task<T: Send + 'static>(
        &self,
        task: Task<T>,
        number: impl FnOnce(u64),
        done: impl FnOnce(u64, std::result::Result<T, Failure>) + Send + 'static,
    ) -> std::result::Result<(), (Error, Done<T>)> {
        let done = |id: u64| -> Done<T> {
            let log = self.log().cloned();
            let name = task.name;
            Box::new(move |outcome| {
                Log::note(log.as_ref(), name, outcome.as_ref().err());
                callback::calling(|| done(id, outcome));
            })
        };
        let entered = self.client().and_then(|client| Ok((client, self.operations.enter(task.name)?)));
        let (client, ticket) = match entered {
            Ok(entered) => entered,
            Err(error) => return Err((error, done(0))),
        };
        self.uses(&task);
        let completion = Completion::new(self.delivery.post(), ticket.open.clone(), done(ticket.id));
        let (post, stop) = (self.delivery.post(), Arc::clone(&ticket.stop));
        let tell = task.tell.clone();
        let wake: Wake = Arc::new(move || {
            if let Some(tell) = tell.clone() {
                let stop = Arc::clone(&stop);
                post.send(move || told(&tell, &stop));
            }
        });
        let work = self.limited(task, client, Arc::clone(&ticket.stop), wake);
        number(ticket.id);
        self.workers.spawn(async move {
            let outcome = match tokio::spawn(work).await {
                Ok(outcome) => outcome.map_err(Failure::from),
                Err(broken) => Err(interrupted(&broken)),
            };
            // The operation ends before its completion runs, so that a cancel in the completion returns false.
            drop(ticket);
            completion.fire(outcome);
        });
        Ok(())
    }

    /// Runs the queued callbacks on this thread.
    pub(crate) fn dispatch(&self) -> Result<()> {
        self.same_process()?;
        self.delivery.dispatch();
        Ok(())
    }

    /// Makes `destroy` of the task's pointer run on the callback thread.
    fn uses<T>(&self, task: &Task<T>) {
        if let Some(kept) = &task.kept {
            kept.is_used_by(self.post());
        }
    }

    /// Runs background work until it ends or the client is freed.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        self.same_process()?;
        let unsubscribe = self.unsubscribe.clone();
        self.workers.spawn(async move {
            let _ended = unsubscribe.run_until_cancelled_owned(work).await;
        });
        Ok(())
    }

    /// Returns the permits for the host's readers.
    pub(crate) fn readers(&self) -> Arc<Semaphore> {
        Arc::clone(&self.readers)
    }

    /// Returns the sender of jobs for the callback thread.
    pub(crate) fn post(&self) -> Post {
        self.delivery.post()
    }

    pub(crate) fn cancel(&self, id: u64) -> bool {
        self.process == std::process::id() && self.operations.cancel(id)
    }

    /// Starts the background refresh for at most `max_concurrency` accounts at a time; 0 stops it.
    pub(crate) fn start_background_refresh(&self, max_concurrency: usize) -> Result<()> {
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

    /// Cancels all operations and waits until they have ended.
    pub(crate) fn close(&self) -> Result<()> {
        self.same_process()?;
        if !callback::may_wait() {
            let sentence = "toklink_client_close was called in a callback, for which it would wait; close the client outside of callbacks";
            let error = Error::new(ErrorKind::Conflict, sentence).with_reason(Reason::CloseInCallback);
            return Err(error.with_operation("close"));
        }
        testing::pass(Stage::Free);
        let (sender, receiver) = channel::<()>();
        closing(&self.workers, self.client()?, &self.operations, sender);
        // The task sends nothing; `recv` returns when the task drops the sender.
        let _closed = receiver.recv();
        Ok(())
    }

    /// Drops the reference of the client's handle. Cancels the running calls, which drop their references when they
    /// end.
    pub(crate) fn free(self: Arc<Self>) {
        if self.process != std::process::id() {
            // This process does not have the client's threads, and one of them may have held a lock during the fork.
            // The engine is kept in a static rather than leaked, so that leak checkers can reach it.
            match ABANDONED.try_lock() {
                Ok(mut abandoned) => abandoned.push(self),
                Err(_) => mem::forget(self),
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
        let Some(Parts { client, runtime, given }) = self.parts.take() else { return };
        drop(self.background_refresh.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        let (workers, operations) = (self.workers.clone(), Arc::clone(&self.operations));
        let (ours, unsubscribe) = (client.clone(), self.unsubscribe.clone());
        let given: Box<dyn Any + Send> = Box::new((client, given));
        let close = Box::new(move |done: Closing| {
            unsubscribe.cancel();
            closing(&workers, ours, &operations, done);
        });
        self.delivery.end(Ending { close, runtime, given });
    }
}

/// Cancels all operations and refuses new ones. Drops `done` when all have ended and their completions are posted.
fn closing<T: Send + 'static>(workers: &Handle, client: Client, operations: &Arc<Operations>, done: T) {
    let operations = Arc::clone(operations);
    workers.spawn(async move {
        operations.close();
        client.close().await;
        operations.settled().await;
        drop(done);
    });
}

/// Blocks `SIGPIPE` on this thread, so that a write to a closed connection is an error and does not kill a host with
/// the default handler. The host's threads keep their masks.
fn without_broken_pipes() {
    #[cfg(unix)]
    {
        let mut broken_pipe = nix::sys::signal::SigSet::empty();
        broken_pipe.add(nix::sys::signal::Signal::SIGPIPE);
        // This fails only for an invalid signal set.
        let _blocked = broken_pipe.thread_block();
    }
}

/// Calls the host's progress callback. Cancels the operation if it returns false.
fn told(tell: &Tell, stop: &Stop) {
    if !tell() {
        stop.cancel();
    }
}

fn interrupted(broken: &JoinError) -> Failure {
    if broken.is_panic() { Failure::panicked() } else { closed().into() }
}

#[cfg(test)]
mod tests;
