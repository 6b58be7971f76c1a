//! The stored metrics of an account over time.

use crate::client::account_id::key;
use crate::client::entry::wait;
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::guard;
use crate::ffi::input;
use crate::ffi::result::{self, Parts, View};
use crate::metrics::account::toklink_metrics;
use crate::runtime::task::Task;
use core_toklink::{Day, Error, Growth, MetricsGap, MetricsHistory, MetricsPoint, Result};
use std::ffi::c_char;

/// The change of the totals between two days. The sums over the newest videos have no growth, because the videos differ
/// each day.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_growth {
    /// The first day in UTC, for example `2026-11-23`.
    pub from_day: *const c_char,
    /// The last day in UTC.
    pub to_day: *const c_char,
    /// Number of days between the two.
    pub days: u32,
    /// True if `days` is the requested number. Otherwise the requested day has no metrics; `from_day` is then the
    /// nearest earlier day with metrics, or the first day with metrics.
    pub exact: bool,
    /// Change of the number of followers.
    pub followers: i64,
    /// Change of the number of followers in percent of those on `from_day`; `NaN` if there were none.
    pub followers_percent: f64,
    /// Change of the number of accounts followed.
    pub following: i64,
    /// Change of the number of likes received.
    pub likes: i64,
    /// Change of the number of public videos.
    pub videos: i64,
}

impl View<Growth> for toklink_growth {
    fn of(growth: &Growth, parts: &mut Parts) -> Self {
        Self {
            from_day: parts.text(&growth.from.to_string()),
            to_day: parts.text(&growth.to.to_string()),
            days: growth.days,
            exact: growth.exact,
            followers: growth.followers,
            followers_percent: growth.followers_percent.unwrap_or(f64::NAN),
            following: growth.following,
            likes: growth.likes,
            videos: growth.video_count,
        }
    }
}

/// The metrics of one day.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_history_point {
    /// The day in UTC, for example `2026-11-23`.
    pub day: *const c_char,
    /// The metrics; never NULL.
    pub metrics: *const toklink_metrics,
    /// The change since the previous point; NULL for the first point in the store.
    pub growth: *const toklink_growth,
}

impl View<MetricsPoint> for toklink_history_point {
    fn of(point: &MetricsPoint, parts: &mut Parts) -> Self {
        Self {
            day: parts.text(&point.day.to_string()),
            metrics: parts.child(&point.metrics),
            growth: parts.maybe_child(point.growth.as_ref()),
        }
    }
}

/// A range of days without metrics.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_history_gap {
    /// The first day without metrics, for example `2026-11-23`.
    pub from_day: *const c_char,
    /// The last day without metrics.
    pub to_day: *const c_char,
    /// Number of days without metrics.
    pub days: u32,
}

impl View<MetricsGap> for toklink_history_gap {
    fn of(gap: &MetricsGap, parts: &mut Parts) -> Self {
        Self {
            from_day: parts.text(&gap.from.to_string()),
            to_day: parts.text(&gap.to.to_string()),
            days: gap.days,
        }
    }
}

/// The stored metrics of an account in a range of days.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_history {
    /// The days with metrics, the oldest first.
    pub points: *const *const toklink_history_point,
    /// Number of `points`.
    pub point_count: usize,
    /// The gaps between the points, the oldest first.
    pub gaps: *const *const toklink_history_gap,
    /// Number of `gaps`.
    pub gap_count: usize,
    /// The change over the day before the last point; NULL without earlier metrics.
    pub over_day: *const toklink_growth,
    /// The change over the 7 days before the last point; NULL without earlier metrics.
    pub over_week: *const toklink_growth,
    /// The change over the 30 days before the last point; NULL without earlier metrics.
    pub over_month: *const toklink_growth,
}

impl View<MetricsHistory> for toklink_history {
    fn of(history: &MetricsHistory, parts: &mut Parts) -> Self {
        let (points, point_count) = parts.children(&history.points);
        let (gaps, gap_count) = parts.children(&history.gaps);
        Self {
            points,
            point_count,
            gaps,
            gap_count,
            over_day: parts.maybe_child(history.day.as_ref()),
            over_week: parts.maybe_child(history.week.as_ref()),
            over_month: parts.maybe_child(history.month.as_ref()),
        }
    }
}

/// Frees a history. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_history_free(history: *const toklink_history) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(history) });
}

/// # Safety
/// The argument is NULL or a C string.
unsafe fn day(text: *const c_char, name: &str) -> Result<Day> {
    // SAFETY: the caller guarantees valid arguments.
    let text = unsafe { input::required(text, name)? };
    Day::parse(&text).ok_or_else(|| {
        Error::invalid(format!("{name} is not a valid day; use a day in UTC such as 2026-11-23"))
    })
}

/// Reads the metrics that `toklink_collect_metrics` stored from `from_day` to `to_day` (both included, in UTC, for
/// example `2026-11-23`; at most 400 days). Reads only the store. Returns NULL on failure. Free the history with
/// `toklink_history_free`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` if a day or the range is invalid; `TOKLINK_ERR_UNAVAILABLE` if the store fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_history(
    client: *const toklink_client,
    account: *const c_char,
    from_day: *const c_char,
    to_day: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_history {
    // SAFETY: the header requires valid arguments.
    unsafe {
        wait(client, error, |_| {
            let (account, from, to) = (key(account)?, day(from_day, "from_day")?, day(to_day, "to_day")?);
            let name = "metrics_history";
            Ok(Task::new(name, move |core| async move { core.metrics_history(&account, from, to).await }))
        })
    }
}
