//! Generates identifiers in TikTok's formats (docs/tiktok-api.md 0.5). The same seed produces the same identifiers.

use sha2::{Digest, Sha256};

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes `bytes` as lowercase hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Returns the output of `SplitMix64` for `state`.
pub(crate) fn split_mix_64(state: u64) -> u64 {
    let mut z = state.wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// `SplitMix64`: a small generator whose output is the same on every platform and in every version.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    seed: u64,
    state: u64,
    sequence: u32,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, state: seed, sequence: 0 }
    }

    fn next(&mut self) -> u64 {
        let drawn = split_mix_64(self.state);
        self.state = self.state.wrapping_add(STEP);
        drawn
    }

    /// Returns a number in `0..bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn base64url(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(BASE64URL[usize::try_from(self.below(64)).unwrap_or(0)])).collect()
    }

    /// Returns an ID of 19 digits; `id >> 32` is the Unix second of creation. The low half is a permuted counter, so all IDs
    /// are unique.
    pub(crate) fn snowflake(&mut self, now_ms: i64) -> u64 {
        self.sequence = self.sequence.wrapping_add(1);
        let low = self.sequence.wrapping_mul(0x9E37_79B1);
        (u64::try_from(now_ms / 1000).unwrap_or(0) << 32) | u64::from(low)
    }

    /// Returns a log ID: a UTC timestamp of 14 digits, then 20 uppercase hex digits.
    pub(crate) fn log_id(&mut self, now_ms: i64) -> String {
        let tail = format!("{:016X}{:04X}", self.next(), self.below(0x1_0000));
        format!("{}{tail}", stamp(now_ms))
    }

    /// Returns a token that starts with `act.`, `rft.` or `clt.` and contains `*` and `!`, as TikTok's tokens do.
    pub(crate) fn token(&mut self, prefix: &str) -> String {
        let body = self.base64url(48);
        let end = self.base64url(20);
        format!("{prefix}.{body}*{end}!{}.u1", 1000 + self.below(9000))
    }

    /// Returns an authorization code of about 250 characters. Its suffix, such as `*1!6431.u1`, must be percent-encoded
    /// in transit.
    pub(crate) fn code(&mut self) -> String {
        let body = self.base64url(250);
        format!("{body}*1!{}.u1", 1000 + self.below(9000))
    }

    pub(crate) fn uuid(&mut self) -> String {
        uuid_of(self.next(), self.next())
    }

    /// Returns the `open_id` of a user, which differs between apps.
    pub(crate) fn open_id(&self, client_key: &str, username: &str) -> String {
        let digest = self.digest(&["open_id", client_key, username]);
        let tail: String = digest.iter().map(|b| char::from(BASE64URL[usize::from(b & 63)])).collect();
        format!("-000{tail}")
    }

    /// Returns the `union_id` of a user, which is the same in all apps of one developer.
    pub(crate) fn union_id(&self, username: &str) -> String {
        let digest = self.digest(&["union_id", username]);
        let part = |at: usize| digest[at..at + 8].iter().fold(0_u64, |all, b| (all << 8) | u64::from(*b));
        uuid_of(part(0), part(8))
    }

    /// Returns a signature of 32 hex digits for a URL that is served until `expires`, in Unix seconds.
    pub(crate) fn signature(&self, path: &str, expires: i64) -> String {
        hex(&self.digest(&["signature", path, &expires.to_string()])[..16])
    }

    fn digest(&self, parts: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        for part in parts {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize().into()
    }
}

fn uuid_of(high: u64, low: u64) -> String {
    let tail = low & 0xFFFF_FFFF_FFFF;
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{tail:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFF,
        low >> 52
    )
}

/// Formats a time as `YYYYMMDDHHMMSS` in UTC, with the civil-from-days algorithm.
fn stamp(now_ms: i64) -> String {
    let seconds = now_ms.div_euclid(1000);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_documented_formats() {
        let mut ids = Ids::new(7);
        let now = 1_795_372_113_000;
        assert_eq!(ids.snowflake(now).to_string().len(), 19);
        assert_eq!(ids.snowflake(now) >> 32, 1_795_372_113);
        let log_id = ids.log_id(now);
        assert_eq!(log_id.len(), 34);
        assert!(log_id.starts_with("20261122"), "{log_id}");
        assert_eq!(ids.open_id("a", "b").len(), 36);
        assert_ne!(ids.open_id("a", "b"), ids.open_id("c", "b"));
        assert_eq!(ids.uuid().len(), 36);
        assert_eq!(ids.union_id("b").len(), 36);
        assert!(ids.code().contains("*1!"));
    }

    #[test]
    fn same_seed_gives_the_same_tokens() {
        let (mut a, mut b, mut c) = (Ids::new(1), Ids::new(1), Ids::new(2));
        assert_eq!(a.token("act"), b.token("act"));
        assert_ne!(a.token("act"), c.token("act"));
    }

    #[test]
    fn snowflakes_of_one_second_differ() {
        let mut ids = Ids::new(1);
        let all: std::collections::HashSet<u64> =
            (0..10_000).map(|_| ids.snowflake(1_795_372_113_000)).collect();
        assert_eq!(all.len(), 10_000);
    }
}
