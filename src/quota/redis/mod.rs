//! Counts the requests of several processes in a Redis, by Redis's clock. A request takes a slot in all of its windows, or
//! in none, in one round trip. `docs/QUOTAS.md` describes the stored data and the behavior while Redis is unavailable.

mod acquire;
mod connection;
mod detected;
mod errors;
mod failover;
mod health;
mod limiter;
mod permit;
mod scripts;
mod topology;
mod wait_queue;
mod window_keys;

pub(crate) use detected::{DetectedRedis, IgnoredListener};
pub(crate) use limiter::{RedisLimiter, RedisSettings};
pub(crate) use permit::RedisPermit;

#[cfg(test)]
mod tests;
