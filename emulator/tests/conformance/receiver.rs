//! An app's server: receives webhooks and serves files for pulls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A received request.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Taken {
    pub(crate) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Parses the JSON in the string field `content`.
    pub(crate) fn content(&self) -> serde_json::Value {
        serde_json::from_str(self.json()["content"].as_str().unwrap()).unwrap()
    }
}

/// A complete response for each path. `None` keeps the connection open without a response.
type Answers = Arc<Mutex<HashMap<String, Option<Vec<u8>>>>>;

pub(crate) struct Receiver {
    pub(crate) url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
    answers: Answers,
    server: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Receiver {
    /// Starts a server that responds with status 200 by default.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken: Arc<Mutex<Vec<Taken>>> = Arc::default();
        let answers = Answers::default();
        let (log, configured) = (Arc::clone(&taken), Arc::clone(&answers));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(exchange(stream, Arc::clone(&log), Arc::clone(&configured)));
            }
        });
        Self { url, taken, answers, server }
    }

    pub(crate) fn answer(&self, path: &str, status: &str, body: &[u8]) {
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let whole = [head.as_bytes(), body].concat();
        self.answers.lock().unwrap().insert(path.to_owned(), Some(whole));
    }

    pub(crate) fn hang(&self, path: &str) {
        self.answers.lock().unwrap().insert(path.to_owned(), None);
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    pub(crate) fn events(&self) -> Vec<String> {
        self.taken().iter().map(|one| one.json()["event"].as_str().unwrap().to_owned()).collect()
    }
}

async fn exchange(mut stream: TcpStream, taken: Arc<Mutex<Vec<Taken>>>, answers: Answers) {
    let mut raw = Vec::new();
    let one = loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        raw.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&raw).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let path = head.split(' ').nth(1).unwrap().to_owned();
        let one = Taken { path, head: head.to_owned(), body: body.to_owned() };
        if body.len() >= one.header("content-length").parse().unwrap_or(0) {
            break one;
        }
    };
    let configured = answers.lock().unwrap().get(&one.path).cloned();
    taken.lock().unwrap().push(one);
    match configured {
        None => {
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        }
        Some(Some(answer)) => {
            let _ = stream.write_all(&answer).await;
        }
        Some(None) => std::future::pending().await,
    }
}
