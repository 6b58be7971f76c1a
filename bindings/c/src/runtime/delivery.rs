//! The callback thread, and the shutdown order of a client.

use crate::ffi::guard;
use crate::runtime::callback;
use crate::runtime::queue::{Job, Queue};
use core_toklink::{Error, ErrorKind};
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use tokio::runtime::Runtime;

enum Letter {
    Job(Job),
    End(Box<Ending>, Closing),
    Closed,
}

/// Sends jobs to the callback thread.
#[derive(Clone)]
pub(crate) struct Post {
    letters: Arc<Sender<Letter>>,
    /// The queue whose jobs the host's thread runs, if the client has `wake`.
    queue: Option<Arc<Queue>>,
    /// The process that has the thread. A forked child has the channel but not the thread.
    process: u32,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Post")
    }
}

impl Post {
    /// Runs `job` on the callback thread, after all earlier jobs. Drops it if that thread has ended.
    pub(crate) fn send(&self, job: impl FnOnce() + Send + 'static) {
        let _refused = self.offer(Box::new(job));
    }

    /// Like [`Self::send`], but returns the job if no thread can run it.
    pub(crate) fn offer(&self, job: Job) -> Result<(), Job> {
        if self.process != std::process::id() {
            return Err(job);
        }
        let job = match &self.queue {
            Some(queue) => match queue.push(job) {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            },
            None => job,
        };
        match self.letters.send(Letter::Job(job)) {
            Err(SendError(Letter::Job(refused))) => Err(refused),
            _ => Ok(()),
        }
    }

    /// Returns true if the host's thread runs the jobs.
    pub(crate) fn is_dispatched(&self) -> bool {
        self.queue.is_some()
    }

    /// Returns true if both send to the same thread.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.letters, &other.letters)
    }
}

/// The parts of a client that the callback thread shuts down.
pub(crate) struct Ending {
    /// Starts to close the client. The thread runs jobs until this function drops its [`Closing`].
    pub(crate) close: Box<dyn FnOnce(Closing) + Send>,
    /// Dropping it waits for all workers, so a worker must not drop it.
    pub(crate) runtime: Runtime,
    /// The host's resources. Dropped last, when nothing can call the host any more.
    pub(crate) given: Box<dyn Any + Send>,
}

/// Reports that the client is closed when it is dropped.
pub(crate) struct Closing(Post);

impl Drop for Closing {
    fn drop(&mut self) {
        let _refused = self.0.letters.send(Letter::Closed);
    }
}

/// The thread of a client that calls completions, progress, events and `destroy` in order. It is not a worker of the
/// runtime, so callbacks may block and may call the library.
#[derive(Debug)]
pub(crate) struct Delivery {
    post: Post,
    thread: Option<JoinHandle<()>>,
}

impl Delivery {
    /// Starts the thread. With a `queue`, the host's thread runs the callbacks, and this thread only shuts the client
    /// down.
    pub(crate) fn start(queue: Option<Arc<Queue>>) -> core_toklink::Result<Self> {
        let (sender, receiver) = channel();
        let ended = queue.clone();
        let thread = Builder::new().name("toklink-callback".to_owned()).spawn(move || {
            callback::never_waits_for_clients();
            deliver(&receiver);
            ended.inspect(|queue| queue.notify());
        });
        let thread = thread.map_err(|cause| {
            let sentence = "the system cannot create a thread for callbacks; close other programs and retry";
            Error::new(ErrorKind::Internal, sentence).with_source(cause)
        })?;
        let post = Post { letters: Arc::new(sender), queue, process: std::process::id() };
        Ok(Self { post, thread: Some(thread) })
    }

    /// Returns a sender of jobs.
    pub(crate) fn post(&self) -> Post {
        self.post.clone()
    }

    /// Shuts the client down on the callback thread. Waits for that, unless the shutdown may wait for this thread.
    pub(crate) fn end(&mut self, ending: Ending) {
        if let Some(queue) = &self.post.queue {
            queue.end();
        }
        let _refused = self.post.letters.send(Letter::End(Box::new(ending), Closing(self.post())));
        let Some(thread) = self.thread.take() else { return };
        let queue = self.post.queue.clone();
        if callback::may_wait() {
            if let Some(queue) = queue {
                queue.run_until(|| thread.is_finished());
                queue.close();
            }
            // The thread catches every panic of a job, so its result carries no information.
            let _ended = thread.join();
        } else if let Some(queue) = queue {
            // The callback thread delivers the completions of operations that the shutdown cancels.
            queue.close();
        }
    }

    /// Runs the queued callbacks on this thread. Does nothing for a client without a queue.
    pub(crate) fn dispatch(&self) {
        if let Some(queue) = &self.post.queue {
            queue.run();
        }
    }
}

fn deliver(letters: &Receiver<Letter>) {
    let mut ending = None;
    for letter in letters {
        match letter {
            Letter::Job(job) => guard::attempt(job),
            Letter::End(end, closing) => {
                let Ending { close, runtime, given } = *end;
                ending = Some((runtime, given));
                guard::attempt(|| close(closing));
            }
            Letter::Closed => break,
        }
    }
    let Some((runtime, given)) = ending else { return };
    // Waits for file reads and for running functions of the host.
    guard::attempt(|| drop(runtime));
    deliver_rest(letters);
    guard::attempt(|| drop(given));
    deliver_rest(letters);
}

fn deliver_rest(letters: &Receiver<Letter>) {
    while let Ok(letter) = letters.try_recv() {
        if let Letter::Job(job) = letter {
            guard::attempt(job);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    struct Reports(Sender<&'static str>, &'static str);

    impl Drop for Reports {
        fn drop(&mut self) {
            let place =
                if thread::current().name() == Some("toklink-callback") { self.1 } else { "elsewhere" };
            let _sent = self.0.send(place);
        }
    }

    #[test]
    fn host_resources_are_dropped_last_on_the_callback_thread() {
        let (sender, order) = channel();
        let mut delivery = Delivery::start(None).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let post = delivery.post();
        let held = Reports(sender.clone(), "task");
        runtime.spawn(async move {
            std::future::pending::<()>().await;
            drop(held);
        });
        let late = (delivery.post(), sender.clone());
        let close = Box::new(move |closing: Closing| {
            let posted = Reports(late.1, "posted during the close");
            late.0.send(move || drop(posted));
            drop(closing);
        });
        let given: Box<dyn Any + Send> = Box::new(Reports(sender.clone(), "given"));
        delivery.end(Ending { close, runtime, given });
        drop(sender.clone());
        post.send({
            let refused = Reports(sender, "refused");
            move || drop(refused)
        });
        let order: Vec<_> = order.iter().collect();
        assert_eq!(order.iter().filter(|place| **place == "posted during the close").count(), 1);
        assert_eq!(
            order.last(),
            Some(&"elsewhere"),
            "a job for an ended thread is dropped by its sender: {order:?}"
        );
        assert_eq!(order.get(order.len() - 2), Some(&"given"));
    }
}
