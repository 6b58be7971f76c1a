//! A client of an app whose secret the target knows.

use std::sync::OnceLock;
use toklink::{Client, Config};

const CLIENT_KEY: &str = "awfuzz0000000001";
pub const CLIENT_SECRET: &str = "a-secret-of-the-fuzzer";

/// One client for all inputs: checking a webhook changes nothing in it.
pub fn client() -> &'static Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        let config = Config::builder()
            .client_key(CLIENT_KEY)
            .client_secret(CLIENT_SECRET)
            .encryption_key("0123456789abcdef".repeat(4))
            .build()
            .expect("a config");
        Client::builder(config).build().expect("a client")
    })
}
