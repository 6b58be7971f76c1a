use super::*;
use proptest::prelude::*;

const SIZE: u64 = 70_000_000;
const PAUSE: Duration = Duration::from_millis(1);

fn machine() -> Machine {
    Machine::new(ChunkPlan::for_size(SIZE).unwrap(), true, true)
}

fn status(code: StatusCode, uploaded: Option<u64>, ids: &[&str]) -> PublishStatus {
    PublishStatus {
        publish_id: "p".to_owned(),
        status: code,
        fail_reason: (code == StatusCode::Failed).then(|| "internal".to_owned()),
        post_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        uploaded_bytes: uploaded,
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

/// Sends all chunks except the last one, and returns the last one.
fn up_to_last(machine: &mut Machine) -> Range<u64> {
    loop {
        let Step::Send(chunk) = machine.next() else { panic!("a chunk is due") };
        if chunk.end == SIZE {
            return chunk;
        }
        machine.on_chunk(&chunk, &ChunkAnswer::Accepted, PAUSE).unwrap();
    }
}

#[test]
fn chunks_are_sent_in_order_before_the_status_query() {
    let mut machine = machine();
    let mut end = 0;
    while let Step::Send(chunk) = machine.next() {
        assert_eq!(chunk.start, end);
        end = chunk.end;
        machine.on_chunk(&chunk, &ChunkAnswer::Accepted, PAUSE).unwrap();
    }
    assert_eq!((end, machine.phase(), machine.next()), (SIZE, Phase::Processing, Step::AskStatus));
}

#[test]
fn lost_chunk_is_sent_again_after_a_pause_up_to_a_limit() {
    let mut machine = machine();
    let Step::Send(first) = machine.next() else { panic!() };
    for _ in 0..MAX_FAILURES - 1 {
        machine.on_chunk(&first, &ChunkAnswer::Lost, PAUSE).unwrap();
        assert_eq!(machine.next(), Step::Wait(PAUSE));
        assert_eq!(machine.next(), Step::Send(first.clone()));
    }
    let error = machine.on_chunk(&first, &ChunkAnswer::Lost, PAUSE).unwrap_err();
    assert!(error.is_retryable());
}

#[test]
fn status_is_queried_when_the_last_chunk_is_unclear() {
    for (uploaded, arrived) in [(Some(SIZE), true), (Some(62_914_560), false), (None, false)] {
        let mut machine = machine();
        let last = up_to_last(&mut machine);
        machine.on_chunk(&last, &ChunkAnswer::Lost, PAUSE).unwrap();
        assert_eq!(machine.next(), Step::Wait(PAUSE));
        assert_eq!(machine.next(), Step::AskStatus);
        machine.on_status(&status(StatusCode::ProcessingUpload, uploaded, &[]), at(0)).unwrap();
        if arrived {
            assert_eq!(machine.phase(), Phase::Processing);
        } else {
            assert_eq!(machine.next(), Step::Send(last));
        }
    }
}

#[test]
fn content_range_of_a_416_must_end_at_a_chunk_boundary() {
    let mut lost_once = machine();
    let Step::Send(first) = lost_once.next() else { panic!() };
    for reading in [first.end, first.end - 1] {
        let mut machine = machine();
        machine.on_chunk(&first, &ChunkAnswer::Lost, PAUSE).unwrap();
        let answer = ChunkAnswer::OutOfRange(Some(format!("bytes 0-{reading}/{SIZE}")));
        machine.on_chunk(&first, &answer, PAUSE).unwrap();
        assert_eq!(machine.accepted(), first.end);
    }
    for header in [None, Some("bytes 0-5/70000000"), Some("nonsense"), Some("bytes */70000000")] {
        let mut machine = machine();
        machine.on_chunk(&first, &ChunkAnswer::Lost, PAUSE).unwrap();
        let answer = ChunkAnswer::OutOfRange(header.map(str::to_owned));
        let error = machine.on_chunk(&first, &answer, PAUSE).unwrap_err();
        assert_eq!((error.http_status(), error.is_safe_to_repeat()), (Some(416), true));
    }
}

#[test]
fn expired_url_and_unknown_upload_are_safe_to_repeat() {
    for answer in [ChunkAnswer::Expired, ChunkAnswer::Gone, ChunkAnswer::Refused(400)] {
        let mut machine = machine();
        let Step::Send(first) = machine.next() else { panic!() };
        let error = machine.on_chunk(&first, &answer, PAUSE).unwrap_err();
        assert!(error.is_safe_to_repeat());
    }
}

#[test]
fn resumed_upload_queries_status_before_it_sends() {
    for (uploaded, expected) in
        [(Some(SIZE), Step::AskStatus), (Some(62_914_560), Step::Send(62_914_560..SIZE))]
    {
        let plan = ChunkPlan::for_size(SIZE).unwrap();
        let border = plan.chunk(plan.total_chunk_count() - 1).unwrap().start;
        let mut machine = Machine::resumed(plan, border, true, true);
        assert_eq!(machine.next(), Step::AskStatus);
        machine
            .on_status(&status(StatusCode::ProcessingUpload, uploaded.map(|u| u.max(border)), &[]), at(0))
            .unwrap();
        let next = match machine.next() {
            Step::Wait(_) => machine.next(),
            step => step,
        };
        match (next, expected) {
            (Step::AskStatus, Step::AskStatus) => assert_eq!(machine.phase(), Phase::Processing),
            (Step::Send(chunk), Step::Send(_)) => assert_eq!(chunk, border..SIZE),
            (next, expected) => panic!("{next:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn refused_unclear_last_chunk_is_not_safe_to_repeat() {
    for answer in
        [ChunkAnswer::Gone, ChunkAnswer::Expired, ChunkAnswer::Refused(400), ChunkAnswer::OutOfRange(None)]
    {
        let (mut machine, last) = at_last_after_loss();
        let error = loop {
            machine.on_status(&status(StatusCode::ProcessingUpload, None, &[]), at(0)).unwrap();
            if let Err(error) = machine.on_chunk(&last, &answer, PAUSE) {
                break error;
            }
        };
        assert!(!error.is_safe_to_repeat(), "{answer:?}");
    }
}

#[test]
fn refused_last_chunk_is_accepted_when_the_status_includes_it() {
    let (mut machine, last) = at_last_after_loss();
    let lagging = status(StatusCode::ProcessingUpload, Some(last.start), &[]);
    machine.on_status(&lagging, at(0)).unwrap();
    machine.on_chunk(&last, &ChunkAnswer::Gone, PAUSE).unwrap();
    assert_eq!(machine.next(), Step::Wait(RANGE_PAUSE));
    machine.on_status(&status(StatusCode::ProcessingUpload, Some(SIZE), &[]), at(5)).unwrap();
    assert_eq!(machine.phase(), Phase::Processing);
}

#[test]
fn refused_unclear_last_chunk_forbids_a_second_publish() {
    let (mut machine, last) = at_last_after_loss();
    let short = status(StatusCode::ProcessingUpload, Some(last.start), &[]);
    machine.on_status(&short, at(0)).unwrap();
    for _ in 1..MAX_REFUSALS {
        machine.on_chunk(&last, &ChunkAnswer::Expired, PAUSE).unwrap();
        machine.on_status(&short, at(0)).unwrap();
    }
    machine.on_chunk(&last, &ChunkAnswer::Expired, PAUSE).unwrap();
    let error = machine.on_status(&short, at(0)).unwrap_err();
    assert_eq!((error.kind(), error.dispatch()), (ErrorKind::Conflict, Dispatch::MaybeSent));
    assert!(!error.is_safe_to_repeat());
}

#[test]
fn resumed_upload_skips_a_chunk_that_the_status_includes() {
    let plan = ChunkPlan::for_size(SIZE).unwrap();
    let (second, third) = (plan.chunk(1).unwrap(), plan.chunk(2).unwrap());
    let mut machine = Machine::resumed(plan, second.start, true, true);
    machine.on_status(&status(StatusCode::ProcessingUpload, Some(second.end), &[]), at(0)).unwrap();
    assert_eq!((machine.accepted(), machine.next()), (second.end, Step::Send(third)));
}

#[test]
fn publish_of_unknown_privacy_ends_after_the_moderation_wait() {
    let mut machine = Machine::asking(ChunkPlan::for_size(1).unwrap(), None, true);
    let complete = status(StatusCode::PublishComplete, None, &[]);
    machine.on_status(&complete, at(0)).unwrap();
    assert_eq!(machine.next(), Step::Wait(poll_interval::WHILE_MODERATING));
    machine.on_status(&complete, at(60)).unwrap();
    assert!(matches!(machine.phase(), Phase::Published), "{:?}", machine.phase());
}

fn at_last_after_loss() -> (Machine, Range<u64>) {
    let mut machine = machine();
    let last = up_to_last(&mut machine);
    machine.on_chunk(&last, &ChunkAnswer::Lost, PAUSE).unwrap();
    (machine, last)
}

#[test]
fn public_post_waits_one_minute_for_its_id() {
    let mut machine = Machine::asking(ChunkPlan::for_size(SIZE).unwrap(), Some(true), true);
    let complete = status(StatusCode::PublishComplete, None, &[]);
    machine.on_status(&complete, at(0)).unwrap();
    assert_eq!(machine.phase(), Phase::Moderating);
    machine.on_status(&complete, at(59)).unwrap();
    assert_eq!(machine.next(), Step::Wait(poll_interval::WHILE_MODERATING));
    machine.on_status(&complete, at(60)).unwrap();
    assert_eq!(machine.next(), Step::Done(Phase::Moderating));
}

#[test]
fn non_public_post_ends_as_published_without_an_id() {
    let mut machine = Machine::asking(ChunkPlan::for_size(SIZE).unwrap(), Some(false), true);
    machine.on_status(&status(StatusCode::PublishComplete, None, &[]), at(0)).unwrap();
    assert_eq!(machine.next(), Step::Done(Phase::Published));
}

#[test]
fn status_queries_stay_within_quota_until_the_time_limit() {
    let mut machine = Machine::asking(ChunkPlan::for_size(SIZE).unwrap(), Some(true), true);
    let (mut now, mut asked_in_first_minute) = (0, 0);
    let error = loop {
        match machine.next() {
            Step::Wait(pause) => now += i64::try_from(pause.as_secs()).unwrap(),
            Step::AskStatus => {
                asked_in_first_minute += u32::from(now < 60);
                if let Err(error) =
                    machine.on_status(&status(StatusCode::ProcessingUpload, Some(SIZE), &[]), at(now))
                {
                    break error;
                }
            }
            step => panic!("unexpected {step:?}"),
        }
    };
    assert!(asked_in_first_minute <= 30, "{asked_in_first_minute}");
    assert!(error.is_retryable() && now >= 1800);
}

#[test]
fn failed_status_is_an_error_with_tiktoks_reason() {
    let mut machine = Machine::asking(ChunkPlan::for_size(SIZE).unwrap(), Some(true), true);
    let error = machine.on_status(&status(StatusCode::Failed, None, &[]), at(0)).unwrap_err();
    assert_eq!(error.fail_reason(), Some("internal"));
}

#[test]
fn publish_without_wait_ends_after_the_last_byte() {
    let plan = ChunkPlan::for_size(3).unwrap();
    let mut machine = Machine::new(plan, true, false);
    machine.on_chunk(&(0..3), &ChunkAnswer::Accepted, PAUSE).unwrap();
    assert_eq!(machine.next(), Step::Done(Phase::Processing));
}

proptest! {
    #[test]
    fn every_byte_is_accepted_once_and_in_order_despite_losses(size in 1_u64..400_000_000, losses in prop::collection::vec(0_u8..4, 0..60)) {
        let mut machine = Machine::new(ChunkPlan::for_size(size).unwrap(), true, false);
        let (mut far_end, mut losses) = (0_u64, losses.into_iter());
        loop {
            match machine.next() {
                Step::Send(chunk) => {
                    let loss = losses.next().unwrap_or(3);
                    // 0: the chunk is lost; 1: the chunk is accepted, but the response is lost; otherwise, the response
                    // arrives.
                    let answer = if chunk.start != far_end {
                        ChunkAnswer::OutOfRange(Some(format!("bytes 0-{}/{size}", far_end - 1)))
                    } else if loss == 0 {
                        ChunkAnswer::Lost
                    } else {
                        far_end = chunk.end;
                        if loss == 1 { ChunkAnswer::Lost } else { ChunkAnswer::Accepted }
                    };
                    if machine.on_chunk(&chunk, &answer, PAUSE).is_err() {
                        break;
                    }
                }
                Step::AskStatus => {
                    let code = StatusCode::ProcessingUpload;
                    machine.on_status(&status(code, Some(far_end), &[]), at(0)).unwrap();
                }
                Step::Wait(_) => {}
                Step::Done(_) => {
                    prop_assert_eq!(far_end, size);
                    break;
                }
            }
            prop_assert!(machine.accepted() <= far_end);
        }
    }
}
