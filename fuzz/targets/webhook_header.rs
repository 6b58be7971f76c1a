//! Reads arbitrary text as the header `Tiktok-Signature`; only the signature of the secret is valid.

#![no_main]

#[path = "app.rs"]
mod app;

use libfuzzer_sys::fuzz_target;
use toklink::{ErrorKind, WebhookCheck};

const BODY: &[u8] = b"{}";

fuzz_target!(|header: &str| {
    let error = app::client()
        .verify_webhook(header, BODY, &WebhookCheck::default())
        .expect_err("the body is not signed");
    assert_eq!(error.kind(), ErrorKind::Integrity);
});
