//! HTTP details: the requests that the client sends and the responses that it rejects. The test servers write raw
//! responses.

use crate::world::World;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use toklink::{AccountKey, Client, Config, Dispatch, ErrorKind, QuotaPolicy, Reason};

/// `{"data":{"videos":[],"cursor":0,"has_more":false},"error":{"code":"ok","message":"","log_id":"L"}}`, compressed
/// with node:zlib.
const GZIPPED_PAGE: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x15, 0xc9, 0x41, 0x0a, 0x83, 0x40, 0x0c,
    0x40, 0xd1, 0xbb, 0xfc, 0x75, 0x16, 0x5d, 0xe7, 0x0c, 0xbd, 0x41, 0x29, 0x12, 0x9c, 0xd4, 0x8a, 0x4a,
    0x20, 0xa9, 0x6e, 0x86, 0xb9, 0x7b, 0x71, 0xf9, 0x78, 0x9d, 0x66, 0x3f, 0x43, 0x3b, 0xd7, 0xda, 0x3c,
    0x0a, 0x7d, 0xbd, 0x85, 0xf9, 0xcc, 0x8a, 0x44, 0x1f, 0xc2, 0xd7, 0x6a, 0x3a, 0x22, 0x1d, 0xfd, 0xd8,
    0x5e, 0x3e, 0x04, 0xcf, 0xbc, 0xaf, 0x33, 0x47, 0x73, 0x94, 0xd8, 0x10, 0x0e, 0xaf, 0xb2, 0xe5, 0x26,
    0xc2, 0x1e, 0xcb, 0xb4, 0x36, 0x94, 0x27, 0x63, 0xfc, 0x01, 0x4b, 0x80, 0x88, 0x05, 0x62, 0x00, 0x00,
    0x00,
];

/// Starts a server that accepts `connections` connections and responds to each with `answer`. Its thread returns the
/// last request.
fn server(
    connections: usize,
    answer: impl Fn(&mut TcpStream) + Send + 'static,
) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut request = String::new();
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().unwrap();
            request = read_head(&mut stream);
            answer(&mut stream);
        }
        request
    });
    (url, thread)
}

/// Returns the result of the server's thread. Waits outside the runtime, which must close the client's
/// connections first.
async fn ended<T: Send + 'static>(server: JoinHandle<T>) -> T {
    tokio::task::spawn_blocking(|| server.join().unwrap()).await.unwrap()
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Returns a client with a connected account. The client sends its API requests to `url`.
async fn client_of(url: &str) -> (Client, AccountKey) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let config = Config::builder()
        .client_key(world.client_key)
        .client_secret("any")
        .encryption_key(crate::world::KEY)
        .api_base_url(url)
        .build()
        .unwrap();
    let client = Client::builder(config)
        .store(Arc::clone(&world.store))
        .clock(world.clock())
        .quota_policy(QuotaPolicy::documented())
        .build()
        .unwrap();
    (client, account)
}

#[tokio::test]
async fn client_requests_and_reads_compressed_responses() {
    let (url, server) = server(1, |stream| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            GZIPPED_PAGE.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(GZIPPED_PAGE).unwrap();
    });
    let (client, account) = client_of(&url).await;
    assert!(client.list_videos(&account, None, 20).await.unwrap().videos.is_empty());
    let request = ended(server).await.to_lowercase();
    assert!(
        request.contains("accept-encoding: gzip") && request.contains("user-agent: toklink/"),
        "{request}"
    );
}

#[tokio::test]
async fn client_does_not_follow_a_redirect_with_its_token() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = format!("http://{}/v2/video/list/", elsewhere.local_addr().unwrap());
    let (url, server) = server(1, move |stream| {
        let answer =
            format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let (client, account) = client_of(&url).await;
    client.list_videos(&account, None, 20).await.unwrap_err();
    assert!(ended(server).await.contains("authorization: Bearer act."));
    assert!(elsewhere.accept().is_err(), "the client followed the redirect");
}

#[tokio::test]
async fn client_stops_reading_an_endless_response() {
    // The client attempts this read three times.
    let (url, server) = server(3, |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n").unwrap();
        let piece = vec![b' '; 64 * 1024];
        while stream.write_all(&piece).is_ok() {}
    });
    let (client, account) = client_of(&url).await;
    let error = client.publish_status(&account, "v_pub_file~v2-1.1").await.unwrap_err();
    drop(client);
    ended(server).await;
    assert_eq!((error.kind(), error.dispatch()), (ErrorKind::Unavailable, Dispatch::Answered), "{error:?}");
}

#[tokio::test]
async fn server_with_an_untrusted_certificate_gets_no_token() {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut acceptor = rustls::server::Acceptor::default();
        let accepted = loop {
            acceptor.read_tls(&mut stream).unwrap();
            if let Some(accepted) = acceptor.accept().unwrap() {
                break accepted;
            }
        };
        let offered: Vec<Vec<u8>> =
            accepted.client_hello().alpn().into_iter().flatten().map(<[u8]>::to_vec).collect();
        let mut connection = accepted.into_connection(Arc::new(tls)).unwrap();
        let finished = connection.complete_io(&mut stream).is_ok();
        (offered, finished, listener)
    });
    let (client, account) = client_of(&url).await;
    let error = client.list_videos(&account, None, 20).await.unwrap_err();
    assert_eq!((error.kind(), error.dispatch()), (ErrorKind::Config, Dispatch::NotSent), "{error:?}");
    assert_eq!(error.reason(), Reason::CertificateNotTrusted, "{error}");
    let (offered, finished, listener) = ended(server).await;
    assert!(offered.contains(&b"h2".to_vec()) && !finished, "{offered:?} {finished}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "the read was tried again, which meets the same certificate");
}
