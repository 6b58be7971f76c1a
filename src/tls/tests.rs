use super::testing::{Authority, pem};
use super::*;
use rustls::{CertificateError, ClientConnection, ServerConfig, ServerConnection};
use std::io;
use std::path::Path;
use std::sync::Arc;

const NOW: (i32, i32) = (2020, 4000);

/// Performs a TLS handshake in memory and returns the client's result.
fn handshake(roots: &Roots, server: Arc<ServerConfig>) -> Result<(), rustls::Error> {
    let config = Arc::new(roots.client_config().unwrap());
    let mut client = ClientConnection::new(config, "redis.example".try_into().unwrap()).unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets().unwrap();
        let mut wire = Vec::new();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut wire.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(())
}

#[test]
fn certificate_authority_is_trusted_when_its_file_is_added() {
    let authority = Authority::new();
    let server = authority.server("redis.example", NOW);
    let mut roots = Roots::built_in();
    let refused = handshake(&roots, Arc::clone(&server)).unwrap_err();
    assert_eq!(CertificateFault::of(&refused), Some(CertificateFault::UnknownIssuer));
    let before = format!("{roots:?}");
    roots.add_file(&authority.file()).unwrap();
    handshake(&roots, server).unwrap();
    assert_ne!(format!("{roots:?}"), before, "the file's authority is added to the built-in ones");
}

#[test]
fn rejected_certificate_error_names_the_cause() {
    let authority = Authority::new();
    let mut roots = Roots::built_in();
    roots.add_file(&authority.file()).unwrap();
    for (name, years, fault) in [
        ("redis.example", (2020, 2021), CertificateFault::Expired),
        ("redis.example", (3900, 4000), CertificateFault::NotYetValid),
        ("other.example", NOW, CertificateFault::WrongName),
    ] {
        let refused = handshake(&roots, authority.server(name, years)).unwrap_err();
        assert_eq!(CertificateFault::of(&refused), Some(fault), "{refused}");
    }
    let revoked = rustls::Error::InvalidCertificate(CertificateError::Revoked);
    assert_eq!(CertificateFault::of(&revoked), Some(CertificateFault::Unusable));
}

#[test]
fn certificate_error_is_found_when_io_errors_wrap_it() {
    let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
    let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
    assert_eq!(CertificateFault::of(&wrapped), Some(CertificateFault::UnknownIssuer));
    assert_eq!(CertificateFault::of(&io::Error::other("reset")), None);
    assert_eq!(CertificateFault::of(&rustls::Error::DecryptError), None);
}

#[test]
fn ca_file_without_a_certificate_is_rejected() {
    let authority = Authority::new();
    let key = pem("PRIVATE KEY", b"never-shown");
    let both = format!("{key}{}", std::fs::read_to_string(authority.file()).unwrap());
    let cut = &std::fs::read_to_string(authority.file()).unwrap()[..100];
    let add = |path: &Path| Roots::built_in().add_file(path);
    for (content, says) in [
        ("", "is empty"),
        ("\n \n", "is empty"),
        (key.as_str(), "private key"),
        ("no PEM at all", "PEM"),
        (cut, "is damaged"),
        (&pem("CERTIFICATE", b"not DER"), "no valid certificate"),
    ] {
        let refused = add(&authority.write("bad.pem", content)).unwrap_err();
        assert!(refused.contains(says), "{content:?}: {refused}");
    }
    assert_eq!(add(&authority.write("both.pem", &both)), Ok(()));
    assert_eq!(add(Path::new("/no/such/ca.pem")), Err("does not exist"));
    assert_eq!(add(&std::env::temp_dir()), Err("is not a regular file"));
}
