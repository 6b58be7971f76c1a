//! Starts a separate redis-server for a test, on loopback.

use crate::clock::{Clock, SystemClock};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(super) struct Server {
    port: u16,
    folder: tempfile::TempDir,
    /// Further arguments of redis-server.
    options: Vec<String>,
    child: Child,
}

/// Returns a port that is free now.
pub(super) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    /// Starts a server. With `persistent`, it writes every change to disk before it answers.
    pub(super) fn start(persistent: bool) -> Self {
        let appendonly = if persistent { "yes" } else { "no" };
        Self::start_with(&["--appendonly", appendonly, "--appendfsync", "always"])
    }

    /// Starts a server with these options.
    pub(super) fn start_with(options: &[&str]) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        let child = run(port, &folder, &options);
        Self { port, folder, options, child }
    }

    /// Starts a sentinel that watches `primary` under the name `main`.
    pub(super) fn start_sentinel(primary: &Self) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let settings = format!(
            "sentinel monitor main 127.0.0.1 {} 1\nsentinel down-after-milliseconds main 500\n\
             sentinel failover-timeout main 3000\n",
            primary.port
        );
        let file = folder.path().join("sentinel.conf");
        std::fs::write(&file, settings).unwrap();
        let options = vec![file.display().to_string(), "--sentinel".to_owned()];
        let child = run(port, &folder, &options);
        Self { port, folder, options, child }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn restart(&mut self) {
        self.child = run(self.port, &self.folder, &self.options);
    }

    /// Sends a command, and returns the reply.
    pub(super) async fn query(&self, words: &[&str]) -> redis::Value {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::Cmd::new();
        for word in words {
            command.arg(word);
        }
        command.query_async(&mut connection).await.unwrap()
    }

    /// Waits until the server answers.
    pub(super) async fn wait_until_ready(&self) {
        let clock = SystemClock::new();
        let client = redis::Client::open(self.url()).unwrap();
        while client.get_multiplexed_async_connection().await.is_err() {
            assert!(clock.monotonic() < Duration::from_secs(30), "redis-server does not answer");
            clock.sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails when the test has killed it already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(port: u16, folder: &tempfile::TempDir, options: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    // A configuration file comes first.
    command.args(options);
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"]);
    if !options.iter().any(|option| option == "--sentinel") {
        command.args(["--save", ""]);
    }
    command.arg("--dir").arg(folder.path());
    command.stdout(Stdio::null()).stdin(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("redis-server is not installed: install it (Debian: apt-get install redis-server)")
}
