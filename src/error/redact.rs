//! Removes tokens and other secrets from texts that TikTok returned.

use super::{Error, bounded};

/// A secret is recognised by a part of this length, in bytes, which no other word contains by chance.
const TELLING_PART: usize = 8;
/// A shorter text is a word rather than a secret, such as `code` in a test.
const SHORTEST_SECRET: usize = 5;
const REDACTED: &str = "[redacted]";

impl Error {
    /// Removes these secrets, and words that contain a part of one, from the texts that TikTok returned. [`harmless`]
    /// recognises only secrets with a known prefix.
    pub(crate) fn without(mut self, secrets: &[&str]) -> Self {
        let inner = &mut *self.0;
        inner.message = without_secrets(&inner.message, secrets);
        for text in [&mut inner.tiktok_code, &mut inner.log_id, &mut inner.fail_reason] {
            *text = text.take().filter(|text| without_secrets(text, secrets) == *text);
        }
        self
    }
}

fn without_secrets(text: &str, secrets: &[&str]) -> String {
    let secrets: Vec<&str> =
        secrets.iter().copied().filter(|secret| secret.len() >= SHORTEST_SECRET).collect();
    let shares = |word: &str| {
        secrets.iter().any(|secret| {
            let mut parts = secret.as_bytes().windows(TELLING_PART.min(secret.len()));
            parts.any(|part| word.as_bytes().windows(part.len()).any(|found| found == part))
        })
    };
    if !shares(text) {
        return text.to_owned();
    }
    // A secret may contain spaces, so the whole secret is replaced before its parts.
    let text = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, REDACTED));
    let words = text.split(' ').map(|word| if word != REDACTED && shares(word) { REDACTED } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Makes text from TikTok safe to keep: shortens it to one line of limited length and redacts every word that could be
/// a token.
pub(crate) fn harmless(said: &str) -> String {
    const LONGEST_WORD: usize = 40;
    let secretive = |word: &str| {
        word.len() > LONGEST_WORD || ["act.", "rft.", "clt."].iter().any(|prefix| word.contains(prefix))
    };
    let words = said.split_whitespace().map(|word| if secretive(word) { REDACTED } else { word });
    bounded(&words.take(80).collect::<Vec<_>>().join(" "))
}
