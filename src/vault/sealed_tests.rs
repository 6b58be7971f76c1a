//! Tests of the vault with values in the current format and in the dashboard's old format.

use super::*;
use crate::encoding::hex;
use proptest::prelude::*;

const KEY_A: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const KEY_B: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const CLEAR: &str = "act.f4k3Acc3ss!1234.u1";

/// Created with node:crypto: `createCipheriv("aes-256-gcm", key A, 16-byte IV)`, without AAD.
const MADE_BY_NODE: &str = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf:56404573965ce7dac03710fa475a1610:\
                            4bc057927ef9a64582fd7c829e67aca1b07677570b05";

fn vault(keys: &str, accept_legacy: bool) -> Vault {
    Vault::new(KeyRing::parse(keys).unwrap(), accept_legacy)
}

fn context() -> SealContext<'static> {
    SealContext {
        purpose: Purpose::Token,
        client_key: "awtoklinkemu0001",
        tenant: "workspace-1",
        open_id: "-000FakeOpenId",
        field: "access_token",
    }
}

fn context_of((purpose, parts): &(Purpose, [String; 4])) -> SealContext<'_> {
    let [client_key, tenant, open_id, field] = parts;
    SealContext { purpose: *purpose, client_key, tenant, open_id, field }
}

fn refused(vault: &Vault, context: &SealContext<'_>, sealed: &str) -> Reason {
    let error = vault.open(context, sealed).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(!format!("{error:?}").contains(CLEAR));
    error.reason()
}

#[test]
fn encrypted_value_decrypts_for_its_own_row_and_column() {
    let vault = vault(KEY_A, false);
    let sealed = vault.seal(&context(), &CLEAR.into()).unwrap();
    assert!(sealed.starts_with("tk1.k"));
    assert!(!sealed.contains(CLEAR));
    assert_ne!(sealed, vault.seal(&context(), &CLEAR.into()).unwrap());
    assert_eq!(vault.open(&context(), &sealed).unwrap().expose(), CLEAR);
}

#[test]
fn value_of_an_earlier_release_still_decrypts() {
    let sealed = "tk1.k89694bc517d0.yX8XKgc3Gr1gb2gli43ZNaafWcSXqgkBuyf-H-TgQSaKUn2WrAVxJsnq2mgsSwNN8wo";
    assert_eq!(vault(KEY_A, false).open(&context(), sealed).unwrap().expose(), CLEAR);
}

#[test]
fn value_moved_to_another_row_or_column_is_rejected() {
    let vault = vault(KEY_A, true);
    let sealed = vault.seal(&context(), &CLEAR.into()).unwrap();
    for elsewhere in [
        SealContext { purpose: Purpose::Journal, ..context() },
        SealContext { purpose: Purpose::Login, ..context() },
        SealContext { client_key: "awtoklinkemu0002", ..context() },
        SealContext { tenant: "workspace-2", ..context() },
        SealContext { tenant: "", ..context() },
        SealContext { open_id: "-000Other", ..context() },
        SealContext { field: "refresh_token", ..context() },
        SealContext { tenant: "workspace-1-", open_id: "000FakeOpenId", ..context() },
    ] {
        assert_eq!(refused(&vault, &elsewhere, &sealed), Reason::CannotDecrypt);
    }
}

#[test]
fn clear_text_is_always_rejected() {
    let vault = vault(KEY_A, true);
    for clear in ["", CLEAR, "tk1.", "tk1.a", "tk2.a.b", "a:b:c", "::", "TK1.k.AAAA"] {
        assert_eq!(refused(&vault, &context(), clear), Reason::NotEncrypted, "{clear}");
    }
    assert_eq!(refused(&vault, &context(), &"x".repeat(MAX_SEALED + 1)), Reason::NotEncrypted);
}

#[test]
fn dashboard_value_decrypts_when_the_old_format_is_accepted() {
    assert_eq!(vault(KEY_A, true).open(&context(), MADE_BY_NODE).unwrap().expose(), CLEAR);
    let rotated = vault(&format!("new:{KEY_B},old:{KEY_A}"), true);
    assert_eq!(rotated.open(&context(), MADE_BY_NODE).unwrap().expose(), CLEAR);
    assert_eq!(refused(&vault(KEY_A, false), &context(), MADE_BY_NODE), Reason::LegacyFormat);
    assert_eq!(refused(&vault(KEY_B, true), &context(), MADE_BY_NODE), Reason::CannotDecrypt);
}

#[test]
fn old_format_is_accepted_only_for_tokens() {
    for purpose in [Purpose::Login, Purpose::Journal] {
        refused(&vault(KEY_A, true), &SealContext { purpose, ..context() }, MADE_BY_NODE);
    }
}

#[test]
fn changed_value_of_the_old_format_is_rejected() {
    let vault = vault(KEY_A, true);
    for index in 0..MADE_BY_NODE.len() {
        let mut changed = MADE_BY_NODE.as_bytes().to_vec();
        changed[index] = if changed[index] == b'0' { b'1' } else { b'0' };
        refused(&vault, &context(), std::str::from_utf8(&changed).unwrap());
        refused(&vault, &context(), &MADE_BY_NODE[..index]);
    }
}

#[test]
fn reseal_converts_old_keys_and_formats_to_the_current_key() {
    let before = vault(&format!("2026a:{KEY_A}"), false).seal(&context(), &CLEAR.into()).unwrap();
    let vault = vault(&format!("2026b:{KEY_B},2026a:{KEY_A}"), true);
    for old in [before.as_str(), MADE_BY_NODE] {
        let new = vault.reseal(&context(), old).unwrap().unwrap();
        assert!(new.starts_with("tk1.2026b."));
        assert_eq!(vault.open(&context(), &new).unwrap().expose(), CLEAR);
        assert_eq!(vault.reseal(&context(), &new).unwrap(), None);
    }
    assert_eq!(vault.reseal(&context(), CLEAR).unwrap_err().kind(), ErrorKind::Integrity);
}

#[test]
fn value_encrypted_before_its_key_was_named_decrypts() {
    let unnamed = vault(KEY_A, false).seal(&context(), &CLEAR.into()).unwrap();
    let named = vault(&format!("new:{KEY_B},old:{KEY_A}"), false);
    assert_eq!(named.open(&context(), &unnamed).unwrap().expose(), CLEAR);
}

#[test]
fn error_for_a_removed_key_states_the_remedy() {
    let sealed = vault(&format!("old:{KEY_A}"), false).seal(&context(), &CLEAR.into()).unwrap();
    assert_eq!(refused(&vault(KEY_B, false), &context(), &sealed), Reason::KeyNotConfigured);
    refused(&vault(&format!("old:{KEY_B}"), false), &context(), &sealed);
}

/// Splits a value into its prefix and its bytes (nonce, ciphertext and tag).
fn taken_apart(sealed: &str) -> (&str, Vec<u8>) {
    let at = sealed.rfind('.').unwrap() + 1;
    (&sealed[..at], URL_SAFE_NO_PAD.decode(&sealed[at..]).unwrap())
}

#[test]
fn flipped_bit_or_truncation_is_rejected_in_both_formats() {
    let vault = vault(&format!("a:{KEY_A},b:{KEY_B}"), true);
    let sealed = vault.seal(&context(), &CLEAR.into()).unwrap();
    let (head, bytes) = taken_apart(&sealed);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            refused(&vault, &context(), &format!("{head}{}", URL_SAFE_NO_PAD.encode(flipped)));
        }
        refused(&vault, &context(), &format!("{head}{}", URL_SAFE_NO_PAD.encode(&bytes[..at])));
        refused(&vault, &context(), &format!("{head}{}", URL_SAFE_NO_PAD.encode(&bytes[at + 1..])));
    }
    for at in 0..sealed.len() {
        refused(&vault, &context(), &sealed[..at]);
    }
    let old: [Vec<u8>; 3] =
        std::array::from_fn(|part| hex::decode(MADE_BY_NODE.split(':').nth(part).unwrap()).unwrap().to_vec());
    for (part, bytes) in old.iter().enumerate() {
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = old.clone();
                flipped[part][at] ^= 1 << bit;
                refused(&vault, &context(), &flipped.map(|bytes| hex::encode(&bytes)).join(":"));
            }
        }
    }
}

#[test]
fn value_mixed_from_two_values_is_rejected() {
    let vault = vault(&format!("a:{KEY_A}"), false);
    let other = SealContext { field: "refresh_token", ..context() };
    let (one, two) = (
        vault.seal(&context(), &CLEAR.into()).unwrap(),
        vault.seal(&other, &"rft.f4k3Refr3sh!123.u1".into()).unwrap(),
    );
    let ((head, a), (_, b)) = (taken_apart(&one), taken_apart(&two));
    for (from, to) in [(0, NONCE_LEN), (NONCE_LEN, a.len() - 16), (a.len() - 16, a.len())] {
        let mut mixed = a.clone();
        mixed[from..to].copy_from_slice(&b[from..to]);
        let mixed = format!("{head}{}", URL_SAFE_NO_PAD.encode(mixed));
        refused(&vault, &context(), &mixed);
        refused(&vault, &other, &mixed);
    }
}

#[test]
fn value_with_another_key_name_is_rejected() {
    let ring = format!("a:{KEY_A},b:{KEY_B}");
    let vault = vault(&ring, true);
    let sealed = vault.seal(&context(), &CLEAR.into()).unwrap();
    for name in ["b", "c", ""] {
        refused(&vault, &context(), &sealed.replacen("tk1.a.", &format!("tk1.{name}."), 1));
    }
}

#[test]
fn encrypted_value_contains_the_name_of_its_key() {
    let unnamed = vault(KEY_A, false).seal(&context(), &CLEAR.into()).unwrap();
    let sealed = vault(&format!("gone:{KEY_B}"), false).seal(&context(), &CLEAR.into()).unwrap();
    let vault = vault(&format!("named:{KEY_A}"), true);
    assert_eq!(vault.key_of(&unnamed), Some("named"));
    assert_eq!(vault.key_of(&sealed), Some("gone"));
    assert_eq!(vault.key_of(MADE_BY_NODE), None);
    assert_eq!(vault.kids().collect::<Vec<_>>(), ["named"]);
}

#[test]
fn text_above_the_length_limit_is_rejected() {
    let long = Secret::new("x".repeat(MAX_CLEAR + 1));
    assert_eq!(vault(KEY_A, false).seal(&context(), &long).unwrap_err().kind(), ErrorKind::InvalidInput);
    let longest = Secret::new("x".repeat(MAX_CLEAR));
    let sealed = vault(KEY_A, false).seal(&context(), &longest).unwrap();
    assert!(vault(KEY_A, false).open(&context(), &sealed).unwrap() == longest);
}

#[test]
fn debug_output_of_a_vault_contains_no_key() {
    assert_eq!(
        format!("{:?}", vault(&format!("a:{KEY_A}"), true)),
        "Vault { kids: [\"a\"], accept_legacy: true, .. }"
    );
}

proptest! {
    #[test]
    fn any_text_round_trips_through_encryption(clear in ".{0,200}", tenant in ".{0,20}", open_id in ".{0,20}") {
        let (vault, context) = (vault(KEY_A, false), SealContext { tenant: &tenant, open_id: &open_id, ..context() });
        let sealed = vault.seal(&context, &clear.as_str().into()).unwrap();
        let opened = vault.open(&context, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), clear.as_str());
    }

    /// Compares two contexts that use the same names in any arrangement, such as swapped columns, rows, tenants or
    /// apps.
    #[test]
    fn value_decrypts_only_for_its_own_row_and_column(
        a in prop::array::uniform4("[ab|]{0,2}"), b in prop::array::uniform4("[ab|]{0,2}"),
        purposes in prop::array::uniform2(0_usize..3),
    ) {
        let vault = vault(&format!("a:{KEY_A},b:{KEY_B}"), true);
        let all = [Purpose::Token, Purpose::Login, Purpose::Journal];
        let (here, there) = ((all[purposes[0]], a), (all[purposes[1]], b));
        let sealed = vault.seal(&context_of(&here), &CLEAR.into()).unwrap();
        let opened = vault.open(&context_of(&there), &sealed).map_err(|error| error.kind());
        if here == there {
            prop_assert!(opened.is_ok());
        } else {
            prop_assert_eq!(opened.err(), Some(ErrorKind::Integrity));
        }
    }

    /// Checks a value in any context that was encrypted with a key that is no longer in the key ring.
    #[test]
    fn value_encrypted_with_a_removed_key_is_always_rejected(parts in prop::array::uniform4("[a-c]{0,3}"), legacy in any::<bool>()) {
        let names = (Purpose::Token, parts);
        let sealed = vault(&format!("old:{KEY_A}"), false).seal(&context_of(&names), &CLEAR.into()).unwrap();
        for ring in [format!("new:{KEY_B}"), format!("old:{KEY_B}")] {
            refused(&vault(&ring, legacy), &context_of(&names), &sealed);
        }
    }

    #[test]
    fn value_with_one_changed_character_is_always_rejected(at in any::<prop::sample::Index>(), to in "[a-zA-Z0-9_.:=-]") {
        let vault = vault(&format!("a:{KEY_A},b:{KEY_B}"), true);
        let sealed = vault.seal(&context(), &CLEAR.into()).unwrap();
        let at = at.index(sealed.len());
        let changed = format!("{}{to}{}", &sealed[..at], &sealed[at + 1..]);
        prop_assume!(changed != sealed);
        refused(&vault, &context(), &changed);
    }

    #[test]
    fn truncated_value_is_always_rejected(at in any::<prop::sample::Index>()) {
        let vault = vault(KEY_A, true);
        let sealed = vault.seal(&context(), &CLEAR.into()).unwrap();
        refused(&vault, &context(), &sealed[..at.index(sealed.len())]);
    }

    #[test]
    fn different_contexts_have_different_authenticated_data(
        a in prop::array::uniform4("[ab\u{0}]{0,3}"), b in prop::array::uniform4("[ab\u{0}]{0,3}"),
    ) {
        let of = |p: &[String; 4]| SealContext {
            purpose: Purpose::Token, client_key: &p[0], tenant: &p[1], open_id: &p[2], field: &p[3],
        }.aad();
        prop_assert_eq!(a == b, of(&a) == of(&b));
    }

    #[test]
    fn arbitrary_text_never_decrypts_or_causes_a_panic(text in "\\PC{0,80}") {
        refused(&vault(KEY_A, true), &context(), &text);
    }
}

#[test]
fn decrypted_bytes_that_are_not_utf8_are_rejected() {
    assert_eq!(Secret::from_utf8(b"act.1".to_vec()).unwrap().expose(), "act.1");
    assert!(Secret::from_utf8(vec![b'a', 0xff]).is_none());
}
