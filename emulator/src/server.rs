//! The socket: accepts, reads, lets fault rules act, answers, records.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming as Body;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::background;
use crate::clock::{Clock, real_pause};
use crate::config::EmulatorConfig;
use crate::control;
use crate::faults::{Fault, pick};
use crate::posting::upload;
use crate::requests::{Log, RecordedRequest, masked};
use crate::routes::{self, Endpoint};
use crate::seed;
use crate::socket::{Reset, Socket};
use crate::wire::{Call, Reply, Who};
use crate::world::World;

/// An API body is cut here; what is cut is malformed and answered as such.
const MAX_BODY: usize = 1024 * 1024;

/// What all connections of one emulator share, and no two emulators do.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: EmulatorConfig,
    pub(crate) base_url: String,
    pub(crate) clock: Clock,
    /// Taken by whoever does the work of background.rs.
    pub(crate) background_turn: tokio::sync::Mutex<()>,
    epoch: AtomicU64,
    world: Mutex<World>,
    faults: Mutex<Vec<Fault>>,
    log: Mutex<Log>,
}

impl Shared {
    pub(crate) fn new(config: EmulatorConfig, base_url: String) -> Self {
        let clock = Clock::new(config.start_ms, config.frozen_clock);
        let world = seed::world(config.seed, clock.now_ms(), config.limits, config.settings.clone());
        Self {
            config,
            base_url,
            clock,
            background_turn: tokio::sync::Mutex::default(),
            epoch: AtomicU64::default(),
            world: Mutex::new(world),
            faults: Mutex::default(),
            log: Mutex::default(),
        }
    }

    /// The world, moved to the present.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let now_ms = self.clock.now_ms();
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.settle(now_ms);
        world
    }

    /// Counts the resets.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything as after the start: world, faults, record, settings, clock.
    pub(crate) fn reset(&self) {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        self.epoch.fetch_add(1, Ordering::Relaxed);
        self.clock.reset();
        let config = &self.config;
        *world = seed::world(config.seed, self.clock.now_ms(), config.limits, config.settings.clone());
        drop(world);
        self.faults().clear();
        *self.log() = Log::default();
    }
}

/// Accepts until it is dropped; its connections end with it.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A failed accept is the peer's or the system's moment of weakness; the next may do.
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                } else {
                    real_pause(Duration::from_millis(5)).await;
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let reset = Arc::new(AtomicBool::new(false));
    // Small answers must not wait for the peer's delayed acknowledgement; without it the connection still works.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Socket::new(stream, Arc::clone(&reset)));
    let service = service_fn(move |request| {
        let (shared, reset) = (Arc::clone(&shared), Arc::clone(&reset));
        async move {
            let answer = handle(&shared, request).await;
            reset.store(answer.is_err(), Ordering::Relaxed);
            answer
        }
    });
    // An error here is a peer that went away, bytes that are no HTTP (hyper has answered 400), or a fault that asked for it.
    let _ = hyper::server::conn::http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(io, service)
        .await;
}

async fn handle(shared: &Shared, request: Request<Body>) -> Result<Response<Full<Bytes>>, Reset> {
    let (parts, mut body) = request.into_parts();
    let mut call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        raw_query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: Bytes::new(),
        who: Who::default(),
    };
    if call.path == "/_emulator" || call.path.starts_with("/_emulator/") {
        call.body = read(&mut body).await.1;
        let turns_clock =
            call.method == hyper::Method::POST && call.path.trim_end_matches('/') == "/_emulator/clock";
        // A pull takes no virtual time, so it ends before the clock moves.
        if turns_clock {
            background::settle(shared).await;
        }
        let reply = control::answer(shared, &call);
        // The clock answers once the work that fell due is done; only then does the caller look at it.
        if turns_clock {
            background::settle(shared).await;
        }
        return Ok(response(reply));
    }
    let endpoint = Endpoint::find(&call.method, &call.path);
    let fault = endpoint.and_then(|endpoint| pick(&mut shared.faults(), endpoint));
    let (reply, body_bytes) = answer(shared, endpoint, fault.as_ref(), &mut call, &mut body).await;
    record(shared, endpoint, fault.is_some(), &call, reply.as_ref(), body_bytes);
    reply.map(response).ok_or(Reset)
}

/// The reply, or `None` for a reset, and the bytes of the body that came.
async fn answer(
    shared: &Shared,
    endpoint: Option<Endpoint>,
    fault: Option<&Fault>,
    call: &mut Call,
    body: &mut Body,
) -> (Option<Reply>, u64) {
    let Some(endpoint) = endpoint else {
        let bytes = drain(body).await;
        return (Some(Reply::janus()), bytes);
    };
    let Some(fault) = fault else { return normal(shared, endpoint, call, body).await };
    real_pause(Duration::from_millis(fault.delay_ms)).await;
    if fault.reset && !fault.after {
        return (None, 0);
    }
    let acts = fault.reset || fault.answers();
    let (mut reply, bytes) = if fault.after || !acts {
        normal(shared, endpoint, call, body).await
    } else {
        (None, drain(body).await)
    };
    if fault.reset {
        reply = None;
    } else if fault.answers() {
        let mut world = shared.world();
        let now_ms = world.now_ms;
        call.who.error_code.clone_from(&fault.code);
        reply = Some(fault.reply(endpoint, &world.ids.log_id(now_ms)));
    }
    (reply, bytes)
}

async fn normal(
    shared: &Shared,
    endpoint: Endpoint,
    call: &mut Call,
    body: &mut Body,
) -> (Option<Reply>, u64) {
    if endpoint == Endpoint::Upload {
        return receive(shared, call, body).await;
    }
    let (bytes, taken) = read(body).await;
    call.body = taken;
    // A panic is a bug of ours, but a client under test shall meet TikTok's way of saying so.
    let handled = catch_unwind(AssertUnwindSafe(|| {
        let mut world = shared.world();
        routes::answer(&mut world, endpoint, call, &shared.base_url)
    }));
    (Some(handled.unwrap_or_else(|_| Reply::bug())), bytes)
}

/// One chunk. The world is locked before and after, never while bytes travel.
async fn receive(shared: &Shared, call: &mut Call, body: &mut Body) -> (Option<Reply>, u64) {
    let begun = upload::begin(&shared.world(), call);
    let mut chunk = match begun {
        Ok(chunk) => chunk,
        Err(reply) => return (Some(reply), drain(body).await),
    };
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        // The peer went away in the middle: nothing of this chunk is stored.
        let Ok(frame) = frame else { return (None, bytes) };
        let Some(data) = frame.data_ref() else { continue };
        bytes += data.len() as u64;
        if !chunk.take(data) {
            let bytes = bytes + drain(body).await;
            return (Some(Reply::empty(hyper::StatusCode::BAD_REQUEST)), bytes);
        }
    }
    (Some(upload::commit(&mut shared.world(), chunk)), bytes)
}

/// Reads and forgets, so that a refusal reaches a client that is still sending.
async fn drain(body: &mut Body) -> u64 {
    let mut bytes = 0;
    while let Some(Ok(frame)) = body.frame().await {
        bytes += frame.data_ref().map_or(0, Bytes::len) as u64;
    }
    bytes
}

async fn read(body: &mut Body) -> (u64, Bytes) {
    let (mut bytes, mut kept) = (0, Vec::new());
    while let Some(Ok(frame)) = body.frame().await {
        if let Some(data) = frame.data_ref() {
            bytes += data.len() as u64;
            let room = MAX_BODY - kept.len();
            kept.extend_from_slice(&data[..data.len().min(room)]);
        }
    }
    (bytes, Bytes::from(kept))
}

fn record(
    shared: &Shared,
    endpoint: Option<Endpoint>,
    faulted: bool,
    call: &Call,
    reply: Option<&Reply>,
    bytes: u64,
) {
    let log_id = reply.and_then(|reply| reply.headers.iter().find(|(name, _)| *name == "x-tt-logid"));
    let entry = RecordedRequest {
        seq: 0,
        at_ms: shared.clock.now_ms(),
        method: call.method.to_string(),
        path: call.path.clone(),
        query: masked(&call.raw_query),
        endpoint: endpoint.map(Endpoint::name),
        status: reply.map_or(0, |reply| reply.status.as_u16()),
        error_code: call.who.error_code.clone(),
        client_key: call.who.client_key.clone(),
        username: call.who.username.clone(),
        publish_id: call.who.publish_id.clone(),
        body_bytes: bytes,
        content_range: call.header(header::CONTENT_RANGE).map(str::to_owned),
        faulted,
        log_id: log_id.map(|(_, value)| value.clone()),
    };
    shared.log().add(entry);
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in reply.headers {
        if let Ok(value) = header::HeaderValue::from_str(&value) {
            headers.append(header::HeaderName::from_static(name), value);
        }
    }
    response
}
