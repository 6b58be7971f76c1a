//! Progress reports to JavaScript: never waited for, in order, the last one never lost.

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// JavaScript's listener. Weak: waiting for progress keeps no process alive.
pub(crate) type Listener = ThreadsafeFunction<String, (), String, Status, false, true>;

/// Sends reports, numbered; JavaScript drops one that it has seen.
pub(crate) struct Reporter {
    listener: Listener,
    last: Mutex<(u64, Option<Value>)>,
}

impl Reporter {
    pub(crate) fn new(listener: Listener) -> Self {
        Self { listener, last: Mutex::default() }
    }

    /// Queues one report and returns at once. JavaScript runs it later, on its own thread, so no lock is held then.
    pub(crate) fn report(&self, progress: &impl Serialize) {
        let text = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.0 += 1;
            let event = json!({ "seq": last.0, "progress": progress });
            let text = event.to_string();
            last.1 = Some(event);
            text
        };
        // A closing environment has nobody left to tell.
        let _closing = self.listener.call(text, ThreadsafeFunctionCallMode::NonBlocking);
    }

    /// The last report. It travels once more with the outcome, which another queue carries and may deliver first.
    pub(crate) fn last(&self) -> Option<Value> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).1.take()
    }
}
