//! TLS: the authorities that are trusted, and the reason why a certificate is refused.

mod fault;
mod roots;

pub use fault::CertificateFault;
pub(crate) use roots::Roots;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
