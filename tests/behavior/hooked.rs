//! A TikTok between whose answers something else happens: in another process, or in the one that asks.

use crate::world::{World, config};
use std::fmt;
use std::sync::Arc;
use toklink::clock::BoxFuture;
use toklink::store::AccountStore;
use toklink::transport::{HttpReply, HttpRequest, HttpTransport, Transport};
use toklink::{CachePolicy, Client, Result};

/// What happens after an answer, by the path that was asked.
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

/// A client of `world` on these accounts, with whom `then` is called after each answer of TikTok's, before it is read.
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
