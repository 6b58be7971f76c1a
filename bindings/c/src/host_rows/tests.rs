use super::HostStore;
use crate::host_store::{toklink_store_callbacks, toklink_store_reply, toklink_store_reply_add};
use crate::text::{Text, toklink_str};
use core_toklink::store::conformance;
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::{Arc, Mutex};

type Kept = Mutex<BTreeMap<String, String>>;

unsafe fn kept<'a>(user_data: *mut c_void) -> &'a Kept {
    // SAFETY: every store of these tests is given this type.
    unsafe { &*user_data.cast::<Kept>() }
}

unsafe extern "C" fn get(user_data: *mut c_void, key: toklink_str, reply: *mut toklink_store_reply) -> bool {
    // SAFETY: the library's own texts and reply.
    unsafe {
        if let Some(value) = kept(user_data).lock().unwrap().get(key.read("k").unwrap()) {
            toklink_store_reply_add(reply, key, Text::new(value).view());
        }
    }
    true
}

unsafe extern "C" fn list(
    user_data: *mut c_void,
    prefix: toklink_str,
    reply: *mut toklink_store_reply,
) -> bool {
    // SAFETY: the library's own texts and reply.
    unsafe {
        let prefix = prefix.read("p").unwrap();
        for (key, value) in kept(user_data).lock().unwrap().iter().filter(|(key, _)| key.starts_with(prefix))
        {
            toklink_store_reply_add(reply, Text::new(key).view(), Text::new(value).view());
        }
    }
    true
}

unsafe extern "C" fn swap(
    user_data: *mut c_void,
    key: toklink_str,
    expected: *const toklink_str,
    next: *const toklink_str,
    swapped: *mut bool,
) -> bool {
    // SAFETY: the library's own texts and flag.
    unsafe {
        let text = |place: *const toklink_str| place.as_ref().map(|text| text.read("t").unwrap().to_owned());
        let (key, mut rows) = (key.read("k").unwrap().to_owned(), kept(user_data).lock().unwrap());
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
    // SAFETY: made by `Arc::into_raw` below, and destroyed once.
    drop(unsafe { Arc::from_raw(user_data.cast::<Kept>()) });
}

fn store() -> (HostStore, Arc<Kept>) {
    let rows = Arc::new(Kept::default());
    let user_data = Arc::into_raw(Arc::clone(&rows)).cast_mut().cast();
    let functions = toklink_store_callbacks {
        user_data,
        get: Some(get),
        swap: Some(swap),
        list: Some(list),
        destroy: Some(destroy),
    };
    (HostStore::new(&functions).unwrap(), rows)
}

#[tokio::test]
async fn three_functions_of_a_host_keep_every_promise_of_a_store() {
    conformance::accounts(&store().0).await.unwrap();
    conformance::journal(&store().0).await.unwrap();
    conformance::leases(&store().0).await.unwrap();
}

#[tokio::test]
async fn what_the_host_was_given_is_destroyed_with_the_last_user_of_the_store() {
    let (store, rows) = store();
    let other = store.clone();
    drop(store);
    assert_eq!(Arc::strong_count(&rows), 2);
    drop(other);
    assert_eq!(Arc::strong_count(&rows), 1);
}

#[tokio::test]
async fn a_row_that_the_host_changed_is_refused() {
    use core_toklink::store::{AccountStore, JournalStore};
    let (store, rows) = store();
    let key = core_toklink::AccountKey::new("", "a");
    rows.lock().unwrap().insert("account//a".to_owned(), "{}".to_owned());
    assert!(store.load(&key).await.unwrap_err().message().contains("no account row"));
    rows.lock().unwrap().insert("publish//a/k".to_owned(), "[]".to_owned());
    assert!(store.find(&key, "k").await.unwrap_err().message().contains("no publish row"));
}
