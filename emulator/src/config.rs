//! Configuration of an emulator.

use crate::scenario::Scenario;
use crate::settings::Settings;

/// Configuration of an emulator. The defaults match the binary's: a free port, a running clock, and limits enabled.
#[derive(Debug, Clone)]
pub struct EmulatorConfig {
    /// Port on 127.0.0.1; 0 selects a free port.
    pub port: u16,
    /// Seed of all IDs, tokens and counters. The same seed produces the same values.
    pub seed: u64,
    /// Freezes the clock, so that only `advance` moves it.
    pub frozen_clock: bool,
    /// Initial virtual time, Unix milliseconds; the real time when `None`.
    pub start_ms: Option<i64>,
    /// Enforces the rate limits and the 24 h caps (docs/tiktok-api.md 5.11, 8). Disable them for load tests.
    pub limits: bool,
    /// Settings that can also change at run time.
    pub settings: Settings,
    /// Apps, users, faults and other initial state. Values in the scenario override the fields above.
    pub scenario: Option<Scenario>,
}

/// State after a start or a reset: the configuration combined with the scenario's values.
#[derive(Debug)]
pub(crate) struct InitialState<'a> {
    pub(crate) seed: u64,
    pub(crate) start_ms: Option<i64>,
    pub(crate) frozen: bool,
    pub(crate) limits: bool,
    pub(crate) settings: &'a Settings,
}

impl EmulatorConfig {
    pub(crate) fn initial_state(&self) -> InitialState<'_> {
        let scenario = self.scenario.as_ref();
        InitialState {
            seed: scenario.and_then(|scenario| scenario.seed).unwrap_or(self.seed),
            start_ms: scenario.and_then(|scenario| scenario.clock.start_ms).or(self.start_ms),
            frozen: scenario.and_then(|scenario| scenario.clock.frozen).unwrap_or(self.frozen_clock),
            limits: scenario.and_then(|scenario| scenario.limits).unwrap_or(self.limits),
            settings: scenario.and_then(|scenario| scenario.settings.as_ref()).unwrap_or(&self.settings),
        }
    }
}

impl Default for EmulatorConfig {
    fn default() -> Self {
        Self {
            port: 0,
            seed: 1,
            frozen_clock: false,
            start_ms: None,
            limits: true,
            settings: Settings::default(),
            scenario: None,
        }
    }
}
