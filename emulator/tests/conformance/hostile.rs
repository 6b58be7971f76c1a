//! Checks that any bytes sent to any endpoint get a response in TikTok's format, and that the emulator keeps running.
//!
//! `PROPTEST_CASES` sets the number of requests in each test; 256 by default.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use toklink_emulator::EmulatorConfig;

use crate::support::{Bed, direct};

const PATHS: [&str; 19] = [
    "/v2/auth/authorize/",
    "/v2/oauth/token/",
    "/v2/oauth/revoke/",
    "/v2/oauth/get_qrcode/",
    "/v2/oauth/check_qrcode/",
    "/v2/user/info/",
    "/v2/video/list/",
    "/v2/video/query/",
    "/v2/post/publish/creator_info/query/",
    "/v2/post/publish/video/init/",
    "/v2/post/publish/inbox/video/init/",
    "/v2/post/publish/content/init/",
    "/v2/post/publish/status/fetch/",
    "/v2/post/publish/cancel/",
    "/video/",
    "/v2/nothing/",
    "/_emulator/faults",
    "/_emulator/settings",
    "/_emulator/expect",
];
const TYPES: [&str; 4] =
    ["application/json", "application/x-www-form-urlencoded", "video/mp4", "text/plain; charset=utf-8"];
const NAMES: [&str; 32] = [
    "post_info",
    "source_info",
    "title",
    "description",
    "privacy_level",
    "source",
    "video_size",
    "chunk_size",
    "total_chunk_count",
    "video_url",
    "photo_images",
    "photo_cover_index",
    "media_type",
    "post_mode",
    "cursor",
    "max_count",
    "filters",
    "video_ids",
    "publish_id",
    "fields",
    "client_key",
    "client_secret",
    "grant_type",
    "code",
    "refresh_token",
    "redirect_uri",
    "code_verifier",
    "scope",
    "state",
    "upload_id",
    "upload_token",
    "response_type",
];
const WORDS: [&str; 12] = [
    "FILE_UPLOAD",
    "PULL_FROM_URL",
    "SELF_ONLY",
    "PUBLIC_TO_EVERYONE",
    "PHOTO",
    "DIRECT_POST",
    "MEDIA_UPLOAD",
    "authorization_code",
    "refresh_token",
    "awtoklinkemu0001",
    "https://media.example.test/a.mp4",
    "toklinkemulatorclientsecret00001",
];

struct Target {
    address: String,
    token: String,
    upload: String,
}

/// Sends `bytes` and returns everything received until the connection closes.
fn exchange(target: &Target, bytes: &[u8], half_close: bool) -> Vec<u8> {
    let mut stream = TcpStream::connect(&target.address).expect("the emulator accepts connections");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("the timeout is valid");
    // The emulator may respond and close the connection before it has received all bytes.
    let _ = stream.write_all(bytes);
    if half_close {
        let _ = stream.shutdown(std::net::Shutdown::Write);
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => answer,
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset && !answer.is_empty() => answer,
        Err(error) => panic!("neither an answer nor a clean close: {error}"),
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(WORDS.as_slice()).prop_map(|word| json!(word)),
        any::<i64>().prop_map(|number| json!(number)),
        (-2..20_i64).prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(|on| json!(on)),
        ".{0,12}".prop_map(|text| json!(text)),
        Just(Value::Null),
    ]
}

fn object() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 40, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((select(NAMES.as_slice()), inner), 0..8).prop_map(|pairs| {
                pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            }),
        ]
    })
}

fn form() -> impl Strategy<Value = String> {
    let value = prop_oneof![select(WORDS.as_slice()).prop_map(str::to_owned), "[ -~]{0,12}"];
    vec((select(NAMES.as_slice()), value), 0..6).prop_map(|pairs| url_form(&pairs))
}

fn url_form(pairs: &[(&str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..600),
        object().prop_map(|value| value.to_string().into_bytes()),
        form().prop_map(String::into_bytes),
        Just(direct("SELF_ONLY", 10, 10, 1).to_string().into_bytes()),
    ]
}

/// Generates valid HTTP requests with arbitrary content.
fn request(target: &Target) -> impl Strategy<Value = Vec<u8>> + use<> {
    let (token, upload) = (target.token.clone(), target.upload.clone());
    let method = prop_oneof![4 => Just("POST"), 2 => Just("GET"), 2 => Just("PUT"), 1 => Just("DELETE"), 1 => Just("PATCH")];
    let path = prop_oneof![9 => select(PATHS.as_slice()).prop_map(str::to_owned), 1 => Just(upload)];
    let range = prop_oneof![Just("bytes 0-9/10".to_owned()), "[ -~]{0,30}"];
    (method, path, form(), select(TYPES.as_slice()), any::<bool>(), range, body()).prop_map(
        move |(method, path, query, kind, knows, range, body)| {
            let mark = if path.contains('?') { '&' } else { '?' };
            let token = if knows { token.as_str() } else { "act.unknown" };
            let head = format!(
                "{method} {path}{mark}{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: {kind}\r\n\
                 Authorization: Bearer {token}\r\nContent-Range: {range}\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            [head.into_bytes(), body].concat()
        },
    )
}

/// Checks the format that all of TikTok's responses share (0.6, 1.3, 2.5, 7).
fn check_shape(request: &[u8], answer: &[u8]) {
    let shown = || format!("{}\n---\n{}", String::from_utf8_lossy(request), String::from_utf8_lossy(answer));
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no head: {}", shown()));
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let text = String::from_utf8_lossy(&answer[end + 4..]);
    assert!(head.starts_with("http/1.1 "), "{}", shown());
    assert!(!text.contains("The emulator has a bug"), "{}", shown());
    if text.is_empty() {
        return;
    }
    if head.contains("content-type: application/json") {
        let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {}", shown()));
        let is_control = String::from_utf8_lossy(request).contains(" /_emulator/");
        let is_flat = json["error"].is_string() && (is_control || json["log_id"].is_string());
        let is_oauth =
            json["access_token"].is_string() || json["token"].is_string() || json["status"].is_string();
        assert!(is_control || is_flat || is_oauth || json["error"]["log_id"].is_string(), "{}", shown());
    } else if head.contains("content-type: text/plain") {
        assert!(head.starts_with("http/1.1 404") && text == "Unsupported path(Janus)", "{}", shown());
    } else {
        assert!(head.contains("content-type: text/html"), "{}", shown());
    }
}

async fn target(bed: &Bed) -> Target {
    let token = bed.ana().await;
    let answer = bed.init(&token, direct("SELF_ONLY", 10, 10, 1)).await;
    let upload = answer.data()["upload_url"].as_str().unwrap();
    let upload = upload.strip_prefix(bed.emulator.base_url()).unwrap().to_owned();
    Target { address: format!("127.0.0.1:{}", bed.emulator.port()), token, upload }
}

/// Runs `check` on generated requests. Fails if they produce fewer than `least` different outcomes, because they then
/// cover too little.
fn hold(least: usize, make: impl FnOnce(&Target) -> BoxedStrategy<Vec<u8>>, check: impl Fn(&Target, &[u8])) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bed = runtime.block_on(Bed::with(EmulatorConfig { limits: false, ..EmulatorConfig::default() }));
    let target = runtime.block_on(target(&bed));
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&make(&target), |bytes| {
            check(&target, &bytes);
            Ok(())
        })
        .unwrap();
    // Checks that enough requests were valid to reach the handlers.
    let outcomes: BTreeSet<_> =
        bed.emulator.requests().into_iter().map(|one| (one.endpoint, one.status, one.error_code)).collect();
    assert!(outcomes.len() >= least, "{outcomes:?}");
    bed.emulator.clear_faults();
    let info = runtime.block_on(bed.get("/v2/user/info/?fields=open_id", &target.token));
    assert_eq!(info.status, 200, "the emulator still runs and accepts its tokens");
}

#[test]
fn any_request_gets_a_response_in_tiktoks_format() {
    hold(
        12,
        |target| request(target).boxed(),
        |target, bytes| check_shape(bytes, &exchange(target, bytes, false)),
    );
}

#[test]
fn any_bytes_get_a_response_or_a_clean_close() {
    hold(
        1,
        |target| {
            let torn = (request(target), any::<prop::sample::Index>())
                .prop_map(|(bytes, at)| bytes[..at.index(bytes.len())].to_vec());
            prop_oneof![vec(any::<u8>(), 1..2_000), torn].boxed()
        },
        |target, bytes| {
            let answer = exchange(target, bytes, true);
            assert!(
                answer.is_empty() || answer.starts_with(b"HTTP/1.1 "),
                "{}",
                String::from_utf8_lossy(&answer)
            );
        },
    );
}

#[test]
fn any_text_parses_as_a_scenario_or_fails_with_a_message() {
    let config = Config { failure_persistence: None, ..Config::default() };
    let text = prop_oneof![
        ".{0,200}",
        object().prop_map(|value| value.to_string()),
        "(seed|apps|users|faults|clock|webhooks): [\\[{]?[-\\]}a-z0-9:, &*!|>'\"\n]{0,40}",
    ];
    TestRunner::new(config)
        .run(&text, |text| {
            for read in [toklink_emulator::Scenario::from_json, toklink_emulator::Scenario::from_yaml] {
                if let Err(error) = read(&text) {
                    prop_assert!(error.to_string().starts_with("invalid scenario: "));
                }
            }
            Ok(())
        })
        .unwrap();
}
