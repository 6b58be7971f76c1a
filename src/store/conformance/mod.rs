//! Conformance checks for stores. Pass a new, empty store to each function. A function panics at the first requirement
//! of its trait that the store violates, and returns errors of the store itself.
//!
//! ```
//! # use toklink::store::{MemoryStore, conformance};
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! conformance::accounts(&MemoryStore::new()).await?;
//! conformance::journal(&MemoryStore::new()).await?;
//! conformance::leases(&MemoryStore::new()).await?;
//! conformance::metrics(&MemoryStore::new()).await?;
//! conformance::usage(&MemoryStore::new()).await?;
//! # toklink::error::Result::Ok(())
//! # }).unwrap();
//! ```

mod accounts;
mod journal;
mod leases;
mod metrics;
mod usage;

pub use accounts::accounts;
pub use journal::journal;
pub use leases::leases;
pub use metrics::metrics;
pub use usage::usage;
