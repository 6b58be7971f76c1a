//! The limits that a client applies.

use core_toklink::{Error, QuotaPolicy, Result};

/// The limits that a client applies.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_quota_policy {
    /// TikTok's documented limits, and 24 uploads per account and day.
    TOKLINK_QUOTA_POLICY_STANDARD = 0,
    /// The standard limits, and 100 profile reads and 100 video pages per account and day.
    TOKLINK_QUOTA_POLICY_PLANNED = 1,
    /// TikTok's documented limits only.
    TOKLINK_QUOTA_POLICY_DOCUMENTED = 2,
}

/// Returns the policy with this number.
pub(crate) fn policy_of(number: u32) -> Result<QuotaPolicy> {
    use toklink_quota_policy::{
        TOKLINK_QUOTA_POLICY_DOCUMENTED, TOKLINK_QUOTA_POLICY_PLANNED, TOKLINK_QUOTA_POLICY_STANDARD,
    };
    match number {
        _ if number == TOKLINK_QUOTA_POLICY_STANDARD as u32 => Ok(QuotaPolicy::standard()),
        _ if number == TOKLINK_QUOTA_POLICY_PLANNED as u32 => Ok(QuotaPolicy::planned()),
        _ if number == TOKLINK_QUOTA_POLICY_DOCUMENTED as u32 => Ok(QuotaPolicy::documented()),
        _ => Err(Error::invalid(format!(
            "quota_policy is {number}, which is not a toklink_quota_policy; use one of its values"
        ))),
    }
}
