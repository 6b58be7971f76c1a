//! Re-encryption of all stored tokens with the current key while the app runs.

use crate::faulty_store::{Effect, FaultyStore};
use crate::world::{KEY, World, clock_of};
use aes_gcm::aead::Aead;
use aes_gcm::aead::consts::U16;
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, KeyInit};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toklink::store::{AccountRow, AccountStore};
use toklink::{
    AccountKey, AccountStatus, Client, Config, ErrorKind, Event, ResealOptions, Secret, Timestamp,
};
use toklink_emulator::CLIENT_SECRET;

const NEW_KEY: &str = "a07c1d5e9b3f48260fd1b2a3948576e1d0c3b4a5968778695a4b3c2d1e0f9ab7";

/// Returns a client on this world's store with the given encryption keys.
pub(crate) fn with_keys(world: &World, keys: &str, accounts: Option<Arc<dyn AccountStore>>) -> Client {
    let config = Config::builder()
        .client_key(world.client_key)
        .client_secret(CLIENT_SECRET)
        .encryption_keys(keys)
        .accept_legacy(true)
        .api_base_url(world.emulator.base_url())
        .auth_base_url(world.emulator.base_url())
        .build()
        .unwrap();
    let builder = Client::builder(config).store(Arc::clone(&world.store)).clock(clock_of(&world.emulator));
    let builder = match accounts {
        Some(accounts) => builder.accounts(accounts),
        None => builder,
    };
    builder.build().unwrap()
}

fn rotated(world: &World) -> Client {
    with_keys(world, &format!("new:{NEW_KEY},old:{KEY}"), None)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Encrypts as the dashboard's own code does: `ivHex:tagHex:cipherHex`, without associated data.
pub(crate) fn old_format(clear: &str) -> String {
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(KEY.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    }
    let cipher = AesGcm::<Aes256, U16>::new(&key.into());
    let sealed = cipher.encrypt(&[7; 16].into(), clear.as_bytes()).unwrap();
    let (body, tag) = sealed.split_at(clear.len());
    format!("{}:{}:{}", hex(&[7; 16]), hex(tag), hex(body))
}

fn access_of(n: usize) -> String {
    format!("act.synthetic{n}!4321.u1")
}

/// Stores `count` accounts: a third in the old format, the others under the old key. Every fifth account has no refresh
/// token.
async fn fill(world: &World, count: usize) {
    for n in 0..count {
        let key = AccountKey::new(format!("workspace-{}", n % 7), format!("-000synthetic{n}"));
        let seal = |field: &str, clear: &str| match n % 3 {
            0 => old_format(clear),
            _ => world.client.seal(&key, field, &Secret::from(clear)).unwrap(),
        };
        let row = AccountRow {
            access_token_sealed: seal("access_token", &access_of(n)),
            refresh_token_sealed: (n % 5 != 0).then(|| seal("refresh_token", "rft.synthetic!1234.u1")),
            key: key.clone(),
            display_name: String::new(),
            username: None,
            avatar_url: None,
            scopes: vec![],
            requested_scopes: vec![],
            access_expires_at: Timestamp::from_millis(5),
            refresh_expires_at: None,
            status: AccountStatus::RateLimited,
            connected_at: Timestamp::from_millis(1),
            connected_by: String::new(),
            refresh_started_at: Some(Timestamp::from_millis(9)),
        };
        world.store.put(&row).await.unwrap();
    }
}

#[tokio::test]
async fn reseal_moves_every_account_to_the_current_key_once() {
    let world = World::new().await;
    fill(&world, 250).await;
    let client = rotated(&world);
    let looked = ResealOptions { check_only: true, ..ResealOptions::default() };
    let before = client.reseal_accounts(&looked).await.unwrap();
    assert_eq!((before.counts.done, before.outstanding, before.legacy), (250, 250, 84));
    assert_eq!(before.keys.get("old"), Some(&166));

    let mut events = client.events();
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let options = ResealOptions {
        progress: Some(Arc::new(move |progress| {
            listener.lock().unwrap().push((progress.done, progress.total));
        })),
        ..ResealOptions::default()
    };
    let report = client.reseal_accounts(&options).await.unwrap();
    assert_eq!((report.counts.resealed, report.counts.failed, report.outstanding), (250, 0, 0));
    assert_eq!(report.keys.into_iter().collect::<Vec<_>>(), [("new".to_owned(), 250)]);
    assert_eq!(*told.lock().unwrap(), [(100, Some(250)), (200, Some(250)), (250, Some(250))]);
    let event = events.next().await;
    assert!(matches!(&event, Some(Event::KeyRetired { key, .. }) if key == "old"), "{event:?}");

    let again = client.reseal_accounts(&ResealOptions::default()).await.unwrap();
    assert_eq!((again.counts.resealed, again.counts.current), (0, 250));
    // No row needs the old key or the old format, and only the encrypted values have changed.
    let without = with_keys(&world, &format!("new:{NEW_KEY}"), None);
    for n in 0..250 {
        let key = AccountKey::new(format!("workspace-{}", n % 7), format!("-000synthetic{n}"));
        let row = world.store.load(&key).await.unwrap().unwrap();
        let opened = without.unseal(&key, "access_token", &row.access_token_sealed).unwrap();
        assert_eq!(opened.expose(), access_of(n));
        assert_eq!(row.refresh_token_sealed.is_some(), n % 5 != 0);
        assert_eq!(
            (row.status, row.refresh_started_at),
            (AccountStatus::RateLimited, Some(Timestamp::from_millis(9)))
        );
    }
}

#[tokio::test]
async fn stopped_reseal_completes_when_started_again() {
    let world = World::new().await;
    fill(&world, 230).await;
    let client = rotated(&world);
    let mut options = ResealOptions::default();
    let cancel = options.cancel.clone();
    options.progress = Some(Arc::new(move |_| cancel.cancel()));
    let error = client.reseal_accounts(&options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(error.message().contains("100 accounts"), "{error}");
    let rest = client.reseal_accounts(&ResealOptions::default()).await.unwrap();
    assert_eq!((rest.counts.current, rest.counts.resealed, rest.outstanding), (100, 130, 0));
}

#[tokio::test]
async fn reseal_reports_and_keeps_a_value_that_does_not_decrypt() {
    let world = World::new().await;
    fill(&world, 4).await;
    let keys: Vec<_> =
        world.store.list(None, None, usize::MAX).await.unwrap().rows.into_iter().map(|row| row.key).collect();
    let mut moved = world.store.load(&keys[1]).await.unwrap().unwrap();
    moved.key = keys[2].clone();
    world.store.put(&moved).await.unwrap();
    let client = rotated(&world);
    let mut events = client.events();
    let report = client.reseal_accounts(&ResealOptions::default()).await.unwrap();
    assert_eq!((report.counts.resealed, report.counts.failed, report.outstanding), (3, 1, 1));
    let failure = &report.failures[0];
    assert_eq!((failure.code, failure.account_id.as_str()), ("INTEGRITY", keys[2].open_id.as_str()));
    assert_eq!(world.store.load(&keys[2]).await.unwrap().as_ref(), Some(&moved));
    client.close().await;
    assert!(events.next().await.is_none(), "no key is retired while a row may need it");
}

#[tokio::test]
async fn reseal_keeps_a_concurrent_refresh_by_another_process() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(7200));
    // The other process still encrypts with the old key.
    let (store, other) = (FaultyStore::new(&world.store), world.client.clone());
    store.inject("reseal", 1, move |call| {
        let other = other.clone();
        async move {
            other.user_info(call.account()).await?;
            Ok(Effect::Performed)
        }
    });
    let client = with_keys(&world, &format!("new:{NEW_KEY},old:{KEY}"), Some(store));
    let report = client.reseal_accounts(&ResealOptions::default()).await.unwrap();
    assert_eq!((report.counts.resealed, report.outstanding), (1, 0));
    let row = world.store.load(&account).await.unwrap().unwrap();
    assert!(row.access_token_sealed.starts_with("tk1.new."), "{}", row.access_token_sealed);
    // The row contains the refreshed token pair, which works now and can be refreshed later.
    client.user_info(&account).await.unwrap();
    world.advance(Duration::from_secs(7200));
    client.user_info(&account).await.unwrap();
}
