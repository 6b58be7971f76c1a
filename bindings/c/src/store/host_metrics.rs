//! Daily metrics and counted requests on top of the host's key-value store.

use crate::store::host_store::{Change, HostStore};
use crate::store::rows::{REQUESTS, broken, metrics_prefix, requests_key, text_of};
use core_toklink::clock::BoxFuture;
use core_toklink::store::{CountedRequest, MetricsClaim, MetricsRow, MetricsStore, UsageStore};
use core_toklink::{AccountKey, Day, Error, ErrorKind, Result, Timestamp};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use std::future::Future;

/// Number of concurrent calls to the host: half of its permits, so that other work is not blocked.
const CONCURRENCY: usize = 8;

/// Runs the futures concurrently and returns their results in order.
async fn all<T>(work: Vec<impl Future<Output = Result<T>>>) -> Result<Vec<T>> {
    stream::iter(work).buffered(CONCURRENCY).try_collect().await
}

/// The claim of the process that reads the metrics of an account and day.
#[derive(Serialize, Deserialize)]
struct ClaimText {
    owner: String,
    until_ms: i64,
}

impl ClaimText {
    fn is_another_than(&self, claim: &MetricsClaim) -> bool {
        self.owner != claim.owner && self.until_ms > claim.now.as_millis()
    }
}

/// The value for one account and day: first a claim, then the metrics, with a claim while they are replaced.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DayText {
    Claim(ClaimText),
    Figures {
        tenant: String,
        open_id: String,
        day: String,
        followers: i64,
        following: i64,
        likes: i64,
        video_count: i64,
        videos_read: u32,
        views: i64,
        video_likes: i64,
        comments: i64,
        shares: i64,
        read_at_ms: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        claim: Option<ClaimText>,
    },
}

impl DayText {
    fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|_| broken("a value that is neither metrics nor a claim"))
    }

    fn of(row: &MetricsRow) -> Self {
        Self::Figures {
            tenant: row.account.tenant.clone(),
            open_id: row.account.open_id.clone(),
            day: row.day.to_string(),
            followers: row.followers,
            following: row.following,
            likes: row.likes,
            video_count: row.video_count,
            videos_read: row.videos_read,
            views: row.views,
            video_likes: row.video_likes,
            comments: row.comments,
            shares: row.shares,
            read_at_ms: row.read_at.as_millis(),
            claim: None,
        }
    }

    /// Returns the value with `claim`, or `None` if the metrics are fresh or another owner has a claim.
    fn claimed(found: Option<Self>, claim: &MetricsClaim) -> Option<Self> {
        let mine = ClaimText { owner: claim.owner.clone(), until_ms: claim.now.plus(claim.ttl).as_millis() };
        match found {
            Some(Self::Figures { read_at_ms, .. }) if read_at_ms >= claim.fresh_since.as_millis() => None,
            Some(Self::Claim(held) | Self::Figures { claim: Some(held), .. })
                if held.is_another_than(claim) =>
            {
                None
            }
            Some(mut figures @ Self::Figures { .. }) => {
                figures.set_claim(Some(mine));
                Some(figures)
            }
            None | Some(Self::Claim(_)) => Some(Self::Claim(mine)),
        }
    }

    fn set_claim(&mut self, next: Option<ClaimText>) {
        if let Self::Figures { claim, .. } = self {
            *claim = next;
        }
    }

    /// Returns true if `owner` has the claim.
    fn is_held_by(&self, owner: &str) -> bool {
        let (Self::Claim(held) | Self::Figures { claim: Some(held), .. }) = self else { return false };
        held.owner == owner
    }

    /// Returns the metrics, or `None` for a claim without metrics.
    fn row(self) -> Result<Option<MetricsRow>> {
        let Self::Figures {
            tenant,
            open_id,
            day,
            followers,
            following,
            likes,
            video_count,
            videos_read,
            views,
            video_likes,
            comments,
            shares,
            read_at_ms,
            claim: _,
        } = self
        else {
            return Ok(None);
        };
        let day = Day::parse(&day).ok_or_else(|| broken("metrics of an invalid day"))?;
        Ok(Some(MetricsRow {
            account: AccountKey::new(tenant, open_id),
            day,
            followers,
            following,
            likes,
            video_count,
            videos_read,
            views,
            video_likes,
            comments,
            shares,
            read_at: Timestamp::from_millis(read_at_ms),
        }))
    }
}

fn day_key(account: &AccountKey, day: Day) -> String {
    metrics_prefix(account) + &day.to_string()
}

/// Returns the common prefix of both days, which limits the keys that the host lists.
fn common(from: Day, to: Day) -> String {
    let (from, to) = (from.to_string(), to.to_string());
    from.chars().zip(to.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

impl HostStore {
    /// Deletes all metrics of an account and the claims on them.
    pub(crate) async fn forget_metrics(&self, account: &AccountKey) -> Result<()> {
        let found = self.list(&metrics_prefix(account)).await?;
        let erase = |(place, _): &'_ (String, String)| {
            let place = place.clone();
            async move {
                self.change(&place, |there| {
                    Ok(if there.is_some() { Change::Write(None, ()) } else { Change::Leave(()) })
                })
                .await
            }
        };
        all(found.iter().map(erase).collect()).await.map(drop)
    }
}

impl MetricsStore for HostStore {
    fn claim<'a>(
        &'a self,
        claim: &'a MetricsClaim,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<Vec<AccountKey>>> {
        let take = move |account: &'a AccountKey| async move {
            let place = day_key(account, claim.day);
            let taken = self.change(&place, |there| {
                let next = DayText::claimed(there.map(DayText::read).transpose()?, claim);
                Ok(match next {
                    Some(next) => Change::Write(Some(text_of(&next)), true),
                    None => Change::Leave(false),
                })
            });
            Ok::<_, Error>(taken.await?.then(|| account.clone()))
        };
        Box::pin(async move {
            Ok(all(accounts.iter().map(take).collect()).await?.into_iter().flatten().collect())
        })
    }

    fn release<'a>(
        &'a self,
        day: Day,
        owner: &'a str,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<()>> {
        let give_back = move |account: &'a AccountKey| async move {
            self.change(&day_key(account, day), |there| {
                let Some(mut found) = there.map(DayText::read).transpose()? else {
                    return Ok(Change::Leave(()));
                };
                if !found.is_held_by(owner) {
                    return Ok(Change::Leave(()));
                }
                found.set_claim(None);
                let kept = matches!(found, DayText::Figures { .. }).then(|| text_of(&found));
                Ok(Change::Write(kept, ()))
            })
            .await
        };
        Box::pin(async move { all(accounts.iter().map(give_back).collect()).await.map(drop) })
    }

    fn save<'a>(&'a self, rows: &'a [MetricsRow]) -> BoxFuture<'a, Result<()>> {
        let save = move |row: &'a MetricsRow| async move {
            self.change(&day_key(&row.account, row.day), |there| {
                let mut newest = DayText::of(row);
                if let Some(found @ DayText::Figures { read_at_ms, .. }) =
                    there.map(DayText::read).transpose()?
                    && read_at_ms > row.read_at.as_millis()
                {
                    newest = found;
                    newest.set_claim(None);
                }
                Ok(Change::Write(Some(text_of(&newest)), ()))
            })
            .await
        };
        Box::pin(async move { all(rows.iter().map(save).collect()).await.map(drop) })
    }

    fn range<'a>(
        &'a self,
        account: &'a AccountKey,
        from: Day,
        to: Day,
    ) -> BoxFuture<'a, Result<Vec<MetricsRow>>> {
        Box::pin(async move {
            let found = self.list(&(metrics_prefix(account) + &common(from, to))).await?;
            let mut rows = Vec::new();
            for (_, text) in &found {
                let Some(row) = DayText::read(text)?.row()? else { continue };
                if row.account != *account {
                    return Err(broken("metrics of another account"));
                }
                if from <= row.day && row.day <= to {
                    rows.push(row);
                }
            }
            rows.sort_by_key(|row| row.day);
            Ok(rows)
        })
    }
}

#[derive(Serialize, Deserialize)]
struct RequestText {
    window: String,
    at_ms: i64,
}

fn read_requests(text: &str) -> Result<Vec<CountedRequest>> {
    let found: Vec<RequestText> =
        serde_json::from_str(text).map_err(|_| broken("a value other than a list of counted requests"))?;
    let request =
        |found: RequestText| CountedRequest { window: found.window, at: Timestamp::from_millis(found.at_ms) };
    Ok(found.into_iter().map(request).collect())
}

/// Number of keys to try. A key is taken only if another process wrote in the same millisecond with the same serial
/// number.
const KEYS: usize = 20;

impl HostStore {
    async fn add_requests(&self, requests: &[CountedRequest]) -> Result<()> {
        let Some(last) = requests.iter().map(|request| request.at).max() else { return Ok(()) };
        let texts = requests
            .iter()
            .map(|request| RequestText { window: request.window.clone(), at_ms: request.at.as_millis() });
        let text = text_of(&texts.collect::<Vec<_>>());
        for _ in 0..KEYS {
            if self.swap(&requests_key(last, self.serial()), None, Some(&text)).await? {
                return Ok(());
            }
        }
        let sentence = "`swap` of the host's store refused every new key; check that `expected` NULL matches a missing key";
        Err(Error::new(ErrorKind::Unavailable, sentence))
    }

    async fn forget_requests(&self, until: Timestamp) -> Result<()> {
        for (place, text) in self.list(REQUESTS).await? {
            if read_requests(&text)?.iter().all(|request| request.at <= until) {
                self.swap(&place, Some(&text), None).await?;
            }
        }
        Ok(())
    }
}

impl UsageStore for HostStore {
    fn append<'a>(
        &'a self,
        requests: &'a [CountedRequest],
        forget_until: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.add_requests(requests).await?;
            if self.is_time_to_forget(forget_until.as_millis()) {
                self.forget_requests(forget_until).await?;
            }
            Ok(())
        })
    }

    fn since(&self, after: Timestamp) -> BoxFuture<'_, Result<Vec<CountedRequest>>> {
        Box::pin(async move {
            let found = self.list(REQUESTS).await?;
            let lists = found.iter().map(|(_, text)| read_requests(text)).collect::<Result<Vec<_>>>()?;
            Ok(lists.into_iter().flatten().filter(|request| request.at > after).collect())
        })
    }
}
