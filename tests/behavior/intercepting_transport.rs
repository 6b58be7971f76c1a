//! A transport that passes each request to a test's closure, to simulate proxies, other processes and races.

use crate::world::{World, config};
use std::fmt;
use std::sync::Arc;
use toklink::clock::BoxFuture;
use toklink::store::AccountStore;
use toklink::transport::{HttpReply, HttpRequest, HttpTransport, Transport};
use toklink::{CachePolicy, Client, Config, Result};

type Intercept =
    Box<dyn Fn(HttpRequest, Arc<HttpTransport>) -> BoxFuture<'static, Result<HttpReply>> + Send + Sync>;

pub(crate) struct InterceptingTransport {
    network: Arc<HttpTransport>,
    intercept: Intercept,
}

impl InterceptingTransport {
    /// Creates a transport. `intercept` receives each request and the real transport, and either forwards the request
    /// or returns a response of its own.
    pub(crate) fn new(
        config: &Config,
        intercept: impl Fn(HttpRequest, Arc<HttpTransport>) -> BoxFuture<'static, Result<HttpReply>>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self> {
        let network = Arc::new(HttpTransport::new(config).unwrap());
        Arc::new(Self { network, intercept: Box::new(intercept) })
    }
}

impl fmt::Debug for InterceptingTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InterceptingTransport")
    }
}

impl Transport for InterceptingTransport {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply>> {
        (self.intercept)(request, Arc::clone(&self.network))
    }
}

/// Returns a client of `world` with this account store. After each TikTok response, `after_reply` receives the request
/// path and runs before the client reads the response.
pub(crate) fn client(
    world: &World,
    accounts: Arc<dyn AccountStore>,
    after_reply: impl Fn(&str) -> BoxFuture<'static, ()> + Send + Sync + 'static,
) -> Client {
    let config = config(&world.emulator, world.client_key);
    let after_reply = Arc::new(after_reply);
    let transport = InterceptingTransport::new(&config, move |request, network| {
        let after_reply = Arc::clone(&after_reply);
        Box::pin(async move {
            let path = request.url.path().to_owned();
            let reply = network.send(request).await;
            after_reply(&path).await;
            reply
        })
    });
    Client::builder(config)
        .cache(CachePolicy::off())
        .store(Arc::clone(&world.store))
        .accounts(accounts)
        .transport(transport)
        .clock(world.clock())
        .build()
        .unwrap()
}
