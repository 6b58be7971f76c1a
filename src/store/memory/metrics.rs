//! Metrics in memory and the leases on them.

use super::MemoryStore;
use crate::clock::BoxFuture;
use crate::error::Result;
use crate::model::{AccountKey, Day};
use crate::store::{MetricsClaim, MetricsRow, MetricsStore};

impl MetricsStore for MemoryStore {
    fn claim<'a>(
        &'a self,
        claim: &'a MetricsClaim,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<Vec<AccountKey>>> {
        Box::pin(async move {
            let metrics = &mut self.state().metrics;
            Ok(accounts.iter().filter(|account| metrics.claim(claim, account)).cloned().collect())
        })
    }

    fn release<'a>(
        &'a self,
        day: Day,
        owner: &'a str,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let claims = &mut self.state().metrics.claims;
            for account in accounts {
                let row_key = (account.clone(), day);
                if claims.get(&row_key).is_some_and(|(by, _)| by == owner) {
                    claims.remove(&row_key);
                }
            }
            Ok(())
        })
    }

    fn save<'a>(&'a self, rows: &'a [MetricsRow]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let metrics = &mut self.state().metrics;
            for row in rows {
                metrics.claims.remove(&(row.account.clone(), row.day));
                let days = metrics.rows.entry(row.account.clone()).or_default();
                if days.get(&row.day).is_none_or(|stored| stored.read_at <= row.read_at) {
                    days.insert(row.day, row.clone());
                }
            }
            Ok(())
        })
    }

    fn range<'a>(
        &'a self,
        account: &'a AccountKey,
        from: Day,
        to: Day,
    ) -> BoxFuture<'a, Result<Vec<MetricsRow>>> {
        Box::pin(async move {
            let state = self.state();
            let days = state.metrics.rows.get(account).filter(|_| from <= to);
            Ok(days
                .map(|days| days.range(from..=to).map(|(_, row)| row.clone()).collect())
                .unwrap_or_default())
        })
    }
}
