//! What came in, held against what a test expects.

use std::error::Error;
use std::fmt;

use crate::requests::RecordedRequest;

/// The record differs from what was expected; the sentence names the first difference and lists what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestMismatch(String);

impl fmt::Display for RequestMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for RequestMismatch {}

/// Each request is named by its endpoint, or by its path where TikTok has no such endpoint.
pub(crate) fn compare(came: &[RecordedRequest], expected: &[&str]) -> Result<(), RequestMismatch> {
    let names: Vec<&str> = came.iter().map(|request| request.endpoint.unwrap_or(&request.path)).collect();
    if names == expected {
        return Ok(());
    }
    let at = names.iter().zip(expected).take_while(|(name, wanted)| name == wanted).count();
    let shown = |name: Option<&&str>| name.map_or_else(|| "none".to_owned(), |name| format!("`{name}`"));
    Err(RequestMismatch(format!(
        "request {}: expected {}, came {}; {} expected, {} came: {}",
        at + 1,
        shown(expected.get(at)),
        shown(names.get(at)),
        expected.len(),
        names.len(),
        names.join(", "),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_request_is_named() {
        let mismatch = compare(&[], &["token"]).unwrap_err();
        assert_eq!(mismatch.to_string(), "request 1: expected `token`, came none; 1 expected, 0 came: ");
        assert_eq!(compare(&[], &[]), Ok(()));
    }
}
