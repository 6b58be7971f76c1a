//! Minimal HTTP for the commands: sends one request to a local server, and runs a server that stores its requests.

use crate::fault::{Context, Fault, Result};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Timeout that keeps a silent peer from blocking a command forever.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Head and body of a request or response.
#[derive(Debug)]
pub(crate) struct Message {
    /// Returns the first line of the message.
    pub(crate) start: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn header(&self, wanted: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn read(stream: &TcpStream) -> Result<Self> {
        stream.set_read_timeout(Some(TIMEOUT)).context("cannot set a timeout")?;
        let mut reader = BufReader::new(stream);
        let mut start = String::new();
        reader.read_line(&mut start).context("received no line")?;
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).context("received no complete head")?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut message = Self { start: start.trim_end().to_owned(), headers, body: Vec::new() };
        match message.header("content-length").and_then(|length| length.parse().ok()) {
            Some(length) => {
                message.body.resize(length, 0);
                reader.read_exact(&mut message.body).context("received no complete body")?;
            }
            None => drop(reader.read_to_end(&mut message.body).context("received no complete body")?),
        }
        Ok(message)
    }
}

/// Sends a request with a JSON body to `base` (`http://HOST:PORT`). Fails unless the response is successful.
pub(crate) fn ask(base: &str, method: &str, target: &str, body: &str) -> Result<Message> {
    let host = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).context(format_args!("{host} does not respond"))?;
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).context(format_args!("{host} does not accept the request"))?;
    let answer = Message::read(&stream)?;
    if answer.start.starts_with("HTTP/1.1 2") {
        return Ok(answer);
    }
    Err(Fault(format!("{host} responded to {target} with {}: {}", answer.start, answer.text())))
}

/// A server that responds to every request with 200 and stores the request.
#[derive(Debug)]
pub(crate) struct Inbox {
    url: String,
    received: Receiver<Message>,
}

impl Inbox {
    pub(crate) fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
        let address = listener.local_addr().context("cannot read the port number")?;
        let (keep, received) = channel();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let Ok(request) = Message::read(&stream) else {
                    continue;
                };
                let _answered = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                if keep.send(request).is_err() {
                    break;
                }
            }
        });
        Ok(Self { url: format!("http://{address}/"), received })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits for a request whose body contains `needed`. Discards other requests.
    pub(crate) fn next_about(&self, needed: &str) -> Result<Message> {
        loop {
            let message = self.received.recv_timeout(TIMEOUT);
            let message = message.map_err(|_| Fault(format!("received no request with {needed}")))?;
            if message.text().contains(needed) {
                return Ok(message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_arrives_complete_and_gets_a_response() {
        let inbox = Inbox::open().unwrap();
        let base = inbox.url().trim_end_matches('/');
        assert_eq!(ask(base, "POST", "/a", "first").unwrap().start, "HTTP/1.1 200 OK");
        ask(base, "POST", "/b", "second").unwrap();
        let received = inbox.next_about("sec").unwrap();
        assert_eq!((received.start.as_str(), received.text().as_str()), ("POST /b HTTP/1.1", "second"));
        assert_eq!(received.header("content-type"), Some("application/json"));
        assert!(ask("http://127.0.0.1:1", "GET", "/", "").is_err());
    }
}
