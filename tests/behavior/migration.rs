//! Migrates rows that the dashboard's own code wrote, and exports them back to its format.

use crate::reseal::{old_format, with_keys};
use crate::world::{KEY, World};
use std::time::Duration;
use toklink::store::{AccountRow, AccountStore};
use toklink::{AccountKey, AccountStatus, Client, ErrorKind, ResealFormat, ResealOptions, ResealReport};

const REFRESH: &str = "rft.synthetic!1234.u1";

fn clear(n: usize) -> String {
    format!("act.synthetic{n}!4321.u1")
}

/// Stores a row without scopes, as the dashboard's own code wrote it. Returns its key.
async fn put(world: &World, n: usize, access: &str, refresh: Option<&str>) -> AccountKey {
    let account = world.connect("ana.makes").await;
    let like = world.store.load(&account).await.unwrap().unwrap();
    world.store.remove(&account).await.unwrap();
    let key = AccountKey::new("ws", format!("-000synthetic{n:03}"));
    let row = AccountRow {
        key: key.clone(),
        access_token_sealed: access.into(),
        refresh_token_sealed: refresh.map(str::to_owned),
        scopes: vec![],
        requested_scopes: vec![],
        ..like
    };
    world.store.put(&row).await.unwrap();
    key
}

fn current(world: &World) -> Client {
    with_keys(world, &format!("k:{KEY}"), None)
}

fn options(check_only: bool) -> ResealOptions {
    ResealOptions { check_only, accept_clear_text: true, ..ResealOptions::default() }
}

fn export(check_only: bool) -> ResealOptions {
    ResealOptions { check_only, format: ResealFormat::Legacy, ..ResealOptions::default() }
}

/// Returns the counts of current values, older keys, old format, clear text and failures.
fn counts(report: &ResealReport) -> [u64; 5] {
    [report.counts.current, report.older_key, report.legacy, report.clear_text, report.counts.failed]
}

#[tokio::test]
async fn dry_run_counts_each_token_format_and_writes_nothing() {
    let world = World::new().await;
    let client = current(&world);
    let seal = |key: &AccountKey, field: &str, text: &str| client.seal(key, field, &text.into()).unwrap();
    let first = AccountKey::new("ws", "-000synthetic000");
    put(&world, 0, &seal(&first, "access_token", &clear(0)), Some(&seal(&first, "refresh_token", REFRESH)))
        .await;
    put(&world, 1, &old_format(&clear(1)), Some(&old_format(REFRESH))).await;
    put(&world, 2, &clear(2), Some(REFRESH)).await;
    put(&world, 3, &old_format(&clear(3)), Some(REFRESH)).await;
    // Damaged values are never treated as clear text.
    for (n, damaged) in
        ["tk1.k.AAAA", &old_format(&clear(5)).replace(':', ";"), "act.a b", REFRESH].iter().enumerate()
    {
        put(&world, 4 + n, damaged, None).await;
    }
    // A disconnected row without tokens.
    put(&world, 8, "", None).await;
    let before = world.store.list(None, None, usize::MAX).await.unwrap().rows;
    let report = client.reseal_accounts(&options(true)).await.unwrap();
    assert_eq!((counts(&report), report.outstanding, report.counts.skipped), ([1, 0, 2, 2, 4], 3, 1));
    assert!(report.failures.iter().all(|failure| failure.code == "INTEGRITY"), "{:?}", report.failures);
    assert_eq!(world.store.list(None, None, usize::MAX).await.unwrap().rows, before);

    let report = client.reseal_accounts(&options(false)).await.unwrap();
    assert_eq!((report.counts.resealed, report.counts.failed, report.outstanding), (3, 4, 0));
    let report = client.reseal_accounts(&options(true)).await.unwrap();
    assert_eq!(counts(&report), [4, 0, 0, 0, 4]);
}

#[tokio::test]
async fn clear_text_is_encrypted_only_when_the_migration_accepts_it() {
    let world = World::new().await;
    let client = current(&world);
    let key = put(&world, 1, &clear(1), Some(REFRESH)).await;
    let error = client.user_info(&key).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    let report = client.reseal_accounts(&ResealOptions::default()).await.unwrap();
    assert_eq!((report.counts.failed, report.clear_text, report.outstanding), (1, 1, 1));
    assert!(report.failures[0].message.contains("accept_clear_text"), "{:?}", report.failures);
    let shown = format!("{error:?} {report:?}");
    assert!(!shown.contains("synthetic1!") && !shown.contains(REFRESH), "{shown}");
    client.reseal_accounts(&options(false)).await.unwrap();
    let row = world.store.load(&key).await.unwrap().unwrap();
    assert_eq!(client.unseal(&key, "access_token", &row.access_token_sealed).unwrap().expose(), clear(1));
    assert_eq!(
        client.unseal(&key, "refresh_token", &row.refresh_token_sealed.unwrap()).unwrap().expose(),
        REFRESH
    );
}

#[tokio::test]
async fn empty_refresh_token_becomes_none() {
    let world = World::new().await;
    let client = current(&world);
    let key = put(&world, 1, &clear(1), Some("")).await;
    assert_eq!(client.reseal_accounts(&options(false)).await.unwrap().counts.resealed, 1);
    let row = world.store.load(&key).await.unwrap().unwrap();
    assert_eq!(row.refresh_token_sealed, None);
    assert_eq!(client.reseal_accounts(&options(false)).await.unwrap().counts.current, 1);
}

#[tokio::test]
async fn migrated_clear_text_account_can_be_refreshed() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let row = world.store.load(&account).await.unwrap().unwrap();
    let open =
        |field: &str, sealed: &str| world.client.unseal(&account, field, sealed).unwrap().expose().to_owned();
    let access = open("access_token", &row.access_token_sealed);
    let refresh = open("refresh_token", row.refresh_token_sealed.as_deref().unwrap());
    let bare = AccountRow {
        access_token_sealed: access,
        refresh_token_sealed: Some(refresh),
        scopes: vec![],
        requested_scopes: vec![],
        access_expires_at: toklink::Timestamp::from_millis(0),
        ..row
    };
    world.store.put(&bare).await.unwrap();
    let report = world.client.reseal_accounts(&options(false)).await.unwrap();
    assert_eq!((report.counts.resealed, report.outstanding), (1, 0));
    // A row without an expiry counts as expired, so the first call refreshes its token.
    world.client.user_info(&account).await.unwrap();
    let known = world.client.account(&account).await.unwrap();
    assert_eq!(known.status, AccountStatus::Active);
    assert!(!known.scopes.is_empty() && known.token_expires_at.as_millis() > 0);
}

#[tokio::test]
async fn row_without_refresh_token_and_expiry_needs_a_new_login() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let row = world.store.load(&account).await.unwrap().unwrap();
    let access_expires_at = toklink::Timestamp::from_millis(0);
    world.store.put(&AccountRow { refresh_token_sealed: None, access_expires_at, ..row }).await.unwrap();
    let error = world.client.user_info(&account).await.unwrap_err();
    assert_eq!((error.kind(), error.owner()), (ErrorKind::Unauthorized, toklink::Owner::User));
}

#[tokio::test]
async fn time_limit_stops_a_run_and_the_next_run_continues() {
    let world = World::new().await;
    let client = current(&world);
    for n in 0..3 {
        put(&world, n, &clear(n), None).await;
    }
    let (mut done, mut runs, mut after) = (0, 0, None);
    loop {
        let limited = ResealOptions { time_limit: Some(Duration::ZERO), after, ..options(true) };
        let report = client.reseal_accounts(&limited).await.unwrap();
        done += report.clear_text;
        runs += 1;
        after = report.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((done, runs), (3, 4), "each run does at least one account");
    let all = ResealOptions { time_limit: Some(Duration::from_secs(20)), ..options(false) };
    let report = client.reseal_accounts(&all).await.unwrap();
    assert_eq!((report.counts.resealed, report.next), (3, None));
}

#[tokio::test]
async fn migration_reads_back_an_export_in_the_old_format() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let before = world.store.load(&account).await.unwrap().unwrap();
    let looked = world.client.reseal_accounts(&export(true)).await.unwrap();
    assert_eq!((looked.outstanding, looked.counts.resealed), (1, 0));
    assert_eq!(world.store.load(&account).await.unwrap().as_ref(), Some(&before));
    let written = world.client.reseal_accounts(&export(false)).await.unwrap();
    assert_eq!((written.counts.resealed, written.outstanding, written.legacy), (1, 0, 1));
    let row = world.store.load(&account).await.unwrap().unwrap();
    let parts: Vec<_> = row.access_token_sealed.split(':').map(str::len).collect();
    assert_eq!((parts.len(), parts[0], parts[1]), (3, 32, 32), "{}", row.access_token_sealed);
    // A second export changes nothing, and a client that does not accept the old format rejects the row.
    assert_eq!(world.client.reseal_accounts(&export(false)).await.unwrap().counts.current, 1);
    assert_eq!(world.client.user_info(&account).await.unwrap_err().kind(), ErrorKind::Integrity);
    let client = current(&world);
    client.user_info(&account).await.unwrap();
    let back = client.reseal_accounts(&ResealOptions::default()).await.unwrap();
    assert_eq!((back.counts.resealed, back.outstanding), (1, 0));
    world.advance(Duration::from_secs(25 * 60 * 60));
    client.user_info(&account).await.unwrap();
}

#[tokio::test]
async fn refresh_is_stored_when_an_export_rewrites_the_row() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.advance(Duration::from_secs(25 * 60 * 60));
    // This client does not accept the old format. The export runs after TikTok's response and before the client stores
    // the new tokens.
    let exporting = world.client.clone();
    let client = crate::intercepting_transport::client(&world, world.store.clone(), move |path| {
        let (exporting, is_token) = (exporting.clone(), path.contains("/token/"));
        Box::pin(async move {
            if is_token {
                let report = exporting.reseal_accounts(&export(false)).await.unwrap();
                assert_eq!(report.counts.resealed, 1);
            }
        })
    });
    client.user_info(&account).await.unwrap();
    let row = world.store.load(&account).await.unwrap().unwrap();
    assert!(row.refresh_token_sealed.unwrap().starts_with("tk1."), "the new pair replaced the exported one");
    world.advance(Duration::from_secs(25 * 60 * 60));
    world.client.user_info(&account).await.unwrap();
}
