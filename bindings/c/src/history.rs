//! What became of an account's figures from day to day.

use crate::client::{account, engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::profile::toklink_account_metrics;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::{guard, handle, view};
use core_toklink::{Day, Error, Growth, MetricsGap, MetricsHistory, MetricsPoint, Result};

/// A day (UTC) as text.
fn spelled(day: Day) -> Text {
    Text::new(&day.to_string())
}

/// Reads a day that the host spelled.
///
/// # Safety
/// The text is readable.
unsafe fn day_of(text: toklink_str, name: &str) -> Result<Day> {
    // SAFETY: the caller's promise.
    let text = unsafe { text.read(name)? };
    Day::parse(text).ok_or_else(|| Error::invalid(format!("{name} is a day in UTC, for example 2026-11-23")))
}

/// How lifetime figures changed from one day to a later one. It belongs to its history. The sums over the newest videos
/// have no growth, since they are over other videos each day.
///
/// Thread safety: it never changes; any number of threads may read it.
#[derive(Debug)]
pub struct toklink_metrics_growth {
    from_day: Text,
    to_day: Text,
    growth: Growth,
}

impl From<Growth> for toklink_metrics_growth {
    fn from(growth: Growth) -> Self {
        Self { from_day: spelled(growth.from), to_day: spelled(growth.to), growth }
    }
}

/// The day that it is measured from, as `2026-11-23`. Lives as long as the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_growth_from_day(
    growth: *const toklink_metrics_growth,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(growth, |held| Some(&held.from_day)) }
}

/// The day that it is measured to. Lives as long as the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_growth_to_day(growth: *const toklink_metrics_growth) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(growth, |held| Some(&held.to_day)) }
}

/// Days between the two.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_growth_days(growth: *const toklink_metrics_growth) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(growth, 0, |held| held.growth.days) }
}

/// Whether they are as many as was asked for. If not, the day that was wanted has no figures, and the nearest before it was
/// taken, or the first there is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_growth_exact(growth: *const toklink_metrics_growth) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(growth, false, |held| held.growth.exact) }
}

/// Followers won; negative when lost, as the next ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_growth_followers(growth: *const toklink_metrics_growth) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(growth, 0, |held| held.growth.followers) }
}

/// The same in percent of the followers at the beginning. Returns whether there were any, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_growth_followers_percent(
    growth: *const toklink_metrics_growth,
    out_value: *mut f64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(growth, None, |held| held.growth.followers_percent), out_value) }
}

/// Accounts followed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_growth_following(growth: *const toklink_metrics_growth) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(growth, 0, |held| held.growth.following) }
}

/// Likes received.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_growth_likes(growth: *const toklink_metrics_growth) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(growth, 0, |held| held.growth.likes) }
}

/// Public videos.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_growth_video_count(growth: *const toklink_metrics_growth) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(growth, 0, |held| held.growth.video_count) }
}

/// The figures of one day. It belongs to its history.
///
/// Thread safety: it never changes; any number of threads may read it.
#[derive(Debug)]
pub struct toklink_metrics_point {
    day: Text,
    metrics: toklink_account_metrics,
    growth: Option<toklink_metrics_growth>,
}

impl From<MetricsPoint> for toklink_metrics_point {
    fn from(point: MetricsPoint) -> Self {
        Self {
            day: spelled(point.day),
            metrics: point.metrics.into(),
            growth: point.growth.map(toklink_metrics_growth::from),
        }
    }
}

/// The day in UTC, as `2026-11-23`. Lives as long as the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_point_day(point: *const toklink_metrics_point) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(point, |held| Some(&held.day)) }
}

/// The figures of the day; NULL for NULL. They belong to the history: do not free them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_point_metrics(
    point: *const toklink_metrics_point,
) -> *const toklink_account_metrics {
    // SAFETY: the conventions of the header.
    unsafe { view::part(point, |held| Some(&held.metrics)) }
}

/// What changed since the figures before it; NULL for the first that there are. It belongs to the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_point_growth(
    point: *const toklink_metrics_point,
) -> *const toklink_metrics_growth {
    // SAFETY: the conventions of the header.
    unsafe { view::part(point, |held| held.growth.as_ref()) }
}

/// Days without figures between two that have some. It belongs to its history.
///
/// Thread safety: it never changes; any number of threads may read it.
#[derive(Debug)]
pub struct toklink_metrics_gap {
    from_day: Text,
    to_day: Text,
    days: u32,
}

impl From<MetricsGap> for toklink_metrics_gap {
    fn from(gap: MetricsGap) -> Self {
        Self { from_day: spelled(gap.from), to_day: spelled(gap.to), days: gap.days }
    }
}

/// The first day without figures, as `2026-11-23`. Lives as long as the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_gap_from_day(gap: *const toklink_metrics_gap) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(gap, |held| Some(&held.from_day)) }
}

/// The last day without figures. Lives as long as the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_gap_to_day(gap: *const toklink_metrics_gap) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(gap, |held| Some(&held.to_day)) }
}

/// How many days they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_gap_days(gap: *const toklink_metrics_gap) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(gap, 0, |held| held.days) }
}

/// What became of an account's figures.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_metrics_history {
    points: Vec<toklink_metrics_point>,
    gaps: Vec<toklink_metrics_gap>,
    day: Option<toklink_metrics_growth>,
    week: Option<toklink_metrics_growth>,
    month: Option<toklink_metrics_growth>,
}

impl From<MetricsHistory> for toklink_metrics_history {
    fn from(history: MetricsHistory) -> Self {
        Self {
            points: history.points.into_iter().map(toklink_metrics_point::from).collect(),
            gaps: history.gaps.into_iter().map(toklink_metrics_gap::from).collect(),
            day: history.day.map(toklink_metrics_growth::from),
            week: history.week.map(toklink_metrics_growth::from),
            month: history.month.map(toklink_metrics_growth::from),
        }
    }
}

/// Frees the history and all that belongs to it. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_history_free(history: *mut toklink_metrics_history) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(history) });
}

/// How many days of the range have figures; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_history_point_count(
    history: *const toklink_metrics_history,
) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(history, 0, |held| held.points.len()) }
}

/// The day at `index`, from 0 and the oldest first; NULL beyond the last. It belongs to the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_history_point_at(
    history: *const toklink_metrics_history,
    index: usize,
) -> *const toklink_metrics_point {
    // SAFETY: the conventions of the header.
    unsafe { view::part(history, |held| held.points.get(index)) }
}

/// How many stretches without figures lie between those days.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_history_gap_count(history: *const toklink_metrics_history) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(history, 0, |held| held.gaps.len()) }
}

/// The stretch at `index`, from 0; NULL beyond the last. It belongs to the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_history_gap_at(
    history: *const toklink_metrics_history,
    index: usize,
) -> *const toklink_metrics_gap {
    // SAFETY: the conventions of the header.
    unsafe { view::part(history, |held| held.gaps.get(index)) }
}

/// Growth over the day before the last point; NULL without earlier figures. It belongs to the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_history_over_day(
    history: *const toklink_metrics_history,
) -> *const toklink_metrics_growth {
    // SAFETY: the conventions of the header.
    unsafe { view::part(history, |held| held.day.as_ref()) }
}

/// Growth over the 7 days before the last point; NULL without earlier figures. It belongs to the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_history_over_week(
    history: *const toklink_metrics_history,
) -> *const toklink_metrics_growth {
    // SAFETY: the conventions of the header.
    unsafe { view::part(history, |held| held.week.as_ref()) }
}

/// Growth over the 30 days before the last point; NULL without earlier figures. It belongs to the history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_history_over_month(
    history: *const toklink_metrics_history,
) -> *const toklink_metrics_growth {
    // SAFETY: the conventions of the header.
    unsafe { view::part(history, |held| held.month.as_ref()) }
}

/// The figures that `toklink_client_collect_metrics` stored from `from_day` to `to_day` (both included, in UTC, as `2026-11-23`), and
/// their growth over a day, 7 and 30 days. Asks the store alone. Give the history back with `toklink_metrics_history_free`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` when a day is misspelled, `from_day` is after `to_day` or more than 400 days before it;
/// `TOKLINK_ERR_UNAVAILABLE` when the store fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_metrics_history(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    from_day: toklink_str,
    to_day: toklink_str,
    out_history: *mut *mut toklink_metrics_history,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, from, to) = unsafe {
            (
                Output::at(out_history)?,
                engine(client)?,
                account(tenant, open_id)?,
                day_of(from_day, "from_day")?,
                day_of(to_day, "to_day")?,
            )
        };
        let core = engine.client()?;
        let found =
            engine.wait("metrics_history", async move { core.metrics_history(&account, from, to).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
