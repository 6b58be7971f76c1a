use super::*;
use crate::clock::{ManualClock, Timestamp};
use std::future::poll_fn;
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

const MIB: usize = 1024 * 1024;

fn clock() -> ManualClock {
    ManualClock::new(Timestamp::default())
}

/// Returns a source that the test feeds manually.
fn fed(clock: &ManualClock) -> (DuplexStream, Paced) {
    let (feeding, reader) = duplex(MIB);
    (feeding, Paced::new(Box::pin(reader), Arc::new(clock.clone())))
}

async fn read(paced: &mut Paced) -> io::Result<usize> {
    let mut buffer = vec![0; MIB];
    poll_fn(|context| paced.poll_read(context, &mut buffer)).await
}

/// Polls once and expects no bytes.
async fn wait(paced: &mut Paced) {
    let pending = poll_fn(|context| Poll::Ready(paced.poll_read(context, &mut [0; 8]).is_pending())).await;
    assert!(pending);
}

fn reason(error: &io::Error) -> &Error {
    error.get_ref().unwrap().downcast_ref().unwrap()
}

#[tokio::test]
async fn source_fails_when_it_sends_one_byte_every_20_s() {
    let clock = clock();
    let (mut feeding, mut paced) = fed(&clock);
    let mut came = 0;
    wait(&mut paced).await;
    let error = loop {
        clock.advance(Duration::from_secs(20));
        let late = poll_fn(|context| Poll::Ready(paced.poll_read(context, &mut [0; 8]))).await;
        if let Poll::Ready(late) = late {
            break late.unwrap_err();
        }
        feeding.write_all(&[0]).await.unwrap();
        came += read(&mut paced).await.unwrap();
        wait(&mut paced).await;
    };
    assert_eq!(came, 3, "the 60 s limit is reached before the fourth byte");
    let error = reason(&error);
    assert_eq!(
        (error.kind(), error.owner(), error.retry()),
        (ErrorKind::Unavailable, Owner::User, Retry::Backoff)
    );
    assert_eq!(error.reason(), Reason::SourceTooSlow, "{error}");
}

#[tokio::test]
async fn slow_source_fails_when_bytes_arrive_as_the_timer_fires() {
    let clock = clock();
    let (mut feeding, mut paced) = fed(&clock);
    let mut came = 0;
    // One byte per millisecond is a tenth of the minimum rate. Each byte has arrived when the timer fires, because the
    // timer's resolution is 1 ms.
    let late = loop {
        match poll_fn(|context| Poll::Ready(paced.poll_read(context, &mut [0; 8]))).await {
            Poll::Ready(late) => break late,
            Poll::Pending => {}
        }
        clock.advance(Duration::from_millis(1));
        feeding.write_all(&[0]).await.unwrap();
        came += read(&mut paced).await.unwrap();
        assert!(came < 80_000, "the source was still read after {came} bytes");
    };
    assert_eq!(reason(&late.unwrap_err()).reason(), Reason::SourceTooSlow);
    assert!(came > 60_000, "{came} bytes in as many milliseconds");
}

#[tokio::test]
async fn source_does_not_time_out_when_the_process_was_suspended() {
    let clock = clock();
    let (mut feeding, mut paced) = fed(&clock);
    wait(&mut paced).await;
    feeding.write_all(&vec![0; 20_000]).await.unwrap();
    clock.advance(Duration::from_secs(300));
    let mut came = 0;
    while came < 20_000 {
        came += read(&mut paced).await.unwrap();
    }
    wait(&mut paced).await;
}

#[tokio::test]
async fn silent_source_fails_after_60_s() {
    let clock = clock();
    let (_feeding, mut paced) = fed(&clock);
    let reading = tokio::spawn(async move { read(&mut paced).await });
    tokio::task::yield_now().await;
    clock.advance(Duration::from_secs(59));
    tokio::task::yield_now().await;
    assert!(!reading.is_finished());
    clock.advance(Duration::from_secs(1));
    let error = reading.await.unwrap().unwrap_err();
    assert_eq!(reason(&error).kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn source_at_the_minimum_rate_is_read_for_an_hour() {
    let clock = clock();
    let (mut feeding, mut paced) = fed(&clock);
    for _ in 0..71 {
        wait(&mut paced).await;
        clock.advance(Duration::from_secs(50));
        feeding.write_all(&vec![0; 500_000]).await.unwrap();
        assert_eq!(read(&mut paced).await.unwrap(), 500_000);
    }
    wait(&mut paced).await;
    clock.advance(Duration::from_secs(50));
    let error = read(&mut paced).await.unwrap_err();
    let error = reason(&error);
    assert!(error.reason() == Reason::SourceTooSlow && error.is_safe_to_repeat(), "{error}");
}

#[tokio::test]
async fn one_hour_limit_starts_when_the_upload_url_is_issued() {
    let clock = clock();
    let (mut feeding, mut paced) = fed(&clock);
    clock.advance(Duration::from_secs(3500));
    paced.upload_url_issued();
    clock.advance(Duration::from_secs(3500));
    wait(&mut paced).await;
    feeding.write_all(&[0]).await.unwrap();
    assert_eq!(read(&mut paced).await.unwrap(), 1);
    clock.advance(Duration::from_secs(100));
    assert!(read(&mut paced).await.is_err());
}

#[tokio::test]
async fn time_without_reads_does_not_count_against_the_source() {
    let clock = clock();
    let (mut feeding, mut paced) = fed(&clock);
    for _ in 0..10 {
        wait(&mut paced).await;
        paced.rest();
        clock.advance(Duration::from_secs(300));
    }
    feeding.write_all(&[0]).await.unwrap();
    assert_eq!(read(&mut paced).await.unwrap(), 1);
}

#[tokio::test]
async fn source_with_a_fast_start_fails_after_60_s_of_silence() {
    let clock = clock();
    let (mut feeding, mut paced) = fed(&clock);
    for _ in 0..20 {
        feeding.write_all(&vec![0; MIB]).await.unwrap();
        assert_eq!(read(&mut paced).await.unwrap(), MIB);
    }
    wait(&mut paced).await;
    clock.advance(Duration::from_secs(60));
    assert!(read(&mut paced).await.is_err());
}

#[tokio::test]
async fn source_cannot_be_opened_when_its_host_never_responds() {
    let clock = clock();
    let opening = tokio::spawn({
        let clock = clock.clone();
        async move { opened(&clock, std::future::pending::<Result<()>>()).await }
    });
    tokio::task::yield_now().await;
    clock.advance(OPENING);
    let error = opening.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.dispatch()), (ErrorKind::Unavailable, Dispatch::NotSent));
    assert!(error.message().contains("within 30 s"), "{error}");
}
