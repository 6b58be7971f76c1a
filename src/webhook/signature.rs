//! `Tiktok-Signature: t=<unix seconds>,s=<hex>`: HMAC-SHA256 over `t.body`, keyed with the client secret
//! (docs/tiktok-api.md 6).

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Owner, Reason, Result};
use crate::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::Duration;

/// The default maximum difference between the signature's time and the current time. Five minutes is a common choice
/// for webhook receivers (docs/tiktok-api.md 6, "Tolerance").
pub const TOLERANCE: Duration = Duration::from_secs(300);
/// The maximum size of a body in bytes. Documented bodies have a few hundred bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The maximum size of the header in bytes. A documented header has 79 bytes.
const MAX_HEADER_BYTES: usize = 512;
/// The maximum number of signatures in one header.
const MAX_SIGNATURES: usize = 4;
const MAC_BYTES: usize = 32;

/// The content of the header. `time` is the unchanged text, because the signature covers that text.
struct Signed<'a> {
    time: &'a str,
    at: Timestamp,
    macs: Vec<[u8; MAC_BYTES]>,
}

/// Verifies that one of `secrets` signed `body` recently.
pub(super) fn check(
    header: &str,
    body: &[u8],
    secrets: &[&Secret],
    tolerance: Duration,
    now: Timestamp,
) -> Result<()> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Error::invalid(format!(
            "this webhook has {} bytes, but at most {MAX_BODY_BYTES} are accepted; it is not from TikTok",
            body.len()
        )));
    }
    let signed = read(header).ok_or_else(|| {
        refused(
            Reason::SignatureMissing,
            "the header Tiktok-Signature is missing or malformed; pass its value unchanged",
        )
    })?;
    // All combinations are compared, so that the duration does not reveal which one nearly matched.
    let genuine = secrets.iter().fold(false, |found, secret| signed.is_by(secret, body) | found);
    if !genuine {
        return Err(refused(
            Reason::SignatureMismatch,
            "the signature does not match the body; pass the raw bytes of the request, and check the client secret",
        ));
    }
    if now.since(signed.at) > tolerance || signed.at.since(now) > tolerance {
        return Err(refused(
            Reason::SignatureTooOld,
            "the webhook's signature is too old or in the future, so it may be a replay; check the clock of this \
             machine",
        ));
    }
    Ok(())
}

impl Signed<'_> {
    fn is_by(&self, secret: &Secret, body: &[u8]) -> bool {
        // With an empty key, anyone could create a valid signature.
        if secret.is_empty() {
            return false;
        }
        let mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes());
        let Ok(mut mac) = mac else { return false };
        mac.update(self.time.as_bytes());
        mac.update(b".");
        mac.update(body);
        self.macs.iter().fold(false, |found, given| mac.clone().verify_slice(given).is_ok() | found)
    }
}

/// Parses the header, which has one time and at least one signature. Other fields are ignored, because TikTok may add
/// some.
fn read(header: &str) -> Option<Signed<'_>> {
    if header.len() > MAX_HEADER_BYTES {
        return None;
    }
    let (mut time, mut macs) = (None, Vec::new());
    for field in header.split(',') {
        let (name, value) = field.trim().split_once('=')?;
        match name {
            "t" if time.is_none() => time = Some(value),
            "s" if macs.len() < MAX_SIGNATURES => macs.push(unhex(value)?),
            "t" | "s" => return None,
            _ => {}
        }
    }
    let time =
        time.filter(|time| (1..=12).contains(&time.len()) && time.bytes().all(|b| b.is_ascii_digit()))?;
    let at = Timestamp::from_secs(time.parse().ok()?);
    (!macs.is_empty()).then_some(Signed { time, at, macs })
}

fn unhex(text: &str) -> Option<[u8; MAC_BYTES]> {
    let digits = text.as_bytes();
    if digits.len() != MAC_BYTES * 2 {
        return None;
    }
    let mut mac = [0; MAC_BYTES];
    for (byte, pair) in mac.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(mac)
}

fn refused(reason: Reason, message: &str) -> Error {
    Error::new(ErrorKind::Integrity, message).with_reason(reason).with_owner(Owner::App)
}
