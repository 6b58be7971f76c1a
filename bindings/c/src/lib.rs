//! The C library. It converts, calls the core and reports: every decision is the core's.
//!
//! ```text
//!   include/toklink.h    generated from this crate by `cargo run -p xtask -- header`
//!        |
//!   version  options  client  link  quota  probe      one file per family of C functions
//!        |
//!   text  status  error  handle  guard                what each of them is made of
//! ```
//!
//! Every entry runs inside [`guard`], so that no panic reaches the host, and touches the host's pointers through
//! [`handle`] and [`text`] alone. The doc comments of public items are the documentation of the C header.
#![expect(non_camel_case_types, reason = "types and variants carry the names that C sees")]
#![expect(clippy::missing_safety_doc, reason = "what a caller owes is said once, at the top of the header")]
#![deny(clippy::panic, clippy::indexing_slicing)]

pub mod client;
pub mod error;
mod guard;
mod handle;
pub mod link;
pub mod options;
pub mod probe;
pub mod quota;
pub mod status;
pub mod text;
pub mod version;
