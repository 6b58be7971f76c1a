use super::HostStore;
use crate::store::host_store::{toklink_store, toklink_store_reply, toklink_store_reply_add};
use core_toklink::store::conformance;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::{Arc, Condvar, Mutex};

type Kept = Mutex<BTreeMap<String, String>>;

/// # Safety
/// `text` is a C string of the library.
unsafe fn read<'a>(text: *const c_char) -> &'a str {
    // SAFETY: the caller guarantees valid arguments.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap()
}

fn terminated(text: &str) -> CString {
    CString::new(text).unwrap()
}

unsafe fn kept<'a>(user_data: *mut c_void) -> &'a Kept {
    // SAFETY: the user data of every store in these tests has this type.
    unsafe { &*user_data.cast::<Kept>() }
}

unsafe extern "C" fn get(
    user_data: *mut c_void,
    key: *const c_char,
    reply: *mut toklink_store_reply,
) -> bool {
    // SAFETY: the library passes valid strings and a valid reply.
    unsafe {
        if let Some(value) = kept(user_data).lock().unwrap().get(read(key)) {
            let value = terminated(value);
            toklink_store_reply_add(reply, key, value.as_ptr());
        }
    }
    true
}

unsafe extern "C" fn list(
    user_data: *mut c_void,
    prefix: *const c_char,
    reply: *mut toklink_store_reply,
) -> bool {
    // SAFETY: the library passes valid strings and a valid reply.
    unsafe {
        let prefix = read(prefix);
        for (key, value) in kept(user_data).lock().unwrap().iter().filter(|(key, _)| key.starts_with(prefix))
        {
            let (key, value) = (terminated(key), terminated(value));
            toklink_store_reply_add(reply, key.as_ptr(), value.as_ptr());
        }
    }
    true
}

unsafe extern "C" fn swap(
    user_data: *mut c_void,
    key: *const c_char,
    expected: *const c_char,
    next: *const c_char,
    swapped: *mut bool,
) -> bool {
    // SAFETY: the library passes valid strings and a valid flag.
    unsafe {
        let text = |place: *const c_char| (!place.is_null()).then(|| read(place).to_owned());
        let (key, mut rows) = (read(key).to_owned(), kept(user_data).lock().unwrap());
        *swapped = rows.get(&key).cloned() == text(expected);
        if *swapped {
            match text(next) {
                Some(next) => rows.insert(key, next),
                None => rows.remove(&key),
            };
        }
    }
    true
}

unsafe extern "C" fn destroy(user_data: *mut c_void) {
    // SAFETY: `Arc::into_raw` created it below, and `destroy` is called once.
    drop(unsafe { Arc::from_raw(user_data.cast::<Kept>()) });
}

fn store() -> (HostStore, Arc<Kept>) {
    let rows = Arc::new(Kept::default());
    let user_data = Arc::into_raw(Arc::clone(&rows)).cast_mut().cast();
    let functions = toklink_store {
        size: size_of::<toklink_store>(),
        user_data,
        get: Some(get),
        swap: Some(swap),
        list: Some(list),
        destroy: Some(destroy),
    };
    (
        // SAFETY: the functions of this file meet the requirements of a store.
        unsafe { HostStore::of(&raw const functions) }.unwrap(),
        rows,
    )
}

#[tokio::test]
async fn host_store_passes_the_conformance_suites() {
    conformance::accounts(&store().0).await.unwrap();
    conformance::journal(&store().0).await.unwrap();
    conformance::leases(&store().0).await.unwrap();
    conformance::metrics(&store().0).await.unwrap();
    conformance::usage(&store().0).await.unwrap();
}

unsafe extern "C" fn careless_swap(
    user_data: *mut c_void,
    key: *const c_char,
    expected: *const c_char,
    next: *const c_char,
    swapped: *mut bool,
) -> bool {
    // SAFETY: the library passes valid strings and a valid flag. The current value always counts as expected.
    unsafe {
        let there = kept(user_data).lock().unwrap().get(read(key)).map(|text| terminated(text));
        let there = there.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
        let _ = expected;
        swap(user_data, key, there, next, swapped)
    }
}

/// Number of reads of each contested row.
static READS: (Mutex<BTreeMap<String, u32>>, Condvar) = (Mutex::new(BTreeMap::new()), Condvar::new());

/// Delays the first read of a contested row until a second owner has read it, so that both write based on the same
/// value.
unsafe extern "C" fn contested_get(
    user_data: *mut c_void,
    key: *const c_char,
    reply: *mut toklink_store_reply,
) -> bool {
    // SAFETY: the library passes valid strings and a valid reply.
    let done = unsafe { get(user_data, key, reply) };
    // SAFETY: the library passes a valid string.
    let name = unsafe { read(key) }.to_owned();
    if name.contains("crowd") {
        let (reads, more) = &READS;
        let mut counts = reads.lock().unwrap();
        *counts.entry(name.clone()).or_default() += 1;
        more.notify_all();
        drop(more.wait_while(counts, |counts| counts[&name] < 2).unwrap());
    }
    done
}

/// Returns a store whose `swap` compares nothing.
fn careless_store() -> HostStore {
    let user_data = Arc::into_raw(Arc::new(Kept::default())).cast_mut().cast();
    let functions = toklink_store {
        size: size_of::<toklink_store>(),
        user_data,
        get: Some(contested_get),
        swap: Some(careless_swap),
        list: Some(list),
        destroy: Some(destroy),
    };
    // SAFETY: the functions of this file meet the requirements of a store.
    unsafe { HostStore::of(&raw const functions) }.unwrap()
}

#[tokio::test]
async fn store_whose_swap_compares_nothing_fails_the_journal_suite() {
    let store = careless_store();
    let checked = tokio::spawn(async move { conformance::journal(&store).await });
    assert!(checked.await.unwrap_err().is_panic());
}

#[tokio::test]
async fn store_whose_swap_compares_nothing_fails_the_metrics_suite() {
    let store = careless_store();
    let checked = tokio::spawn(async move { conformance::metrics(&store).await });
    assert!(checked.await.unwrap_err().is_panic());
}

#[tokio::test]
async fn claim_keeps_metrics_readable_by_older_releases() {
    use core_toklink::Day;
    use core_toklink::store::{MetricsClaim, MetricsStore};
    let (store, rows) = store();
    let (ana, day) = (core_toklink::AccountKey::new("", "ana"), Day::from_number(20_000));
    let old = r#"{"figures":{"tenant":"","open_id":"ana","day":"2024-10-04","followers":1,"following":1,"likes":1,
        "video_count":1,"videos_read":1,"views":1,"video_likes":1,"comments":1,"shares":1,"read_at_ms":1728000000000}}"#;
    rows.lock().unwrap().insert("metrics//ana/2024-10-04".to_owned(), old.to_owned());
    let kept = || rows.lock().unwrap().get("metrics//ana/2024-10-04").unwrap().clone();
    let claim = MetricsClaim {
        day,
        owner: "me".to_owned(),
        now: day.start(),
        fresh_since: core_toklink::Timestamp::from_millis(1_728_000_000_001),
        ttl: std::time::Duration::from_secs(1),
    };
    assert_eq!(store.claim(&claim, std::slice::from_ref(&ana)).await.unwrap().len(), 1);
    let text = kept();
    assert!(text.starts_with(r#"{"figures":"#) && text.contains(r#""claim":{"owner":"me""#), "{text}");
    let found = store.range(&ana, day, day).await.unwrap();
    assert_eq!(found.first().map(|row| row.followers), Some(1));
    store.release(day, "me", std::slice::from_ref(&ana)).await.unwrap();
    let text = kept();
    assert!(!text.contains("claim"), "{text}");
}

#[tokio::test]
async fn deleted_publish_leaves_no_keys() {
    use core_toklink::PublishPhase;
    use core_toklink::Timestamp;
    use core_toklink::store::JournalStore;
    let (store, rows) = store();
    let account = core_toklink::AccountKey::new("", "a");
    let old = r#"{"key":"k","tenant":"","open_id":"a","phase":"DONE","publish_id":"p","upload_url_sealed":null,"fingerprint":"",
        "video_size":1,"chunk_size":1,"may_become_public":false,"accepted_bytes":1,"photos":false,"draft":false,"pulled":false,
        "post_ids":[],"fail_reason":null,"created_at_ms":1,"updated_at_ms":1}"#;
    for forget in [false, true] {
        rows.lock().unwrap().insert("publish//a/k".to_owned(), old.to_owned());
        rows.lock().unwrap().insert("publish-id/p".to_owned(), "publish//a/k".to_owned());
        let row = store.find_publish("p").await.unwrap().unwrap();
        assert_eq!((row.phase, row.attempt.as_str(), row.revision), (PublishPhase::Done, "", 0));
        if forget {
            store.forget(&account).await.unwrap();
        } else {
            assert_eq!(JournalStore::expire(&store, Timestamp::from_millis(2)).await.unwrap(), 1);
        }
        assert!(rows.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn user_data_is_freed_with_the_last_clone_of_the_store() {
    let (store, rows) = store();
    let other = store.clone();
    drop(store);
    assert_eq!(Arc::strong_count(&rows), 2);
    drop(other);
    assert_eq!(Arc::strong_count(&rows), 1);
}

#[tokio::test]
async fn row_is_refused_when_the_host_changed_it() {
    use core_toklink::store::{AccountStore, JournalStore};
    let (store, rows) = store();
    let key = core_toklink::AccountKey::new("", "a");
    rows.lock().unwrap().insert("account//a".to_owned(), "{}".to_owned());
    assert!(store.load(&key).await.unwrap_err().message().contains("an account row"));
    rows.lock().unwrap().insert("publish//a/k".to_owned(), "[]".to_owned());
    assert!(store.find(&key, "k").await.unwrap_err().message().contains("a publish row"));
}

#[tokio::test]
async fn removal_of_an_account_deletes_only_its_metrics() {
    use core_toklink::Day;
    use core_toklink::store::{AccountStore, MetricsClaim, MetricsStore};
    let (store, rows) = store();
    let (ana, other) = (core_toklink::AccountKey::new("", "ana"), core_toklink::AccountKey::new("", "ana-2"));
    let claim = MetricsClaim {
        day: Day::from_number(20_000),
        owner: "me".to_owned(),
        now: core_toklink::Timestamp::from_millis(0),
        fresh_since: Day::from_number(20_000).start(),
        ttl: std::time::Duration::from_secs(1),
    };
    assert_eq!(store.claim(&claim, &[ana.clone(), other.clone()]).await.unwrap().len(), 2);
    assert!(!store.remove(&ana).await.unwrap());
    let left: Vec<_> = rows.lock().unwrap().keys().cloned().collect();
    assert_eq!(left, ["metrics//ana-2/2024-10-04"]);
    rows.lock().unwrap().insert("metrics//ana/2024-10-04".to_owned(), "{}".to_owned());
    let found = store.range(&ana, claim.day, claim.day).await;
    assert!(found.unwrap_err().message().contains("neither metrics nor a claim"));
}

/// A store whose `get` reports its call and blocks until it is released.
struct Stuck {
    called: tokio::sync::mpsc::UnboundedSender<()>,
    released: Mutex<std::sync::mpsc::Receiver<()>>,
}

unsafe extern "C" fn stuck(
    user_data: *mut c_void,
    _key: *const c_char,
    _reply: *mut toklink_store_reply,
) -> bool {
    // SAFETY: the user data has this type, and `destroy` runs after the last call.
    let stuck = unsafe { &*user_data.cast::<Stuck>() };
    stuck.called.send(()).unwrap();
    stuck.released.lock().unwrap().recv().is_ok()
}

unsafe extern "C" fn let_go(user_data: *mut c_void) {
    // SAFETY: `Arc::into_raw` created it below, and `destroy` is called once.
    drop(unsafe { Arc::from_raw(user_data.cast::<Stuck>()) });
}

/// Returns a store whose `get` blocks, the receiver of its calls, and the sender that releases one.
fn stuck_store() -> (HostStore, tokio::sync::mpsc::UnboundedReceiver<()>, std::sync::mpsc::Sender<()>) {
    let (called, calls) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = std::sync::mpsc::channel();
    let host = Arc::new(Stuck { called, released: Mutex::new(released) });
    let functions = toklink_store {
        size: size_of::<toklink_store>(),
        user_data: Arc::into_raw(host).cast_mut().cast(),
        get: Some(stuck),
        swap: Some(swap),
        list: Some(list),
        destroy: Some(let_go),
    };
    (
        // SAFETY: the functions of this file meet the requirements of a store.
        unsafe { HostStore::of(&raw const functions) }.unwrap(),
        calls,
        release,
    )
}

#[tokio::test(start_paused = true)]
async fn store_call_fails_after_5_seconds() {
    use core_toklink::store::AccountStore;
    use std::time::Duration;
    let (store, mut calls, release) = stuck_store();
    let key = core_toklink::AccountKey::new("", "a");
    let asked = tokio::spawn(async move { store.load(&key).await });
    calls.recv().await.unwrap();
    // The five seconds start with the call.
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_millis(4_999)).await;
    tokio::task::yield_now().await;
    assert!(!asked.is_finished());
    tokio::time::advance(Duration::from_millis(1)).await;
    let error = asked.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (core_toklink::ErrorKind::Unavailable, true));
    assert!(
        error.message().contains("`get` of the host's store did not return within 5 s"),
        "{}",
        error.message()
    );
    release.send(()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn waiting_store_call_fails_without_a_call_after_5_seconds() {
    use crate::runtime::engine::STORE_CALLS;
    use core_toklink::store::AccountStore;
    use std::time::Duration;
    let (store, mut calls, release) = stuck_store();
    let load = |store: HostStore| async move { store.load(&core_toklink::AccountKey::new("", "a")).await };
    let stuck: Vec<_> = (0..STORE_CALLS).map(|_| tokio::spawn(load(store.clone()))).collect();
    for _ in &stuck {
        calls.recv().await.unwrap();
    }
    let late = tokio::spawn(load(store.clone()));
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_secs(5)).await;
    for call in stuck {
        assert!(call.await.unwrap().unwrap_err().message().contains("did not return"));
    }
    assert!(late.await.unwrap().unwrap_err().message().contains("was not called"));
    assert!(calls.try_recv().is_err(), "it was called after all");
    drop(release);
}
