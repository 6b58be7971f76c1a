//! Work that needs the network and therefore cannot be done under the world's lock: pulls and webhooks.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::real_pause;
use crate::posting::pull;
use crate::server::Shared;
use crate::webhook::sender;

/// How long a due delivery may wait while the clock runs by itself.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Does all that is due. Two calls take turns, so each returns only once everything due at its start is done.
pub(crate) async fn run_due(shared: &Shared) {
    let _guard = shared.background_lock.lock().await;
    while pull::fetch_one(shared).await || sender::send_one(shared).await {}
}

/// Runs until it is dropped.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        run_due(&shared).await;
        real_pause(POLL_INTERVAL).await;
    }
}
