//! Query parameters that the lists share.

use crate::wire::Call;

/// Number of rows on each page of a list.
pub(super) const ROWS: usize = 50;

/// Returns the `before` parameter: the row where the previous page of a list ended.
pub(super) fn before(call: &Call) -> Option<u64> {
    number(call, "before")
}

pub(super) fn number(call: &Call, name: &str) -> Option<u64> {
    call.query(name).and_then(|text| text.parse().ok())
}
