//! The reason why a certificate is refused, found in the error of whichever library made the connection.

use rustls::CertificateError;
use std::error::Error as StdError;
use std::fmt;
use std::io;

/// Why the certificate of a server was refused: the source of an error whose cause it is, so that a host can branch on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateFault {
    /// The authority that issued it is not trusted: usually that of a corporate proxy.
    UnknownIssuer,
    /// It has expired, or this machine's clock is fast.
    Expired,
    /// It is not valid yet, or this machine's clock is slow.
    NotYetValid,
    /// It names other hosts.
    WrongName,
    /// It is revoked, malformed or not made for a server.
    Unusable,
}

impl CertificateFault {
    /// Finds the fault in `error` or in one of its sources; absent when no certificate was refused.
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return Self::of_tls(tls);
            }
            // The source of an I/O error is the source of the error inside it, which would skip that one.
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

    /// Says what is wrong and what the operator has to do. `place` is whose certificate it is.
    pub(crate) fn sentence(self, place: &str) -> String {
        let (what, remedy) = match self {
            Self::UnknownIssuer => (
                "was issued by an authority that is not trusted here, such as that of a corporate proxy",
                "set TIKTOK_CA_FILE (caFile) to a PEM file with the certificate of that authority",
            ),
            Self::Expired => (
                "has expired",
                "check the clock of this machine, or have the certificate renewed by whoever runs that server or proxy",
            ),
            Self::NotYetValid => ("is not valid yet", "check the clock of this machine"),
            Self::WrongName => {
                ("is valid for other host names", "check the configured URL, and the proxy if there is one")
            }
            Self::Unusable => (
                "is revoked, malformed or not made for a server",
                "have it replaced by whoever runs that server or proxy",
            ),
        };
        format!("the certificate of {place} {what}; {remedy}")
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "certificate issued by an unknown authority",
            Self::Expired => "certificate expired",
            Self::NotYetValid => "certificate not valid yet",
            Self::WrongName => "certificate valid for other host names",
            Self::Unusable => "certificate unusable",
        })
    }
}

impl StdError for CertificateFault {}
