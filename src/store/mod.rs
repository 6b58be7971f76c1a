//! Stores: five small interfaces for accounts, the publish journal, leases, metrics and usage. Stores receive only
//! encrypted values and have no encryption key.
//!
//! Two stores are included: [`MemoryStore`] and [`SqliteStore`]. Each implements all five interfaces. A host can
//! implement the traits for its own store. Every method must make its changes durable before its future completes, and
//! must not call back into the client.

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
