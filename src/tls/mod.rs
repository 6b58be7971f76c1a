//! TLS: the trusted authorities, and the reason why a certificate was rejected.

mod fault;
mod roots;

pub use fault::CertificateFault;
pub(crate) use roots::Roots;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
