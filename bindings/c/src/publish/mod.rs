//! Posts: their content, the functions that publish them, and their records in the journal.

pub mod calls;
pub mod caption;
pub mod options;
pub mod outcome;
pub mod probe;
pub mod record;
pub mod source;
