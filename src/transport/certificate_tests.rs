//! Tests with servers whose certificates a test authority issued: such a server is trusted when the authority's file is
//! configured, and otherwise rejected with the cause.

use super::{Body, HttpReply, HttpRequest, HttpTransport, Method, Outbound, Transport};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result, Retry};
use crate::tls::CertificateFault;
use crate::tls::testing::Authority;
use reqwest::header::HeaderMap;
use rustls::ServerConfig;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

const NOW: (i32, i32) = (2020, 4000);
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Starts a server on loopback that returns empty responses. Returns its URL with the host name `localhost`.
async fn server(tls: Arc<ServerConfig>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(tls);
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.is_ok_and(|n| n > 0) {}
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    Url::parse(&format!("https://localhost:{port}/video.mp4?token=s3cret")).unwrap()
}

fn config(authority: Option<&Authority>) -> Config {
    let config = Config::builder().client_key("awtest").client_secret("s3cret").encryption_key(KEY);
    // The API host is on loopback, so the proxy of the environment is not used.
    let config = config.api_base_url("https://localhost");
    authority.map_or(config.clone(), |authority| config.ca_file(authority.file())).build().unwrap()
}

async fn send(config: &Config, url: Url) -> Result<HttpReply> {
    let (method, headers, timeout) = (Method::Get, Vec::new(), Duration::from_secs(30));
    let request = HttpRequest { method, url, authorization: None, headers, body: Body::Empty, timeout };
    HttpTransport::new(config)?.send(request).await
}

fn fault(error: &Error) -> Option<&CertificateFault> {
    error.source().and_then(|source| source.downcast_ref())
}

#[tokio::test]
async fn server_is_trusted_when_its_authority_is_configured() {
    let authority = Authority::new();
    let url = server(authority.server("localhost", NOW)).await;
    let config = config(Some(&authority));
    assert_eq!(send(&config, url.clone()).await.unwrap().status, 200);
    let outbound = Outbound::new(true, Arc::new(SystemClock::new())).trusting(config.roots);
    assert_eq!(outbound.get(&url, &HeaderMap::new()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn rejected_certificate_error_names_the_host_and_the_cause() {
    let authority = Authority::new();
    let trusting = config(Some(&authority));
    for (config, name, years, expected, says) in [
        (&config(None), "localhost", NOW, CertificateFault::UnknownIssuer, "TIKTOK_CA_FILE"),
        (&trusting, "localhost", (2020, 2021), CertificateFault::Expired, "has expired"),
        (&trusting, "localhost", (3900, 4000), CertificateFault::NotYetValid, "is not valid yet"),
        (&trusting, "other.example", NOW, CertificateFault::WrongName, "other host names"),
    ] {
        let url = server(authority.server(name, years)).await;
        let error = send(config, url.clone()).await.unwrap_err();
        assert_eq!((error.kind(), error.dispatch()), (ErrorKind::Config, Dispatch::NotSent), "{error}");
        assert_eq!((error.retry(), error.owner()), (Retry::Never, Owner::App), "{error}");
        assert_eq!(fault(&error), Some(&expected));
        assert!(error.message().contains("the certificate of localhost"), "{error}");
        assert!(error.message().contains(says) && !format!("{error:?}").contains("s3cret"), "{error:?}");

        let outbound = Outbound::new(true, Arc::new(SystemClock::new())).trusting(config.roots.clone());
        let error = outbound.get(&url, &HeaderMap::new()).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::InvalidInput, Retry::Never), "{error}");
        assert_eq!((error.owner(), fault(&error)), (Owner::User, Some(&expected)), "{error}");
    }
}
