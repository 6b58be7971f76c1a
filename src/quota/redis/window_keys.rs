//! The Redis keys of the windows of a policy.

use crate::quota::keys::{Fingerprint, QuotaSubject};
use crate::quota::limits::{Limit, Limits};
use crate::quota::policy::{QuotaPolicy, Scope, Span};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The keys of one app. All have the app's hash tag, so a cluster keeps them in one hash slot and one script can use several
/// of them: a profile read counts in a window of the app and in one of the account.
#[derive(Debug)]
pub(super) struct WindowKeys {
    pub(super) limits: Limits,
    /// The prefix of the keys of each limit.
    prefixes: Vec<String>,
    pub(super) generation: String,
}

impl WindowKeys {
    pub(super) fn new(policy: &QuotaPolicy, app: &QuotaSubject) -> Self {
        let tag = format!("toklink:{{{}}}", short(app.key(Scope::App)));
        let limits = Limits::new(policy);
        let prefix = |(_, limit): (u8, &Limit)| {
            let span = if limit.rule.span() == Span::Day { "Day" } else { "" };
            format!("{tag}:{}{span}:", limit.kind.as_str())
        };
        let prefixes = limits.iter().map(prefix).collect();
        Self { limits, prefixes, generation: format!("{tag}:generation") }
    }

    /// Returns the key of the window of `subject` under limit `number`. It ends in a fingerprint and contains no name.
    pub(super) fn key(&self, number: u8, subject: &QuotaSubject) -> String {
        self.key_of(number, subject.key(self.limits.get(number).rule.scope()))
    }

    pub(super) fn key_of(&self, number: u8, key: Fingerprint) -> String {
        format!("{}{}", self.prefixes[usize::from(number)], short(key))
    }
}

fn short(key: Fingerprint) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_share_the_tag_of_their_app_and_contain_no_names() {
        let subject = QuotaSubject::new("awapp", "studio", "-000ana");
        let keys = WindowKeys::new(&QuotaPolicy::planned(), &subject);
        let tag = keys.generation.split_inclusive('}').next().unwrap().to_owned();
        let mut names: Vec<_> = keys.limits.iter().map(|(number, _)| keys.key(number, &subject)).collect();
        for name in &names {
            assert!(name.starts_with(&tag) && name.matches('{').count() == 1, "{name}");
            assert!(!["awapp", "studio", "ana"].iter().any(|word| name.contains(word)), "{name}");
            assert!(name.len() <= 80, "{name}");
        }
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
