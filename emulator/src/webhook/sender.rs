//! Sends what is due, by real HTTP.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, header};

use super::sign::signature;
use crate::outbound;
use crate::server::Shared;
use crate::world::World;

/// One attempt, ready to be sent.
struct Parcel {
    seq: u64,
    at_ms: i64,
    url: String,
    body: String,
    signature: String,
}

/// Sends one due delivery and notes the answer; `false` if none is due.
pub(crate) async fn send_one(shared: &Shared) -> bool {
    let (parcel, epoch) = {
        let mut world = shared.world();
        (next(&mut world), shared.epoch())
    };
    let Some(parcel) = parcel else { return false };
    let answer = send(&parcel).await;
    let mut world = shared.world();
    // A reset meanwhile began another history, in which this number means something else.
    if shared.epoch() == epoch {
        world.outbox.answered(parcel.seq, parcel.at_ms, answer);
    }
    true
}

fn next(world: &mut World) -> Option<Parcel> {
    let due = world.outbox.due(world.now_ms)?;
    let (seq, at_ms, body) = (due.seq, due.next_attempt_ms?, due.body.clone());
    let app = world.app(&due.client_key)?;
    Some(Parcel {
        seq,
        at_ms,
        url: app.webhook_url.clone().unwrap_or_default(),
        // Each attempt is signed anew (docs/tiktok-api.md 6, inferred).
        signature: signature(&app.client_secret, at_ms / 1000, &body),
        body,
    })
}

async fn send(parcel: &Parcel) -> Result<u16, String> {
    if parcel.url.is_empty() {
        return Err("the app has no webhook address any more".to_owned());
    }
    let request = Request::builder()
        .method(Method::POST)
        .header(header::CONTENT_TYPE, "application/json")
        .header("Tiktok-Signature", &parcel.signature)
        .body(Full::new(Bytes::from(parcel.body.clone())))
        .map_err(|error| error.to_string())?;
    outbound::send(&parcel.url, None, request).await.map(|answer| answer.status().as_u16())
}
