//! A minimal HTTP server on loopback that receives TikTok's redirect.

use core_toklink::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// The default redirect URI. TikTok allows any port if the app's desktop redirect URI is registered with the port `*`
/// (docs/tiktok-api.md 1.1).
const ANYWHERE: &str = "http://127.0.0.1:0/callback/";
/// A request line with TikTok's code and state has less than 2 KiB, and a browser's headers less than 8 KiB.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// The pause after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Time limit for a request's head, because browsers open connections in advance and send nothing on them.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// Time that a login waits until its page is written. A slow browser receives the rest after the login has ended.
const PAGE_WAIT: Duration = Duration::from_secs(1);
/// Time limit for writing a page.
const PAGE_LIMIT: Duration = Duration::from_secs(30);
/// Number of requests that are queued for a response.
const WAITING: usize = 8;

/// The listening page.
#[derive(Debug)]
pub(crate) struct Loopback {
    listener: TcpListener,
    pub(crate) redirect_uri: String,
    authority: String,
    path: String,
    pages: Arc<Pages>,
}

/// The host's pages; `None` means a short page in English.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    pub(crate) done: Option<String>,
    pub(crate) error: Option<String>,
}

/// One request for the page.
#[derive(Debug)]
pub(crate) struct Visit {
    pages: Arc<Pages>,
    /// The request target with its query, unchanged.
    pub(crate) target: String,
    stream: TcpStream,
}

impl Loopback {
    /// Listens at `redirect_uri`; port 0 means any free port.
    pub(crate) async fn open(redirect_uri: Option<&str>, pages: Pages) -> Result<Self> {
        let place = redirect_uri.unwrap_or(ANYWHERE);
        let (host, port, path) = parts(place).ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                "the redirect URI of a desktop login is invalid; use http://127.0.0.1:PORT/PATH or http://localhost:PORT/PATH, with port 0 for any free port",
            )
        })?;
        let listener = TcpListener::bind((host, port)).await.map_err(|cause| {
            let sentence = format!(
                "cannot listen on {host}:{port}; close the program that uses the port, or use port 0 for any free port"
            );
            Error::new(ErrorKind::Config, sentence).with_source(cause)
        })?;
        let port = listener.local_addr().map_or(port, |address| address.port());
        let authority = format!("{host}:{port}");
        Ok(Self {
            listener,
            redirect_uri: format!("http://{authority}{path}"),
            authority,
            path: path.to_owned(),
            pages: Arc::new(pages),
        })
    }

    /// Returns a channel of the requests for the redirect path, and serves until the receiver is dropped. Responds with
    /// 404 to other paths.
    pub(crate) fn visits(self) -> mpsc::Receiver<Visit> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let Self { listener, path, authority, pages, .. } = self;
        let authority: Arc<str> = authority.into();
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = sender.closed() => return,
                    accepted = listener.accept() => accepted,
                };
                let Ok((stream, _)) = accepted else {
                    // The process has no free file descriptor. A closed receiver ends the pause.
                    let _ = tokio::time::timeout(ACCEPT_PAUSE, sender.closed()).await;
                    continue;
                };
                let (sender, path, authority) = (sender.clone(), path.clone(), Arc::clone(&authority));
                let pages = Arc::clone(&pages);
                tokio::spawn(async move {
                    let read = tokio::time::timeout(HEAD_LIMIT, read(stream, &authority, pages));
                    let Ok(Some(visit)) = read.await else {
                        return;
                    };
                    if visit.target.split('?').next() == Some(path.as_str()) {
                        // If no login waits any longer, the connection is closed.
                        let _taken = sender.send(visit).await;
                    } else {
                        visit.answer("404 Not Found", "Not found", "This login uses another path.").await;
                    }
                });
            }
        });
        receiver
    }
}

/// Returns host, port and path of a loopback URL.
fn parts(place: &str) -> Option<(&'static str, u16, &str)> {
    let rest = place.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find('/')?);
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let host = ["127.0.0.1", "localhost"].into_iter().find(|known| *known == host)?;
    let plain =
        path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'"' | b'<'));
    Some((host, port.parse().ok()?, path)).filter(|_| plain)
}

/// Reads a request. Returns `None` if it is not a GET for `authority`, so that a website whose name resolves to this
/// machine cannot reach the login (DNS rebinding).
async fn read(mut stream: TcpStream, authority: &str, pages: Arc<Pages>) -> Option<Visit> {
    let mut head = Vec::new();
    let mut piece = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        head.extend_from_slice(piece.get(..count)?);
        if head.len() > MAX_HEAD_BYTES {
            return None;
        }
    }
    let head = std::str::from_utf8(&head).ok()?;
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let mut hosts = lines
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, value)| value.trim());
    // Browsers omit the scheme's default port.
    let expected = |host: &str| host == authority || authority.strip_suffix(":80") == Some(host);
    if !hosts.next().is_some_and(expected) || hosts.next().is_some() {
        return None;
    }
    (method == "GET" && target.starts_with('/')).then(|| Visit { pages, target: target.to_owned(), stream })
}

impl Visit {
    /// Sends the page for a successful login.
    pub(crate) async fn succeed(self) {
        match self.pages.done.clone() {
            Some(page) => self.send("200 OK", &page).await,
            None => self.answer("200 OK", "Connected", "Close this page and return to the program.").await,
        }
    }

    /// Sends the page for a failed login.
    pub(crate) async fn fail(self, title: &str, message: &str) {
        match self.pages.error.clone() {
            Some(page) => self.send("400 Bad Request", &page.replace("{message}", &escaped(message))).await,
            None => self.answer("400 Bad Request", title, message).await,
        }
    }

    /// Sends a short page and closes the connection.
    async fn answer(self, status: &str, title: &str, words: &str) {
        let (title, words) = (escaped(title), escaped(words));
        let page = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
             <style>body{{font:18px/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem}}\
             @media(prefers-color-scheme:dark){{body{{background:#111;color:#eee}}}}</style>\
             <h1>{title}</h1><p>{words}</p></html>\n"
        );
        self.send(status, &page).await;
    }

    async fn send(mut self, status: &str, page: &str) {
        let reply = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
             cache-control: no-store\r\ncontent-security-policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:\r\n\
             referrer-policy: no-referrer\r\nconnection: close\r\n\r\n{page}",
            page.len()
        );
        let (sender, written) = oneshot::channel();
        tokio::spawn(tokio::time::timeout(PAGE_LIMIT, async move {
            // The browser may have closed the connection.
            let _sent = self.stream.write_all(reply.as_bytes()).await;
            let _closed = self.stream.shutdown().await;
            // The login may have stopped waiting.
            let _waits = sender.send(());
            // Closing a socket with unread bytes would discard the end of the page.
            while self.stream.read(&mut [0; 2048]).await.is_ok_and(|count| count > 0) {}
        }));
        let _late = tokio::time::timeout(PAGE_WAIT, written).await;
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_redirect_uris_are_accepted() {
        assert_eq!(parts("http://127.0.0.1:0/cb/"), Some(("127.0.0.1", 0, "/cb/")));
        assert_eq!(parts("http://localhost/cb"), Some(("localhost", 80, "/cb")));
        for wrong in [
            "https://127.0.0.1:1/",
            "http://example.test:1/",
            "http://127.0.0.1:1",
            "http://127.0.0.1:x/",
            "http://127.0.0.1:1/?a=b",
            "http://127.0.0.1.example.test:1/",
        ] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }

    async fn ask(target: &str, headers: &str, address: String) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("GET {target} HTTP/1.1\r\n{headers}\r\n\r\n").as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        reply
    }

    #[tokio::test]
    async fn request_with_another_host_header_is_ignored() {
        let page = Loopback::open(None, Pages::default()).await.unwrap();
        let address = page.authority.clone();
        let mut visits = page.visits();
        let rebound = format!("Host: {address}\r\nHost: evil.example");
        for headers in ["Host: evil.example", "Host: 127.0.0.1", "Accept: */*", &rebound] {
            assert_eq!(ask("/callback/?code=1", headers, address.clone()).await, "", "{headers}");
        }
        assert!(visits.try_recv().is_err());
    }

    #[tokio::test]
    async fn requests_for_other_paths_get_404() {
        let page = Loopback::open(None, Pages::default()).await.unwrap();
        let address =
            page.redirect_uri.trim_start_matches("http://").trim_end_matches("/callback/").to_owned();
        let mut visits = page.visits();
        for target in ["/favicon.ico", "//[", "/callback", "/%2e/callback/"] {
            let reply = ask(target, &format!("Host: {address}"), address.clone()).await;
            assert!(reply.starts_with("HTTP/1.1 404"), "{target}: {reply}");
        }
        let host = format!("host: {address}");
        let asked = {
            let address = address.clone();
            tokio::spawn(async move { ask("/callback/?code=1", &host, address).await })
        };
        let visit = visits.recv().await.unwrap();
        assert_eq!(visit.target, "/callback/?code=1");
        visit.answer("200 OK", "<Connected>", "Done").await;
        let reply = asked.await.unwrap();
        assert!(reply.contains("&lt;Connected&gt;") && !reply.contains("<Connected>"));
    }
}
