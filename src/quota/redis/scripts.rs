//! The Lua scripts that Redis runs, and their replies.

use super::connection::Connection;
use super::window_keys::WindowKeys;
use crate::quota::keys::QuotaSubject;
use crate::quota::limits::Usage;
use crate::quota::policy::Span;
use redis::{ErrorKind, RedisError, RedisResult, Script, Value};
use std::time::Duration;

/// The time for which Redis keeps a slot without a report of the outcome: the timeout of a call (30 s), plus 15 s for a slow
/// machine. After that, the request counts as answered.
pub(super) const MAX_IN_FLIGHT: Duration = Duration::from_secs(45);

/// Loads a script behind `window.lua`, which all scripts share.
macro_rules! script {
    ($name:literal) => {
        Script::new(concat!(include_str!("window.lua"), include_str!($name)))
    };
}

#[derive(Debug)]
pub(super) struct Scripts {
    take: Script,
    finish: Script,
    report: Script,
    read: Script,
    reset: Script,
    /// The factor by which time runs faster; 1 outside of tests.
    pub(super) time_scale: u32,
}

/// The reply to a request for slots. `at_us` is the time of Redis in microseconds.
#[derive(Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "only the oracle of the tests reads the time"))]
pub(super) enum TakeReply {
    Granted {
        at_us: u64,
        generation: String,
        slots: Vec<GrantedSlot>,
    },
    /// The window at index `blocked` of the request has the longest wait.
    Full {
        at_us: u64,
        generation: String,
        blocked: usize,
        wait: Duration,
    },
    /// The server has another generation: it is a different server, or it has lost its counts.
    Lost,
    /// The server grants nothing for `wait`, because its counts were lost.
    Paused {
        generation: String,
        wait: Duration,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct GrantedSlot {
    /// The end of the slot in Redis's milliseconds, which also identifies it.
    pub(super) ends: u64,
    pub(super) count: u32,
    /// The warning that is due: 1 for the first threshold, 2 for the second, 0 for none.
    pub(super) level: u8,
}

/// The outcome of a permitted request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PermitOutcome {
    Complete,
    Release,
    Throttled,
}

impl Scripts {
    pub(super) fn new(time_scale: u32) -> Self {
        Self {
            take: script!("take.lua"),
            finish: script!("finish.lua"),
            report: script!("report.lua"),
            read: script!("read.lua"),
            reset: script!("reset.lua"),
            time_scale,
        }
    }

    fn to_redis(&self, duration: Duration) -> u64 {
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX) / u64::from(self.time_scale)
    }

    fn length(&self, span: Span) -> u64 {
        self.to_redis(span.duration())
    }

    fn to_duration(&self, ms: u64) -> Duration {
        Duration::from_millis(ms.saturating_mul(u64::from(self.time_scale)))
    }

    /// Takes a slot in each of the windows under the limits `numbers`, in one round trip.
    pub(super) async fn take(
        &self,
        connection: &Connection,
        keys: &WindowKeys,
        numbers: &[u8],
        subject: &QuotaSubject,
        generations: (&str, &str),
    ) -> RedisResult<TakeReply> {
        let mut call = self.take.prepare_invoke();
        call.key(&keys.generation).arg(generations.0).arg(generations.1).arg(self.to_redis(MAX_IN_FLIGHT));
        for &number in numbers {
            let limit = keys.limits.get(number);
            call.key(keys.key(number, subject)).arg(limit.rule.limit()).arg(self.length(limit.rule.span()));
            let thresholds = limit.thresholds;
            call.arg(thresholds.warn_at[0]).arg(thresholds.warn_at[1]).arg(thresholds.rearm_below);
        }
        self.parse_take(&connection.run::<Vec<Value>>(&call).await?, numbers.len())
    }

    /// Parses the reply of `take.lua` for this number of windows.
    fn parse_take(&self, answer: &[Value], windows: usize) -> RedisResult<TakeReply> {
        let whole = |at: usize| number(answer, at);
        match whole(0)? {
            0 => Ok(TakeReply::Full {
                at_us: whole(1)?,
                generation: text(answer, 2)?,
                blocked: usize::try_from(whole(3)?).unwrap_or(0),
                wait: self.to_duration(whole(4)?),
            }),
            1 => {
                let slot = |index: usize| {
                    let at = 3 + index * 3;
                    Ok(GrantedSlot {
                        ends: whole(at)?,
                        count: u32::try_from(whole(at + 1)?).unwrap_or(u32::MAX),
                        level: u8::try_from(whole(at + 2)?).unwrap_or(0),
                    })
                };
                let slots = (0..windows).map(slot).collect::<RedisResult<_>>()?;
                Ok(TakeReply::Granted { at_us: whole(1)?, generation: text(answer, 2)?, slots })
            }
            2 => Ok(TakeReply::Lost),
            3 => Ok(TakeReply::Paused { generation: text(answer, 2)?, wait: self.to_duration(whole(3)?) }),
            _ => Err(unexpected_reply()),
        }
    }

    /// Reports the outcome of the request that occupies `slots`. Returns the time of Redis in microseconds, or `None` when Redis
    /// has lost its counts.
    pub(super) async fn finish(
        &self,
        connection: &Connection,
        keys: &WindowKeys,
        slots: &[(u8, u64)],
        subject: &QuotaSubject,
        generation: &str,
        outcome: PermitOutcome,
    ) -> RedisResult<Option<u64>> {
        let mut call = self.finish.prepare_invoke();
        call.key(&keys.generation).arg(generation);
        for &(number, ends) in slots {
            let span = keys.limits.get(number).rule.span();
            let what = match (outcome, span) {
                (PermitOutcome::Complete, _) => "c",
                // TikTok served nothing, so the daily slot is released.
                (PermitOutcome::Release, _) | (PermitOutcome::Throttled, Span::Day) => "r",
                (PermitOutcome::Throttled, Span::Minute) => "t",
            };
            call.key(keys.key(number, subject)).arg(self.length(span)).arg(ends).arg(what);
        }
        let answer: Vec<Value> = connection.run(&call).await?;
        Ok(if number(&answer, 0)? == 1 { Some(number(&answer, 1)?) } else { None })
    }

    /// Counts requests that were answered earlier: windows by key, each with the remaining time of its slots. Returns the generation.
    pub(super) async fn report(
        &self,
        connection: &Connection,
        keys: &WindowKeys,
        windows: &[(String, Vec<Duration>)],
        generations: (&str, &str),
        pause: Duration,
    ) -> RedisResult<String> {
        let mut call = self.report.prepare_invoke();
        call.key(&keys.generation).arg(generations.0).arg(generations.1).arg(self.to_redis(pause));
        for (name, left) in windows {
            let packed: Vec<u8> = left.iter().flat_map(|&left| self.packed(left)).collect();
            call.key(name).arg(packed);
        }
        let answer: Vec<Value> = connection.run(&call).await?;
        text(&answer, 2)
    }

    /// Packs a duration, rounded up like a completion time.
    fn packed(&self, left: Duration) -> [u8; 4] {
        let ms = left.as_nanos().div_ceil(1_000_000 * u128::from(self.time_scale));
        u32::try_from(ms).unwrap_or(u32::MAX).to_le_bytes()
    }

    /// Empties every window of `subject`.
    pub(super) async fn reset(
        &self,
        connection: &Connection,
        keys: &WindowKeys,
        subject: &QuotaSubject,
    ) -> RedisResult<()> {
        let mut call = self.reset.prepare_invoke();
        call.key(&keys.generation);
        for (number, _) in keys.limits.iter() {
            call.key(keys.key(number, subject));
        }
        connection.run::<Vec<Value>>(&call).await.map(drop)
    }

    /// Reads the usage of every window of `subject`, in the order of `keys`.
    pub(super) async fn read(
        &self,
        connection: &Connection,
        keys: &WindowKeys,
        subject: &QuotaSubject,
    ) -> RedisResult<Vec<Usage>> {
        let mut call = self.read.prepare_invoke();
        call.key(&keys.generation);
        for (number, limit) in keys.limits.iter() {
            call.key(keys.key(number, subject)).arg(limit.rule.limit()).arg(self.length(limit.rule.span()));
        }
        let answer: Vec<Value> = connection.run(&call).await?;
        let usage = |index: usize| {
            let at = 3 + index * 3;
            Ok(Usage {
                count: u32::try_from(number(&answer, at)?).unwrap_or(u32::MAX),
                remaining: u32::try_from(number(&answer, at + 1)?).unwrap_or(0),
                resets_in: self.to_duration(number(&answer, at + 2)?),
            })
        };
        (0..keys.limits.iter().count()).map(usage).collect()
    }
}

fn number(answer: &[Value], at: usize) -> RedisResult<u64> {
    match answer.get(at) {
        Some(&Value::Int(number)) => u64::try_from(number).map_err(|_| unexpected_reply()),
        _ => Err(unexpected_reply()),
    }
}

fn text(answer: &[Value], at: usize) -> RedisResult<String> {
    match answer.get(at) {
        Some(Value::BulkString(bytes)) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        _ => Err(unexpected_reply()),
    }
}

fn unexpected_reply() -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, "unexpected response from a quota script"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quota_script_with_an_unexpected_reply_is_rejected() {
        let scripts = Scripts::new(1);
        let text = || Value::BulkString(b"generation".to_vec());
        let strange: [Vec<Value>; 6] = [
            vec![],
            vec![Value::Int(9)],
            vec![text()],
            vec![Value::Int(-1)],
            vec![Value::Int(3), Value::Nil, Value::Int(7)],
            vec![Value::Int(1), Value::Int(5), text(), Value::Int(1), Value::Int(1)],
        ];
        for answer in strange {
            let error = scripts.parse_take(&answer, 1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedReturnType, "{answer:?}");
        }
        assert!(matches!(scripts.parse_take(&[Value::Int(2)], 1), Ok(TakeReply::Lost)));
    }
}
