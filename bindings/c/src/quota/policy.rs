//! The limits that a client obeys.

use core_toklink::{ConfigProblem, Error, QuotaPolicy, Result};

/// The limits that a client obeys.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_quota_policy {
    /// The limits that TikTok documents, and 24 uploads per account and day.
    TOKLINK_QUOTA_POLICY_STANDARD = 0,
    /// The standard limits, and 100 reads of the profile and 100 pages of videos per account and day.
    TOKLINK_QUOTA_POLICY_PLANNED = 1,
    /// The limits that TikTok documents, and no others.
    TOKLINK_QUOTA_POLICY_DOCUMENTED = 2,
}

/// Returns the policy that a number of the host means.
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
