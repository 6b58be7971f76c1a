//! A redis-server of its own for a test, on loopback.

use crate::clock::{Clock, SystemClock};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(super) struct Server {
    port: u16,
    folder: tempfile::TempDir,
    keeps: bool,
    child: Child,
}

impl Server {
    /// Starts one; one that `keeps` writes everything down before it answers.
    pub(super) fn start(keeps: bool) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let child = run(port, &folder, keeps);
        Self { port, folder, keeps, child }
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

    pub(super) fn start_again(&mut self) {
        self.child = run(self.port, &self.folder, self.keeps);
    }

    /// A plain command, answered as text.
    pub(super) async fn ask(&self, words: &[&str]) -> redis::Value {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::Cmd::new();
        for word in words {
            command.arg(word);
        }
        command.query_async(&mut connection).await.unwrap()
    }

    /// Returns once it answers.
    pub(super) async fn answers(&self) {
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
        // Gone already when the test has killed it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(port: u16, folder: &tempfile::TempDir, keeps: bool) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]);
    command.arg("--dir").arg(folder.path());
    command.args(["--appendonly", if keeps { "yes" } else { "no" }, "--appendfsync", "always"]);
    command.stdout(Stdio::null()).stdin(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("redis-server is not installed: install it (Debian: apt-get install redis-server)")
}
