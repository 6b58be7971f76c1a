use super::*;

#[test]
fn every_kind_has_its_own_code() {
    let codes: std::collections::HashSet<_> = ErrorKind::ALL.iter().map(|k| k.code()).collect();
    assert_eq!(codes.len(), ErrorKind::ALL.len());
}

#[test]
fn whoever_has_to_act_is_named_in_one_word() {
    let owners = [Owner::User, Owner::App, Owner::TikTok, Owner::Us];
    assert_eq!(owners.map(Owner::as_str), ["user", "app", "tiktok", "toklink"]);
}

#[test]
fn a_fault_of_ours_asks_to_be_reported_and_blames_nobody_else() {
    let error = Error::bug("the unthinkable happened");
    assert_eq!((error.kind(), error.owner(), error.retry()), (ErrorKind::Internal, Owner::Us, Retry::Never));
    assert_eq!(error.message(), "the unthinkable happened; please report it");
}

#[test]
fn a_foreign_text_that_is_no_code_is_not_kept() {
    let error = Error::invalid("x").with_tiktok_code("act.secret token!").with_log_id(Some("a b"));
    assert_eq!(error.tiktok_code(), None);
    assert_eq!(error.log_id(), None);
}

#[test]
fn only_maybe_sent_says_that_it_may_have_been_sent() {
    let error = Error::new(ErrorKind::Unavailable, "no answer");
    assert!(!error.may_have_been_sent());
    assert!(error.with_dispatch(Dispatch::MaybeSent).may_have_been_sent());
}

#[test]
fn words_that_could_be_tokens_are_left_out() {
    assert_eq!(harmless("bad\n token act.abc!1 and  x"), "bad token [redacted] and x");
    assert_eq!(harmless(&"a".repeat(60)), "[redacted]");
    assert_eq!(harmless(" "), "");
}
