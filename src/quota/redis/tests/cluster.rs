//! Tests a Redis Cluster of two primaries and a replica, with a failover while four processes use it.

use super::oracle;
use super::outage::{limiter, policy, subject};
use super::server::{Server, free_port};
use crate::clock::{Clock, SystemClock};
use crate::quota::QuotaKind;
use crate::quota::redis::window_keys::WindowKeys;
use redis::Value;
use std::time::Duration;

const KINDS: [QuotaKind; 1] = [QuotaKind::CreatorInfo];
/// The first primary has the slots up to this one.
const LAST_SLOT_OF_FIRST: i64 = 8191;

struct Cluster {
    /// The primary of the slot with the keys of the app.
    owner: Server,
    other: Server,
    replica: Server,
}

fn node() -> (Server, u16) {
    let bus = free_port();
    (Server::start_with(&["--cluster-enabled", "yes", "--cluster-port", &bus.to_string()]), bus)
}

fn text(value: Value) -> String {
    redis::from_redis_value(value).unwrap()
}

impl Cluster {
    async fn start() -> Self {
        let nodes = [node(), node(), node()];
        for (number, (server, _)) in nodes.iter().enumerate() {
            server.wait_until_ready().await;
            server.query(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()]).await;
        }
        let [(first, first_bus), (second, second_bus), (replica, _)] = nodes;
        let (middle, next) = (LAST_SLOT_OF_FIRST.to_string(), (LAST_SLOT_OF_FIRST + 1).to_string());
        first.query(&["CLUSTER", "ADDSLOTSRANGE", "0", &middle]).await;
        second.query(&["CLUSTER", "ADDSLOTSRANGE", &next, "16383"]).await;
        for (server, bus) in [(&first, first_bus), (&second, second_bus)] {
            let (port, bus) = (server.port().to_string(), bus.to_string());
            replica.query(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]).await;
        }
        let keys = WindowKeys::new(&policy(1), &subject());
        let Value::Int(slot) = first.query(&["CLUSTER", "KEYSLOT", &keys.generation]).await else {
            panic!("no slot")
        };
        let (owner, other) = if slot <= LAST_SLOT_OF_FIRST { (first, second) } else { (second, first) };
        let cluster = Self { owner, other, replica };
        cluster.wait_until_ready().await;
        let id = text(cluster.owner.query(&["CLUSTER", "MYID"]).await);
        cluster.replica.query(&["CLUSTER", "REPLICATE", &id]).await;
        wait_for(&cluster.replica, &["INFO", "replication"], &["master_link_status:up"]).await;
        cluster.wait_until_ready().await;
        cluster
    }

    async fn wait_until_ready(&self) {
        for server in [&self.owner, &self.other, &self.replica] {
            wait_for(server, &["CLUSTER", "INFO"], &["cluster_state:ok", "cluster_known_nodes:3"]).await;
        }
    }

    /// Returns the URL. Its first node is not the one with the keys.
    fn url(&self) -> String {
        format!("redis-cluster://{}?node={}", self.other.address(), self.replica.address())
    }
}

/// Waits until the answer to `command` contains all of `words`.
async fn wait_for(server: &Server, command: &[&str], words: &[&str]) {
    let clock = SystemClock::new();
    loop {
        let answer = text(server.query(command).await);
        if words.iter().all(|word| answer.contains(word)) {
            return;
        }
        assert!(clock.monotonic() < Duration::from_secs(60), "{answer}");
        clock.sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn cluster_agrees_with_the_oracle_over_a_failover() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime.block_on(Cluster::start());
    oracle::compare(&cluster.url(), || {
        runtime.block_on(cluster.replica.query(&["CLUSTER", "FAILOVER"]));
        runtime.block_on(wait_for(&cluster.replica, &["INFO", "replication"], &["role:master"]));
    });
}

#[tokio::test]
async fn requests_continue_after_a_primary_dies() {
    let mut cluster = Cluster::start().await;
    let redis = limiter(&cluster.url(), &policy(2), 1);
    redis.acquire(&KINDS, &subject(), Duration::ZERO).await.unwrap().complete();
    redis.flush().await;
    let keys = Value::Int(2);
    while cluster.replica.query(&["DBSIZE"]).await != keys {
        tokio::task::yield_now().await;
    }
    cluster.owner.kill();
    assert!(redis.acquire(&KINDS, &subject(), Duration::ZERO).await.is_err());
    cluster.replica.query(&["CLUSTER", "FAILOVER", "TAKEOVER"]).await;
    while redis.read(&subject()).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(redis.read(&subject()).await.unwrap()[0].count, 1, "the replica has the counts");
    redis.acquire(&KINDS, &subject(), Duration::ZERO).await.unwrap().complete();
}
