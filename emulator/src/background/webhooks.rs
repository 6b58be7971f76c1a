//! Sends due webhooks over HTTP.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, header};

use super::http_client;
use crate::model::World;
use crate::state::Shared;
use crate::webhook::signature;

/// One delivery attempt, ready to send.
struct Attempt {
    seq: u64,
    at_ms: i64,
    url: String,
    body: String,
    signature: String,
}

/// Sends one due delivery and records the response. Returns false if none is due.
pub(crate) async fn send_one(shared: &Shared) -> bool {
    let (attempt, epoch) = {
        let world = shared.world();
        (next_attempt(&world), shared.epoch())
    };
    let Some(attempt) = attempt else { return false };
    let answer = send(&attempt).await;
    let mut world = shared.world();
    // After a reset, this sequence number belongs to another delivery.
    if shared.epoch() == epoch {
        world.webhook_queue.record_response(attempt.seq, attempt.at_ms, answer);
    }
    true
}

fn next_attempt(world: &World) -> Option<Attempt> {
    let due = world.webhook_queue.due(world.now_ms)?;
    let (seq, at_ms, body) = (due.seq, due.next_attempt_ms?, due.body.clone());
    let app = world.app(&due.client_key)?;
    Some(Attempt {
        seq,
        at_ms,
        url: app.webhook_url.clone().unwrap_or_default(),
        // Each attempt has its own signature (docs/tiktok-api.md 6, inferred).
        signature: signature(&app.client_secret, at_ms / 1000, &body),
        body,
    })
}

async fn send(attempt: &Attempt) -> Result<u16, String> {
    if attempt.url.is_empty() {
        return Err("the app's webhook URL was removed".to_owned());
    }
    let request = Request::builder()
        .method(Method::POST)
        .header(header::CONTENT_TYPE, "application/json")
        .header("Tiktok-Signature", &attempt.signature)
        .body(Full::new(Bytes::from(attempt.body.clone())))
        .map_err(|error| error.to_string())?;
    http_client::send(&attempt.url, None, request).await.map(|answer| answer.status().as_u16())
}
