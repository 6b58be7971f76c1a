//! Checks and counts quotas with one number as input and one as output, so that a call costs little more than entering
//! the addon. A class method would cost four times as much, because napi has to look up the object first.

use napi::bindgen_prelude::{Function, FunctionCallContext};
use napi::{Env, Error, Result, Status};
use napi_derive::napi;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use toklink::quota::QuotaSubject;
use toklink::{AccountKey, Client, QuotaKind};

/// Number of request codes per account. A request is `index * PER_ACCOUNT + kind * 2`, plus 1 to count it.
const PER_ACCOUNT: u32 = 16;
const _: () = assert!(QuotaKind::ALL.len() * 2 <= PER_ACCOUNT as usize);

/// The registered accounts. `js/native/quota.ts` stores the index of each account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quotas(Arc<Mutex<Vec<(AccountKey, QuotaSubject)>>>);

impl Quotas {
    /// Adds an account and returns its index.
    pub(crate) fn add(&self, client: &Client, account: AccountKey) -> u32 {
        let subject = client.quota_subject(&account);
        let mut quotas = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        quotas.push((account, subject));
        u32::try_from(quotas.len() - 1).unwrap_or(u32::MAX)
    }

    /// Removes all accounts.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Returns the function with which JavaScript checks and counts requests.
    pub(crate) fn function<'env>(
        &self,
        env: &'env Env,
        client: Arc<Client>,
    ) -> Result<Function<'env, u32, f64>> {
        let quotas = self.clone();
        env.create_function_from_closure("askQuota", move |call: FunctionCallContext| {
            quotas
                .evaluate(&client, call.get(0)?)
                .ok_or_else(|| Error::new(Status::InvalidArg, "no account is registered at this index"))
        })
    }

    /// Checks or counts a request. A check returns the milliseconds until the request is allowed, 0 for now; a count
    /// returns 0.
    fn evaluate(&self, client: &Client, request: u32) -> Option<f64> {
        let kind = *QuotaKind::ALL.get((request % PER_ACCOUNT / 2) as usize)?;
        let quotas = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (account, subject) = quotas.get((request / PER_ACCOUNT) as usize)?;
        if request % 2 == 1 {
            client.increment_quota(account, kind);
            return Some(0.0);
        }
        Some(match client.check_quota_of(subject, kind) {
            Ok(()) => 0.0,
            // If the error contains no time, returns one second.
            Err(refusal) => {
                let wait = refusal.retry_after().unwrap_or(Duration::from_secs(1));
                (wait.as_secs_f64() * 1000.0).ceil().max(1.0)
            }
        })
    }
}

/// Returns the names of all quota kinds. JavaScript passes the index of a kind in this list.
#[napi]
#[must_use]
pub fn quota_kinds() -> Vec<&'static str> {
    QuotaKind::ALL.into_iter().map(QuotaKind::as_str).collect()
}
