//! Tests of the shutdown on each kind of thread.

use super::*;
use crate::runtime::kept::Kept;
use core_toklink::Config;
use std::ffi::c_void;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

/// Longer than a shutdown takes. Reaching it means a deadlock.
const DEADLOCK: Duration = Duration::from_secs(60);

/// Sends the name of the thread that calls `destroy`.
unsafe extern "C" fn send_name(user_data: *mut c_void) {
    // SAFETY: `started` created it from a box, and `destroy` is called once.
    let sender = unsafe { Box::from_raw(user_data.cast::<Sender<Option<String>>>()) };
    sender.send(thread::current().name().map(str::to_owned)).unwrap();
}

fn started() -> (Arc<Engine>, std::sync::mpsc::Receiver<Option<String>>) {
    let (sender, names) = channel();
    let kept = Kept::new(Box::into_raw(Box::new(sender)).cast(), Some(send_name));
    let kept = Arc::new(kept);
    let log = Some(Arc::new(Log::new(None, Arc::clone(&kept))));
    let client = || {
        let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let config = Config::builder().client_key("key").client_secret("secret").encryption_key(key);
        Client::builder(config.build()?).build()
    };
    (Engine::start(client, Given { log, kept: vec![kept], ..Given::default() }).unwrap(), names)
}

#[test]
fn last_reference_shuts_the_client_down_on_any_thread() {
    let callback_thread = Ok(Some("toklink-callback".to_owned()));
    for place in ["worker", "blocking thread", "callback thread", "host thread"] {
        let (engine, names) = started();
        let (share, workers, post) = (Arc::clone(&engine), engine.workers.clone(), engine.post());
        engine.free();
        assert!(names.try_recv().is_err(), "{place}: a share is left");
        match place {
            "worker" => drop(workers.spawn(async move { drop(share) })),
            "blocking thread" => drop(workers.spawn_blocking(move || drop(share))),
            "callback thread" => post.send(move || drop(share)),
            _ => drop(share),
        }
        assert_eq!(names.recv_timeout(DEADLOCK), callback_thread, "{place}");
        assert!(names.recv_timeout(DEADLOCK).is_err(), "{place}: given back once");
    }
}

#[test]
fn running_call_is_cancelled_when_the_client_is_freed() {
    let (engine, names) = started();
    let share = Arc::clone(&engine);
    let (inside, is_inside) = channel();
    let call = thread::spawn(move || {
        share.wait(Task::new("waiting", move |_| async move {
            inside.send(()).unwrap();
            std::future::pending::<Result<()>>().await
        }))
    });
    is_inside.recv_timeout(DEADLOCK).unwrap();
    engine.free();
    assert_eq!(call.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(names.recv_timeout(DEADLOCK), Ok(Some("toklink-callback".to_owned())));
}
