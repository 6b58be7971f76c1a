//! The error of an expired account.

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Owner, Reason};

/// Returns the error of an expired account. `interrupted` is the start time of a refresh whose response was lost.
pub(super) fn expired(interrupted: Option<Timestamp>) -> Error {
    let (reason, message) = match interrupted {
        Some(at) => (
            Reason::RefreshInterrupted,
            format!(
                "a refresh was interrupted at {} and its response was lost; connect the account again",
                at.to_iso8601()
            ),
        ),
        None => (
            Reason::Other,
            "TikTok no longer accepts the refresh token; connect the account again".to_owned(),
        ),
    };
    Error::new(ErrorKind::Unauthorized, message).with_reason(reason).with_owner(Owner::User)
}
