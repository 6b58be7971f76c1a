//! The Node addon: converts values, runs operations and reports results. It contains no policy, and `js/native/` is its
//! only caller.
//!
//! Inputs and outcomes are JSON texts, and errors are returned as data. No function throws, and no panic reaches
//! JavaScript.

mod account;
pub mod client;
mod events;
mod input;
mod metrics;
mod open;
mod operation;
mod operation_sync;
mod outcome;
mod progress;
pub mod quota;
mod store;
mod stream;

use napi_derive::module_init;

/// Number of worker threads. Two suffice for waiting on the network, because hashing and encryption are short.
const WORKERS: usize = 2;
/// Number of threads for file reads and name lookups.
const BLOCKING_THREADS: usize = 8;

#[module_init]
fn init() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name("toklink-worker")
        .enable_all()
        .build();
    // Without this runtime, napi creates its own at the first call and reports the system's error.
    if let Ok(runtime) = runtime {
        napi::bindgen_prelude::create_custom_tokio_runtime(runtime);
    }
}
