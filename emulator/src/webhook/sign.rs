//! Computes the `Tiktok-Signature` header (docs/tiktok-api.md 6).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::model::ids::hex;

/// Returns `t=<unix seconds>,s=<hex>`: HMAC-SHA256 over `t.body`, keyed with the client secret.
pub(crate) fn signature(client_secret: &str, unix_seconds: i64, body: &str) -> String {
    // HMAC accepts keys of any length, so this call never fails. If it did, the app would reject the empty signature.
    let signed = Hmac::<Sha256>::new_from_slice(client_secret.as_bytes()).map(|mut mac| {
        mac.update(unix_seconds.to_string().as_bytes());
        mac.update(b".");
        mac.update(body.as_bytes());
        hex(&mac.finalize().into_bytes())
    });
    format!("t={unix_seconds},s={}", signed.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_matches_the_test_vector_of_section_6() {
        let body = r#"{"client_key":"awtestkey1234567","event":"authorization.removed","create_time":1700000000,"user_openid":"-000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","content":"{\"reason\":1}"}"#;
        assert_eq!(
            signature("test_client_secret", 1_700_000_000, body),
            "t=1700000000,s=1dfbc1aedfda9c3c04325093faec440cd51f6d013dd27d798c4a564a78e6fd44"
        );
    }
}
