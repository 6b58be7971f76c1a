//! A Rust host that runs a scenario with its own emulator.

use crate::result_lines;
use crate::table::{Lines, Step};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use toklink::{AccountKey, BeginLogin, Client, Config, Result, SqliteStore, WebhookEvent};
use toklink_emulator::{AUDITED_CLIENT_KEY, CLIENT_SECRET, Emulator, EmulatorConfig};
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:3000/callback";
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const USER: &str = "olivia";

pub(crate) struct Host {
    emulator: Emulator,
    folder: TempDir,
    pub(crate) client: Client,
    /// The account that was connected last. Before the first login, an unknown account.
    pub(crate) account: AccountKey,
    /// ID of the publish that was started last.
    pub(crate) publish_id: String,
    pub(crate) sealed: String,
    pub(crate) event: Option<WebhookEvent>,
}

impl Host {
    pub(crate) async fn open() -> Self {
        let emulator = Emulator::start(EmulatorConfig::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let client = client(&emulator, &folder, None);
        let host = Self {
            emulator,
            folder,
            client,
            account: AccountKey::new("", "unknown"),
            publish_id: String::new(),
            sealed: String::new(),
            event: None,
        };
        // Uses the same file as the C programs.
        host.ask("POST", "limits", "{\"on\":false}").await;
        host
    }

    /// Runs one act and returns the lines of its result.
    pub(crate) async fn act(&mut self, step: &Step) -> String {
        self.try_act(step).await.unwrap_or_else(|error| result_lines::failure(&error))
    }

    async fn try_act(&mut self, step: &Step) -> Result<String> {
        match step.act.as_str() {
            "emulator" => {
                self.ask("POST", &step.argument("call").unwrap(), &step.argument("body").unwrap()).await;
                Ok(String::new())
            }
            "requests" => Ok(self.requests().await),
            "open_client" => {
                self.client.close().await;
                self.client = client(&self.emulator, &self.folder, step.argument("keys"));
                Ok(String::new())
            }
            "close_client" => {
                self.client.close().await;
                Ok(String::new())
            }
            "connect" => self.connect(step).await,
            "disconnect" => self.client.disconnect(&self.account).await.map(|()| String::new()),
            act => match self.read(act, step).await {
                Some(told) => told,
                None => match self.publish(act, step).await {
                    Some(told) => told,
                    None => self.seal(act, step).await.unwrap(),
                },
            },
        }
    }

    /// Connects a user who grants `grants`, or who denies access.
    async fn connect(&mut self, step: &Step) -> Result<String> {
        let tenant = step.argument("tenant").unwrap_or_default();
        let request = BeginLogin { user_id: USER.into(), tenant, ..BeginLogin::default() };
        let start = self.client.begin_login(request).await?;
        let mut callback = String::new();
        match step.argument("username") {
            Some(username) => {
                let url = Url::parse(&start.authorize_url).unwrap();
                let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
                let granted = step.argument("grants");
                let scopes: Vec<_> = granted.as_ref().unwrap_or(&query["scope"]).split(',').collect();
                let challenge = Some(query["code_challenge"].as_str());
                let code =
                    self.emulator.grant(AUDITED_CLIENT_KEY, &username, &scopes, REDIRECT, challenge).unwrap();
                write!(callback, "code={code}&scopes={}&state=", scopes.join(",")).unwrap();
            }
            None => callback.push_str("error=access_denied&state="),
        }
        let state = step.argument("state");
        callback.push_str(state.as_deref().unwrap_or(&start.state));
        let cookie = |asked: &str| (asked == start.cookie_name).then(|| start.cookie_value.clone());
        let user = step.argument("user").unwrap_or_else(|| USER.to_owned());
        let result = self.client.complete_login(&callback, cookie, &user).await?;
        self.account = AccountKey::new(&result.account.tenant, &result.account.account_id);
        Ok(result_lines::connected(&result))
    }

    /// Returns the requested endpoints, and the statuses of their responses.
    async fn requests(&self) -> String {
        let reply: Value = serde_json::from_str(&self.ask("GET", "requests", "").await).unwrap();
        let mut lines = Lines::default();
        lines.add_list(
            "sent",
            reply["requests"]
                .as_array()
                .unwrap()
                .iter()
                .map(|request| format!("{} {}", request["endpoint"].as_str().unwrap(), request["status"])),
        );
        lines.finish()
    }

    /// Returns the path of a file in tests/c.
    pub(crate) fn file(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name)
    }

    /// Calls the emulator's control API without the library under test.
    async fn ask(&self, method: &str, call: &str, body: &str) -> String {
        let host = format!("127.0.0.1:{}", self.emulator.port());
        let mut stream = TcpStream::connect(&host).await.unwrap();
        let request = format!(
            "{method} /_emulator/{call} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        assert!(reply.starts_with("HTTP/1.1 200"), "{call}: {reply}");
        reply.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

/// Opens a client with the scenario's store.
fn client(emulator: &Emulator, folder: &TempDir, keys: Option<String>) -> Client {
    let config = Config::builder()
        .client_key(AUDITED_CLIENT_KEY)
        .client_secret(CLIENT_SECRET)
        .callback_url(REDIRECT)
        .api_base_url(emulator.base_url())
        .auth_base_url(emulator.base_url());
    let config = match keys {
        Some(keys) => config.encryption_keys(keys),
        None => config.encryption_key(KEY),
    };
    let store = SqliteStore::open(folder.path().join("toklink.db")).unwrap();
    Client::builder(config.build().unwrap()).store(Arc::new(store)).build().unwrap()
}
