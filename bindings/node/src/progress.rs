//! Passes progress to JavaScript without waiting, in order, and never loses the last report.

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// JavaScript's listener. Weak, so that it does not keep the process alive.
pub(crate) type Listener = ThreadsafeFunction<String, (), String, Status, false, true>;

/// Sends numbered reports. JavaScript ignores a report that it has received before.
pub(crate) struct Reporter {
    listener: Listener,
    last: Mutex<(u64, Option<Value>)>,
}

impl Reporter {
    pub(crate) fn new(listener: Listener) -> Self {
        Self { listener, last: Mutex::default() }
    }

    /// Queues one report and returns immediately. JavaScript's thread runs the listener later, without a lock.
    pub(crate) fn report(&self, progress: &impl Serialize) {
        let text = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.0 += 1;
            let event = json!({ "seq": last.0, "progress": progress });
            let text = event.to_string();
            last.1 = Some(event);
            text
        };
        // A closing environment has no listeners left.
        let _closing = self.listener.call(text, ThreadsafeFunctionCallMode::NonBlocking);
    }

    /// Removes and returns the last report. It is sent again with the outcome, because the outcome may arrive first through another queue.
    pub(crate) fn last(&self) -> Option<Value> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).1.take()
    }
}
