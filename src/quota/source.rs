//! The places where requests are counted.

/// The counter of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QuotaSource {
    /// In the memory of this process, which counts only its own requests.
    Memory,
    /// In a Redis, for all processes that use it.
    Redis,
}

impl QuotaSource {
    /// Returns the spelling that JavaScript and JSON use: `memory` or `redis`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Redis => "redis",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::QuotaSource::{Memory, Redis};

    #[test]
    fn quota_source_has_a_stable_name() {
        assert_eq!([Memory, Redis].map(super::QuotaSource::as_str), ["memory", "redis"]);
    }
}
