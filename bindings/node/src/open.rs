//! Opens a core client with JavaScript's options.

use crate::input::Fields;
use crate::store::{HostStore, StoreCall};
use napi::bindgen_prelude::within_runtime_if_available;
use std::sync::Arc;
use std::time::Duration;
use toklink::{
    CachePolicy, Client, ClientBuilder, ConfigBuilder, Error, ErrorKind, QuotaPolicy, Result, SqliteStore,
};

/// Opens a client with `options` (JSON text). Absent options come from `environment`.
pub(crate) fn client(options: &str, host: Option<StoreCall>) -> Result<Client> {
    let mut options = Fields::parse(options)?;
    let environment = options.named_texts("environment")?;
    let mut config = ConfigBuilder::from_lookup(|name| environment.get(name).cloned());
    let no_redis = options.take_false("redisUrl");
    // An empty string counts as absent, as an empty environment variable does.
    let mut given = |name| options.optional_text(name).map(|text| text.filter(|text| !text.is_empty()));
    if let Some(value) = given("clientKey")? {
        config = config.client_key(value);
    }
    if let Some(value) = given("clientSecret")? {
        config = config.client_secret(value);
    }
    if let Some(value) = given("callbackUrl")? {
        config = config.callback_url(value);
    }
    if let Some(value) = given("encryptionKey")? {
        config = config.encryption_key(value);
    }
    if let Some(value) = given("encryptionKeys")? {
        config = config.encryption_keys(value);
    }
    if let Some(value) = given("apiBaseUrl")? {
        config = config.api_base_url(value);
    }
    if let Some(value) = given("authBaseUrl")? {
        config = config.auth_base_url(value);
    }
    if let Some(value) = given("caFile")? {
        config = config.ca_file(value);
    }
    if no_redis {
        config = config.no_redis();
    } else if let Some(value) = given("redisUrl")? {
        config = config.redis_url(value);
    }
    if let Some(value) = given("proxyUrl")? {
        config = config.proxy_url(value);
    }
    if let Some(ms) = options.optional_whole::<u32>("connectTimeoutMs")? {
        config = config.connect_timeout(Duration::from_millis(ms.into()));
    }
    if let Some(ms) = options.optional_whole::<u32>("requestTimeoutMs")? {
        config = config.request_timeout(Duration::from_millis(ms.into()));
    }
    if let Some(rate) = options.optional_whole::<u64>("maxUploadBytesPerSecond")? {
        config = config.max_upload_bytes_per_second(rate);
    }
    config = config.accept_legacy(options.flag("acceptLegacy")?);
    config = config.relay_from_loopback(options.flag("relayFromLoopback")?);
    let policy = quota_policy(options.optional_text("quotaPolicy")?.as_deref())?;
    let cache = cache_policy(&mut options)?;
    let retention = options.optional_whole::<u32>("journalRetentionSec")?;
    let place = Place::read(&mut options)?;
    options.finish()?;

    let builder = Client::builder(config.build()?).quota_policy(policy).cache(cache);
    let builder = match retention {
        Some(seconds) => builder.journal_retention(Duration::from_secs(seconds.into())),
        None => builder,
    };
    let builder = match (place, host) {
        (Place::Memory, _) => builder,
        (Place::Sqlite(file), _) => builder.store(Arc::new(SqliteStore::open(file)?)),
        (Place::Host(parts), Some(call)) => parts.set(builder, &Arc::new(HostStore::new(call))),
        (Place::Host(_), None) => return Err(unknown_store()),
    };
    within_runtime_if_available(|| builder.build())
}

/// The location of the account data.
enum Place {
    Memory,
    Sqlite(String),
    /// The host's own store object.
    Host(HostParts),
}

/// Optional interfaces that the host's store implements in addition to accounts. toklink keeps the data of the others
/// in memory.
struct HostParts {
    journal: bool,
    leases: bool,
    metrics: bool,
    usage: bool,
}

impl HostParts {
    fn read(mut host: Fields) -> Result<Self> {
        let parts = Self {
            journal: host.flag("journal")?,
            leases: host.flag("leases")?,
            metrics: host.flag("metrics")?,
            usage: host.flag("usage")?,
        };
        host.finish()?;
        Ok(parts)
    }

    fn set(&self, builder: ClientBuilder, store: &Arc<HostStore>) -> ClientBuilder {
        let builder = builder.accounts(Arc::clone(store) as _);
        let builder = if self.journal { builder.journal(Arc::clone(store) as _) } else { builder };
        let builder = if self.leases { builder.leases(Arc::clone(store) as _) } else { builder };
        let builder = if self.metrics { builder.metrics(Arc::clone(store) as _) } else { builder };
        if self.usage { builder.usage(Arc::clone(store) as _) } else { builder }
    }
}

impl Place {
    fn read(options: &mut Fields) -> Result<Self> {
        if options.holds_text("store") {
            return match options.text("store")?.as_str() {
                "memory" => Ok(Self::Memory),
                _ => Err(unknown_store()),
            };
        }
        let Some(mut store) = options.optional_object("store")? else { return Ok(Self::Memory) };
        if let Some(host) = store.optional_object("host")? {
            let place = Self::Host(HostParts::read(host)?);
            store.finish()?;
            return Ok(place);
        }
        let file = store.text("sqlite")?;
        store.finish()?;
        Ok(Self::Sqlite(file))
    }
}

fn unknown_store() -> Error {
    Error::new(
        ErrorKind::Config,
        "store must be 'memory', { sqlite: file } or { accounts, journal, leases, metrics, usage }",
    )
}

fn quota_policy(name: Option<&str>) -> Result<QuotaPolicy> {
    match name {
        None | Some("standard") => Ok(QuotaPolicy::standard()),
        Some("planned") => Ok(QuotaPolicy::planned()),
        Some("documented") => Ok(QuotaPolicy::documented()),
        Some(_) => {
            Err(Error::new(ErrorKind::Config, "quotaPolicy must be 'standard', 'planned' or 'documented'"))
        }
    }
}

/// Reads `{ userInfoSec?, videosSec? }`. An absent field gets the core's default.
fn cache_policy(options: &mut Fields) -> Result<CachePolicy> {
    let mut policy = CachePolicy::default();
    if let Some(mut given) = options.optional_object("cache")? {
        if let Some(seconds) = given.optional_whole::<u32>("userInfoSec")? {
            policy = policy.with_user_info(Duration::from_secs(seconds.into()));
        }
        if let Some(seconds) = given.optional_whole::<u32>("videosSec")? {
            policy = policy.with_videos(Duration::from_secs(seconds.into()));
        }
        given.finish()?;
    }
    Ok(policy)
}
