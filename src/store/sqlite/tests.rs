use super::*;
use crate::clock::Timestamp;
use crate::error::Reason;
use crate::model::{AccountKey, AccountStatus, PublishPhase};
use crate::store::{
    AccountPatch, AccountRow, AccountStore, Expected, JournalStore, PublishRow, SealedTokens, conformance,
};
use futures_util::FutureExt;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Barrier};
use std::time::Duration;
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    (folder, path)
}

fn refused(path: &Path) -> Error {
    let error = SqliteStore::open(path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains(&path.display().to_string()), "{error}");
    error
}

fn account() -> AccountRow {
    AccountRow {
        key: AccountKey::new("t", "1"),
        display_name: "Ana".into(),
        username: None,
        avatar_url: None,
        scopes: vec!["video.list".into()],
        requested_scopes: vec![],
        access_token_sealed: "a0".into(),
        refresh_token_sealed: Some("r0".into()),
        access_expires_at: Timestamp::from_secs(1),
        refresh_expires_at: None,
        status: AccountStatus::Active,
        connected_at: Timestamp::from_secs(0),
        connected_by: String::new(),
        refresh_started_at: None,
    }
}

fn tokens(n: u32) -> AccountPatch {
    AccountPatch::tokens(SealedTokens { access: format!("a{n}"), refresh: Some(format!("r{n}")) })
}

#[tokio::test]
async fn file_store_passes_the_conformance_checks() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    conformance::accounts(&store).await.unwrap();
    conformance::journal(&store).await.unwrap();
    conformance::leases(&store).await.unwrap();
    conformance::metrics(&store).await.unwrap();
    conformance::usage(&store).await.unwrap();
}

#[tokio::test]
async fn in_memory_store_passes_the_conformance_checks() {
    let store = SqliteStore::open_in_memory().unwrap();
    conformance::accounts(&store).await.unwrap();
    conformance::journal(&store).await.unwrap();
    conformance::leases(&store).await.unwrap();
    conformance::metrics(&store).await.unwrap();
    conformance::usage(&store).await.unwrap();
}

#[tokio::test]
async fn stored_data_persists_when_the_file_is_reopened() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    store.put(&account()).await.unwrap();
    drop(store);
    let left: Vec<_> =
        fs::read_dir(path.parent().unwrap()).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert_eq!(left, ["store.db"], "a clean shutdown leaves one file");
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.load(&account().key).await.unwrap(), Some(account()));
}

#[cfg(unix)]
#[tokio::test]
async fn store_files_are_readable_only_by_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    store.put(&account()).await.unwrap();
    let files: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|f| f.unwrap().path()).collect();
    assert!(files.len() > 1, "the write-ahead log exists while the store is open");
    for file in files {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

#[test]
fn sqlite_settings_are_durable_and_do_not_block_readers() {
    let (_folder, path) = folder();
    let db = schema::open_file(&path).unwrap();
    let pragma = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(pragma("synchronous"), 2);
    assert_eq!(pragma("busy_timeout"), 4000);
    let mode: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn directory_is_rejected_with_a_suggested_path() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(refused(folder.path()).reason(), Reason::StorePathInvalid);
}

#[test]
fn path_in_a_missing_folder_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(&folder.path().join("none").join("store.db"));
    assert_eq!(error.reason(), Reason::StorePathInvalid, "{error}");
    assert!(!folder.path().join("none").exists());
}

#[test]
fn file_that_is_not_a_database_is_rejected_and_unchanged() {
    let (_folder, path) = folder();
    let text = "not a database. ".repeat(100);
    fs::write(&path, &text).unwrap();
    assert_eq!(refused(&path).reason(), Reason::StorePathInvalid);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn database_of_another_program_is_rejected_and_unchanged() {
    let (_folder, path) = folder();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(refused(&path).reason(), Reason::StorePathInvalid);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn file_with_a_newer_schema_is_rejected() {
    let (_folder, path) = folder();
    drop(SqliteStore::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = refused(&path);
    assert!(error.message().contains("99"), "{error}");
}

#[test]
fn path_that_sqlite_would_keep_in_memory_is_rejected() {
    for path in ["", ":memory:"] {
        let error = SqliteStore::open(path).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::Config, Reason::StorePathInvalid), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn path_that_cannot_be_opened_is_rejected() {
    // The test may run as root, for whom file modes have no effect. A file in place of the folder fails for every user.
    let (folder, _path) = folder();
    fs::write(folder.path().join("file"), "").unwrap();
    let error = refused(&folder.path().join("file").join("store.db"));
    assert_eq!(error.reason(), Reason::StorePathInvalid, "{error}");
}

#[tokio::test]
async fn damaged_sqlite_file_is_reported_as_damaged() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    for n in 0..200 {
        let key = AccountKey::new("t", n.to_string());
        store.put(&AccountRow { key, ..account() }).await.unwrap();
    }
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    let pages = bytes.len();
    // Overwrites all pages except the first, which identifies the file as a database.
    bytes[4096..pages].fill(0xaa);
    fs::write(&path, &bytes).unwrap();
    let error = match SqliteStore::open(&path) {
        Err(error) => error,
        Ok(store) => store.list(None, None, 1).await.unwrap_err(),
    };
    assert_eq!((error.kind(), error.owner()), (ErrorKind::Config, Owner::App), "{error:?}");
    assert_eq!(error.reason(), Reason::StoreDamaged, "{error}");
}

#[test]
fn each_sqlite_error_has_a_kind_a_reason_and_a_retry() {
    use rusqlite::ffi;
    for (code, kind, reason, retryable) in [
        (ffi::SQLITE_BUSY, ErrorKind::Unavailable, Reason::StoreLocked, true),
        (ffi::SQLITE_FULL, ErrorKind::Unavailable, Reason::StoreDiskFull, true),
        (ffi::SQLITE_IOERR, ErrorKind::Unavailable, Reason::Other, true),
        (ffi::SQLITE_CORRUPT, ErrorKind::Config, Reason::StoreDamaged, false),
        (ffi::SQLITE_READONLY, ErrorKind::Config, Reason::StorePathInvalid, false),
        (ffi::SQLITE_CANTOPEN, ErrorKind::Config, Reason::StorePathInvalid, false),
        (ffi::SQLITE_NOTADB, ErrorKind::Config, Reason::StorePathInvalid, false),
        (ffi::SQLITE_MISUSE, ErrorKind::Internal, Reason::Other, false),
    ] {
        let fault = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        let error = schema::explain(fault, "store.db");
        assert_eq!(
            (error.kind(), error.reason(), error.is_retryable()),
            (kind, reason, retryable),
            "{error:?}"
        );
        assert!(error.message().contains("store.db"), "{error}");
    }
}

#[tokio::test]
async fn file_locked_by_another_process_is_unavailable() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.call(|db| db.busy_timeout(Duration::from_millis(1))).await.unwrap();
    let error = store.put(&account()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Backoff));
    assert_eq!(error.reason(), Reason::StoreLocked, "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    store.put(&account()).await.unwrap();
}

#[tokio::test]
async fn full_disk_is_reported_and_existing_data_is_kept() {
    let store = SqliteStore::open_in_memory().unwrap();
    store.put(&account()).await.unwrap();
    store.call(|db| db.pragma_update(None, "max_page_count", 1)).await.unwrap();
    let mut row = account();
    row.avatar_url = Some("x".repeat(100_000));
    let error = store.put(&row).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Backoff));
    assert_eq!(error.reason(), Reason::StoreDiskFull, "{error}");
    assert_eq!(store.load(&account().key).await.unwrap(), Some(account()));
}

#[tokio::test]
async fn write_completes_when_its_caller_is_dropped() {
    let store = SqliteStore::open_in_memory().unwrap();
    let row = account();
    // The future is polled once and then dropped.
    let _ = store.put(&row).now_or_never();
    assert_eq!(store.load(&row.key).await.unwrap(), Some(row));
}

#[tokio::test]
async fn calls_beyond_the_queue_limit_are_rejected_immediately() {
    let store = SqliteStore::open_in_memory().unwrap();
    let (let_go, wait) = std::sync::mpsc::channel::<()>();
    let mut blocked = Box::pin(store.call(move |_| {
        let _ = wait.recv();
        Ok(())
    }));
    assert!((&mut blocked).now_or_never().is_none());
    let row = account();
    let mut waiting: Vec<_> = (0..=MAX_WAITING).map(|_| store.put(&row)).collect();
    let mut refusals = 0;
    for save in &mut waiting {
        if let Some(result) = save.now_or_never() {
            let error = result.unwrap_err();
            assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Backoff));
            refusals += 1;
        }
    }
    assert!((1..=2).contains(&refusals), "the thread may already be running one call: {refusals}");
    let_go.send(()).unwrap();
    blocked.await.unwrap();
}

fn intent() -> PublishRow {
    PublishRow {
        key: "k".into(),
        account: AccountKey::new("", "1"),
        attempt: "a".into(),
        revision: 1,
        phase: PublishPhase::Intent,
        publish_id: None,
        upload_url_sealed: None,
        fingerprint: String::new(),
        video_size: 1,
        chunk_size: 1,
        may_become_public: false,
        accepted_bytes: 0,
        photos: false,
        draft: true,
        pulled: false,
        post_ids: Vec::new(),
        fail_reason: None,
        cancel_requested: false,
        last_error: None,
        created_at: Timestamp::from_secs(0),
        updated_at: Timestamp::from_secs(0),
    }
}

#[tokio::test]
async fn video_size_above_the_largest_sqlite_integer_is_rejected() {
    let store = SqliteStore::open_in_memory().unwrap();
    let row = PublishRow { video_size: u64::MAX, ..intent() };
    assert_eq!(store.insert(&row).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn row_with_an_unknown_publish_phase_is_an_error() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    store.insert(&intent()).await.unwrap();
    Connection::open(&path).unwrap().execute("UPDATE publishes SET phase = 'flying'", []).unwrap();
    let error = store.find(&intent().account, "k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal, "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("a publish phase that this version does not support"), "{cause}");
}

/// Opens `count` stores concurrently on one new file, then runs `act` concurrently on all of them.
fn in_parallel<T: Send>(count: usize, path: &Path, act: impl Fn(usize, SqliteStore) -> T + Sync) -> Vec<T> {
    let (start, act) = (Barrier::new(count), &act);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..count)
            .map(|n| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    act(n, SqliteStore::open(path).unwrap())
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn stores_can_open_the_same_new_file_concurrently() {
    for _ in 0..5 {
        let (_folder, path) = folder();
        let stores = in_parallel(8, &path, |_, store| store);
        let row = account();
        block_on(stores[0].put(&row)).unwrap();
        assert_eq!(block_on(stores[7].load(&row.key)).unwrap(), Some(row));
    }
}

#[test]
fn exactly_one_of_four_stores_wins_each_conditional_update() {
    const ROUNDS: u32 = 20;
    let (_folder, path) = folder();
    block_on(SqliteStore::open(&path).unwrap().put(&account())).unwrap();
    let step = Arc::new(Barrier::new(4));
    let won: u32 = in_parallel(4, &path, |n, store| {
        let key = account().key;
        let mut won = 0;
        for round in 0..ROUNDS {
            let token = block_on(store.load(&key)).unwrap().unwrap().refresh_token_sealed;
            step.wait();
            let next = tokens(1 + round * 4 + u32::try_from(n).unwrap());
            won += u32::from(
                block_on(store.update(&key, &Expected::RefreshToken(token.clone()), &next)).unwrap(),
            );
            step.wait();
        }
        won
    })
    .into_iter()
    .sum();
    assert_eq!(won, ROUNDS);
}

const CHILD: &str = "TOKLINK_TEST_STORE_OF_CHILD";

/// Increments the number in the token `wins` times, and retries each update until it succeeds.
fn count_up(store: &SqliteStore, wins: u32) {
    let key = account().key;
    let mut won = 0;
    while won < wins {
        let token = block_on(store.load(&key)).unwrap().unwrap().refresh_token_sealed.unwrap();
        let n: u32 = token.trim_start_matches('r').parse().unwrap();
        won += u32::from(
            block_on(store.update(&key, &Expected::RefreshToken(Some(token)), &tokens(n + 1))).unwrap(),
        );
    }
}

#[test]
fn processes_sharing_a_file_lose_no_write_despite_crashes() {
    // This test starts itself as a child process; the variable marks the child.
    if let Some(path) = std::env::var_os(CHILD) {
        count_up(&SqliteStore::open(path).unwrap(), 25);
        std::process::abort();
    }
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    block_on(store.put(&account())).unwrap();
    let children: Vec<_> = (0..3)
        .map(|_| {
            std::process::Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "store::sqlite::tests::processes_sharing_a_file_lose_no_write_despite_crashes",
                ])
                .env(CHILD, &path)
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    count_up(&store, 25);
    for mut child in children {
        assert!(!child.wait().unwrap().success(), "a child process ends with a crash");
    }
    let row = block_on(store.load(&account().key)).unwrap().unwrap();
    assert_eq!(row.refresh_token_sealed.as_deref(), Some("r100"));
}

#[tokio::test]
async fn every_call_fails_when_the_store_thread_has_panicked() {
    let store = SqliteStore::open_in_memory().unwrap();
    let died = store.call::<()>(|_| panic!("a fault in a call")).await.unwrap_err();
    // Until the thread has finished, a call can still be queued. It then fails with the same error.
    while !store.thread.as_ref().unwrap().is_finished() {
        tokio::task::yield_now().await;
    }
    for error in [died, store.load(&account().key).await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Internal);
    }
}

#[test]
fn thread_start_failure_is_distinguished_from_a_file_error() {
    let error = no_thread(io::ErrorKind::WouldBlock.into());
    assert_eq!(
        (error.kind(), error.owner(), error.retry()),
        (ErrorKind::Unavailable, Owner::App, Retry::Backoff)
    );
}
