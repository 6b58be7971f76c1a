//! Any text as the header `Tiktok-Signature`: none but the secret's own signature is taken for genuine.

#![no_main]

#[path = "app.rs"]
mod app;

use libfuzzer_sys::fuzz_target;
use toklink::{ErrorKind, WebhookCheck};

const BODY: &[u8] = b"{}";

fuzz_target!(|header: &str| {
    let error = app::client()
        .verify_webhook(header, BODY, &WebhookCheck::default())
        .expect_err("nobody has signed it");
    assert_eq!(error.kind(), ErrorKind::Integrity);
});
