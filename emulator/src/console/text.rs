//! Formats times and sizes for people.

use time::OffsetDateTime;

/// Formats Unix milliseconds as `2026-11-22 18:40:00 UTC`.
pub(super) fn utc(ms: i64) -> String {
    date_time(ms).map_or_else(|| format!("{ms} ms"), |(date, time)| format!("{date} {time} UTC"))
}

/// Formats Unix milliseconds as `18:40:00.250`, for lists with many entries per second.
pub(super) fn time_of_day(ms: i64) -> String {
    let thousandths = ms.rem_euclid(1000);
    date_time(ms).map_or_else(|| format!("{ms} ms"), |(_, time)| format!("{time}.{thousandths:03}"))
}

fn date_time(ms: i64) -> Option<(String, String)> {
    let at = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).ok()?;
    let date = format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day());
    Some((date, format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())))
}

/// Formats a duration in milliseconds in its two largest units: `2 d 3 h`, `5 min`, `3.5 s`.
pub(super) fn span(ms: i64) -> String {
    let ms = ms.max(0);
    let (days, hours, minutes) = (ms / 86_400_000, ms / 3_600_000 % 24, ms / 60_000 % 60);
    let seconds = ms / 1000 % 60;
    let two = |large: i64, name: &str, small: i64, small_name: &str| match small {
        0 => format!("{large} {name}"),
        _ => format!("{large} {name} {small} {small_name}"),
    };
    if days > 0 {
        two(days, "d", hours, "h")
    } else if hours > 0 {
        two(hours, "h", minutes, "min")
    } else if minutes > 0 {
        two(minutes, "min", seconds, "s")
    } else if ms >= 1000 {
        let tenths = ms % 1000 / 100;
        if tenths == 0 { format!("{seconds} s") } else { format!("{seconds}.{tenths} s") }
    } else {
        format!("{ms} ms")
    }
}

/// Formats a size: `12 B`, `3.4 KiB`, `1.0 GiB`.
pub(super) fn bytes(count: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    // Rounds tenths down, so that 1023.9 KiB is not shown as 1 MiB.
    let (mut tenths, mut unit) = (u128::from(count) * 10 / 1024, 0);
    while tenths >= 10_240 && unit + 1 < units.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, units[unit])
}

/// Formats a number with its noun: `1 chunk`, `2 chunks`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_formatted_from_the_epoch_to_year_9999() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(1_795_372_800_250), "2026-11-22 18:40:00 UTC");
        assert_eq!(time_of_day(1_795_372_800_250), "18:40:00.250");
        assert_eq!(utc(253_402_300_799_000), "9999-12-31 23:59:59 UTC");
        assert_eq!(utc(i64::MAX), "9223372036854775807 ms");
        assert_eq!(utc(i64::MIN), "-9223372036854775808 ms");
    }

    #[test]
    fn spans_have_at_most_two_units() {
        let all = [(0, "0 ms"), (999, "999 ms"), (3_000, "3 s"), (3_500, "3.5 s"), (60_000, "1 min")];
        let more = [(3_599_000, "59 min 59 s"), (7_200_000, "2 h"), (90_000_000, "1 d 1 h"), (-5, "0 ms")];
        for (ms, words) in all.into_iter().chain(more) {
            assert_eq!(span(ms), words);
        }
    }

    #[test]
    fn sizes_use_binary_units() {
        let all = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (10_485_760, "10.0 MiB"),
            (1_048_575, "1023.9 KiB"),
        ];
        for (count, words) in all {
            assert_eq!(bytes(count), words);
        }
        assert_eq!(bytes(u64::MAX), "16777215.9 TiB");
    }
}
