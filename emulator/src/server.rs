//! The listening socket, and the state that its connections share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::clock::{Clock, real_pause};
use crate::config::EmulatorConfig;
use crate::faults::FaultRules;
use crate::handler;
use crate::requests::Log;
use crate::scenario::Scenario;
use crate::seed;
use crate::socket::Socket;
use crate::world::World;

/// State of one emulator, shared by all its connections.
#[derive(Debug)]
pub(crate) struct Shared {
    config: Mutex<EmulatorConfig>,
    pub(crate) base_url: String,
    pub(crate) clock: Clock,
    /// Held while background.rs runs due work.
    pub(crate) background_lock: tokio::sync::Mutex<()>,
    epoch: AtomicU64,
    world: Mutex<World>,
    faults: Mutex<FaultRules>,
    log: Mutex<Log>,
}

impl Shared {
    pub(crate) fn new(config: EmulatorConfig, base_url: String) -> Self {
        let initial = config.initial_state();
        let clock = Clock::new(initial.start_ms, initial.frozen);
        let world = seed::world(&config, clock.now_ms());
        let faults = FaultRules::from_config(&config);
        Self {
            config: Mutex::new(config),
            base_url,
            clock,
            background_lock: tokio::sync::Mutex::default(),
            epoch: AtomicU64::default(),
            world: Mutex::new(world),
            faults: Mutex::new(faults),
            log: Mutex::default(),
        }
    }

    /// Locks the world and advances it to the current time.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let now_ms = self.clock.now_ms();
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance_to(now_ms);
        world
    }

    /// Returns the number of resets.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultRules> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Restores the state after the start: world, faults, recorded requests, settings, clock.
    pub(crate) fn reset(&self) {
        self.restart(None);
    }

    /// Restarts with a scenario, which later resets restore.
    pub(crate) fn load_scenario(&self, scenario: Scenario) {
        self.restart(Some(scenario));
    }

    fn restart(&self, scenario: Option<Scenario>) {
        let mut config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        config.scenario = scenario.or_else(|| config.scenario.take());
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        self.epoch.fetch_add(1, Ordering::Relaxed);
        let initial = config.initial_state();
        self.clock.reset(initial.start_ms, initial.frozen);
        *world = seed::world(&config, self.clock.now_ms());
        drop(world);
        *self.faults() = FaultRules::from_config(&config);
        *self.log() = Log::default();
    }
}

/// Accepts connections until the future is dropped, which also closes them.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // Errors of accept() are transient: continue to serve.
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
    // Small responses must not wait for the delayed acknowledgement of the peer. If it fails, the connection still works.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Socket::new(stream, Arc::clone(&reset)));
    let service = service_fn(move |request| {
        let (shared, reset) = (Arc::clone(&shared), Arc::clone(&reset));
        async move {
            let answer = handler::handle(&shared, request).await;
            let resets = answer.as_ref().map_or(true, |answer| answer.body().is_cut());
            reset.store(resets, Ordering::Relaxed);
            answer
        }
    });
    // Errors here need no action: the peer disconnected, the bytes were not HTTP (hyper has sent 400), or a fault rule reset
    // the connection.
    let _ = hyper::server::conn::http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(io, service)
        .await;
}
