//! The limits: kinds of requests, scopes, windows, and the policies that combine them.

use crate::error::{Error, ErrorKind, Result};
use std::time::Duration;

/// A kind of request that has limits. One request can be of several kinds: a direct post counts as [`QuotaKind::PublishInit`] and a
/// [`QuotaKind::VideoUpload`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QuotaKind {
    /// A read of the profile (`/v2/user/info/`).
    UserInfo,
    /// A page of the video list (`/v2/video/list/`).
    VideoList,
    /// A query of videos by id (`/v2/video/query/`).
    VideoQuery,
    /// A query of the creator's posting options (`creator_info/query`).
    CreatorInfo,
    /// The start of a direct post, a draft or a photo post. All three share one window.
    PublishInit,
    /// A query of a publish's status (`status/fetch`).
    PublishStatus,
    /// A video, photo post or draft sent to TikTok, as the dashboard counts them per day.
    VideoUpload,
}

impl QuotaKind {
    /// Every kind, in the order in which [`Limiter::status`](super::Limiter::status) lists them.
    pub const ALL: [QuotaKind; 7] = [
        Self::UserInfo,
        Self::VideoList,
        Self::VideoQuery,
        Self::CreatorInfo,
        Self::PublishInit,
        Self::PublishStatus,
        Self::VideoUpload,
    ];

    /// Returns the lower-camel spelling that JavaScript and JSON use, for example `userInfo`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserInfo => "userInfo",
            Self::VideoList => "videoList",
            Self::VideoQuery => "videoQuery",
            Self::CreatorInfo => "creatorInfo",
            Self::PublishInit => "publishInit",
            Self::PublishStatus => "publishStatus",
            Self::VideoUpload => "videoUpload",
        }
    }

    /// Parses the lower-camel spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Returns the plural for error messages.
    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::UserInfo => "profile reads",
            Self::VideoList => "video list pages",
            Self::VideoQuery => "video queries",
            Self::CreatorInfo => "creator info queries",
            Self::PublishInit => "publish starts",
            Self::PublishStatus => "publish status queries",
            Self::VideoUpload => "uploads",
        }
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

/// The length of a sliding window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    /// 60 seconds.
    Minute,
    /// 24 hours, sliding: a slot used at noon is free at noon of the next day.
    Day,
}

impl Span {
    /// Returns the length in milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u32 {
        match self {
            Self::Minute => 60_000,
            Self::Day => 86_400_000,
        }
    }

    /// Returns the length.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.as_millis() as u64)
    }

    /// Returns the length for error messages.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Minute => "60 seconds",
            Self::Day => "24 hours",
        }
    }
}

/// The requests that share a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All accounts of one client key together.
    App,
    /// One connected account. The store keeps one access token per account, so this equals TikTok's "per user access
    /// token" without handling the token.
    Account,
}

/// At most `limit` requests in any window of length `span`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    span: Span,
    scope: Scope,
    limit: u32,
}

impl Rule {
    /// Creates a rule.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when the limit is 0, which would refuse every request.
    pub fn new(span: Span, scope: Scope, limit: u32) -> Result<Self> {
        if limit == 0 {
            return Err(Error::new(
                ErrorKind::Config,
                "a quota limit of 0 rejects every request; use 1 or more, or remove the rule",
            ));
        }
        Ok(Self { span, scope, limit })
    }

    const fn known(span: Span, scope: Scope, limit: u32) -> Self {
        Self { span, scope, limit }
    }

    /// Returns the length of the window.
    #[must_use]
    pub const fn span(self) -> Span {
        self.span
    }

    /// Returns the scope of the window.
    #[must_use]
    pub const fn scope(self) -> Scope {
        self.scope
    }

    /// Returns the maximum number of requests in the window.
    #[must_use]
    pub const fn limit(self) -> u32 {
        self.limit
    }
}

/// Requests per minute to each of `user/info`, `video/list` and `video/query`, "set and enforced separately"
/// (docs/tiktok-api.md 4.5 and 8). TikTok does not state the scope; per client key is the conservative interpretation.
const DISPLAY_PER_MINUTE: u32 = 600;
/// Requests per minute and access token to `creator_info/query` (docs/tiktok-api.md 8).
const CREATOR_INFO_PER_MINUTE: u32 = 20;
/// Requests per minute and access token to `video/init`, `inbox/video/init` and `content/init` (docs/tiktok-api.md 8).
/// TikTok does not state whether the three share the limit; one window for all is the conservative interpretation.
const PUBLISH_INIT_PER_MINUTE: u32 = 6;
/// Requests per minute and access token to `status/fetch` (docs/tiktok-api.md 8).
const PUBLISH_STATUS_PER_MINUTE: u32 = 30;

/// The dashboard's own limit of profile reads per day and account. TikTok documents no daily limit
/// (docs/tiktok-api.md 4.5).
const USER_INFO_PER_DAY: u32 = 100;
/// The dashboard's own limit of video list pages per day and account. TikTok documents none (docs/tiktok-api.md 4.5).
const VIDEO_LIST_PER_DAY: u32 = 100;
/// The dashboard's own limit of uploads per day and account. TikTok's limit is about 15 a day, varies by creator, and
/// only shows when TikTok refuses a post (docs/tiktok-api.md 5.11).
const VIDEO_UPLOAD_PER_DAY: u32 = 24;

/// The rules of each kind of request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaPolicy {
    rules: [Vec<Rule>; QuotaKind::ALL.len()],
}

impl QuotaPolicy {
    /// Returns a policy without rules, the starting point of a custom policy.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { rules: Default::default() }
    }

    /// Returns the limits that TikTok documents (docs/tiktok-api.md 8).
    #[must_use]
    pub fn documented() -> Self {
        let minute = |scope, limit| Rule::known(Span::Minute, scope, limit);
        Self::unlimited()
            .with_rule(QuotaKind::UserInfo, minute(Scope::App, DISPLAY_PER_MINUTE))
            .with_rule(QuotaKind::VideoList, minute(Scope::App, DISPLAY_PER_MINUTE))
            .with_rule(QuotaKind::VideoQuery, minute(Scope::App, DISPLAY_PER_MINUTE))
            .with_rule(QuotaKind::CreatorInfo, minute(Scope::Account, CREATOR_INFO_PER_MINUTE))
            .with_rule(QuotaKind::PublishInit, minute(Scope::Account, PUBLISH_INIT_PER_MINUTE))
            .with_rule(QuotaKind::PublishStatus, minute(Scope::Account, PUBLISH_STATUS_PER_MINUTE))
    }

    /// Returns [`QuotaPolicy::documented`] and 24 uploads per account and day, because TikTok limits posts per creator and
    /// day without publishing the limit (docs/tiktok-api.md 5.11). The default.
    #[must_use]
    pub fn standard() -> Self {
        Self::documented().with_rule(QuotaKind::VideoUpload, per_day(VIDEO_UPLOAD_PER_DAY))
    }

    /// Returns [`QuotaPolicy::standard`] and the daily limits of the dashboard's first plan per account: 100 profile reads and
    /// 100 video list pages. A job that reads every 15 minutes reaches these limits.
    #[must_use]
    pub fn planned() -> Self {
        Self::standard()
            .with_rule(QuotaKind::UserInfo, per_day(USER_INFO_PER_DAY))
            .with_rule(QuotaKind::VideoList, per_day(VIDEO_LIST_PER_DAY))
    }

    /// Adds a rule to `kind`, or replaces the one with the same span.
    #[must_use]
    pub fn with_rule(self, kind: QuotaKind, rule: Rule) -> Self {
        let mut policy = self.without_rule(kind, rule.span);
        policy.rules[kind.index()].push(rule);
        policy
    }

    /// Removes the rule of `kind` with this span.
    #[must_use]
    pub fn without_rule(mut self, kind: QuotaKind, span: Span) -> Self {
        self.rules[kind.index()].retain(|rule| rule.span != span);
        self
    }

    /// Returns the rules of `kind`. A request must keep all of them.
    #[must_use]
    pub fn rules(&self, kind: QuotaKind) -> &[Rule] {
        &self.rules[kind.index()]
    }
}

impl Default for QuotaPolicy {
    fn default() -> Self {
        Self::standard()
    }
}

const fn per_day(limit: u32) -> Rule {
    Rule::known(Span::Day, Scope::Account, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(policy: &QuotaPolicy, kind: QuotaKind, span: Span) -> Option<(Scope, u32)> {
        let rule = policy.rules(kind).iter().find(|rule| rule.span() == span)?;
        Some((rule.scope(), rule.limit()))
    }

    #[test]
    fn documented_policy_has_the_limits_of_section_8() {
        let policy = QuotaPolicy::documented();
        let minute = |kind| limit(&policy, kind, Span::Minute);
        assert_eq!(minute(QuotaKind::UserInfo), Some((Scope::App, 600)));
        assert_eq!(minute(QuotaKind::VideoList), Some((Scope::App, 600)));
        assert_eq!(minute(QuotaKind::VideoQuery), Some((Scope::App, 600)));
        assert_eq!(minute(QuotaKind::CreatorInfo), Some((Scope::Account, 20)));
        assert_eq!(minute(QuotaKind::PublishInit), Some((Scope::Account, 6)));
        assert_eq!(minute(QuotaKind::PublishStatus), Some((Scope::Account, 30)));
        assert!(QuotaKind::ALL.into_iter().all(|kind| limit(&policy, kind, Span::Day).is_none()));
    }

    #[test]
    fn default_policy_adds_only_the_daily_upload_limit() {
        let policy = QuotaPolicy::default();
        let daily = QuotaKind::ALL.into_iter().filter(|kind| limit(&policy, *kind, Span::Day).is_some());
        assert_eq!(daily.collect::<Vec<_>>(), [QuotaKind::VideoUpload]);
        assert_eq!(limit(&policy, QuotaKind::VideoUpload, Span::Day), Some((Scope::Account, 24)));
    }

    #[test]
    fn planned_policy_adds_the_daily_limits_of_the_dashboard() {
        let policy = QuotaPolicy::planned();
        let day = |kind| limit(&policy, kind, Span::Day);
        assert_eq!(day(QuotaKind::UserInfo), Some((Scope::Account, 100)));
        assert_eq!(day(QuotaKind::VideoList), Some((Scope::Account, 100)));
        assert_eq!(day(QuotaKind::VideoUpload), Some((Scope::Account, 24)));
        assert_eq!(limit(&policy, QuotaKind::UserInfo, Span::Minute), Some((Scope::App, 600)));
    }

    #[test]
    fn rule_replaces_only_a_rule_with_the_same_span() {
        let rule = Rule::new(Span::Minute, Scope::Account, 3).unwrap();
        let policy = QuotaPolicy::planned().with_rule(QuotaKind::UserInfo, rule);
        assert_eq!(limit(&policy, QuotaKind::UserInfo, Span::Minute), Some((Scope::Account, 3)));
        assert_eq!(limit(&policy, QuotaKind::UserInfo, Span::Day), Some((Scope::Account, 100)));
        let policy = policy.without_rule(QuotaKind::UserInfo, Span::Day);
        assert_eq!(policy.rules(QuotaKind::UserInfo), [rule]);
    }

    #[test]
    fn rule_rejects_a_limit_of_zero() {
        assert_eq!(Rule::new(Span::Day, Scope::App, 0).unwrap_err().kind(), ErrorKind::Config);
    }

    #[test]
    fn kind_round_trips_through_its_spelling() {
        for kind in QuotaKind::ALL {
            assert_eq!(QuotaKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(QuotaKind::parse("UserInfo"), None);
    }
}
