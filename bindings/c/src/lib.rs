//! The C library. It converts values, calls the core and returns results. It contains no policy.
//!
//! ```text
//!   include/toklink.h    generated from this crate by `cargo run -p xtask -- header`
//!        |
//!   login/  account/  metrics/  publish/  quota/  webhook/  store/    one folder per family of C functions
//!        |
//!   client/     the client, its options and events; both forms of an operation (entry.rs)
//!        |
//!   runtime/    threads, operations under way, callbacks on the client's thread or on the host's
//!        |
//!   ffi/        results, errors, text and options that cross the boundary; the guard that no panic passes
//! ```
//!
//! Every function runs inside [`ffi::guard`], so that no panic reaches the host, and reads the host's pointers only
//! through [`ffi::input`]. The doc comments of public items are the documentation of the C header.
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
