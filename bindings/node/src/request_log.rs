//! The counted requests of a host's own store, written in JavaScript.

use crate::input::Fields;
use crate::store::{HostStore, read_list};
use serde_json::{Value, json};
use toklink::clock::BoxFuture;
use toklink::store::{CountedRequest, RequestLog};
use toklink::{Result, Timestamp};

/// Used only for a store that has both functions.
impl RequestLog for HostStore {
    fn log_requests<'a>(
        &'a self,
        requests: &'a [CountedRequest],
        forget_until: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let requests: Value = requests.iter().map(row_value).collect();
            let args = json!({ "requests": requests, "forgetUntil": forget_until.as_millis() });
            self.ask("logRequests", args).await.map(drop)
        })
    }

    fn requests_after(&self, after: Timestamp) -> BoxFuture<'_, Result<Vec<CountedRequest>>> {
        Box::pin(async move {
            let found = self.ask("requestsAfter", json!({ "after": after.as_millis() })).await?;
            let mut requests = read_list("requestsAfter", found, read_row)?;
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
        let error = read_list("requestsAfter", odd, read_row).unwrap_err();
        assert!(error.message().contains("requestsAfter"), "{error}");
    }
}
