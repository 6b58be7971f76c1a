//! A transport that runs a hook between TikTok's responses, to simulate other processes and races.

use crate::world::{World, config};
use std::fmt;
use std::sync::Arc;
use toklink::clock::BoxFuture;
use toklink::store::AccountStore;
use toklink::transport::{HttpReply, HttpRequest, HttpTransport, Transport};
use toklink::{CachePolicy, Client, Result};

/// The hook that runs after a response, with the path of the request.
type Then = Box<dyn Fn(&str) -> BoxFuture<'static, ()> + Send + Sync>;

struct Hooked {
    inner: HttpTransport,
    then: Then,
}

impl fmt::Debug for Hooked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooked")
    }
}

impl Transport for Hooked {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply>> {
        Box::pin(async move {
            let path = request.url.path().to_owned();
            let reply = self.inner.send(request).await;
            (self.then)(&path).await;
            reply
        })
    }
}

/// A client of `world` on these accounts. `then` runs after each response of TikTok, before the client reads it.
pub(crate) fn client(
    world: &World,
    accounts: Arc<dyn AccountStore>,
    then: impl Fn(&str) -> BoxFuture<'static, ()> + Send + Sync + 'static,
) -> Client {
    let config = config(&world.emulator, world.client_key);
    let inner = HttpTransport::new(&config).unwrap();
    Client::builder(config)
        .cache(CachePolicy::off())
        .store(Arc::clone(&world.store))
        .accounts(accounts)
        .transport(Arc::new(Hooked { inner, then: Box::new(then) }))
        .clock(world.clock())
        .build()
        .unwrap()
}
