//! Names the points of a refresh at which a crash, a pause or another process may interfere. The model in `tests/model`
//! takes the same steps, and `tests/kill` kills a process at each point.

/// A point in a refresh, named after the step that has just been completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Failpoint {
    /// The refresh has started; nothing has been done yet.
    Started,
    /// The lease was acquired, or the wait for it timed out.
    LeaseAcquired,
    /// The row was read under the lease.
    RowRead,
    /// The intent is durable; the token will be sent next.
    IntentWritten,
    /// TikTok has responded; only this process has the response.
    ReplyRead,
    /// The new token pair is encrypted; it will be stored next.
    PairEncrypted,
    /// The write found another value in the row and changed nothing.
    SwapLost,
    /// The new token pair is durable.
    PairWritten,
    /// TikTok responded with `invalid_grant`; the row will be read next to confirm the rejection.
    InvalidGrantRead,
    /// The account is marked as expired.
    ExpiredWritten,
    /// The time of the interrupted refresh is stored for the expired account.
    ReasonWritten,
    /// TikTok did not consume the token, and the intent is closed.
    IntentCleared,
    /// The lease was released; waiting callers will receive the result next.
    LeaseReleased,
}

impl Failpoint {
    /// All points, in the order of a refresh.
    pub const ALL: [Self; 13] = [
        Self::Started,
        Self::LeaseAcquired,
        Self::RowRead,
        Self::IntentWritten,
        Self::ReplyRead,
        Self::PairEncrypted,
        Self::SwapLost,
        Self::PairWritten,
        Self::InvalidGrantRead,
        Self::ExpiredWritten,
        Self::ReasonWritten,
        Self::IntentCleared,
        Self::LeaseReleased,
    ];

    /// Returns the name that `TOKLINK_KILL_AT` accepts, for example `intent_written`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::LeaseAcquired => "lease_acquired",
            Self::RowRead => "row_read",
            Self::IntentWritten => "intent_written",
            Self::ReplyRead => "reply_read",
            Self::PairEncrypted => "pair_encrypted",
            Self::SwapLost => "swap_lost",
            Self::PairWritten => "pair_written",
            Self::InvalidGrantRead => "invalid_grant_read",
            Self::ExpiredWritten => "expired_written",
            Self::ReasonWritten => "reason_written",
            Self::IntentCleared => "intent_cleared",
            Self::LeaseReleased => "lease_released",
        }
    }
}

/// Does nothing in a release build.
#[cfg(not(feature = "test-util"))]
#[inline]
pub(super) const fn failpoint(_: Failpoint) {}

#[cfg(feature = "test-util")]
pub(super) use hook::failpoint;

#[cfg(feature = "test-util")]
mod hook {
    use super::Failpoint;
    use std::process::{Command, abort, id};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// The point at which this process is killed, from `TOKLINK_KILL_AT=<point>:<n>`: when it is reached for the n-th
    /// time, counted from 1.
    static PLAN: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);

    pub(in crate::session) fn failpoint(step: Failpoint) {
        let plan = PLAN.get_or_init(|| parse(&std::env::var("TOKLINK_KILL_AT").ok()?));
        if let Some((name, nth)) = plan
            && name == step.name()
            && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *nth
        {
            die();
        }
    }

    fn parse(plan: &str) -> Option<(String, u32)> {
        let (name, nth) = plan.split_once(':').unwrap_or((plan, "1"));
        Some((name.to_owned(), nth.parse().ok()?))
    }

    /// Ends the process like `kill -9`, without flushing or dropping anything. Aborts if `kill` is unavailable.
    fn die() -> ! {
        let _ = Command::new("kill").args(["-9", &id().to_string()]).status();
        abort()
    }
}

#[cfg(test)]
mod tests {
    use super::Failpoint;
    use std::collections::BTreeSet;

    #[test]
    fn failpoints_have_unique_names() {
        let names: BTreeSet<_> = Failpoint::ALL.iter().map(|step| step.name()).collect();
        assert_eq!(names.len(), Failpoint::ALL.len());
    }
}
