//! Tests of TikTok's rule for a 416 response: continue from the chunk that its `Content-Range` names
//! (docs/tiktok-api.md 5.7).

use super::*;
use proptest::prelude::*;

const SIZE: u64 = 70_000_000;
const PAUSE: Duration = Duration::from_millis(1);

fn plan() -> ChunkPlan {
    ChunkPlan::for_size(SIZE).unwrap()
}

fn chunk(index: u64) -> Range<u64> {
    plan().chunk(index).unwrap()
}

fn last() -> Range<u64> {
    chunk(plan().total_chunk_count() - 1)
}

/// Returns a machine in the state after TikTok has accepted `chunks` chunks.
fn after(chunks: u64) -> Machine {
    let mut machine = Machine::new(plan(), true, true);
    for index in 0..chunks {
        assert_eq!(machine.next(), Step::Send(chunk(index)));
        machine.on_chunk(&chunk(index), &ChunkAnswer::Accepted, PAUSE).unwrap();
    }
    machine
}

/// Returns a 416 response which reports that `bytes` are stored, as a count or as the last index.
fn stored(bytes: u64, counts: bool) -> ChunkAnswer {
    let shown = if counts { bytes } else { bytes.saturating_sub(1) };
    ChunkAnswer::OutOfRange(Some(format!("bytes 0-{shown}/{SIZE}")))
}

fn lacking(bytes: Option<u64>) -> PublishStatus {
    PublishStatus {
        publish_id: "p".to_owned(),
        status: StatusCode::ProcessingUpload,
        fail_reason: None,
        post_ids: Vec::new(),
        uploaded_bytes: bytes,
    }
}

fn status(machine: &mut Machine, bytes: Option<u64>) {
    machine.on_status(&lacking(bytes), Timestamp::default()).unwrap();
}

#[test]
fn earlier_chunk_is_sent_again_when_a_416_requests_it() {
    for counts in [false, true] {
        for back in 0..=3 {
            let mut machine = after(3);
            machine.on_chunk(&chunk(3), &stored(chunk(back).start, counts), PAUSE).unwrap();
            assert_eq!(machine.next(), Step::Wait(PAUSE), "{back}");
            for index in back..=3 {
                assert_eq!(machine.next(), Step::Send(chunk(index)), "{back}");
                machine.on_chunk(&chunk(index), &ChunkAnswer::Accepted, PAUSE).unwrap();
            }
        }
    }
}

#[test]
fn chunk_is_accepted_when_a_416_reports_its_last_byte() {
    for counts in [false, true] {
        let mut machine = after(1);
        machine.on_chunk(&chunk(1), &stored(chunk(1).end, counts), PAUSE).unwrap();
        assert_eq!((machine.accepted(), machine.next()), (chunk(1).end, Step::Send(chunk(2))));
        let mut machine = after(last().start / chunk(0).end);
        machine.on_chunk(&last(), &stored(SIZE, counts), PAUSE).unwrap();
        assert_eq!((machine.phase(), machine.next()), (Phase::Processing, Step::AskStatus));
    }
}

#[test]
fn upload_continues_at_a_later_chunk_when_a_416_names_it() {
    let mut machine = after(1);
    machine.on_chunk(&chunk(1), &stored(chunk(3).end, false), PAUSE).unwrap();
    assert_eq!(machine.next(), Step::Send(chunk(4)));
}

#[test]
fn upload_fails_after_four_416_responses_in_a_row() {
    let mut machine = after(3);
    for _ in 0..MAX_RETURNS {
        machine.on_chunk(&chunk(3), &stored(chunk(2).start, false), PAUSE).unwrap();
        assert_eq!((machine.next(), machine.next()), (Step::Wait(PAUSE), Step::Send(chunk(2))));
        // TikTok accepts the chunk again, which is not progress.
        machine.on_chunk(&chunk(2), &ChunkAnswer::Accepted, PAUSE).unwrap();
    }
    let error = machine.on_chunk(&chunk(3), &stored(chunk(2).start, false), PAUSE).unwrap_err();
    assert_eq!((error.http_status(), error.is_safe_to_repeat()), (Some(416), true));
    // A chunk after all earlier chunks resets the count.
    let mut machine = after(3);
    for index in 3..5 {
        for _ in 0..MAX_RETURNS {
            machine.on_chunk(&chunk(index), &stored(chunk(index).start, false), PAUSE).unwrap();
            assert_eq!(machine.next(), Step::Wait(PAUSE));
        }
        machine.on_chunk(&chunk(index), &ChunkAnswer::Accepted, PAUSE).unwrap();
    }
}

#[test]
fn upload_fails_when_a_416_offset_is_not_a_chunk_boundary() {
    let end = chunk(1).end;
    for header in [
        None,
        Some("nonsense".to_owned()),
        Some(format!("bytes */{SIZE}")),
        Some(format!("bytes 0-{}/{SIZE}", end - 2)),
        Some(format!("bytes 0-{}/{SIZE}", end + 1)),
        Some(format!("bytes 0-{}/{}", end - 1, SIZE + 1)),
        Some(format!("bytes 0-{}", end - 1)),
        Some(format!("bytes 0-{}/{SIZE}", u64::MAX)),
    ] {
        let error =
            after(3).on_chunk(&chunk(3), &ChunkAnswer::OutOfRange(header.clone()), PAUSE).unwrap_err();
        assert_eq!(error.http_status(), Some(416), "{header:?}");
    }
}

#[test]
fn rejected_last_chunk_is_resent_only_after_a_status_query() {
    for lost_before in [false, true] {
        let mut machine = after(plan().total_chunk_count() - 1);
        if lost_before {
            machine.on_chunk(&last(), &ChunkAnswer::Lost, PAUSE).unwrap();
            assert_eq!((machine.next(), machine.next()), (Step::Wait(PAUSE), Step::AskStatus));
            status(&mut machine, None);
        }
        assert_eq!(machine.next(), Step::Send(last()));
        machine.on_chunk(&last(), &stored(chunk(2).start, false), PAUSE).unwrap();
        assert_eq!((machine.next(), machine.next()), (Step::Wait(RANGE_PAUSE), Step::AskStatus));
        let mut posted = machine.clone();
        status(&mut posted, Some(SIZE));
        assert_eq!(posted.phase(), Phase::Processing);
        status(&mut machine, Some(chunk(2).start));
        assert_eq!(machine.next(), Step::Send(chunk(2)));
        assert_eq!(machine.may_have_posted(), lost_before);
    }
}

#[test]
fn status_resolves_a_rejected_unclear_last_chunk() {
    for answer in [ChunkAnswer::Gone, ChunkAnswer::Expired, ChunkAnswer::Refused(400)] {
        let mut machine = after(plan().total_chunk_count() - 1);
        machine.on_chunk(&last(), &ChunkAnswer::Lost, PAUSE).unwrap();
        status(&mut machine, None);
        machine.on_chunk(&last(), &stored(chunk(2).start, false), PAUSE).unwrap();
        status(&mut machine, None);
        machine.on_chunk(&chunk(2), &answer, PAUSE).unwrap();
        assert!(machine.may_have_posted());
        machine.on_status(&lacking(Some(SIZE)), Timestamp::default()).unwrap();
        assert_eq!(machine.phase(), Phase::Processing, "{answer:?}");
    }
}

#[test]
fn early_416_that_reports_all_bytes_is_verified_by_status() {
    let mut machine = after(1);
    machine.on_chunk(&chunk(1), &stored(SIZE, false), PAUSE).unwrap();
    assert_eq!((machine.next(), machine.next()), (Step::Wait(RANGE_PAUSE), Step::AskStatus));
    assert!(machine.may_have_posted());
    let mut posted = machine.clone();
    status(&mut posted, Some(SIZE));
    assert_eq!(posted.phase(), Phase::Processing);
    status(&mut machine, Some(chunk(1).start));
    assert_eq!(machine.next(), Step::Send(chunk(1)));
}

#[test]
fn resumed_upload_returns_to_the_bytes_in_the_status() {
    let mut machine = Machine::resumed(plan(), chunk(3).start, true, true);
    status(&mut machine, Some(chunk(1).start));
    assert_eq!(machine.next(), Step::Send(chunk(1)));
    // The status was outdated. TikTok now reports the bytes that it has, and the upload continues from there.
    machine.on_chunk(&chunk(1), &stored(chunk(3).start, false), PAUSE).unwrap();
    assert_eq!(machine.next(), Step::Send(chunk(3)));
}

#[test]
fn smaller_byte_count_is_used_when_a_416_is_ambiguous() {
    let mut machine = Machine::new(ChunkPlan::for_size(1).unwrap(), true, true);
    let answer = ChunkAnswer::OutOfRange(Some("bytes 0-0/1".to_owned()));
    machine.on_chunk(&(0..1), &answer, PAUSE).unwrap();
    assert_eq!((machine.next(), machine.next()), (Step::Wait(RANGE_PAUSE), Step::AskStatus));
    status(&mut machine, Some(0));
    assert_eq!(machine.next(), Step::Send(0..1));
}

proptest! {
    #[test]
    fn every_byte_arrives_or_an_error_ends_the_upload(
        size in 64_000_000_u64..400_000_000,
        counts: bool,
        losses in prop::collection::vec(0_u8..6, 0..60),
    ) {
        let plan = ChunkPlan::for_size(size).unwrap();
        let mut machine = Machine::new(plan, true, false);
        let (mut far_end, mut sent, mut losses) = (0_u64, 0, losses.into_iter());
        loop {
            match machine.next() {
                Step::Send(chunk) => {
                    sent += 1;
                    prop_assert!(sent < 1000, "the upload does not end");
                    let loss = losses.next().unwrap_or(5);
                    let shown = if counts { far_end } else { far_end.saturating_sub(1) };
                    let refused = ChunkAnswer::OutOfRange(Some(format!("bytes 0-{shown}/{size}")));
                    let is_last = chunk.end == size;
                    // 0: the chunk is accepted and lost later; 1: the previous chunk is lost too; 2: the chunk is lost;
                    // 3: the response is lost.
                    let answer = match loss {
                        _ if chunk.start != far_end => refused,
                        0 if !is_last => ChunkAnswer::Accepted,
                        1 if !is_last => {
                            far_end = far_end.saturating_sub(plan.chunk_size());
                            ChunkAnswer::Accepted
                        }
                        2 => ChunkAnswer::Lost,
                        3 => {
                            far_end = chunk.end;
                            ChunkAnswer::Lost
                        }
                        _ => {
                            far_end = chunk.end;
                            ChunkAnswer::Accepted
                        }
                    };
                    match machine.on_chunk(&chunk, &answer, PAUSE) {
                        Ok(()) => {}
                        Err(error) => {
                            prop_assert!(far_end < size || !error.is_safe_to_repeat());
                            break;
                        }
                    }
                }
                Step::AskStatus => machine.on_status(&lacking(Some(far_end)), Timestamp::default()).unwrap(),
                Step::Wait(_) => {}
                Step::Done(_) => {
                    prop_assert_eq!(far_end, size);
                    break;
                }
            }
        }
    }
}
