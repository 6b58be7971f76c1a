//! The C library: converts arguments, calls the core and converts results. The core makes every decision.
//!
//! ```text
//!   include/toklink.h    generated from this crate by `cargo run -p xtask -- header`
//!        |
//!   login/  account/  metrics/  publish/  webhook/    one folder per family of C functions
//!        |
//!   client/     the client, its options, events, quotas and keys; both forms of an operation (entry.rs)
//!        |
//!   quota/  store/    quota windows and policies; the host's store
//!        |
//!   runtime/    threads, running operations, callbacks
//!        |
//!   ffi/        arguments, results and errors; the guard that stops panics
//! ```
//!
//! Every C function runs inside [`ffi::guard`], so that no panic reaches the host, and reads the host's pointers only
//! through [`ffi::input`]. The doc comments of public items become the documentation in the C header.
#![expect(non_camel_case_types, reason = "types and variants have the names that C sees")]
#![expect(clippy::missing_safety_doc, reason = "the top of the header says once what a caller has to ensure")]
#![deny(clippy::panic, clippy::indexing_slicing)]

pub mod account;
pub mod client;
pub mod ffi;
pub mod login;
pub mod metrics;
pub mod publish;
pub mod quota;
pub mod runtime;
pub mod store;
pub mod webhook;
