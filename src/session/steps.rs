//! Names the steps of a refresh, between which a crash, a pause or another process may occur. The model in `tests/model` takes the
//! same steps, and `tests/kill` kills a process at each of them.

/// A point in a refresh, named after what has just happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// The refresh started; nothing was done yet.
    Began,
    /// The lease was acquired, or the wait for it timed out.
    LeaseTaken,
    /// The row was read under the lease.
    RowRead,
    /// The intent is durable; the token is sent next.
    IntentWritten,
    /// TikTok has answered; only this process has the answer.
    ReplyRead,
    /// The new pair is encrypted; it is stored next.
    PairSealed,
    /// The write found another value in the row and changed nothing.
    SwapLost,
    /// The new pair is durable.
    PairWritten,
    /// TikTok answered `invalid_grant`; the row is read next to confirm it.
    RefusalRead,
    /// The account is marked as expired.
    ExpiredWritten,
    /// The time of the interrupted refresh is stored with the expired account.
    ReasonWritten,
    /// TikTok did not use up the token, and the intent is closed again.
    IntentWithdrawn,
    /// The lease was released; waiting callers receive the result next.
    LeaseReturned,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 13] = [
        Self::Began,
        Self::LeaseTaken,
        Self::RowRead,
        Self::IntentWritten,
        Self::ReplyRead,
        Self::PairSealed,
        Self::SwapLost,
        Self::PairWritten,
        Self::RefusalRead,
        Self::ExpiredWritten,
        Self::ReasonWritten,
        Self::IntentWithdrawn,
        Self::LeaseReturned,
    ];

    /// Returns the name that `TOKLINK_KILL_AT` accepts, for example `intent_written`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Began => "began",
            Self::LeaseTaken => "lease_taken",
            Self::RowRead => "row_read",
            Self::IntentWritten => "intent_written",
            Self::ReplyRead => "reply_read",
            Self::PairSealed => "pair_sealed",
            Self::SwapLost => "swap_lost",
            Self::PairWritten => "pair_written",
            Self::RefusalRead => "refusal_read",
            Self::ExpiredWritten => "expired_written",
            Self::ReasonWritten => "reason_written",
            Self::IntentWithdrawn => "intent_withdrawn",
            Self::LeaseReturned => "lease_returned",
        }
    }
}

/// Does nothing in a release build.
#[cfg(not(feature = "test-util"))]
#[inline]
pub(super) const fn reached(_: Step) {}

#[cfg(feature = "test-util")]
pub(super) use hook::reached;

#[cfg(feature = "test-util")]
mod hook {
    use super::Step;
    use std::process::{Command, abort, id};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// The point at which this process is killed, from `TOKLINK_KILL_AT=<step>:<n>`: the n-th time, counted from 1.
    static PLAN: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);

    pub(in crate::session) fn reached(step: Step) {
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

    /// Ends the process as `kill -9` does, without flushing or dropping anything. Where `kill` is unavailable, it aborts.
    fn die() -> ! {
        let _ = Command::new("kill").args(["-9", &id().to_string()]).status();
        abort()
    }
}

#[cfg(test)]
mod tests {
    use super::Step;
    use std::collections::BTreeSet;

    #[test]
    fn steps_have_unique_names() {
        let names: BTreeSet<_> = Step::ALL.iter().map(|step| step.name()).collect();
        assert_eq!(names.len(), Step::ALL.len());
    }
}
