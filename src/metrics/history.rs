//! Growth of stored metrics. The history lists days without metrics and never interpolates their values.

use super::AccountMetrics;
use crate::model::Day;
use crate::store::MetricsRow;
use serde::Serialize;

/// Number of days before the range whose metrics are loaded as a starting point for the 30-day growth.
pub(crate) const LOOK_BACK_DAYS: u32 = 60;

/// Growth between two days.
///
/// Growth is computed for lifetime metrics only, because the sums over the newest videos cover different videos each day.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Growth {
    /// The day from which growth is measured.
    pub from: Day,
    /// The day to which growth is measured.
    pub to: Day,
    /// Number of days between them.
    pub days: u32,
    /// True when growth covers exactly the requested number of days. Otherwise, the requested starting day has no
    /// metrics, and growth is measured from the nearest earlier day with metrics, or from the first day that has
    /// metrics.
    pub exact: bool,
    /// Change in followers; negative when followers were lost. The same applies to the following fields.
    pub followers: i64,
    /// Change in followers, in percent of the initial count; `None` when that was 0.
    pub followers_percent: Option<f64>,
    /// Change in accounts followed.
    pub following: i64,
    /// Change in likes received.
    pub likes: i64,
    /// Change in public videos.
    pub video_count: i64,
}

/// The metrics of one day.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricsPoint {
    /// The day.
    pub day: Day,
    /// The metrics.
    #[serde(flatten)]
    pub metrics: AccountMetrics,
    /// Growth since the previous point; `None` for the first.
    pub growth: Option<Growth>,
}

/// Consecutive days without metrics between two days with metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricsGap {
    /// The first day without metrics.
    pub from: Day,
    /// The last day without metrics.
    pub to: Day,
    /// Number of days.
    pub days: u32,
}

/// History of an account's metrics.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricsHistory {
    /// The first day of the range.
    pub from: Day,
    /// The last day of the range.
    pub to: Day,
    /// Each day of the range with metrics, the oldest first.
    pub points: Vec<MetricsPoint>,
    /// The days without metrics between the points.
    pub gaps: Vec<MetricsGap>,
    /// Growth over the day before the last point; `None` without earlier metrics. The same applies to the following fields.
    pub day: Option<Growth>,
    /// Growth over the 7 days before the last point.
    pub week: Option<Growth>,
    /// Growth over the 30 days before the last point.
    pub month: Option<Growth>,
}

/// Returns the history from `from` to `to`. `rows` are sorted by day, the oldest first, and may start before `from`.
pub(crate) fn history(rows: &[MetricsRow], from: Day, to: Day) -> MetricsHistory {
    let rows: Vec<&MetricsRow> = rows.iter().filter(|row| row.day <= to).collect();
    let first = rows.iter().position(|row| row.day >= from).unwrap_or(rows.len());
    let point = |(at, row): (usize, &&MetricsRow)| MetricsPoint {
        day: row.day,
        metrics: AccountMetrics::from(*row),
        growth: at.checked_sub(1).map(|before| growth(rows[before], row, 1)),
    };
    let points: Vec<_> = rows.iter().enumerate().skip(first).map(point).collect();
    let gaps = points.windows(2).filter_map(|pair| gap(pair[0].day, pair[1].day)).collect();
    let over = |days: u32| {
        let (last, earlier) = rows.split_last().filter(|(last, _)| last.day >= from)?;
        let wanted = last.day.before(days);
        let base = earlier.iter().rev().find(|row| row.day <= wanted).or_else(|| earlier.first())?;
        Some(growth(base, last, days))
    };
    MetricsHistory { from, to, points, gaps, day: over(1), week: over(7), month: over(30) }
}

fn gap(before: Day, after: Day) -> Option<MetricsGap> {
    let days = after.days_since(before).checked_sub(1).filter(|days| *days > 0)?;
    Some(MetricsGap { from: after.before(days), to: after.before(1), days })
}

#[expect(clippy::cast_precision_loss, reason = "53 bits are enough for a displayed percentage")]
fn growth(base: &MetricsRow, last: &MetricsRow, wanted_days: u32) -> Growth {
    let days = last.day.days_since(base.day);
    let followers = last.followers.saturating_sub(base.followers);
    let percent = || followers as f64 / base.followers as f64 * 100.0;
    Growth {
        from: base.day,
        to: last.day,
        days,
        exact: days == wanted_days,
        followers,
        followers_percent: (base.followers > 0).then(percent),
        following: last.following.saturating_sub(base.following),
        likes: last.likes.saturating_sub(base.likes),
        video_count: last.video_count.saturating_sub(base.video_count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::AccountKey;
    use proptest::prelude::*;

    fn row(day: i64, followers: i64) -> MetricsRow {
        MetricsRow {
            account: AccountKey::new("", "ana"),
            day: Day::from_number(day),
            followers,
            following: 1,
            likes: 10 * followers,
            video_count: 3,
            videos_read: 3,
            views: 100,
            video_likes: 10,
            comments: 1,
            shares: 1,
            read_at: Timestamp::from_secs(day * 86_400),
        }
    }

    fn between(rows: &[MetricsRow], from: i64, to: i64) -> MetricsHistory {
        history(rows, Day::from_number(from), Day::from_number(to))
    }

    #[test]
    fn growth_is_measured_from_the_exact_day_when_available() {
        let rows: Vec<_> = (0..40).map(|day| row(day, 1000 + day * day)).collect();
        let found = between(&rows, 33, 39);
        assert_eq!((found.points.len(), found.gaps.len()), (7, 0));
        for (growth, days) in [(&found.day, 1), (&found.week, 7), (&found.month, 30)] {
            let growth = growth.as_ref().unwrap();
            let base = 39 - i64::from(days);
            assert_eq!((growth.days, growth.exact, growth.followers), (days, true, 39 * 39 - base * base));
        }
        assert_eq!(found.points[0].growth.as_ref().unwrap().from, Day::from_number(32));
    }

    #[test]
    fn gap_is_listed_and_growth_across_it_counts_its_days() {
        let rows = [row(0, 100), row(9, 90), row(10, 120)];
        let found = between(&rows, 0, 12);
        assert_eq!(found.gaps, [MetricsGap { from: Day::from_number(1), to: Day::from_number(8), days: 8 }]);
        let across = found.points[1].growth.as_ref().unwrap();
        assert_eq!((across.days, across.exact, across.followers), (9, false, -10));
        let week = found.week.unwrap();
        assert_eq!((week.from, week.days, week.exact, week.followers), (Day::from_number(0), 10, false, 20));
        assert_eq!(week.followers_percent, Some(20.0));
        assert!(found.day.unwrap().exact);
    }

    #[test]
    fn history_of_one_day_has_no_growth() {
        let found = between(&[row(5, 100)], 0, 9);
        assert!(found.day.is_none() && found.week.is_none() && found.points[0].growth.is_none());
        assert!(between(&[row(5, 100)], 6, 9).points.is_empty());
        assert_eq!(between(&[row(1, 0), row(2, 7)], 0, 9).day.unwrap().followers_percent, None);
    }

    proptest! {
        /// Checks for any set of days that points and gaps together cover the days from the first point to the last,
        /// and that the growth of all points adds up to the total change.
        #[test]
        fn points_and_gaps_cover_every_day_exactly_once(
            days in proptest::collection::btree_map(0_i64..120, 0_i64..1_000_000, 1..60),
            from in 0_i64..120,
            length in 0_i64..120,
        ) {
            let rows: Vec<_> = days.iter().map(|(day, followers)| row(*day, *followers)).collect();
            let found = between(&rows, from, from + length);
            let in_range: Vec<_> = rows.iter().filter(|row| row.day >= found.from && row.day <= found.to).collect();
            prop_assert_eq!(found.points.len(), in_range.len());
            if let (Some(first), Some(last)) = (in_range.first(), in_range.last()) {
                let covered = found.points.len() + found.gaps.iter().map(|gap| gap.days as usize).sum::<usize>();
                prop_assert_eq!(covered, last.day.days_since(first.day) as usize + 1);
                let steps = found.points.iter().skip(1).map(|point| point.growth.as_ref().unwrap().followers);
                prop_assert_eq!(steps.sum::<i64>(), last.followers - first.followers);
            }
        }
    }
}
