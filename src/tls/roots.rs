//! The trusted certificate authorities: those that browsers trust, and those in the configured files.

use crate::error::{Error, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// The maximum size of a file. Bundles of operating systems have about 250 KiB.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
const PRIVATE_KEY: &[u8] = b"PRIVATE KEY-----";

/// The trusted certificate authorities.
#[derive(Clone)]
pub(crate) struct Roots(Arc<RootCertStore>);

impl Roots {
    /// Returns the authorities that browsers trust.
    pub(crate) fn built_in() -> Self {
        Self(Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }))
    }

    /// Adds the certificates of a PEM file.
    ///
    /// # Errors
    /// A description of the problem with the file, without any of its content.
    pub(crate) fn add_file(&mut self, path: &Path) -> std::result::Result<(), &'static str> {
        let text = read(path)?;
        let certificates = CertificateDer::pem_slice_iter(&text)
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|_| "is damaged: one of its certificates is truncated or not base64")?;
        if certificates.is_empty() {
            let holds_key = text.windows(PRIVATE_KEY.len()).any(|window| window == PRIVATE_KEY);
            return Err(if text.iter().all(u8::is_ascii_whitespace) {
                "is empty"
            } else if holds_key {
                "contains a private key but no certificate"
            } else {
                "contains no certificate in PEM format"
            });
        }
        // Bundles of operating systems contain some old certificates that cannot be parsed.
        match Arc::make_mut(&mut self.0).add_parsable_certificates(certificates) {
            (0, _) => Err("contains no valid certificate"),
            _ => Ok(()),
        }
    }

    /// Returns the configuration of a TLS client that trusts these authorities.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) when TLS cannot be set up.
    pub(crate) fn client_config(&self) -> Result<ClientConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = versions.map_err(|e| Error::bug("TLS could not be set up").with_source(e))?;
        Ok(builder.with_root_certificates(Arc::clone(&self.0)).with_no_client_auth())
    }
}

/// Shows only the number of authorities, because a bundle has more than a hundred.
impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}

fn read(path: &Path) -> std::result::Result<Vec<u8>, &'static str> {
    // Checks the file type first, because opening a pipe would block until its other end is opened.
    let found = fs::metadata(path).map_err(|error| unread(&error))?;
    if !found.is_file() {
        return Err("is not a regular file");
    }
    if found.len() > MAX_FILE_BYTES {
        return Err("is larger than 16 MiB");
    }
    let mut text = Vec::new();
    let file = File::open(path).map_err(|error| unread(&error))?;
    file.take(MAX_FILE_BYTES).read_to_end(&mut text).map_err(|error| unread(&error))?;
    Ok(text)
}

fn unread(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "does not exist",
        io::ErrorKind::PermissionDenied => "cannot be read by this user",
        _ => "cannot be read",
    }
}
