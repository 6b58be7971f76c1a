//! Tests a primary and a replica that a sentinel watches, with the death of the primary while four processes use it.

use super::outage;
use super::server::Server;
use crate::clock::{Clock, SystemClock};
use std::time::Duration;

#[test]
fn sentinel_failover_keeps_the_limits() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut primary = Server::start(false);
    runtime.block_on(primary.wait_until_ready());
    let port = primary.port().to_string();
    let replica = Server::start_with(&["--replicaof", "127.0.0.1", &port]);
    runtime.block_on(replica.wait_until_ready());
    let sentinel = Server::start_sentinel(&primary);
    runtime.block_on(async {
        sentinel.wait_until_ready().await;
        let clock = SystemClock::new();
        loop {
            let answer = sentinel.query(&["SENTINEL", "REPLICAS", "main"]).await;
            if matches!(&answer, redis::Value::Array(replicas) if !replicas.is_empty()) {
                return;
            }
            assert!(clock.monotonic() < Duration::from_secs(60), "the sentinel does not see the replica");
            clock.sleep(Duration::from_millis(50)).await;
        }
    });
    let url = format!("redis-sentinel://{}?sentinelServiceName=main", sentinel.address());
    let sent = outage::run_processes(&url, || primary.kill());
    println!("{sent} requests over a failover: 0 violations");
}
