//! The rules of a policy with the Redis keys of their windows.

use crate::quota::keys::QuotaSubject;
use crate::quota::policy::{QuotaKind, QuotaPolicy, Rule, Span};
use crate::quota::warning::WarningThresholds;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One rule and the prefix of its keys.
#[derive(Debug)]
pub(super) struct RuleKeys {
    pub(super) kind: QuotaKind,
    pub(super) rule: Rule,
    prefix: String,
    pub(super) warnings: WarningThresholds,
}

/// The keys of one app. All have the app's hash tag, so a cluster keeps them in one hash slot and one script can use several
/// of them: a profile read counts in a window of the app and in one of the account.
#[derive(Debug)]
pub(super) struct WindowKeys {
    all: Vec<RuleKeys>,
    pub(super) generation: String,
}

impl WindowKeys {
    pub(super) fn new(policy: &QuotaPolicy, app: &QuotaSubject) -> Self {
        let tag = format!("toklink:{{{}}}", short(app.key(super::super::policy::Scope::App)));
        let rule_keys = |kind: QuotaKind, rule: Rule| RuleKeys {
            kind,
            rule,
            prefix: format!("{tag}:{}{}:", kind.as_str(), if rule.span() == Span::Day { "Day" } else { "" }),
            warnings: WarningThresholds::of(rule.limit()),
        };
        let all = QuotaKind::ALL
            .into_iter()
            .flat_map(|kind| policy.rules(kind).iter().map(move |&rule| (kind, rule)))
            .map(|(kind, rule)| rule_keys(kind, rule))
            .collect();
        Self { all, generation: format!("{tag}:generation") }
    }

    pub(super) fn all(&self) -> &[RuleKeys] {
        &self.all
    }

    /// Returns the indexes of the rules of a request, each once.
    pub(super) fn of_kinds(&self, kinds: &[QuotaKind]) -> Vec<usize> {
        let wanted =
            |(number, rule_keys): (usize, &RuleKeys)| kinds.contains(&rule_keys.kind).then_some(number);
        self.all.iter().enumerate().filter_map(wanted).collect()
    }
}

impl RuleKeys {
    /// Returns the key of the window of `subject`. It ends in a fingerprint and contains no name.
    pub(super) fn key(&self, subject: &QuotaSubject) -> String {
        self.key_of(subject.key(self.rule.scope()))
    }

    pub(super) fn key_of(&self, key: u128) -> String {
        format!("{}{}", self.prefix, short(key))
    }
}

fn short(key: u128) -> String {
    URL_SAFE_NO_PAD.encode(key.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_share_the_tag_of_their_app_and_contain_no_names() {
        let subject = QuotaSubject::new("awapp", "studio", "-000ana");
        let keys = WindowKeys::new(&QuotaPolicy::planned(), &subject);
        let tag = keys.generation.split_inclusive('}').next().unwrap().to_owned();
        for rule_keys in keys.all() {
            let name = rule_keys.key(&subject);
            assert!(name.starts_with(&tag) && name.matches('{').count() == 1, "{name}");
            assert!(!["awapp", "studio", "ana"].iter().any(|word| name.contains(word)), "{name}");
            assert!(name.len() <= 80, "{name}");
        }
        let mut names: Vec<_> = keys.all().iter().map(|rule_keys| rule_keys.key(&subject)).collect();
        names.dedup();
        assert_eq!(names.len(), keys.all().len());
    }

    #[test]
    fn request_of_two_kinds_uses_the_rules_of_both() {
        let subject = QuotaSubject::new("awapp", "", "1");
        let keys = WindowKeys::new(&QuotaPolicy::planned(), &subject);
        let of = keys.of_kinds(&[QuotaKind::PublishInit, QuotaKind::VideoUpload]);
        let kinds: Vec<_> = of.iter().map(|&number| keys.all()[number].kind).collect();
        assert_eq!(kinds, [QuotaKind::PublishInit, QuotaKind::VideoUpload]);
        assert_eq!(keys.of_kinds(&[QuotaKind::UserInfo]).len(), 2, "a minute and a day");
    }
}
