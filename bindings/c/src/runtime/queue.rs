//! The queue of callbacks that the host's thread runs.

use crate::ffi::guard;
use crate::runtime::callback::{UserData, calling};
use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Requests a call of `toklink_dispatch` on the host's thread, for example by posting a message to its event loop. The
/// library calls it on any thread when a callback is added to the empty queue. It must return at once and must not call
/// this library. The library does not repeat a lost wake, and an extra dispatch is harmless. Remove pending messages
/// from the event loop before you free the client.
pub type toklink_wake_callback = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// Work for the thread that runs callbacks.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// The queue of one client.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    wake: unsafe extern "C" fn(user_data: *mut c_void),
    /// Without its `destroy`, which is the last job in this queue. The queue does not call `wake` after [`Queue::end`].
    user_data: UserData,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// The thread that frees the client runs the jobs.
    is_ending: bool,
    /// True while [`Queue::run`] runs jobs.
    is_running: bool,
    /// True when further jobs are refused.
    is_closed: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "State({})", self.jobs.len())
    }
}

impl Queue {
    pub(crate) fn new(wake: unsafe extern "C" fn(user_data: *mut c_void), user_data: UserData) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), wake, user_data }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job. Returns the job if the queue is closed.
    pub(crate) fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.state();
        if state.is_closed {
            return Err(job);
        }
        state.jobs.push_back(job);
        let wakes = state.jobs.len() == 1 && !state.is_ending;
        drop(state);
        self.changed.notify_all();
        if wakes {
            // SAFETY: the host's function and pointer.
            calling(|| unsafe { (self.wake)(self.user_data.pointer()) });
        }
        Ok(())
    }

    /// Runs the queued jobs and the jobs that they add, in order and one at a time. Returns at once if another call,
    /// also of this thread, is running them.
    pub(crate) fn run(&self) {
        if std::mem::replace(&mut self.state().is_running, true) {
            return;
        }
        while let Some(job) = self.next() {
            guard::attempt(job);
        }
    }

    /// Takes the next job, or ends the run.
    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        let job = state.jobs.pop_front();
        state.is_running = job.is_some();
        job
    }

    /// Stops calling `wake`: the thread that frees the client runs the jobs from now on.
    pub(crate) fn end(&self) {
        self.state().is_ending = true;
    }

    /// Runs jobs until `ended` returns true. [`Self::notify`] makes it check `ended` again.
    pub(crate) fn run_until(&self, ended: impl Fn() -> bool) {
        loop {
            self.run();
            let state = self.state();
            if state.jobs.is_empty() && !state.is_running && ended() {
                return;
            }
            // Also waits while another call runs the jobs.
            if state.jobs.is_empty() || state.is_running {
                drop(self.changed.wait_timeout(state, std::time::Duration::from_millis(50)));
            }
        }
    }

    pub(crate) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Refuses further jobs and runs the queued ones.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.run();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;
    use std::sync::Arc;

    unsafe extern "C" fn nothing(_: *mut c_void) {}

    #[test]
    fn jobs_run_in_order_when_a_job_dispatches() {
        let queue = Arc::new(Queue::new(nothing, UserData(ptr::null_mut())));
        let order = Arc::new(Mutex::new(Vec::new()));
        for number in 0..3 {
            let (nested, order) = (Arc::clone(&queue), Arc::clone(&order));
            let job: Job = Box::new(move || {
                nested.run();
                order.lock().unwrap().push(number);
            });
            assert!(queue.push(job).is_ok());
        }
        queue.run();
        queue.run();
        assert_eq!(*order.lock().unwrap(), [0, 1, 2]);
    }
}
