//! Figures of an account now, and from day to day.

use super::Client;
use crate::api::call::Call;
use crate::api::user::GetUser;
use crate::api::video::{ListVideos, MAX_PAGE};
use crate::error::{Error, Result};
use crate::metrics::{AccountMetrics, LOOK_BACK_DAYS, MetricsHistory, figures, history};
use crate::store::{AccountKey, Day, MetricsRow};
use std::time::Duration;

/// The longest range of a history: what a page shows, and what a store reads at once.
const MAX_RANGE_DAYS: u32 = 400;

impl Client {
    /// Figures of the account, and sums and rates over its newest videos (one page). Profile and page are shared with
    /// whoever reads them too: at most two requests.
    pub async fn account_metrics(&self, account: &AccountKey) -> Result<AccountMetrics> {
        self.operation("account_metrics", async {
            let pipeline = &self.shared.pipeline;
            let bearer = pipeline.bearer(account).await?;
            let profile = GetUser::for_figures(&bearer.scopes);
            let user = pipeline.read(account, &bearer, &profile, Duration::ZERO).await?;
            // Judged before the list is asked for: without figures it would be asked for nothing.
            figures(account, &user, &[], self.shared.clock.now())?;
            let list = ListVideos::new(None, MAX_PAGE)?;
            let page = pipeline.read(account, &bearer, &list, Duration::ZERO).await?;
            let row = figures(account, &user, &page.videos, self.shared.clock.now())?;
            Ok(AccountMetrics::from(&row))
        })
        .await
    }

    /// The figures that [`Client::collect_metrics`] stored from day to day (both included), and their growth over a day,
    /// 7 and 30 days. Asks the store alone.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when `from` is after `to`, or more than 400 days before it.
    pub async fn metrics_history(&self, account: &AccountKey, from: Day, to: Day) -> Result<MetricsHistory> {
        self.operation("metrics_history", async {
            if from > to || to.days_since(from) > MAX_RANGE_DAYS {
                return Err(Error::invalid(format!(
                    "a history goes from a day to the same or a later one, at most {MAX_RANGE_DAYS} days after it"
                )));
            }
            let rows = self.shared.metrics.metrics_between(account, from.before(LOOK_BACK_DAYS), to).await?;
            Ok(history(&rows, from, to))
        })
        .await
    }

    /// Reads the figures of one account past the cache, waiting for slots up to `max_wait` for each of two requests.
    pub(super) async fn measure(&self, account: &AccountKey, max_wait: Duration) -> Result<MetricsRow> {
        let pipeline = &self.shared.pipeline;
        let bearer = pipeline.bearer(account).await?;
        let profile = GetUser::for_figures(&bearer.scopes);
        let user = pipeline.run_as(account, &bearer, &profile, &profile.request(), max_wait).await?;
        figures(account, &user, &[], self.shared.clock.now())?;
        // The profile may have needed a new token.
        let bearer = pipeline.bearer(account).await?;
        let list = ListVideos::new(None, MAX_PAGE)?;
        let page = pipeline.run_as(account, &bearer, &list, &list.request(), max_wait).await?;
        figures(account, &user, &page.videos, self.shared.clock.now())
    }
}
