//! The scripts that Redis runs, and what they answer.

use super::lane::{Lanes, SharedLane};
use super::link::Link;
use crate::quota::keys::QuotaSubject;
use crate::quota::policy::Span;
use redis::{ErrorKind, RedisError, RedisResult, Script, Value};
use std::time::Duration;

/// How long a slot is held for a request that its process never speaks of again: a call's longest time
/// (30 s) and as much again as a busy machine may need before and after it. Then it is taken to be answered.
pub(super) const LONGEST_FLIGHT: Duration = Duration::from_secs(45);

/// Every script begins with what is true for all.
macro_rules! script {
    ($name:literal) => {
        Script::new(concat!(include_str!("window.lua"), include_str!($name)))
    };
}

#[derive(Debug)]
pub(super) struct Scripts {
    take: Script,
    settle: Script,
    report: Script,
    read: Script,
    reset: Script,
    /// Time runs so many times faster: tests cannot wait for a day.
    pub(super) haste: u32,
}

/// The answer to a request for slots. `at_us` is Redis's time in microseconds.
#[derive(Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "only the oracle of the tests asks when it was"))]
pub(super) enum Taken {
    Granted {
        at_us: u64,
        mark: String,
        slots: Vec<TakenSlot>,
    },
    /// The window of this place in the request is full longest, and for this long.
    Full {
        at_us: u64,
        mark: String,
        blocked: usize,
        wait: Duration,
    },
    /// This is another server than before, or it has lost what it knew.
    Lost,
    /// After a loss nothing is let through for this long.
    Quiet {
        mark: String,
        wait: Duration,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct TakenSlot {
    /// When the slot ends by itself, in Redis's milliseconds: its name there.
    pub(super) ends: u64,
    pub(super) count: u32,
    /// A warning that is due: 1 for the first mark, 2 for the second.
    pub(super) level: u8,
}

/// How a flight ended, as a script spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Landing {
    Complete,
    Release,
    Throttled,
}

/// What one window holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fill {
    pub(super) count: u32,
    pub(super) remaining: u32,
    pub(super) resets_in: Duration,
}

impl Scripts {
    pub(super) fn new(haste: u32) -> Self {
        Self {
            take: script!("take.lua"),
            settle: script!("settle.lua"),
            report: script!("report.lua"),
            read: script!("read.lua"),
            reset: script!("reset.lua"),
            haste,
        }
    }

    fn to_redis(&self, duration: Duration) -> u64 {
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX) / u64::from(self.haste)
    }

    fn length(&self, span: Span) -> u64 {
        self.to_redis(span.duration())
    }

    fn told(&self, ms: u64) -> Duration {
        Duration::from_millis(ms.saturating_mul(u64::from(self.haste)))
    }

    /// Takes a slot in each of the windows `numbers` of `lanes`, in one round trip.
    pub(super) async fn take(
        &self,
        link: &Link,
        lanes: &Lanes,
        numbers: &[usize],
        subject: &QuotaSubject,
        marks: (&str, &str),
    ) -> RedisResult<Taken> {
        let mut call = self.take.prepare_invoke();
        call.key(&lanes.mark).arg(marks.0).arg(marks.1).arg(self.to_redis(LONGEST_FLIGHT));
        for lane in chosen(lanes, numbers) {
            call.key(lane.name(subject)).arg(lane.rule.limit()).arg(self.length(lane.rule.span()));
            call.arg(lane.warn_at[0]).arg(lane.warn_at[1]).arg(lane.calm_below);
        }
        self.read_taken(&link.run::<Vec<Value>>(&call).await?, numbers.len())
    }

    /// What the script says of so many windows.
    fn read_taken(&self, answer: &[Value], windows: usize) -> RedisResult<Taken> {
        let whole = |at: usize| number(answer, at);
        match whole(0)? {
            0 => Ok(Taken::Full {
                at_us: whole(1)?,
                mark: text(answer, 2)?,
                blocked: usize::try_from(whole(3)?).unwrap_or(0),
                wait: self.told(whole(4)?),
            }),
            1 => {
                let slot = |place: usize| {
                    let at = 3 + place * 3;
                    Ok(TakenSlot {
                        ends: whole(at)?,
                        count: u32::try_from(whole(at + 1)?).unwrap_or(u32::MAX),
                        level: u8::try_from(whole(at + 2)?).unwrap_or(0),
                    })
                };
                let slots = (0..windows).map(slot).collect::<RedisResult<_>>()?;
                Ok(Taken::Granted { at_us: whole(1)?, mark: text(answer, 2)?, slots })
            }
            2 => Ok(Taken::Lost),
            3 => Ok(Taken::Quiet { mark: text(answer, 2)?, wait: self.told(whole(3)?) }),
            _ => Err(strange()),
        }
    }

    /// Ends the flight that holds `slots`; gives Redis's time in microseconds, or `None` when Redis has lost it.
    pub(super) async fn settle(
        &self,
        link: &Link,
        lanes: &Lanes,
        slots: &[(usize, u64)],
        subject: &QuotaSubject,
        mark: &str,
        landing: Landing,
    ) -> RedisResult<Option<u64>> {
        let mut call = self.settle.prepare_invoke();
        call.key(&lanes.mark).arg(mark);
        for &(number, ends) in slots {
            let Some(lane) = lanes.all().get(number) else { continue };
            let what = match (landing, lane.rule.span()) {
                (Landing::Complete, _) => "c",
                // Nothing was served, so the day is not charged.
                (Landing::Release, _) | (Landing::Throttled, Span::Day) => "r",
                (Landing::Throttled, Span::Minute) => "t",
            };
            call.key(lane.name(subject)).arg(self.length(lane.rule.span())).arg(ends).arg(what);
        }
        let answer: Vec<Value> = link.run(&call).await?;
        Ok(if number(&answer, 0)? == 1 { Some(number(&answer, 1)?) } else { None })
    }

    /// Counts what was answered before: windows by name, each with the time that is left of its slots. Gives the mark.
    pub(super) async fn report(
        &self,
        link: &Link,
        lanes: &Lanes,
        windows: &[(String, Vec<Duration>)],
        marks: (&str, &str),
        quiet: Duration,
    ) -> RedisResult<String> {
        let mut call = self.report.prepare_invoke();
        call.key(&lanes.mark).arg(marks.0).arg(marks.1).arg(self.to_redis(quiet));
        for (name, left) in windows {
            let packed: Vec<u8> = left.iter().flat_map(|&left| self.packed(left)).collect();
            call.key(name).arg(packed);
        }
        let answer: Vec<Value> = link.run(&call).await?;
        text(&answer, 2)
    }

    /// Rounded up, as an answer is.
    fn packed(&self, left: Duration) -> [u8; 4] {
        let ms = left.as_nanos().div_ceil(1_000_000 * u128::from(self.haste));
        u32::try_from(ms).unwrap_or(u32::MAX).to_le_bytes()
    }

    /// Empties every window of `subject`.
    pub(super) async fn reset(&self, link: &Link, lanes: &Lanes, subject: &QuotaSubject) -> RedisResult<()> {
        let mut call = self.reset.prepare_invoke();
        call.key(&lanes.mark);
        for lane in lanes.all() {
            call.key(lane.name(subject));
        }
        link.run::<Vec<Value>>(&call).await.map(drop)
    }

    /// What every window of `subject` holds, in the order of `lanes`.
    pub(super) async fn read(
        &self,
        link: &Link,
        lanes: &Lanes,
        subject: &QuotaSubject,
    ) -> RedisResult<Vec<Fill>> {
        let mut call = self.read.prepare_invoke();
        call.key(&lanes.mark);
        for lane in lanes.all() {
            call.key(lane.name(subject)).arg(lane.rule.limit()).arg(self.length(lane.rule.span()));
        }
        let answer: Vec<Value> = link.run(&call).await?;
        let fill = |place: usize| {
            let at = 3 + place * 3;
            Ok(Fill {
                count: u32::try_from(number(&answer, at)?).unwrap_or(u32::MAX),
                remaining: u32::try_from(number(&answer, at + 1)?).unwrap_or(0),
                resets_in: self.told(number(&answer, at + 2)?),
            })
        };
        (0..lanes.all().len()).map(fill).collect()
    }
}

fn chosen<'a>(lanes: &'a Lanes, numbers: &'a [usize]) -> impl Iterator<Item = &'a SharedLane> {
    numbers.iter().filter_map(|&number| lanes.all().get(number))
}

fn number(answer: &[Value], at: usize) -> RedisResult<u64> {
    match answer.get(at) {
        Some(&Value::Int(number)) => u64::try_from(number).map_err(|_| strange()),
        _ => Err(strange()),
    }
}

fn text(answer: &[Value], at: usize) -> RedisResult<String> {
    match answer.get(at) {
        Some(Value::BulkString(bytes)) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        _ => Err(strange()),
    }
}

fn strange() -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, "this is no answer of the script that was run"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_script_of_ours_answers_is_refused() {
        let scripts = Scripts::new(1);
        let text = || Value::BulkString(b"mark".to_vec());
        let strange: [Vec<Value>; 6] = [
            vec![],
            vec![Value::Int(9)],
            vec![text()],
            vec![Value::Int(-1)],
            vec![Value::Int(3), Value::Nil, Value::Int(7)],
            vec![Value::Int(1), Value::Int(5), text(), Value::Int(1), Value::Int(1)],
        ];
        for answer in strange {
            let error = scripts.read_taken(&answer, 1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedReturnType, "{answer:?}");
        }
        assert!(matches!(scripts.read_taken(&[Value::Int(2)], 1), Ok(Taken::Lost)));
    }
}
