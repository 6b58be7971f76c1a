//! Reads and collects account metrics for JavaScript.

use crate::account;
use crate::input::Fields;
use crate::outcome::{fault_of, value};
use crate::progress::Reporter;
use serde_json::Value;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use toklink::{AccountSelection, CancelToken, Client, CollectOptions, Day, Error, Result};

/// Maximum number of accounts that are read at a time. Each account needs a connection to TikTok.
const MAX_CONCURRENCY: usize = 100;

pub(crate) async fn collect(
    client: &Client,
    input: &mut Fields,
    cancel: &CancelToken,
    reporter: Option<&Arc<Reporter>>,
) -> Result<Value> {
    let accounts = accounts(input)?;
    let mut options = CollectOptions { cancel: cancel.clone(), ..CollectOptions::default() };
    if let Some(max_concurrency) = input.optional_whole::<usize>("maxConcurrency")? {
        options.max_concurrency = NonZeroUsize::new(max_concurrency)
            .filter(|count| count.get() <= MAX_CONCURRENCY)
            .ok_or_else(|| {
                Error::invalid(format!(
                    "maxConcurrency must be a whole number from 1 to {MAX_CONCURRENCY}; omit it for the default of 16"
                ))
            })?;
    }
    options.limit = input.optional_whole("limit")?;
    options.max_age = input.optional_whole::<u64>("maxAgeMs")?.map(Duration::from_millis);
    if let Some(reporter) = reporter {
        let reporter = Arc::clone(reporter);
        options.progress = Some(Arc::new(move |progress| reporter.report(&progress)));
    }
    let report = client.collect_metrics(&accounts, &options).await?;
    let mut reply = value(&report)?;
    if let Some(failures) = reply.get_mut("failures").and_then(Value::as_array_mut) {
        for (failure, of) in failures.iter_mut().zip(&report.failures) {
            failure["fault"] = fault_of(&of.error).into();
        }
    }
    Ok(reply)
}

/// Selects the accounts whose keys are in `accounts`, or all accounts of `tenant`. Selects every account if both are
/// absent.
fn accounts(input: &mut Fields) -> Result<AccountSelection> {
    let tenant = input.optional_text("tenant")?;
    let listed = input.optional_list("accounts")?;
    match (tenant, listed) {
        (None, None) => Ok(AccountSelection::All),
        (Some(tenant), None) => Ok(AccountSelection::Tenant(tenant)),
        (None, Some(list)) => {
            let key = |item| account::key(&mut Fields::from_value("accounts", item)?);
            Ok(AccountSelection::Keys(list.into_iter().map(key).collect::<Result<_>>()?))
        }
        (Some(_), Some(_)) => Err(Error::invalid("pass a tenant or a list of accounts, not both")),
    }
}

pub(crate) async fn history(client: &Client, input: &mut Fields) -> Result<Value> {
    let key = account::read(input)?;
    let mut day = |name: &str| {
        let text = input.text(name)?;
        Day::parse(&text)
            .ok_or_else(|| Error::invalid(format!("{name} must be a UTC day, for example 2026-11-23")))
    };
    let (from, to) = (day("from")?, day("to")?);
    value(&client.metrics_history(&key, from, to).await?)
}
