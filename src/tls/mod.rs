//! TLS: the trusted certificate authorities, and the reasons why certificates are rejected.

mod fault;
mod roots;

pub use fault::CertificateFault;
pub(crate) use roots::Roots;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
