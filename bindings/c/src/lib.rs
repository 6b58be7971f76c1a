//! The C library. It converts, calls the core and reports: every decision is the core's.
//!
//! ```text
//!   include/toklink.h    generated from this crate by `cargo run -p xtask -- header`
//!        |
//!   version  options  client  link  quota  probe  account  profile  video  creator  login  desktop  publish  settle
//!   collect  history  caption  journaled  unfinished  webhook  events  sealing  tokens  reseal  log
//!        |                                               one file or a few per family of C functions
//!   engine  delivery  operation  completion  progress  callback    threads, work under way, and the host's functions
//!   host_store  host_rows  host_journal  host_metrics  rows    a store of the host's own
//!   loopback                                             the page of a desktop login
//!        |
//!   text  bytes  view  status  error  handle  guard      what each of them is made of
//!        |
//!   testing                                              faults on demand, in no library that ships
//! ```
//!
//! Every entry runs inside [`guard`], so that no panic reaches the host, and touches the host's pointers through
//! [`handle`], [`view`], [`bytes`] and [`text`] alone. The doc comments of public items are the documentation of the C
//! header.
#![expect(non_camel_case_types, reason = "types and variants carry the names that C sees")]
#![expect(clippy::missing_safety_doc, reason = "what a caller owes is said once, at the top of the header")]
#![deny(clippy::panic, clippy::indexing_slicing)]

pub mod account;
mod bytes;
pub mod callback;
pub mod caption;
pub mod client;
pub mod collect;
pub mod collect_report;
mod completion;
pub mod creator;
mod delivery;
pub mod desktop;
mod engine;
pub mod error;
pub mod events;
mod guard;
mod handle;
pub mod history;
mod host_journal;
mod host_metrics;
mod host_rows;
pub mod host_store;
pub mod journaled;
pub mod link;
pub mod log;
pub mod login;
pub mod login_request;
mod loopback;
mod operation;
pub mod option_limits;
pub mod options;
pub mod outcome;
pub mod post_settings;
pub mod probe;
pub mod profile;
mod progress;
pub mod publish;
pub mod publish_request;
pub mod publish_source;
pub mod quota;
pub mod quota_calls;
pub mod reseal;
pub mod resume;
mod rows;
pub mod sealing;
pub mod settle;
pub mod status;
mod testing;
pub mod text;
pub mod tokens;
pub mod unfinished;
pub mod version;
pub mod video;
mod view;
pub mod webhook;
