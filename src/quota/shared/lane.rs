//! The rules of a policy as Redis counts them: a name and the figures of each window.

use crate::quota::keys::QuotaSubject;
use crate::quota::policy::{QuotaKind, QuotaPolicy, Rule, Span};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Warnings are given when this many percent of a window are occupied, as in one process.
const WARN_PERCENT: [u8; 2] = [80, 95];

/// One rule and how its windows are called.
#[derive(Debug)]
pub(super) struct SharedLane {
    pub(super) kind: QuotaKind,
    pub(super) rule: Rule,
    prefix: String,
    pub(super) warn_at: [u32; 2],
    pub(super) calm_below: u32,
}

/// The windows of one app. All have its tag, so that a cluster keeps them in one slot and one script can take several:
/// a profile read counts in a window of the app and in one of the account.
#[derive(Debug)]
pub(super) struct Lanes {
    all: Vec<SharedLane>,
    pub(super) mark: String,
}

impl Lanes {
    pub(super) fn new(policy: &QuotaPolicy, app: &QuotaSubject) -> Self {
        let tag = format!("toklink:{{{}}}", short(app.key(super::super::policy::Scope::App)));
        let lane = |kind: QuotaKind, rule: Rule| SharedLane {
            kind,
            rule,
            prefix: format!("{tag}:{}{}:", kind.as_str(), if rule.span() == Span::Day { "Day" } else { "" }),
            warn_at: WARN_PERCENT.map(|of| {
                u32::try_from((u64::from(rule.limit()) * u64::from(of)).div_ceil(100)).unwrap_or(rule.limit())
            }),
            calm_below: (rule.limit() / 2).max(1),
        };
        let all = QuotaKind::ALL
            .into_iter()
            .flat_map(|kind| policy.rules(kind).iter().map(move |&rule| (kind, rule)))
            .map(|(kind, rule)| lane(kind, rule))
            .collect();
        Self { all, mark: format!("{tag}:mark") }
    }

    pub(super) fn all(&self) -> &[SharedLane] {
        &self.all
    }

    /// The lanes of a request, by number: each once.
    pub(super) fn of(&self, kinds: &[QuotaKind]) -> Vec<usize> {
        let wanted = |(number, lane): (usize, &SharedLane)| kinds.contains(&lane.kind).then_some(number);
        self.all.iter().enumerate().filter_map(wanted).collect()
    }
}

impl SharedLane {
    /// What the window of `subject` is called. It names nobody: the last part is a fingerprint.
    pub(super) fn name(&self, subject: &QuotaSubject) -> String {
        self.name_of(subject.key(self.rule.scope()))
    }

    pub(super) fn name_of(&self, key: u128) -> String {
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
    fn names_hold_no_account_and_share_the_tag_of_their_app() {
        let subject = QuotaSubject::new("awapp", "studio", "-000ana");
        let lanes = Lanes::new(&QuotaPolicy::planned(), &subject);
        let tag = lanes.mark.split_inclusive('}').next().unwrap().to_owned();
        for lane in lanes.all() {
            let name = lane.name(&subject);
            assert!(name.starts_with(&tag) && name.matches('{').count() == 1, "{name}");
            assert!(!["awapp", "studio", "ana"].iter().any(|word| name.contains(word)), "{name}");
            assert!(name.len() <= 80, "{name}");
        }
        let mut names: Vec<_> = lanes.all().iter().map(|lane| lane.name(&subject)).collect();
        names.dedup();
        assert_eq!(names.len(), lanes.all().len());
    }

    #[test]
    fn a_request_of_two_kinds_counts_in_the_windows_of_both() {
        let subject = QuotaSubject::new("awapp", "", "1");
        let lanes = Lanes::new(&QuotaPolicy::planned(), &subject);
        let of = lanes.of(&[QuotaKind::PublishInit, QuotaKind::VideoUpload]);
        let kinds: Vec<_> = of.iter().map(|&number| lanes.all()[number].kind).collect();
        assert_eq!(kinds, [QuotaKind::PublishInit, QuotaKind::VideoUpload]);
        assert_eq!(lanes.of(&[QuotaKind::UserInfo]).len(), 2, "a minute and a day");
    }
}
