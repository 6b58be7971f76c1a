//! Where requests are counted.

/// Where requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QuotaSource {
    /// In the memory of this process, which knows of no other.
    Memory,
    /// In a Redis, for all processes that use it.
    Redis,
    /// In the memory of this process, under its share of the limits: Redis is away, or was not asked.
    MemoryShare,
}

impl QuotaSource {
    /// The spelling that JavaScript and JSON use: `memory`, `redis`, `memory share`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Redis => "redis",
            Self::MemoryShare => "memory share",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::QuotaSource::{Memory, MemoryShare, Redis};

    #[test]
    fn each_place_has_its_word() {
        assert_eq!(
            [Memory, Redis, MemoryShare].map(super::QuotaSource::as_str),
            ["memory", "redis", "memory share"]
        );
    }
}
