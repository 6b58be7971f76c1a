//! Errors and cancel requests in the journal row of a publish that another process reads.

use crate::other_process::{Two, keyed, video};
use crate::video::mp4_bytes;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use toklink::PublishPhase;
use toklink::store::JournalStore;
use toklink::{ErrorKind, PublishOptions, VideoSource};
use toklink_emulator::Fault;

#[tokio::test]
async fn error_of_a_superseded_attempt_is_not_recorded() {
    let two = Two::new().await;
    two.world.emulator.configure(|settings| settings.processing_delay_ms = 3_600_000);
    let (running, mut feed) = two.stream();
    feed.write_all(&two.bytes).await.unwrap();
    drop(feed);
    two.until(|publish| publish.phase == PublishPhase::Processing).await;
    // The first process is suspended until its lease has expired. The second process then waits for the outcome.
    two.world.advance(Duration::from_secs(90));
    let (second, account) = (two.second.clone(), two.account.clone());
    let waiting =
        tokio::spawn(
            async move { second.resume_publish(&account, "k", None, &PublishOptions::default()).await },
        );
    two.settled().await;
    two.first.close_within(Duration::from_secs(1)).await;
    assert_eq!(running.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    assert!(!waiting.is_finished());
    let left = two.find().await.unwrap();
    assert!(left.last_error.is_none(), "the post is waited for, and {:?} was noted", left.last_error);
    waiting.abort();
}

#[tokio::test]
async fn attempt_writes_no_row_after_the_account_was_erased() {
    let two = Two::new().await;
    let (running, mut feed) = two.stalled().await;
    two.second.disconnect(&two.account).await.unwrap();
    let rest = async {
        let _ = feed.write_all(&two.bytes[8_000_000..]).await;
        drop(feed);
    };
    let ((), (ended, _)) = tokio::join!(rest, two.ended(running));
    ended.unwrap_err();
    let row = two.world.store.find(&two.account, "k").await.unwrap();
    assert!(row.is_none(), "{row:?}");
}

#[tokio::test]
async fn cancel_reaches_an_attempt_that_restarts_a_failed_publish() {
    let two = Two::new().await;
    let failed = r#"{"data":{"status":"FAILED","fail_reason":"internal"},"error":{"code":"ok","message":"","log_id":"L"}}"#;
    two.world.fault(Fault::on("status").raw(200, "application/json", failed));
    let input = video(VideoSource::Bytes(mp4_bytes(100_000).into()));
    two.second.publish_video(&two.account, &input, &keyed()).await.unwrap_err();
    // The next attempt still waits for its first bytes, so the row contains the failed attempt's phase.
    let (running, mut feed) = two.stream();
    feed.write_all(&two.bytes[..1000]).await.unwrap();
    two.until(|publish| publish.last_error.is_none()).await;
    let asked = two.second.request_cancel(&two.account, "k").await.unwrap();
    assert_eq!((asked.phase, asked.cancel_requested), (PublishPhase::Failed, true));
    let (ended, took) = two.ended(running).await;
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(took <= 3000, "it took {took} ms");
}

#[tokio::test]
async fn row_is_updated_while_a_resumed_stream_is_read_slowly() {
    let two = Two::new().await;
    let (running, feed) = two.stalled().await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    drop(feed);
    two.settled().await;
    let before = two.find().await.unwrap().updated_at;
    // The stream is passed again, but it is so slow that the row still belongs to the crashed attempt.
    let (running, mut feed) = two.stream();
    for piece in two.bytes.chunks(40_000).take(45) {
        feed.write_all(piece).await.unwrap();
        two.settled().await;
        two.clock.advance(Duration::from_secs(2));
    }
    two.settled().await;
    let after = two.find().await.unwrap();
    assert!(after.updated_at.since(before) >= Duration::from_secs(60), "{:?}", after.updated_at);
    assert_eq!(after.phase, PublishPhase::Sending);
    running.abort();
}
