//! A frozen emulator and a plain HTTP client for the tests.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use toklink_emulator::{AUDITED_CLIENT_KEY, CLIENT_SECRET, Emulator, EmulatorConfig, UNAUDITED_CLIENT_KEY};

/// Verifier from the test vector in docs/tiktok-api.md 1.4.
pub(crate) const VERIFIER: &str = "gaeCq5mVvbhA8Ce6w5O9XBVIKMkySgv-_9A-rnhm9Ns";
pub(crate) const CHALLENGE: &str = "e6a178b120743d08509508f269652b0bdf91e29332921bc9e9744fd3dd41bfef";
pub(crate) const REDIRECT: &str = "http://localhost:3000/api/social/tiktok/callback";
pub(crate) const WEB_REDIRECT: &str = "https://spike.land/api/social/tiktok/callback";
pub(crate) const AUDITED: &str = AUDITED_CLIENT_KEY;
pub(crate) const UNAUDITED: &str = UNAUDITED_CLIENT_KEY;
pub(crate) const ALL_SCOPES: [&str; 6] = [
    "user.info.basic",
    "user.info.profile",
    "user.info.stats",
    "video.list",
    "video.upload",
    "video.publish",
];
/// 2026-11-22 18:40:00 UTC.
pub(crate) const START_MS: i64 = 1_795_372_800_000;

pub(crate) struct Bed {
    pub(crate) emulator: Emulator,
    pub(crate) http: Client,
}

/// A complete HTTP response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) text: String,
    pub(crate) json: Value,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, content_type: kind, text, json, headers }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Returns the HTTP status and `error.code`.
    pub(crate) fn outcome(&self) -> (u16, &str) {
        (self.status, self.json["error"]["code"].as_str().unwrap_or("no envelope"))
    }

    /// Returns the HTTP status, `error` and `error_description` of an OAuth response.
    pub(crate) fn oauth(&self) -> (u16, &str, &str) {
        let text = |name: &str| self.json[name].as_str().unwrap_or_default();
        (self.status, text("error"), text("error_description"))
    }

    pub(crate) fn data(&self) -> &Value {
        &self.json["data"]
    }
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with(EmulatorConfig::default()).await
    }

    pub(crate) async fn with(config: EmulatorConfig) -> Self {
        let config = EmulatorConfig { frozen_clock: true, start_ms: Some(START_MS), ..config };
        // In a build of the whole workspace, reqwest gets the core's TLS features, which require an installed crypto
        // provider. These tests use no TLS, so an error because a provider is already installed does not matter.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { emulator: Emulator::start(config).await.unwrap(), http }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.emulator.base_url())
    }

    pub(crate) fn seconds(&self, seconds: u64) {
        self.emulator.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(self.http.get(self.url(path)).bearer_auth(token)).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.send(self.http.post(self.url(path)).bearer_auth(token).json(&body)).await
    }

    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.http.post(self.url(path)).form(fields)).await
    }

    /// Exchanges a code for tokens.
    pub(crate) async fn exchange(&self, app: &str, code: &str) -> Answer {
        let fields = [
            ("client_key", app),
            ("client_secret", CLIENT_SECRET),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        self.form("/v2/oauth/token/", &fields).await
    }

    pub(crate) async fn refresh(&self, app: &str, refresh_token: &str) -> Answer {
        let fields = [
            ("client_key", app),
            ("client_secret", CLIENT_SECRET),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        self.form("/v2/oauth/token/", &fields).await
    }

    /// Logs in without a browser and returns the token response.
    pub(crate) async fn login(&self, app: &str, user: &str, scopes: &[&str]) -> Answer {
        let code = self.emulator.grant(app, user, scopes, REDIRECT, Some(CHALLENGE)).unwrap();
        self.exchange(app, &code).await
    }

    /// Logs in and returns the access token.
    pub(crate) async fn token(&self, app: &str, user: &str, scopes: &[&str]) -> String {
        let answer = self.login(app, user, scopes).await;
        answer.json["access_token"].as_str().expect("a token").to_owned()
    }

    /// Returns an access token of `ana.makes` with all scopes of the audited app.
    pub(crate) async fn ana(&self) -> String {
        self.token(AUDITED, "ana.makes", &ALL_SCOPES).await
    }

    pub(crate) async fn init(&self, token: &str, body: Value) -> Answer {
        self.post("/v2/post/publish/video/init/", token, body).await
    }

    pub(crate) async fn status(&self, token: &str, publish_id: &str) -> Answer {
        self.post("/v2/post/publish/status/fetch/", token, json!({"publish_id": publish_id})).await
    }

    pub(crate) async fn put(&self, url: &str, range: &str, bytes: Vec<u8>) -> Answer {
        let request = self.http.put(url).header("content-type", "video/mp4").header("content-range", range);
        self.send(request.body(bytes)).await
    }

    /// Publishes a video in one chunk and returns its publish ID.
    pub(crate) async fn publish(&self, token: &str, privacy: &str, bytes: Vec<u8>) -> String {
        let size = bytes.len();
        let answer = self.init(token, direct(privacy, size, size, 1)).await;
        assert_eq!(answer.outcome(), (200, "ok"), "{}", answer.text);
        let url = answer.data()["upload_url"].as_str().unwrap();
        let put = self.put(url, &format!("bytes 0-{}/{size}", size - 1), bytes).await;
        assert_eq!(put.status, 201);
        answer.data()["publish_id"].as_str().unwrap().to_owned()
    }
}

/// Returns the init body of a direct post that is uploaded from a file.
pub(crate) fn direct(privacy: &str, size: usize, chunk: usize, count: usize) -> Value {
    json!({
        "post_info": {
            "title": "Morning run #running", "privacy_level": privacy,
            "brand_content_toggle": false, "brand_organic_toggle": false,
        },
        "source_info": file(size, chunk, count),
    })
}

pub(crate) fn file(size: usize, chunk: usize, count: usize) -> Value {
    json!({"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": count})
}

/// Returns `size` bytes that start like an MP4.
pub(crate) fn mp4(size: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2".to_vec();
    bytes.truncate(size);
    bytes.extend((bytes.len()..size).map(|at| u8::try_from(at % 251).unwrap()));
    bytes
}
