//! Reads arbitrary bytes as the body of a signed webhook; the event must survive a round trip through JSON.

#![no_main]

#[path = "app.rs"]
mod app;

use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};
use toklink::{ErrorKind, WebhookCheck, WebhookEvent};

fuzz_target!(|body: &[u8]| {
    match app::client().verify_webhook(&sign(body), body, &WebhookCheck::default()) {
        Ok(event) => {
            let json = serde_json::to_string(&event).expect("an event is JSON");
            let again: WebhookEvent = serde_json::from_str(&json).expect("its JSON is an event");
            assert_eq!(again, event);
        }
        Err(error) => assert!(
            error.message().contains("another app") || error.kind() == ErrorKind::InvalidInput,
            "a signed body is an event, whatever it says"
        ),
    }
});

fn sign(body: &[u8]) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let mut mac = Hmac::<Sha256>::new_from_slice(app::CLIENT_SECRET.as_bytes()).expect("any key");
    mac.update(format!("{now}.").as_bytes());
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={now},s={hex}")
}
