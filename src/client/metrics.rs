//! Metrics of an account: the current ones, and the history by day.

use super::Client;
use crate::api::call::Call;
use crate::api::consumer::user::GetUser;
use crate::api::consumer::video::{ListVideos, MAX_PAGE};
use crate::error::{Error, Result};
use crate::metrics::{AccountMetrics, LOOK_BACK_DAYS, MetricsHistory, history, metrics_row};
use crate::model::{AccountKey, Day};
use crate::store::MetricsRow;
use std::time::Duration;

/// The longest range of a history, in days. A page shows at most this many days, and a store reads them in one query.
const MAX_RANGE_DAYS: u32 = 400;

impl Client {
    /// Returns the account's metrics, with totals and rates over its newest videos (one page). Uses at most two
    /// requests. Shares the cached profile and the cached page of videos with other reads.
    pub async fn account_metrics(&self, account: &AccountKey) -> Result<AccountMetrics> {
        self.operation("account_metrics", async {
            let pipeline = &self.shared.pipeline;
            let bearer = pipeline.bearer(account).await?;
            let profile = GetUser::for_figures(&bearer.scopes);
            let user = pipeline.read(account, &bearer, &profile, Duration::ZERO).await?;
            // Checked before requesting the list, because the list is useless without the profile's metrics.
            metrics_row(account, &user, &[], self.shared.clock.now())?;
            let list = ListVideos::new(None, MAX_PAGE)?;
            let page = pipeline.read(account, &bearer, &list, Duration::ZERO).await?;
            let row = metrics_row(account, &user, &page.videos, self.shared.clock.now())?;
            Ok(AccountMetrics::from(&row))
        })
        .await
    }

    /// Returns the metrics that [`Client::collect_metrics`] stored for each day from `from` to `to` (inclusive), and
    /// their growth over 1, 7 and 30 days. Only reads the store.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when `from` is after `to`, or more than 400 days before it.
    pub async fn metrics_history(&self, account: &AccountKey, from: Day, to: Day) -> Result<MetricsHistory> {
        self.operation("metrics_history", async {
            if from > to || to.days_since(from) > MAX_RANGE_DAYS {
                return Err(Error::invalid(format!(
                    "invalid date range; use a last day that is 0 to {MAX_RANGE_DAYS} days after the first"
                )));
            }
            let rows = self.shared.metrics.range(account, from.before(LOOK_BACK_DAYS), to).await?;
            Ok(history(&rows, from, to))
        })
        .await
    }

    /// Reads the metrics of one account without the cache. Each of the two requests waits up to `max_wait` for quota.
    pub(super) async fn measure(&self, account: &AccountKey, max_wait: Duration) -> Result<MetricsRow> {
        let pipeline = &self.shared.pipeline;
        let bearer = pipeline.bearer(account).await?;
        let profile = GetUser::for_figures(&bearer.scopes);
        let user = pipeline.run_as(account, &bearer, &profile, &profile.request(), max_wait).await?;
        metrics_row(account, &user, &[], self.shared.clock.now())?;
        // Reading the profile may have refreshed the token, so get the token again.
        let bearer = pipeline.bearer(account).await?;
        let list = ListVideos::new(None, MAX_PAGE)?;
        let page = pipeline.run_as(account, &bearer, &list, &list.request(), max_wait).await?;
        metrics_row(account, &user, &page.videos, self.shared.clock.now())
    }
}
