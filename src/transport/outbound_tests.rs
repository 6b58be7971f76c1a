use super::*;
use crate::clock::{BoxFuture, ManualClock, Timestamp};
use std::collections::HashMap;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Returns, for each name, its lists of addresses in turn, and repeats the last list.
#[derive(Debug, Default)]
struct Book(Mutex<HashMap<String, Vec<Vec<IpAddr>>>>);

impl Resolve for Book {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let mut book = self.0.lock().unwrap();
        let answers =
            book.get_mut(name).map(|lists| if lists.len() > 1 { lists.remove(0) } else { lists[0].clone() });
        Box::pin(async move { answers.ok_or_else(|| io::Error::other("no such name")) })
    }
}

fn outbound(names: &[(&str, &[&[&str]])], loopback: bool) -> Outbound {
    let parse = |list: &&[&str]| list.iter().map(|ip| ip.parse().unwrap()).collect();
    let book = names.iter().map(|(name, lists)| ((*name).to_owned(), lists.iter().map(parse).collect()));
    let resolver = Arc::new(Book(Mutex::new(book.collect())));
    Outbound { resolver, clock: clock(), roots: Roots::built_in(), loopback }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::new(Timestamp::default()))
}

async fn refusal(outbound: &Outbound, url: &str) -> Error {
    outbound.get(&Url::parse(url).unwrap(), &HeaderMap::new()).await.unwrap_err()
}

#[tokio::test]
async fn relay_never_connects_to_a_private_address() {
    let names: &[(&str, &[&[&str]])] = &[
        ("inward.test", &[&["10.0.0.7"]]),
        ("half.test", &[&["8.8.8.8", "169.254.169.254"]]),
        ("mapped.test", &[&["::ffff:192.168.0.1"]]),
        ("nowhere.test", &[&[]]),
        ("loop.test", &[&["127.0.0.1"]]),
    ];
    let outbound = outbound(names, false);
    for url in [
        "https://inward.test/v.mp4",
        "https://half.test/v.mp4",
        "https://mapped.test/v.mp4",
        "https://loop.test/v.mp4",
        "https://nowhere.test/v.mp4",
        "https://127.0.0.1/v.mp4",
        "https://0x7f.1/v.mp4",
        "https://2130706433/v.mp4",
        "https://[::1]/v.mp4",
        "https://[::ffff:10.0.0.1]/v.mp4",
        "http://8.8.8.8/v.mp4",
        "ftp://8.8.8.8/v.mp4",
        "https://user:s3cret@8.8.8.8/v.mp4",
    ] {
        let error = refusal(&outbound, url).await;
        assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::User), "{url}: {error:?}");
        assert!(!format!("{error:?} {error}").contains("s3cret"), "{url}");
    }
    assert_eq!(refusal(&outbound, "https://unknown.test/").await.kind(), ErrorKind::Unavailable);
}

/// Responds to every connection with `reply`. Returns the port.
async fn server(reply: String) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(reply.as_bytes()).await;
        }
    });
    port
}

#[tokio::test]
async fn relay_connects_to_the_address_that_was_checked() {
    let port = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".into()).await;
    // The second lookup would return another address, but never happens.
    let names: &[(&str, &[&[&str]])] = &[("rebound.test", &[&["127.0.0.1"], &["10.0.0.1"]])];
    let outbound = outbound(names, true);
    let url = Url::parse(&format!("http://rebound.test:{port}/v.mp4")).unwrap();
    let reply = outbound.get(&url, &HeaderMap::new()).await.unwrap();
    assert_eq!(reply.bytes().await.unwrap(), "hi");
    assert_eq!(refusal(&outbound, url.as_str()).await.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn http_client_resolves_only_the_checked_host_name() {
    let judged = Judged { name: "media.test".to_owned(), addresses: vec!["8.8.8.8".parse().unwrap()] };
    let ask = async |name: &str| reqwest::dns::Resolve::resolve(&judged, name.parse().unwrap()).await;
    let found: Vec<_> = ask("Media.test").await.unwrap().map(|socket| socket.ip().to_string()).collect();
    assert_eq!(found, ["8.8.8.8"]);
    assert!(ask("localhost").await.is_err() && ask("other.media.test").await.is_err());
}

#[tokio::test]
async fn each_redirect_target_is_checked_like_the_first_url() {
    for (to, word) in [
        ("https://10.0.0.1/v.mp4".to_owned(), "private network"),
        ("http://metadata.test/".to_owned(), "https://"),
        ("https://half.test/".to_owned(), "private network"),
        ("https://".to_owned(), "invalid URL"),
    ] {
        let port = server(format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")).await;
        let names: &[(&str, &[&[&str]])] =
            &[("metadata.test", &[&["169.254.169.254"]]), ("half.test", &[&["8.8.8.8", "127.0.0.1"]])];
        let error = refusal(&outbound(names, true), &format!("http://127.0.0.1:{port}/")).await;
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{to}");
        assert!(error.message().contains(word), "{to}: {}", error.message());
    }
    let port = server("HTTP/1.1 307 Again\r\nlocation: /\r\ncontent-length: 0\r\n\r\n".into()).await;
    let error = refusal(&outbound(&[], true), &format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn relay_resolves_names_through_the_operating_system() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = server.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_buf(&mut head).await.unwrap();
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    });
    let url = Url::parse(&format!("http://localhost:{port}/")).unwrap();
    let reply = Outbound::new(true, clock()).get(&url, &HeaderMap::new()).await.unwrap();
    assert_eq!(reply.status(), 204);
    let error = refusal(&Outbound::new(true, clock()), "https://no-such-name.invalid/").await;
    assert_eq!((error.kind(), error.owner()), (ErrorKind::Unavailable, Owner::User));
}

#[tokio::test]
async fn relay_url_without_a_host_is_rejected() {
    let error = refusal(&Outbound::new(false, clock()), "data:video/mp4,hello").await;
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}
