//! Passes progress to JavaScript in order and without waiting. The last report always arrives.

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// JavaScript's listener. The reference is weak, so that it does not keep the process alive.
pub(crate) type Listener = ThreadsafeFunction<String, (), String, Status, false, true>;

/// Sends numbered reports. JavaScript ignores a report that it has already received.
pub(crate) struct Reporter {
    listener: Listener,
    last: Mutex<(u64, Option<Value>)>,
}

impl Reporter {
    pub(crate) fn new(listener: Listener) -> Self {
        Self { listener, last: Mutex::default() }
    }

    /// Queues a report and returns immediately. JavaScript's thread runs the listener later, when no lock is held.
    pub(crate) fn report(&self, progress: &impl Serialize) {
        let text = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.0 += 1;
            let event = json!({ "seq": last.0, "progress": progress });
            let text = event.to_string();
            last.1 = Some(event);
            text
        };
        // A closing environment has no listeners, so the status is ignored.
        let _closing = self.listener.call(text, ThreadsafeFunctionCallMode::NonBlocking);
    }

    /// Removes and returns the last report. The outcome includes it, because the outcome uses
    /// another queue and may arrive before the report.
    pub(crate) fn last(&self) -> Option<Value> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).1.take()
    }
}
