//! Handles one request: reads it, applies fault rules, responds, and records it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming as Body;
use hyper::{HeaderMap, Request, Response, header};

use super::response_body::ResponseBody;
use super::routes;
use super::socket::Reset;
use crate::background;
use crate::clock::real_pause;
use crate::control;
use crate::faults::{Failure, Fault, Subject};
use crate::pictures;
use crate::posting::upload;
use crate::requests::{RecordedRequest, mask_query};
use crate::state::Shared;
use crate::wire::{Call, CallDetails, Endpoint, Reply};

/// Maximum size of an API body, bytes. A longer body is truncated and rejected as malformed JSON.
const MAX_BODY: usize = 1024 * 1024;

/// A request whose body has not been read yet, unless a fault rule needed it.
struct RequestHandler<'a> {
    shared: &'a Shared,
    call: Call,
    body: Body,
    was_read: bool,
    body_bytes: u64,
}

pub(crate) async fn handle(shared: &Shared, request: Request<Body>) -> Result<Response<ResponseBody>, Reset> {
    let (parts, body) = request.into_parts();
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        raw_query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: Bytes::new(),
        details: CallDetails::default(),
    };
    let mut handler = RequestHandler { shared, call, body, was_read: false, body_bytes: 0 };
    if handler.call.path == "/_emulator" || handler.call.path.starts_with("/_emulator/") {
        return Ok(response(handler.control().await));
    }
    if pictures::is_picture(&handler.call.path) {
        handler.drain().await;
        return Ok(response(pictures::answer(&shared.world(), &handler.call)));
    }
    let endpoint = Endpoint::find(&handler.call.method, &handler.call.path);
    let fault = match endpoint {
        Some(endpoint) => handler.matching_fault(endpoint).await,
        None => None,
    };
    let reply = handler.answer(endpoint, fault.as_ref()).await;
    handler.record(endpoint, fault.is_some(), reply.as_ref());
    reply.map(response).ok_or(Reset)
}

impl RequestHandler<'_> {
    async fn control(&mut self) -> Reply {
        self.read().await;
        let call = &self.call;
        let advances_clock =
            call.method == hyper::Method::POST && call.path.trim_end_matches('/') == "/_emulator/clock";
        // Pulls take no virtual time, so they finish before the clock moves.
        if advances_clock {
            background::run_due(self.shared).await;
        }
        let handled = catch_unwind(AssertUnwindSafe(|| control::answer(self.shared, &self.call)));
        // Responds only after all due work is done, because the caller checks its effects next.
        if advances_clock {
            background::run_due(self.shared).await;
        }
        handled.unwrap_or_else(|_| Reply::internal_error())
    }

    /// Returns the rule that acts on this call.
    async fn matching_fault(&mut self, endpoint: Endpoint) -> Option<Fault> {
        let (has_rule_for, needs_body) = {
            let rules = self.shared.faults();
            (rules.has_rule_for(endpoint), rules.needs_body(endpoint))
        };
        if !has_rule_for {
            return None;
        }
        if needs_body {
            self.read().await;
        }
        let subject = Subject::of(&self.shared.world(), endpoint, &self.call);
        let fault = self.shared.faults().pick(endpoint, &subject)?;
        // A rule may act before a handler identifies the caller, so record the caller here too.
        let details = &mut self.call.details;
        (details.client_key, details.username) = (subject.client_key, subject.username);
        details.publish_id = subject.publish_id;
        Some(fault)
    }

    /// Returns the response, or `None` to reset the connection.
    async fn answer(&mut self, endpoint: Option<Endpoint>, fault: Option<&Fault>) -> Option<Reply> {
        let Some(endpoint) = endpoint else {
            self.drain().await;
            return Some(Reply::janus());
        };
        let Some(fault) = fault else { return self.endpoint_reply(endpoint).await };
        real_pause(Duration::from_millis(fault.effect.delay_ms)).await;
        match &fault.effect.failure {
            Failure::ResetBefore { body_bytes } => {
                if let Some(bytes) = body_bytes {
                    self.take(*bytes).await;
                }
                None
            }
            Failure::ResetAfter => {
                self.endpoint_reply(endpoint).await;
                None
            }
            Failure::Response { replacement: None, changes, .. } => {
                self.endpoint_reply(endpoint).await.map(|reply| changes.apply(reply))
            }
            Failure::Response { replacement: Some(response), takes_effect, changes } => {
                if *takes_effect {
                    self.endpoint_reply(endpoint).await;
                } else {
                    self.drain().await;
                }
                let mut world = self.shared.world();
                let now_ms = world.now_ms;
                self.call.details.error_code = response.error_code().map(str::to_owned);
                Some(changes.apply(response.reply(endpoint, &world.ids.log_id(now_ms))))
            }
        }
    }

    async fn endpoint_reply(&mut self, endpoint: Endpoint) -> Option<Reply> {
        if endpoint == Endpoint::Upload {
            return self.receive_chunk().await;
        }
        self.read().await;
        // A panic is a bug in the emulator. The client gets TikTok's response for an internal error.
        let handled = catch_unwind(AssertUnwindSafe(|| {
            let mut world = self.shared.world();
            routes::answer(&mut world, endpoint, &mut self.call, &self.shared.base_url)
        }));
        Some(handled.unwrap_or_else(|_| Reply::internal_error()))
    }

    /// Receives one chunk. The emulator's state is locked before and after the transfer, but not during it.
    async fn receive_chunk(&mut self) -> Option<Reply> {
        let accepted = upload::accept(&self.shared.world(), &mut self.call);
        let mut chunk = match accepted {
            Ok(chunk) => chunk,
            Err(reply) => {
                self.drain().await;
                return Some(reply);
            }
        };
        while let Some(frame) = self.body.frame().await {
            // The peer disconnected within the chunk, so the emulator stores none of it.
            let data = frame.ok()?.into_data();
            let Ok(data) = data else { continue };
            self.body_bytes += data.len() as u64;
            if !chunk.take(&data) {
                self.drain().await;
                return Some(Reply::empty(hyper::StatusCode::BAD_REQUEST));
            }
        }
        Some(upload::commit(&mut self.shared.world(), chunk))
    }

    /// Returns the next bytes of the body; `None` at its end or when the peer disconnected.
    async fn next_bytes(&mut self) -> Option<Bytes> {
        loop {
            if let Ok(data) = self.body.frame().await?.ok()?.into_data() {
                self.body_bytes += data.len() as u64;
                return Some(data);
            }
        }
    }

    /// Discards the rest of the body, so that a client that is still sending can receive the rejection.
    async fn drain(&mut self) {
        while self.next_bytes().await.is_some() {}
    }

    /// Reads `bytes` bytes of the body, or a shorter body completely.
    async fn take(&mut self, bytes: u64) {
        while self.body_bytes < bytes && self.next_bytes().await.is_some() {}
        self.body_bytes = self.body_bytes.min(bytes);
    }

    async fn read(&mut self) {
        if self.was_read {
            return;
        }
        self.was_read = true;
        let mut body = Vec::new();
        while let Some(data) = self.next_bytes().await {
            let room = MAX_BODY - body.len();
            body.extend_from_slice(&data[..data.len().min(room)]);
        }
        self.call.body = Bytes::from(body);
    }

    fn record(&self, endpoint: Option<Endpoint>, faulted: bool, reply: Option<&Reply>) {
        let call = &self.call;
        let log_id = reply.and_then(|reply| reply.headers.iter().find(|(name, _)| *name == "x-tt-logid"));
        let entry = RecordedRequest {
            seq: 0,
            at_ms: self.shared.clock.now_ms(),
            method: call.method.to_string(),
            path: call.path.clone(),
            query: mask_query(&call.raw_query),
            endpoint: endpoint.map(Endpoint::name),
            status: reply.map_or(0, |reply| reply.status.as_u16()),
            error_code: call.details.error_code.clone(),
            client_key: call.details.client_key.clone(),
            username: call.details.username.clone(),
            publish_id: call.details.publish_id.clone(),
            body_bytes: self.body_bytes,
            content_range: call.header(header::CONTENT_RANGE).map(str::to_owned),
            faulted,
            log_id: log_id.map(|(_, value)| value.clone()),
        };
        self.shared.log().add(entry);
    }
}

fn response(reply: Reply) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::new(reply.body, reply.pace));
    *response.status_mut() = reply.status;
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in reply.headers {
        if let Ok(value) = header::HeaderValue::from_str(&value) {
            headers.append(header::HeaderName::from_static(name), value);
        }
    }
    response
}
