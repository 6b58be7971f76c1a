//! Which requests are counted, per what, and how many fit in which time.

use crate::error::{Error, ErrorKind, Result};
use std::time::Duration;

/// What is counted. One request can be of several kinds: a direct post is a [`QuotaKind::PublishInit`] and a
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
    /// A question what the creator may post (`creator_info/query`).
    CreatorInfo,
    /// The begin of a direct post, a draft or a photo post: the three share one bucket.
    PublishInit,
    /// A question how far a post has come (`status/fetch`).
    PublishStatus,
    /// A video, photo post or draft handed to TikTok, as the dashboard counts them per day.
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

    /// The lower-camel spelling that JavaScript and JSON use, for example `userInfo`.
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

    /// Reads the lower-camel spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// How a sentence calls several of them.
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
    /// The length in milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u32 {
        match self {
            Self::Minute => 60_000,
            Self::Day => 86_400_000,
        }
    }

    /// The length.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.as_millis() as u64)
    }

    /// How a sentence calls it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Minute => "60 seconds",
            Self::Day => "24 hours",
        }
    }
}

/// Who shares a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All accounts of one client key together.
    App,
    /// One connected account: a store row holds exactly one access token at a time, so this is TikTok's "per user
    /// access token" without handling the token.
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
    /// A rule. [`ErrorKind::Config`] when the limit is zero, since nothing could ever be sent under it.
    pub fn new(span: Span, scope: Scope, limit: u32) -> Result<Self> {
        if limit == 0 {
            return Err(Error::new(
                ErrorKind::Config,
                "A quota limit of 0 would refuse every request: give at least 1, or remove the rule.",
            ));
        }
        Ok(Self { span, scope, limit })
    }

    const fn known(span: Span, scope: Scope, limit: u32) -> Self {
        Self { span, scope, limit }
    }

    /// The length of the window.
    #[must_use]
    pub const fn span(self) -> Span {
        self.span
    }

    /// Who shares the window.
    #[must_use]
    pub const fn scope(self) -> Scope {
        self.scope
    }

    /// How many requests fit in it.
    #[must_use]
    pub const fn limit(self) -> u32 {
        self.limit
    }
}

/// Requests per minute to each of `user/info`, `video/list` and `video/query`, "set and enforced separately"
/// (docs/tiktok-api.md 4.5 and 8). Per what is not stated; the client key is the safe reading.
const DISPLAY_PER_MINUTE: u32 = 600;
/// Requests per minute and access token to `creator_info/query` (docs/tiktok-api.md 8).
const CREATOR_INFO_PER_MINUTE: u32 = 20;
/// Requests per minute and access token to `video/init`, `inbox/video/init` and `content/init` (docs/tiktok-api.md 8).
/// Whether the three share the figure is not stated; counting them together is the safe reading.
const PUBLISH_INIT_PER_MINUTE: u32 = 6;
/// Requests per minute and access token to `status/fetch` (docs/tiktok-api.md 8).
const PUBLISH_STATUS_PER_MINUTE: u32 = 30;

/// The dashboard's own figure for profile reads per day and account. TikTok documents no daily limit
/// (docs/tiktok-api.md 4.5); this one is the product's promise.
const USER_INFO_PER_DAY: u32 = 100;
/// The dashboard's own figure for video list pages per day and account (docs/tiktok-api.md 4.5 has none).
const VIDEO_LIST_PER_DAY: u32 = 100;
/// The dashboard's own figure for uploads per day and account. TikTok's cap is about 15 a day, varies by creator
/// and is told by TikTok alone (docs/tiktok-api.md 5.11).
const VIDEO_UPLOAD_PER_DAY: u32 = 24;

/// The rules per kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaPolicy {
    rules: [Vec<Rule>; QuotaKind::ALL.len()],
}

impl QuotaPolicy {
    /// No rule at all: everything is let through. A starting point for a policy of one's own.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { rules: Default::default() }
    }

    /// What TikTok documents (docs/tiktok-api.md 8), and nothing else.
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

    /// [`QuotaPolicy::documented`] and 24 uploads per account and day, since TikTok caps posts per creator and day without
    /// publishing the cap (docs/tiktok-api.md 5.11). The default.
    #[must_use]
    pub fn standard() -> Self {
        Self::documented().with_rule(QuotaKind::VideoUpload, per_day(VIDEO_UPLOAD_PER_DAY))
    }

    /// [`QuotaPolicy::standard`] and the daily limits of the dashboard's first plan per account: 100 profile reads and 100 video
    /// list pages. A job that reads every 15 minutes uses them up.
    #[must_use]
    pub fn planned() -> Self {
        Self::standard()
            .with_rule(QuotaKind::UserInfo, per_day(USER_INFO_PER_DAY))
            .with_rule(QuotaKind::VideoList, per_day(VIDEO_LIST_PER_DAY))
    }

    /// Adds the rule to `kind`, in place of the one with the same span if there is one.
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

    /// The rules that requests of `kind` must keep, all of them at once.
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
    fn the_documented_figures_are_those_of_section_8() {
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
    fn default_adds_only_the_daily_upload_limit() {
        let policy = QuotaPolicy::default();
        let daily = QuotaKind::ALL.into_iter().filter(|kind| limit(&policy, *kind, Span::Day).is_some());
        assert_eq!(daily.collect::<Vec<_>>(), [QuotaKind::VideoUpload]);
        assert_eq!(limit(&policy, QuotaKind::VideoUpload, Span::Day), Some((Scope::Account, 24)));
    }

    #[test]
    fn planned_adds_the_dashboards_daily_limits() {
        let policy = QuotaPolicy::planned();
        let day = |kind| limit(&policy, kind, Span::Day);
        assert_eq!(day(QuotaKind::UserInfo), Some((Scope::Account, 100)));
        assert_eq!(day(QuotaKind::VideoList), Some((Scope::Account, 100)));
        assert_eq!(day(QuotaKind::VideoUpload), Some((Scope::Account, 24)));
        assert_eq!(limit(&policy, QuotaKind::UserInfo, Span::Minute), Some((Scope::App, 600)));
    }

    #[test]
    fn a_rule_replaces_the_one_with_the_same_span_and_no_other() {
        let rule = Rule::new(Span::Minute, Scope::Account, 3).unwrap();
        let policy = QuotaPolicy::planned().with_rule(QuotaKind::UserInfo, rule);
        assert_eq!(limit(&policy, QuotaKind::UserInfo, Span::Minute), Some((Scope::Account, 3)));
        assert_eq!(limit(&policy, QuotaKind::UserInfo, Span::Day), Some((Scope::Account, 100)));
        let policy = policy.without_rule(QuotaKind::UserInfo, Span::Day);
        assert_eq!(policy.rules(QuotaKind::UserInfo), [rule]);
    }

    #[test]
    fn a_limit_of_zero_is_refused() {
        assert_eq!(Rule::new(Span::Day, Scope::App, 0).unwrap_err().kind(), ErrorKind::Config);
    }

    #[test]
    fn every_kind_reads_back_from_its_spelling() {
        for kind in QuotaKind::ALL {
            assert_eq!(QuotaKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(QuotaKind::parse("UserInfo"), None);
    }
}
