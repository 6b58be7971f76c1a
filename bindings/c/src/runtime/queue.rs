//! Callbacks that are queued for the host's own thread.

use crate::ffi::guard;
use crate::runtime::callback::{UserData, calling};
use crate::runtime::delivery::Job;
use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Requests a call to `toklink_dispatch` on the host's thread, for example by posting a message to its event loop. The
/// library calls it from any thread when a callback is added to an empty queue. It must return immediately and must not
/// call into the library. The library does not repeat a wake that the host loses; extra dispatches are harmless. Wakes
/// that are still in the event loop outlive the client: remove them before you free the data that they use.
pub type toklink_wake_callback = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// The queue of one client.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    wake: unsafe extern "C" fn(user_data: *mut c_void),
    /// The pointer without its `destroy`, which is itself queued here at the end. The host is not woken any more once
    /// it frees the client.
    user_data: UserData,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// True while the thread that ends the client runs the jobs.
    is_ending: bool,
    /// True while a call to [`Queue::run`] runs jobs.
    is_running: bool,
    /// True when no thread will run jobs any more.
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

    /// Adds a job; returns it if the queue is closed.
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
            // SAFETY: the host's own function and pointer.
            calling(|| unsafe { (self.wake)(self.user_data.pointer()) });
        }
        Ok(())
    }

    /// Runs the queued jobs and those that they add. Returns immediately while another call runs them, even on this
    /// thread, because jobs run in order and one at a time.
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

    /// Stops waking the host: the thread that ends the client runs the jobs from now on.
    pub(crate) fn end(&self) {
        self.state().is_ending = true;
    }

    /// Runs jobs until `ended` returns true. [`Self::notify`] makes it check again.
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

    /// Rejects further jobs and runs the remaining ones.
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
