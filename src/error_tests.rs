use super::*;

#[test]
fn repeated_secrets_leave_the_texts_of_an_error() {
    let secret = "k9Xq-two words-7fPz";
    for said in ["bad secret k9Xq-two words-7fPz.", "bad secret 'words-7fPz'", "got <xxk9Xq-twoxx> instead"] {
        let error = Error::invalid(said).with_tiktok_code("invalid-words-7fPz").with_log_id(Some("2026"));
        let error = error.without(&[secret]);
        assert!(error.message().contains("[redacted]"), "{error:?}");
        assert!(!error.message().contains("7fPz") && !error.message().contains("k9Xq"), "{error:?}");
        assert_eq!((error.tiktok_code(), error.log_id()), (None, Some("2026")));
    }
    let other = Error::invalid("the redirect URI is not registered").without(&[secret, "URI"]);
    assert_eq!(other.message(), "the redirect URI is not registered");
}

#[test]
fn every_kind_has_a_unique_code() {
    let codes: std::collections::HashSet<_> = ErrorKind::ALL.iter().map(|k| k.code()).collect();
    assert_eq!(codes.len(), ErrorKind::ALL.len());
}

#[test]
fn every_owner_is_spelled_as_one_lower_case_word() {
    let owners = [Owner::User, Owner::App, Owner::TikTok, Owner::Toklink];
    assert_eq!(owners.map(Owner::as_str), ["user", "app", "tiktok", "toklink"]);
}

#[test]
fn internal_error_asks_for_a_report_and_is_owned_by_toklink() {
    let error = Error::bug("the unthinkable happened");
    assert_eq!(
        (error.kind(), error.owner(), error.retry()),
        (ErrorKind::Internal, Owner::Toklink, Retry::Never)
    );
    assert_eq!(error.message(), "the unthinkable happened; please report it");
}

#[test]
fn malformed_tiktok_code_and_log_id_are_discarded() {
    let error = Error::invalid("x").with_tiktok_code("act.secret token!").with_log_id(Some("a b"));
    assert_eq!(error.tiktok_code(), None);
    assert_eq!(error.log_id(), None);
}

#[test]
fn may_have_been_sent_is_true_only_for_maybe_sent() {
    let error = Error::new(ErrorKind::Unavailable, "no answer");
    assert!(!error.may_have_been_sent());
    assert!(error.with_dispatch(Dispatch::MaybeSent).may_have_been_sent());
}

#[test]
fn text_that_looks_like_a_token_is_redacted() {
    assert_eq!(harmless("bad\n token act.abc!1 and  x"), "bad token [redacted] and x");
    assert_eq!(harmless(&"a".repeat(60)), "[redacted]");
    assert_eq!(harmless(" "), "");
}
