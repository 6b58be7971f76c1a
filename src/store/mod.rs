//! Stores: five small interfaces for accounts, the publish journal, leases, metrics and usage. Stores receive encrypted values only
//! and have no key.
//!
//! Two stores are included, and each implements all five: [`MemoryStore`] and [`SqliteStore`]. A host can implement the traits for
//! its own store. Every method must be durable when its future completes, and must not call back into the client.

mod accounts;
#[cfg(any(test, feature = "test-util"))]
pub mod conformance;
mod journal;
mod leases;
mod memory;
mod metrics;
mod sqlite;
mod usage;

pub(crate) use accounts::all_accounts;
pub use accounts::{
    AccountPage, AccountPatch, AccountRow, AccountStore, Expected, RefreshState, SealedTokens, TokenExpiry,
};
pub(crate) use journal::FinalStatus;
pub use journal::{JournalStore, PublishRow};
pub use leases::LeaseStore;
pub use memory::MemoryStore;
pub use metrics::{MetricsClaim, MetricsRow, MetricsStore};
pub use sqlite::SqliteStore;
pub use usage::{CountedRequest, UsageStore};
