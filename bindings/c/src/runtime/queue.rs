//! Callbacks that wait for the host's own thread.

use crate::ffi::guard;
use crate::runtime::callback::{UserData, calling};
use crate::runtime::delivery::Job;
use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Requests a call of `toklink_dispatch` on the host's thread, for example by posting a message to its event loop. The library
/// calls it from any thread, when a callback is queued and none was before. It must return at once and must not call into this
/// library. A wake that is lost is not repeated, an extra dispatch is harmless, and wakes that are still in the event loop outlive the
/// client: drop them before you free it.
pub type toklink_wake_callback = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// The queue of one client.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    wake: unsafe extern "C" fn(user_data: *mut c_void),
    /// Not the `destroy` of it, which waits in this queue at the end. Nothing wakes the host once it ends the client.
    user_data: UserData,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// The thread that ends the client runs the jobs.
    is_ending: bool,
    /// No thread runs jobs any more.
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

    /// Runs the queued jobs and those that they add.
    pub(crate) fn run(&self) {
        while let Some(job) = { self.state().jobs.pop_front() } {
            guard::attempt(job);
        }
    }

    /// Stops waking the host: the thread that ends the client runs the jobs from now on.
    pub(crate) fn end(&self) {
        self.state().is_ending = true;
    }

    /// Runs jobs until `ended` returns true; [`Self::notify`] makes it look again.
    pub(crate) fn run_until(&self, ended: impl Fn() -> bool) {
        loop {
            self.run();
            let state = self.state();
            if state.jobs.is_empty() {
                if ended() {
                    return;
                }
                drop(self.changed.wait_timeout(state, std::time::Duration::from_millis(50)));
            }
        }
    }

    pub(crate) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Refuses further jobs and runs the rest.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.run();
    }
}
