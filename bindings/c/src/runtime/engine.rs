//! The threads of a client, and its running operations.

use crate::ffi::error::Failure;
use crate::ffi::guard;
use crate::ffi::testing::{self, Stage};
use crate::runtime::callback::{self, Kept, UserData, never_waits_for_clients};
use crate::runtime::delivery::{Closing, Delivery, Ending, Post};
use crate::runtime::log::Log;
use crate::runtime::operations::{Completion, Done, Operations, Stop, closed};
use crate::runtime::queue::Queue;
use crate::runtime::task::{Context, Task, Tell, Wake, timed_out};
use core_toklink::{BackgroundRefresh, Client, Error, ErrorKind, Reason, Result};
use std::any::Any;
use std::ffi::c_void;
use std::future::Future;
use std::mem;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tokio::task::JoinError;
use tokio::time::timeout;

/// The maximum number of host readers that run at the same time, in all clients together. Further readers wait. Without
/// this limit, blocking readers would occupy the threads that read files and call stores.
pub(crate) const READERS: usize = 16;
/// Enough for waiting on the network; hashing and encryption are short.
const WORKERS: usize = 2;
/// The maximum number of blocking threads: 16 for file reads and calls to the host's store, and one per reader.
pub(crate) const BLOCKING_THREADS: usize = 16 + READERS;

/// Parent-process clients that a forked child has freed.
static ABANDONED: Mutex<Vec<Arc<Engine>>> = Mutex::new(Vec::new());

/// A core client with its own threads. The client's handle and every running call of the host hold a reference to it,
/// because a callback may free the handle while the call to which it belongs is running. Dropping the last reference
/// ends the threads.
#[derive(Debug)]
pub(crate) struct Engine {
    workers: Handle,
    delivery: Delivery,
    operations: Arc<Operations>,
    background_refresh: Mutex<Option<BackgroundRefresh>>,
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

/// The resources that the host passed to a client. Running work shares them. The client drops its reference last, so
/// that `destroy` runs on the thread that ends the client.
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
                let sentence = "the system could not create threads; free resources and try again";
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
                    // The threads end on their own, because a worker of another client must not wait for them.
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
            limit: given.timeout,
            process: std::process::id(),
            parts: Some(Parts { client, runtime, given }),
        }))
    }

    /// Returns the core client, or an error if this process is a fork, which has none of the client's threads.
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
        let sentence = "this client belongs to the parent process and has no threads after a fork; create a new client in the child process";
        Err(Error::new(ErrorKind::Conflict, sentence).with_reason(Reason::AfterFork))
    }

    /// Returns the work of an operation with its time limits applied.
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
            let work = work(Context { client, cancel: stop.token.clone(), wake });
            let mut work =
                Box::pin(async { if cooperative { work.await } else { stop.guard(name, work).await } });
            let Some(limit) = limit else { return work.await };
            if let Ok(outcome) = timeout(limit, &mut work).await {
                return outcome;
            }
            if !cooperative {
                return Err(timed_out(name, limit));
            }
            stop.token.cancel();
            match work.await {
                Err(error) if error.kind() == ErrorKind::Cancelled => Err(late(&error, name, limit)),
                outcome => outcome,
            }
        }
    }

    /// Runs an operation while this thread waits and calls the host with its progress.
    pub(crate) fn wait<T: Send + 'static>(&self, task: Task<T>) -> Result<T> {
        let client = self.client()?;
        let (name, tell) = (task.name, task.tell.clone());
        let ticket = self.operations.enter(name)?;
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
                    // A panic in the callback only loses this report. Returning here would leave the work running unobserved.
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
        Log::note(self.log().map(AsRef::as_ref), name, failure.as_ref());
        testing::at(Stage::Answer)?;
        outcome
    }

    /// Starts an operation. `done` is called exactly once, on the callback thread, unless this function fails. `number`
    /// is called with the number before the work starts, because `done` may free the memory for it.
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
                Log::note(log.as_deref(), name, outcome.as_ref().err());
                callback::calling(|| done(id, outcome));
            })
        };
        let entered = self.client().and_then(|client| Ok((client, self.operations.enter(task.name)?)));
        let (client, ticket) = match entered {
            Ok(entered) => entered,
            Err(error) => return Err((error, done(0))),
        };
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
            // Dropped before the host receives the completion, so that a cancellation in the completion has no effect.
            drop(ticket);
            completion.fire(outcome);
        });
        Ok(())
    }

    /// Runs the callbacks that wait for the host's thread.
    pub(crate) fn dispatch(&self) -> Result<()> {
        self.same_process()?;
        self.delivery.dispatch();
        Ok(())
    }

    /// Runs work in the background until it ends or the client is freed.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        self.same_process()?;
        self.workers.spawn(work);
        Ok(())
    }

    /// Returns the sender to the callback thread.
    pub(crate) fn post(&self) -> Post {
        self.delivery.post()
    }

    pub(crate) fn cancel(&self, id: u64) -> bool {
        self.process == std::process::id() && self.operations.cancel(id)
    }

    /// Refreshes tokens before they expire. 0 accounts at a time stops the refresh.
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

    /// Cancels all running work and waits until it has ended.
    pub(crate) fn close(&self) -> Result<()> {
        self.same_process()?;
        if !callback::may_wait() {
            let sentence =
                "a callback cannot close the client, because close waits for it; close the client elsewhere";
            let error = Error::new(ErrorKind::Conflict, sentence).with_reason(Reason::CloseInCallback);
            return Err(error.with_operation("close"));
        }
        testing::pass(Stage::Free);
        let (sender, receiver) = channel::<()>();
        closing(&self.workers, self.client()?, &self.operations, sender);
        // Nothing is sent. The wait ends when the task drops the sender.
        let _closed = receiver.recv();
        Ok(())
    }

    /// Drops the handle's reference. Running calls, on this thread or on others, are cancelled and then drop their own
    /// references.
    pub(crate) fn free(self: Arc<Self>) {
        if self.process != std::process::id() {
            // The engine's threads do not exist in this process, and one of them may have held a lock. The engine is
            // stored instead of forgotten, so that leak checkers can still reach it.
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
        let Some(Parts { client, runtime, given }) = self.parts.take() else { return };
        drop(self.background_refresh.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        let (workers, operations, closes) =
            (self.workers.clone(), Arc::clone(&self.operations), client.clone());
        let given: Box<dyn Any + Send> = Box::new((client, given));
        let close = Box::new(move |done: Closing| closing(&workers, closes, &operations, done));
        self.delivery.end(Ending { close, runtime, given });
    }
}

/// Cancels running work and rejects new work. Drops `done` when all work has ended and its completions are posted. A
/// host function that is still running may wait for such a completion.
fn closing<T: Send + 'static>(workers: &Handle, client: Client, operations: &Arc<Operations>, done: T) {
    let operations = Arc::clone(operations);
    workers.spawn(async move {
        operations.close();
        client.close().await;
        operations.settled().await;
        drop(done);
    });
}

/// Blocks `SIGPIPE` in the current thread. Writing to a connection that its peer has closed then returns an error,
/// instead of ending a host that does not handle the signal. The host's own threads keep their signal settings.
fn without_broken_pipes() {
    #[cfg(unix)]
    {
        let mut broken_pipe = nix::sys::signal::SigSet::empty();
        broken_pipe.add(nix::sys::signal::Signal::SIGPIPE);
        // This fails only for an invalid set of signals.
        let _blocked = broken_pipe.thread_block();
    }
}

/// Calls the host's progress callback, and cancels the operation if the callback returns false.
fn told(tell: &Tell, stop: &Stop) {
    if !tell() {
        stop.cancel();
    }
}

/// Returns the error for an operation that was cancelled because its time limit was reached.
fn late(cancelled: &Error, name: &'static str, limit: Duration) -> Error {
    let mut error = timed_out(name, limit).with_dispatch(cancelled.dispatch());
    if let Some(id) = cancelled.publish_id() {
        error = error.with_publish_id(id);
    }
    if let Some(key) = cancelled.idempotency_key() {
        error = error.with_idempotency_key(key);
    }
    error.with_safe_to_repeat(cancelled.is_safe_to_repeat())
}

fn interrupted(broken: &JoinError) -> Failure {
    if broken.is_panic() { Failure::panicked() } else { closed().into() }
}

#[cfg(test)]
mod tests;
