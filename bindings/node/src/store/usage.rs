//! The counted requests in a host's own store.

use super::{HostStore, read_list};
use crate::input::Fields;
use serde_json::{Value, json};
use toklink::clock::BoxFuture;
use toklink::store::{CountedRequest, UsageStore};
use toklink::{Result, Timestamp};

impl UsageStore for HostStore {
    fn append<'a>(
        &'a self,
        requests: &'a [CountedRequest],
        forget_until: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let requests: Value = requests.iter().map(row_value).collect();
            let args = json!([requests, forget_until.as_millis()]);
            self.ask("usage.append", args).await.map(drop)
        })
    }

    fn since(&self, after: Timestamp) -> BoxFuture<'_, Result<Vec<CountedRequest>>> {
        Box::pin(async move {
            let found = self.ask("usage.since", json!([after.as_millis()])).await?;
            let mut requests = read_list("usage.since", found, read_row)?;
            requests.retain(|request| request.at > after);
            Ok(requests)
        })
    }
}

fn row_value(request: &CountedRequest) -> Value {
    json!({ "window": request.window, "at": request.at.as_millis() })
}

fn read_row(row: Value) -> Result<CountedRequest> {
    let mut row = Fields::from_value("the request", row)?;
    Ok(CountedRequest { window: row.text("window")?, at: Timestamp::from_millis(row.whole("at")?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_request_round_trips_through_javascript() {
        let request = CountedRequest { window: "videoList/account/1".into(), at: Timestamp::from_millis(7) };
        assert_eq!(read_row(row_value(&request)).unwrap(), request);
        let odd = json!([{ "window": "a", "at": "noon" }]);
        let error = read_list("usage.since", odd, read_row).unwrap_err();
        assert!(error.message().contains("usage.since"), "{error}");
    }
}
