//! Recognizes the formats in which a store may contain a token, and re-encrypts tokens.

use super::Client;
use super::reseal_options::{ResealFormat, ResealOptions};
use crate::error::{Error, ErrorKind, Reason, Result};
use crate::model::AccountKey;
use crate::secret::Secret;
use crate::session::{ACCESS_TOKEN, REFRESH_TOKEN, seal_context};
use crate::store::{AccountRow, SealedTokens};
use crate::vault::{Purpose, Vault};

/// The minimum and maximum length, in bytes, of text that is recognized as a plaintext token. The tokens in TikTok's
/// examples have about 20 to 80 bytes.
const CLEAR_LENGTH: std::ops::RangeInclusive<usize> = 8..=4096;

/// The format of one stored value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form<'a> {
    /// Encrypted with this key.
    Under(&'a str),
    /// The dashboard's old format, which does not name its key.
    Legacy,
    ClearText,
    /// None of the above: damaged, or never a token.
    Unknown,
}

impl<'a> Form<'a> {
    pub(super) fn of_pair(vault: &'a Vault, pair: &'a SealedTokens) -> Vec<Self> {
        let access = (ACCESS_TOKEN, Some(pair.access.as_str()));
        let refresh = (REFRESH_TOKEN, pair.refresh.as_deref());
        let present = |(field, text): (&str, Option<&'a str>)| Some((field == ACCESS_TOKEN, text?));
        [access, refresh]
            .into_iter()
            .filter_map(present)
            .map(|(access, text)| Self::of(vault, if access { ACCESS_TOKEN } else { REFRESH_TOKEN }, text))
            .collect()
    }

    fn of(vault: &'a Vault, field: &str, text: &'a str) -> Self {
        match vault.key_of(text) {
            Some(kid) => Self::Under(kid),
            None if Vault::is_legacy(text) => Self::Legacy,
            None if is_clear_token(field, text) => Self::ClearText,
            None => Self::Unknown,
        }
    }

    pub(super) fn key(&self) -> Option<&'a str> {
        match self {
            Self::Under(kid) => Some(kid),
            _ => None,
        }
    }
}

/// Returns true for a plaintext TikTok token: `act.` or `rft.` (docs/tiktok-api.md 1), depending on the column, then
/// printable ASCII without the separator of the old format. No encrypted value starts with these prefixes, even if it
/// is damaged.
fn is_clear_token(field: &str, text: &str) -> bool {
    let prefix = if field == ACCESS_TOKEN { "act." } else { "rft." };
    CLEAR_LENGTH.contains(&text.len())
        && text.strip_prefix(prefix).is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
        })
}

impl Client {
    /// Returns the row's token pair in the requested format, or `None` when both tokens already are in that format.
    pub(super) fn resealed_pair(
        &self,
        row: &AccountRow,
        options: &ResealOptions,
    ) -> Result<Option<SealedTokens>> {
        let access = self.resealed_value(&row.key, ACCESS_TOKEN, &row.access_token_sealed, options)?;
        // Some tables store an empty string when there is no refresh token.
        let blank = row.refresh_token_sealed.as_deref() == Some("");
        let stored = row.refresh_token_sealed.as_deref().filter(|stored| !stored.is_empty());
        let refresh = match stored {
            Some(stored) => self.resealed_value(&row.key, REFRESH_TOKEN, stored, options)?,
            None => None,
        };
        if access.is_none() && refresh.is_none() && !blank {
            return Ok(None);
        }
        Ok(Some(SealedTokens {
            access: access.unwrap_or_else(|| row.access_token_sealed.clone()),
            refresh: refresh.or_else(|| stored.map(str::to_owned)),
        }))
    }

    fn resealed_value(
        &self,
        key: &AccountKey,
        field: &str,
        stored: &str,
        options: &ResealOptions,
    ) -> Result<Option<String>> {
        let config = &self.shared.config;
        let (vault, context) = (&config.vault, seal_context(Purpose::Token, &config.client_key, key, field));
        if is_clear_token(field, stored) {
            if !options.accept_clear_text {
                return Err(clear_text());
            }
            let clear = Secret::from(stored);
            return match options.format {
                ResealFormat::Current => vault.seal(&context, &clear),
                ResealFormat::Legacy => vault.seal_legacy(&clear),
            }
            .map(Some);
        }
        match options.format {
            ResealFormat::Current => vault.reseal(&context, stored),
            ResealFormat::Legacy => vault.to_legacy(&context, stored),
        }
    }
}

fn clear_text() -> Error {
    Error::new(
        ErrorKind::Integrity,
        "a token is stored in clear text, which toklink does not use; encrypt it with a reseal that sets accept_clear_text \
         (toklink reseal --accept-clear-text)",
    ).with_reason(Reason::NotEncrypted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plaintext_is_recognized_by_prefix_column_and_alphabet() {
        for (field, text) in [
            (ACCESS_TOKEN, "act.f4k3Acc3ss!1234.u1"),
            (REFRESH_TOKEN, "rft.f4k3*R3fr3sh!1234.u1"),
            (ACCESS_TOKEN, "act.a-_~+/=b"),
        ] {
            assert!(is_clear_token(field, text), "{text}");
        }
        let long = format!("act.{}", "a".repeat(4096));
        for (field, text) in [
            (REFRESH_TOKEN, "act.f4k3Acc3ss!1234.u1"),
            (ACCESS_TOKEN, "rft.f4k3R3fr3sh!1234.u1"),
            (ACCESS_TOKEN, "act."),
            (ACCESS_TOKEN, "act.abc"),
            (ACCESS_TOKEN, "act.f4k3 Acc3ss!1234"),
            (ACCESS_TOKEN, "act.f4k3\u{e9}Acc3ss"),
            (ACCESS_TOKEN, "act.0a0b:0c0d:0e0f"),
            (ACCESS_TOKEN, " act.f4k3Acc3ss!1234"),
            (ACCESS_TOKEN, "ACT.f4k3Acc3ss!1234"),
            (ACCESS_TOKEN, "tk1.key.AAAAAAAAAAAA"),
            (ACCESS_TOKEN, "clt.f4k3Acc3ss!1234"),
            (ACCESS_TOKEN, ""),
            (ACCESS_TOKEN, long.as_str()),
        ] {
            assert!(!is_clear_token(field, text), "{text}");
        }
    }
}
