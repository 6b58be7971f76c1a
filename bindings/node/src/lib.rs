//! The Node addon: converts, spawns, reports; no policy. `js/native/` is its only caller.
//!
//! Inputs and outcomes cross as JSON text, errors as data; nothing here throws, and no panic crosses.

mod account;
pub mod client;
mod events;
mod input;
mod journal_store;
mod metrics;
mod metrics_store;
mod open;
mod operation;
mod operation_sync;
mod outcome;
mod progress;
pub mod quota;
mod request_log;
mod store;
mod stream;

use napi_derive::module_init;

/// Enough for network waits; hashing and sealing are short.
const WORKERS: usize = 2;
/// File reads and name look-ups.
const BLOCKING_THREADS: usize = 8;

#[module_init]
fn init() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name("toklink-worker")
        .enable_all()
        .build();
    // Without threads of our own napi makes its runtime at the first call, and says what the system refused.
    if let Ok(runtime) = runtime {
        napi::bindgen_prelude::create_custom_tokio_runtime(runtime);
    }
}
