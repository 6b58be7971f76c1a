use super::*;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "test_client_secret";
const KEY: &str = "awtestkey1234567";
const AT: i64 = 1_700_000_000;
/// The test vector of docs/tiktok-api.md 6.
const BODY: &str = r#"{"client_key":"awtestkey1234567","event":"authorization.removed","create_time":1700000000,"user_openid":"-000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","content":"{\"reason\":1}"}"#;
const HEADER: &str = "t=1700000000,s=1dfbc1aedfda9c3c04325093faec440cd51f6d013dd27d798c4a564a78e6fd44";

fn sign(secret: &str, time: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    let digits = mac.finalize().into_bytes().iter().flat_map(|b| [b >> 4, b & 15]).collect::<Vec<_>>();
    let hex: String = digits.iter().map(|&d| char::from_digit(d.into(), 16).unwrap()).collect();
    format!("t={time},s={hex}")
}

fn check(header: &str, body: &[u8], at: i64) -> Result<WebhookEvent> {
    verify(header, body, KEY, &[&Secret::new(SECRET)], TOLERANCE, Timestamp::from_secs(at))
}

fn signed(body: &Value) -> Result<WebhookEvent> {
    let body = body.to_string();
    check(&sign(SECRET, "1700000000", body.as_bytes()), body.as_bytes(), AT)
}

fn event(name: &str, content: &Value) -> Value {
    json!({
        "client_key": KEY, "event": name, "create_time": AT, "user_openid": "-000u", "content": content.to_string(),
    })
}

#[test]
fn documented_signature_vector_is_accepted() {
    let event = check(HEADER, BODY.as_bytes(), AT).unwrap();
    assert_eq!(event.account_id.as_deref(), Some("-000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert_eq!(event.created_at, Timestamp::from_secs(AT));
    assert_eq!(event.update, WebhookUpdate::AuthorizationRemoved { reason: Removal::ByUser });
    let upper = HEADER.replacen("1dfbc1", "1DFBC1", 1);
    assert!(check(&format!(" {upper} , v=2"), BODY.as_bytes(), AT).is_ok());
}

#[test]
fn header_with_two_times_or_many_signatures_is_rejected() {
    let one = &HEADER["t=1700000000,".len()..];
    let many = vec![one; 17].join(",");
    for header in [format!("t=1700000000,{HEADER}"), format!("t=1700000000,{many}")] {
        assert_eq!(check(&header, BODY.as_bytes(), AT).unwrap_err().kind(), ErrorKind::Integrity, "{header}");
    }
}

#[test]
fn content_that_is_a_json_object_is_parsed_directly() {
    let mut body = event("authorization.removed", &json!(null));
    body["content"] = json!({ "reason": 4 });
    assert_eq!(
        signed(&body).unwrap().update,
        WebhookUpdate::AuthorizationRemoved { reason: Removal::Banned }
    );
}

#[test]
fn webhook_is_valid_within_five_minutes_of_its_signature() {
    for (at, good) in [(AT + 300, true), (AT + 301, false), (AT - 300, true), (AT - 301, false)] {
        let checked = check(HEADER, BODY.as_bytes(), at);
        assert_eq!(checked.is_ok(), good, "{at}");
        assert!(checked.map_or_else(|e| e.kind() == ErrorKind::Integrity, |_| true));
    }
}

#[test]
fn current_and_previous_secrets_are_accepted_unless_empty() {
    let (old, new, empty) = (Secret::new(SECRET), Secret::new("next"), Secret::new(""));
    let at = Timestamp::from_secs(AT);
    let with = |secrets: &[&Secret], header: &str| {
        verify(header, BODY.as_bytes(), KEY, secrets, TOLERANCE, at).is_ok()
    };
    assert!(with(&[&new, &old], HEADER) && with(&[&old, &new], HEADER));
    assert!(!with(&[&new], HEADER) && !with(&[], HEADER));
    assert!(!with(&[&empty], &sign("", "1700000000", BODY.as_bytes())));
}

#[test]
fn webhook_for_another_app_is_rejected() {
    let at = Timestamp::from_secs(AT);
    let error = verify(HEADER, BODY.as_bytes(), "awanother0000001", &[&Secret::new(SECRET)], TOLERANCE, at)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
}

#[test]
fn oversized_body_is_rejected_before_the_signature_check() {
    let body = vec![b' '; MAX_BODY_BYTES + 1];
    assert_eq!(check("", &body, AT).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn every_documented_event_is_typed_with_exact_ids() {
    let big = 7_590_547_243_062_919_890_u64;
    let post = |id: Value| json!({"publish_id": "v_pub_file~v2-1.1", "publish_type": "DIRECT_PUBLISH", "post_id": id});
    for id in [json!(big), json!(big.to_string())] {
        for name in ["publicly_available", "no_longer_publicaly_available", "no_longer_publicly_available"] {
            let update = signed(&event(&format!("post.publish.{name}"), &post(id.clone()))).unwrap().update;
            let shown = serde_json::to_value(&update).unwrap();
            assert_eq!(
                (&shown["postId"], &shown["publishId"]),
                (&json!(big.to_string()), &json!("v_pub_file~v2-1.1"))
            );
            assert!(shown["event"] == "post.publish.publicly_available" || name.starts_with("no_longer"));
        }
    }
    for (name, content, expected) in [
        (
            "post.publish.failed",
            json!({"publish_id": "p", "reason": "spam_risk", "publish_type": "DIRECT_POST"}),
            "reason",
        ),
        ("post.publish.complete", json!({"publish_id": "p", "publish_type": "INBOX_SHARE"}), "publishType"),
        (
            "post.publish.inbox_delivered",
            json!({"publish_id": "p", "publish_type": "INBOX_SHARE"}),
            "publishId",
        ),
        ("video.upload.failed", json!({"share_id": "s"}), "shareId"),
        ("video.publish.completed", json!({"share_id": "s"}), "shareId"),
        ("portability.download.ready", json!({"request_id": big}), "requestId"),
        ("authorization.removed", json!({"reason": 4}), "reason"),
    ] {
        let shown = serde_json::to_value(signed(&event(name, &content)).unwrap()).unwrap();
        assert_eq!(shown["event"], name);
        assert!(shown[expected].is_string(), "{shown}");
        assert_eq!(shown["accountId"], "-000u");
        let read: WebhookEvent = serde_json::from_value(shown.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), shown, "the event round-trips through JSON");
    }
}

#[test]
fn event_of_an_unknown_type_is_not_an_error() {
    let update = signed(&event("post.publish.pinned", &json!({"x": 1}))).unwrap().update;
    assert_eq!(update, WebhookUpdate::Unknown { name: "post.publish.pinned".into() });
    let update = signed(&event("authorization.removed", &json!({"reason": 99}))).unwrap().update;
    assert_eq!(update, WebhookUpdate::AuthorizationRemoved { reason: Removal::Unknown });
}

#[test]
fn undocumented_values_are_read_only_when_unambiguous() {
    let public = |post_id: Value, kind: Value| {
        let content = json!({ "publish_id": "v_pub.1", "post_id": post_id, "publish_type": kind });
        signed(&event("post.publish.publicly_available", &content)).map(|event| event.update)
    };
    let read = |post_id: Value| match public(post_id, json!("SOMETHING_NEW")).unwrap() {
        WebhookUpdate::PubliclyAvailable { post_id, publish_type: PublishKind::Unknown, .. } => post_id,
        other => panic!("{other:?}"),
    };
    assert_eq!(read(json!(7_590_547_243_062_919_890_u64)), "7590547243062919890");
    assert_eq!(read(json!("7590547243062919890")), "7590547243062919890");
    let name = "post.publish.publicly_available".to_owned();
    for none in [json!(null), json!(""), json!(1.5), json!([1])] {
        let unknown = WebhookUpdate::Unknown { name: name.clone() };
        assert_eq!(public(none, json!("DIRECT_PUBLISH")).unwrap(), unknown);
    }
    for (reason, removal) in [
        (json!("2"), Removal::AccountDeleted),
        (json!(3), Removal::AgeChanged),
        (json!(4), Removal::Banned),
        (json!(5), Removal::ByDeveloper),
        (json!(99), Removal::Unknown),
        (json!({}), Removal::Unknown),
    ] {
        let event = signed(&event("authorization.removed", &json!({ "reason": reason }))).unwrap();
        assert_eq!(event.update.publish_id(), None);
        assert_eq!(event.update, WebhookUpdate::AuthorizationRemoved { reason: removal });
    }
    let nameless = json!({ "publish_id": "", "publish_type": "INBOX_SHARE" });
    let unknown = WebhookUpdate::Unknown { name: "post.publish.complete".into() };
    assert_eq!(signed(&event("post.publish.complete", &nameless)).unwrap().update, unknown);
}

#[test]
fn portal_test_event_with_text_content_is_unknown() {
    for name in ["tiktok.ping", "post.publish.complete", "portability.download.ready", "video.upload.failed"]
    {
        for content in [json!("test webhook"), json!("{"), json!(""), json!(7), json!(null), json!([])] {
            let mut body = event(name, &json!({}));
            body["content"] = content;
            let read = signed(&body).unwrap();
            assert_eq!(read.update, WebhookUpdate::Unknown { name: name.to_owned() }, "{body}");
            assert_eq!((read.client_key.as_str(), read.account_id.as_deref()), (KEY, Some("-000u")));
        }
    }
}

#[test]
fn signed_body_with_a_missing_or_invalid_field_is_accepted() {
    let documented = event("post.publish.complete", &json!({ "publish_id": "p" }));
    for field in ["client_key", "event"] {
        for odd in [json!(null), json!(""), json!(7), json!({}), json!([])] {
            let mut body = documented.clone();
            body[field] = odd;
            let read = signed(&body).unwrap();
            assert!(matches!(read.update, WebhookUpdate::Unknown { .. }), "{body}");
            assert_eq!(read.client_key, KEY);
        }
    }
    for odd in [json!(null), json!("soon"), json!(1.5), json!(i64::MAX)] {
        let mut body = documented.clone();
        body["create_time"] = odd.clone();
        body["user_openid"] = odd;
        let read = signed(&body).unwrap();
        assert_eq!(
            (read.created_at, read.update.publish_id()),
            (Timestamp::from_secs(AT), Some("p")),
            "{body}"
        );
    }
}

#[test]
fn signed_body_that_is_not_a_json_object_is_unknown() {
    for body in [&b""[..], b"test", b"[]", b"7", b"{", &[0xff, 0xfe]] {
        let read = check(&sign(SECRET, "1700000000", body), body, AT).unwrap();
        assert_eq!(read.update, WebhookUpdate::Unknown { name: String::new() });
        assert_eq!((read.created_at, read.account_id), (Timestamp::from_secs(AT), None));
    }
}

#[test]
fn authorization_removal_without_a_valid_time_is_unknown() {
    for (time, known) in [(json!(AT), true), (json!(AT.to_string()), true), (json!(null), false)] {
        let mut body = event("authorization.removed", &json!({}));
        body["create_time"] = time;
        body["content"] = json!("plain text");
        let removed = WebhookUpdate::AuthorizationRemoved { reason: Removal::Unknown };
        assert_eq!(signed(&body).unwrap().update == removed, known, "{body}");
    }
}

#[test]
fn dedupe_key_differs_when_object_contents_differ() {
    let key = |publish_id: &str| {
        let mut body = event("post.publish.complete", &json!({}));
        body["content"] = json!({ "publish_id": publish_id });
        signed(&body).unwrap().dedupe_key
    };
    assert_eq!(key("p"), key("p"));
    assert_ne!(key("p"), key("q"));
}

#[test]
fn dedupe_key_is_equal_only_for_the_same_event() {
    let first = event("post.publish.complete", &json!({"publish_id": "p"}));
    let other = event("post.publish.complete", &json!({"publish_id": "q"}));
    let key = signed(&first).unwrap().dedupe_key;
    let body = first.to_string();
    let again = check(&sign(SECRET, "1700000200", body.as_bytes()), body.as_bytes(), AT + 200).unwrap();
    assert_eq!(key, again.dedupe_key);
    assert_ne!(key, signed(&other).unwrap().dedupe_key);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_header_never_verifies_or_causes_a_panic(header in ".{0,600}", body in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(check(&header, &body, AT).is_err());
    }

    #[test]
    fn well_formed_random_header_never_verifies(t in any::<u64>(), s in "[0-9a-fA-F]{60,68}") {
        let header = format!("t={t},s={s}");
        prop_assert!(check(&header, BODY.as_bytes(), AT).is_err());
    }

    #[test]
    fn body_with_one_changed_byte_is_rejected(at in 0..BODY.len(), bit in 0..8_u8) {
        let mut body = BODY.as_bytes().to_vec();
        body[at] ^= 1 << bit;
        prop_assert_eq!(check(HEADER, &body, AT).unwrap_err().kind(), ErrorKind::Integrity);
    }

    #[test]
    fn header_with_one_changed_character_is_rejected(at in 2..HEADER.len(), to in "[ -~]") {
        let mut header = HEADER.to_owned();
        header.replace_range(at..=at, &to);
        prop_assume!(!header.eq_ignore_ascii_case(HEADER));
        prop_assert!(check(&header, BODY.as_bytes(), AT).is_err());
    }

    #[test]
    fn signed_bytes_always_become_an_event(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(check(&sign(SECRET, "1700000000", &body), &body, AT).is_ok());
    }

    #[test]
    fn signed_content_always_becomes_an_event(name in "[a-z._]{0,40}", content in ".{0,80}", time in any::<i64>()) {
        let body = json!({"client_key": KEY, "event": name, "create_time": time, "content": content}).to_string();
        prop_assert!(check(&sign(SECRET, "1700000000", body.as_bytes()), body.as_bytes(), AT).is_ok());
    }
}

#[test]
fn authorization_removal_with_a_time_out_of_range_is_unknown() {
    for beyond in [253_402_300_800, i64::MAX, -62_167_219_201] {
        let mut body = event("authorization.removed", &json!({ "reason": 1 }));
        body["create_time"] = beyond.into();
        let unknown = WebhookUpdate::Unknown { name: "authorization.removed".into() };
        assert_eq!(signed(&body).unwrap().update, unknown, "{beyond}");
    }
}

#[test]
fn webhook_text_with_a_nul_character_counts_as_absent() {
    let mut removed = event("authorization.removed", &json!({ "reason": 1 }));
    removed["user_openid"] = json!("-000\u{0}u");
    assert_eq!(signed(&removed).unwrap().account_id, None);
    let id = json!({ "publish_id": "v_pub\u{0}", "publish_type": "DIRECT_PUBLISH" });
    let unknown = WebhookUpdate::Unknown { name: "post.publish.complete".into() };
    assert_eq!(signed(&event("post.publish.complete", &id)).unwrap().update, unknown);
    let failed = event("post.publish.failed", &json!({ "publish_id": "v_pub", "reason": "odd\u{0}" }));
    let WebhookUpdate::PublishFailed { reason, .. } = signed(&failed).unwrap().update else {
        panic!("{failed}")
    };
    assert_eq!(reason, "unknown");
}
