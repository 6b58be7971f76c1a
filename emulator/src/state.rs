//! The state of an emulator, which all its connections share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::config::EmulatorConfig;
use crate::faults::FaultRules;
use crate::lifecycle;
use crate::model::World;
use crate::requests::Log;
use crate::scenario::{Scenario, seed};

/// State of one emulator, which all its connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    config: Mutex<EmulatorConfig>,
    pub(crate) base_url: String,
    pub(crate) clock: Clock,
    /// Held while `background` runs due work.
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
        let world = initial_world(&config, clock.now_ms());
        let faults = initial_faults(&config);
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

    /// Locks the `World` and advances it to the current time.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let now_ms = self.clock.now_ms();
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        lifecycle::advance_to(&mut world, now_ms);
        world
    }

    /// Returns the number of resets since the start.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultRules> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Restores the initial state: the `World`, faults, recorded requests, settings, clock.
    pub(crate) fn reset(&self) {
        self.restart(None);
    }

    /// Restarts with a scenario. Later resets restore the same scenario.
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
        *world = initial_world(&config, self.clock.now_ms());
        drop(world);
        *self.faults() = initial_faults(&config);
        *self.log() = Log::default();
    }
}

/// Returns the `World` that `config` describes, at `now_ms`.
fn initial_world(config: &EmulatorConfig, now_ms: i64) -> World {
    let initial = config.initial_state();
    let mut world = seed::world(initial.seed, now_ms, initial.limits, initial.settings.clone());
    if let Some(scenario) = &config.scenario {
        scenario.apply_to(&mut world);
    }
    world
}

/// Returns the fault rules in the scenario of `config`.
fn initial_faults(config: &EmulatorConfig) -> FaultRules {
    let mut rules = FaultRules::new(config.initial_state().seed);
    for rule in config.scenario.iter().flat_map(|scenario| &scenario.faults) {
        rules.add(rule.clone());
    }
    rules
}
