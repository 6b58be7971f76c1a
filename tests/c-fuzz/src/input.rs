//! Converts bytes to choices. After the last byte, a generator that they seed continues, so that a short input makes as many
//! calls as a long one.

/// Texts that pass more checks than random bytes.
const WORDS: [&str; 24] = [
    "",
    "t",
    "-000AAAA",
    "user.info.basic",
    "video.publish",
    "2026-11-01",
    "2026-02-30",
    "SELF_ONLY",
    "PUBLIC_TO_EVERYONE",
    "access_token",
    "refresh_token",
    "key-1",
    "v_pub_url~v2.123",
    "v_inbox_file~v2.1",
    "http://127.0.0.1:9/callback",
    "https://example.com/video.mp4",
    "/callback?code=c&state=s",
    "__Host-toklink=x; other=y",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "t=1,s=00",
    "[\"0\"]",
    "tl1.AAAA.BBBB",
    "#fun and @games \u{1F980}",
    "-1",
];

/// None of these texts is the path of a file that a test may write to, or that never ends.
const PATHS: [&str; 5] = ["", "/nonexistent/toklink.db", "/", "/dev/null", "Cargo.toml"];

pub(crate) struct Input<'a> {
    rest: &'a [u8],
    state: u64,
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        // FNV-1a, and never 0, because xorshift of 0 is always 0.
        let mix = |state: u64, byte: &u8| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        let state = bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix);
        Self { rest: bytes, state: state.max(1) }
    }

    pub(crate) fn byte(&mut self) -> u8 {
        if let Some((first, rest)) = self.rest.split_first() {
            self.rest = rest;
            return *first;
        }
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.to_le_bytes()[3]
    }

    pub(crate) fn two_bytes(&mut self) -> usize {
        usize::from(u16::from_le_bytes([self.byte(), self.byte()]))
    }

    /// Returns a number below `count`, which is not 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count.max(1)
    }

    /// Returns a small number, an edge value, or any number.
    pub(crate) fn number(&mut self) -> u64 {
        match self.byte() {
            byte @ 0..=127 => u64::from(byte % 32),
            128..=143 => u64::MAX,
            144..=159 => u64::from(u32::MAX),
            160..=175 => i64::MAX.unsigned_abs(),
            176..=191 => i64::MIN.unsigned_abs(),
            _ => u64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    /// Returns bytes that are valid text in seven of eight cases.
    pub(crate) fn text(&mut self, name: &str) -> Vec<u8> {
        if name == "path" {
            return PATHS[self.below(PATHS.len())].as_bytes().to_vec();
        }
        match self.byte() {
            0..=191 => WORDS[self.below(WORDS.len())].as_bytes().to_vec(),
            192..=207 => "x".repeat(self.two_bytes()).into_bytes(),
            208..=223 => b"before\0after".to_vec(),
            _ => {
                let length = self.below(48);
                (0..length).map(|_| self.byte()).collect()
            }
        }
    }
}
