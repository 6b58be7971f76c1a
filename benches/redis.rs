//! Compares a quota check on Redis with a bare round trip on the same connection, in alternating rounds, and measures
//! the memory of a window.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "benches print, and may fail"
)]

use redis::{Connection, Script, Value};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use toklink::clock::{Clock, SystemClock};

/// Many short rounds, so that other load on the machine affects both measurements equally.
const ROUNDS: usize = 1001;
const CALLS: u32 = 20;
const GENERATION: &str = "toklink:{bench}:generation";

/// A separate redis-server that stops when it is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(clock: &SystemClock) -> (Server, Connection) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]).stdout(Stdio::null());
    let server = Server(
        command.spawn().expect("redis-server is not installed (Debian: apt-get install redis-server)"),
    );
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
    loop {
        if let Ok(connection) = client.get_connection() {
            return (server, connection);
        }
        assert!(clock.monotonic() < Duration::from_secs(30), "redis-server does not answer");
        std::thread::yield_now();
    }
}

fn take(script: &Script, connection: &mut Connection, key: &str, limit: u32) -> i64 {
    let mut call = script.prepare_invoke();
    call.key(GENERATION).arg("").arg("0123456789abcdef").arg(45_000);
    call.key(key).arg(limit).arg(60_000).arg(limit).arg(limit).arg(limit / 2);
    let answer: Vec<Value> = call.invoke(connection).unwrap();
    if let Value::Int(kind) = answer[0] { kind } else { -1 }
}

fn timed(clock: &SystemClock, mut call: impl FnMut(u32)) -> f64 {
    let began = clock.monotonic();
    (0..CALLS).for_each(&mut call);
    clock.monotonic().saturating_sub(began).as_secs_f64() * 1e6 / f64::from(CALLS)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let clock = SystemClock::new();
    let (_server, mut connection) = start(&clock);
    let script = Script::new(concat!(
        include_str!("../src/quota/redis/window.lua"),
        include_str!("../src/quota/redis/take.lua")
    ));
    let nothing = Script::new("return { 1, 1790000000000000, '0123456789abcdef', 1790000000000, 5, 0 }");
    let (full, fresh) = ("toklink:{bench}:userInfo:full", "toklink:{bench}:creatorInfo:");
    while take(&script, &mut connection, full, 600) == 1 {}
    let bytes = |connection: &mut Connection, key: &str| -> u64 {
        redis::cmd("MEMORY").arg("USAGE").arg(key).query(connection).unwrap()
    };
    let (mut bare, mut empty, mut granted, mut refused) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut account = 0;
    for _ in 0..ROUNDS {
        bare.push(timed(&clock, |_| {
            let _: String = redis::cmd("PING").query(&mut connection).unwrap();
        }));
        empty.push(timed(&clock, |_| assert_eq!(take(&nothing, &mut connection, full, 600), 1)));
        granted.push(timed(&clock, |n| {
            account += u32::from(n == 0);
            assert_eq!(take(&script, &mut connection, &format!("{fresh}{account}"), 20), 1);
        }));
        refused.push(timed(&clock, |_| assert_eq!(take(&script, &mut connection, full, 600), 0)));
    }
    let (bare, empty, granted, refused) = (median(bare), median(empty), median(granted), median(refused));
    println!("redis: one bare round trip          {bare:7.1} us");
    println!("redis: an empty script              {empty:7.1} us   ratio {:.2}", empty / bare);
    println!("redis: check, granted               {granted:7.1} us   ratio {:.2}", granted / bare);
    println!("redis: check, window of 600 full    {refused:7.1} us   ratio {:.2}", refused / bare);
    println!("redis: a full window of 600 slots   {:7} bytes", bytes(&mut connection, full));
    take(&script, &mut connection, "toklink:{bench}:creatorInfo:AAAAAAAAAAAAAAAAAAAAAA", 20);
    println!(
        "redis: an account used once         {:7} bytes",
        bytes(&mut connection, "toklink:{bench}:creatorInfo:AAAAAAAAAAAAAAAAAAAAAA")
    );
}
