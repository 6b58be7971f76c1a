//! The limits that a client enforces.

use core_toklink::{ConfigProblem, Error, QuotaPolicy, Result};

/// The limits that a client enforces.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_quota_policy {
    /// TikTok's documented limits, and 24 uploads per account and day.
    TOKLINK_QUOTA_POLICY_STANDARD = 0,
    /// The standard limits, and 100 reads of the profile and 100 pages of videos per account and day.
    TOKLINK_QUOTA_POLICY_PLANNED = 1,
    /// Only TikTok's documented limits.
    TOKLINK_QUOTA_POLICY_DOCUMENTED = 2,
}

/// Returns the policy for a number that the host passed.
pub(crate) fn policy_of(number: u32) -> Result<QuotaPolicy> {
    use toklink_quota_policy::{
        TOKLINK_QUOTA_POLICY_DOCUMENTED, TOKLINK_QUOTA_POLICY_PLANNED, TOKLINK_QUOTA_POLICY_STANDARD,
    };
    match number {
        _ if number == TOKLINK_QUOTA_POLICY_STANDARD as u32 => Ok(QuotaPolicy::standard()),
        _ if number == TOKLINK_QUOTA_POLICY_PLANNED as u32 => Ok(QuotaPolicy::planned()),
        _ if number == TOKLINK_QUOTA_POLICY_DOCUMENTED as u32 => Ok(QuotaPolicy::documented()),
        _ => {
            let (problem, fix) =
                (format!("is {number}, which is not a toklink_quota_policy"), "use one of its values");
            Err(Error::config(vec![ConfigProblem::new("quota_policy", problem, fix)]))
        }
    }
}
