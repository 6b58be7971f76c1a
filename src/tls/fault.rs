//! Determines why a certificate was rejected, from the error of whichever library made the connection.

use rustls::CertificateError;
use std::error::Error as StdError;
use std::fmt;
use std::io;

/// The reason why a server's certificate was rejected. It is the source of the resulting error, so that a host can
/// branch on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateFault {
    /// The authority that issued the certificate is not trusted; it is usually a corporate proxy.
    UnknownIssuer,
    /// The certificate has expired, or this machine's clock is ahead.
    Expired,
    /// The certificate is not valid yet, or this machine's clock is behind.
    NotYetValid,
    /// The certificate was issued for other host names.
    WrongName,
    /// The certificate is revoked, malformed or not issued for a server.
    Unusable,
}

impl CertificateFault {
    /// Returns the fault in `error` or in one of its sources; `None` when no certificate was rejected.
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return Self::of_tls(tls);
            }
            // `source` of an I/O error returns the source of its inner error, so the inner error itself must be read
            // explicitly.
            let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            next = match inner {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        None
    }

    fn of_tls(error: &rustls::Error) -> Option<Self> {
        use CertificateError as Cause;
        let rustls::Error::InvalidCertificate(cause) = error else { return None };
        Some(match cause {
            Cause::UnknownIssuer => Self::UnknownIssuer,
            Cause::Expired | Cause::ExpiredContext { .. } => Self::Expired,
            Cause::NotValidYet | Cause::NotValidYetContext { .. } => Self::NotYetValid,
            Cause::NotValidForName | Cause::NotValidForNameContext { .. } => Self::WrongName,
            _ => Self::Unusable,
        })
    }

    /// Returns a message with the problem and the remedy for the operator. `host` names the server that presented the
    /// certificate.
    pub(crate) fn sentence(self, host: &str) -> String {
        let (what, remedy) = match self {
            Self::UnknownIssuer => (
                "was issued by an authority that is not trusted here, such as that of a corporate proxy",
                "set TIKTOK_CA_FILE (caFile) to a PEM file with the certificate of that authority",
            ),
            Self::Expired => (
                "has expired",
                "check the clock of this machine, or ask the operator of that server or proxy to renew the certificate",
            ),
            Self::NotYetValid => ("is not valid yet", "check the clock of this machine"),
            Self::WrongName => {
                ("is valid for other host names", "check the configured URL, and the proxy if there is one")
            }
            Self::Unusable => (
                "is revoked, malformed or not issued for a server",
                "ask the operator of that server or proxy to replace it",
            ),
        };
        format!("the certificate of {host} {what}; {remedy}")
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "certificate issued by an unknown authority",
            Self::Expired => "certificate expired",
            Self::NotYetValid => "certificate not valid yet",
            Self::WrongName => "certificate valid for other host names",
            Self::Unusable => "certificate invalid",
        })
    }
}

impl StdError for CertificateFault {}
