//! The text of one setting: what is removed around it, and what must not be in it. No message quotes a value: it may be a
//! secret.

use url::Url;

/// Removes white space, then one pair of matching quotes and the white space inside it: `docker --env-file` and systemd keep
/// what a shell removes, and a secret read from a file ends with a line break.
pub(super) fn clean(text: &str) -> &str {
    let text = text.trim();
    let unquoted = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    unquoted('"').or_else(|| unquoted('\'')).map_or(text, str::trim)
}

/// Returns the first thing in `text` that TikTok's secrets never have.
pub(super) fn foreign_to_a_secret(text: &str) -> Option<&'static str> {
    foreign_to_a_url(text).or_else(|| {
        (!text.is_ascii()).then_some("a character other than letters, digits and punctuation of ASCII")
    })
}

/// Returns the first thing in `text` that no URL has. A URL parser removes line breaks and encodes quotes, and so would send
/// another address than the one that is registered.
pub(super) fn foreign_to_a_url(text: &str) -> Option<&'static str> {
    text.chars().find_map(|c| match c {
        '"' | '\'' | '`' | '\u{2018}'..='\u{201f}' => Some("a quote"),
        '\r' | '\n' => Some("a line break"),
        '\u{fffd}' => Some("bytes that are not UTF-8"),
        _ if c.is_whitespace() => Some("a space"),
        _ if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}') => {
            Some("an invisible character")
        }
        _ => None,
    })
}

/// Returns why `text` is not the address of a page.
pub(super) fn web_address_fault(text: &str) -> Option<String> {
    if let Some(fault) = foreign_to_a_url(text) {
        return Some(format!("contains {fault}"));
    }
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "https" | "http") => {
            Some("does not start with https:// or http://".to_owned())
        }
        Ok(url) if has_user(&url) => Some("contains a user or a password".to_owned()),
        Ok(_) => None,
        Err(_) => Some("is not a URL".to_owned()),
    }
}

pub(super) fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}
