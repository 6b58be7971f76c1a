//! Runs pulls and webhooks. Both use the network, so they run without locking the emulator's state.

mod http_client;
mod pulls;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::real_pause;
use crate::state::Shared;

/// Maximum delay of a due delivery while the clock is running.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Runs all due work. Concurrent calls run one at a time, so each call returns only after all work that was due when it
/// started is done.
pub(crate) async fn run_due(shared: &Shared) {
    let _guard = shared.background_lock.lock().await;
    while pulls::fetch_one(shared).await || webhooks::send_one(shared).await {}
}

/// Runs due work every 100 ms until the future is dropped.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        run_due(&shared).await;
        real_pause(POLL_INTERVAL).await;
    }
}
