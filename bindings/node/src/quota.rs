//! Checks and counts of quotas: one number goes there and one comes back, so that a call costs little more than its
//! crossing. A method of a class would cost four times as much: JavaScript has to find the object behind it first.

use napi::bindgen_prelude::{Function, FunctionCallContext};
use napi::{Env, Error, Result, Status};
use napi_derive::napi;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use toklink::{AccountQuota, QuotaKind};

/// A question is `place * PER_PLACE + kind * 2 + (1 to count)`.
const PER_PLACE: u32 = 16;
const _: () = assert!(QuotaKind::ALL.len() * 2 <= PER_PLACE as usize);

/// The accounts whose quota JavaScript asks for, each at its place. `js/native/quota.ts` knows the places.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quotas(Arc<Mutex<Vec<AccountQuota>>>);

impl Quotas {
    /// Keeps one more account, and gives its place.
    pub(crate) fn keep(&self, quota: AccountQuota) -> u32 {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(quota);
        u32::try_from(kept.len() - 1).unwrap_or(u32::MAX)
    }

    /// Begins again with the first place.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The function that JavaScript asks.
    pub(crate) fn asker<'env>(&self, env: &'env Env) -> Result<Function<'env, u32, f64>> {
        let quotas = self.clone();
        env.create_function_from_closure("askQuota", move |call: FunctionCallContext| {
            quotas
                .answer(call.get(0)?)
                .ok_or_else(|| Error::new(Status::InvalidArg, "no account is registered under this number"))
        })
    }

    /// Milliseconds until such a request would be let through, 0 for now; counts it if that is asked, and then gives 0.
    fn answer(&self, question: u32) -> Option<f64> {
        let kind = *QuotaKind::ALL.get((question % PER_PLACE / 2) as usize)?;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let quota = kept.get((question / PER_PLACE) as usize)?;
        if question % 2 == 1 {
            quota.increment(kind);
            return Some(0.0);
        }
        Some(match quota.check(kind) {
            Ok(()) => 0.0,
            // A refusal without a time is one for now.
            Err(refusal) => {
                let wait = refusal.retry_after().unwrap_or(Duration::from_secs(1));
                (wait.as_secs_f64() * 1000.0).ceil().max(1.0)
            }
        })
    }
}

/// The names of all kinds; a kind crosses as its place in this list.
#[napi]
#[must_use]
pub fn quota_kinds() -> Vec<&'static str> {
    QuotaKind::ALL.into_iter().map(QuotaKind::as_str).collect()
}
