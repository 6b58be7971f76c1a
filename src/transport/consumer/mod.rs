//! Responses of the consumer API: its envelope and its error table.

pub mod envelope;
mod verdict;
