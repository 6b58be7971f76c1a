//! Posts: what is sent, the calls, and what the journal knows.

pub mod calls;
pub mod caption;
pub mod options;
pub mod outcome;
pub mod probe;
pub mod record;
pub mod source;
