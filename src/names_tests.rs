use super::*;
use crate::clock::{ManualClock, Timestamp};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

fn clock() -> ManualClock {
    ManualClock::new(Timestamp::default())
}

/// Returns a resolver whose lookups wait until the sender is used or dropped, as with a name server that does not
/// respond.
fn silent(clock: &ManualClock) -> (Names, Sender<()>) {
    let (answer, wait): (Sender<()>, Receiver<()>) = channel();
    let wait = Mutex::new(wait);
    let names = Names::new(Arc::new(clock.clone()), move |_| {
        let _ = wait.lock().unwrap().recv();
        Ok(vec![IpAddr::from([8, 8, 8, 8])])
    });
    (names, answer)
}

#[tokio::test]
async fn lookup_fails_when_no_name_server_responds() {
    let clock = clock();
    let (names, _answer) = silent(&clock);
    let finding = tokio::spawn(names.clone().find("silent.test".to_owned()));
    while names.threads.available_permits() == THREADS {
        tokio::task::yield_now().await;
    }
    clock.advance(DEADLINE);
    let error = finding.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.to_string().contains("5 s"), "{error}");
}

#[tokio::test]
async fn pending_lookups_use_a_limited_number_of_threads() {
    let clock = clock();
    let (names, answer) = silent(&clock);
    let waiting: Vec<_> =
        (0..10).map(|n| tokio::spawn(names.clone().find(format!("silent-{n}.test")))).collect();
    while names.threads.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    clock.advance(DEADLINE);
    for finding in waiting {
        assert_eq!(finding.await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
    assert_eq!(names.threads.available_permits(), 0, "the threads still wait for the operating system");
    drop(answer);
    let permits = names.threads.acquire_many(u32::try_from(THREADS).unwrap());
    permits.await.unwrap().forget();
}

#[test]
fn lookups_work_while_tokio_blocking_threads_are_busy() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().max_blocking_threads(1).build().unwrap();
    let (free, busy) = channel::<()>();
    runtime.spawn_blocking(move || busy.recv());
    // All threads of one group wait for lookups that never complete. Lookups in another group must still work.
    let clock = clock();
    let (full, _answer) = silent(&clock);
    runtime.block_on(async {
        for n in 0..THREADS {
            tokio::spawn(full.clone().find(format!("silent-{n}.test")));
        }
        while full.threads.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let found = Names::of_system(Arc::new(clock.clone())).find("localhost".to_owned()).await.unwrap();
        assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{found:?}");
    });
    drop(free);
}
