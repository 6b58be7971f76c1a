//! Cleans and validates the text of one setting. Messages never contain the value, because it may be a secret.

use url::Url;

/// Removes white space, then one pair of matching quotes and the white space inside them. `docker --env-file` and
/// systemd keep the quotes that a shell removes, and a secret read from a file often ends with a line break.
pub(super) fn clean(text: &str) -> &str {
    let text = text.trim();
    let unquoted = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    unquoted('"').or_else(|| unquoted('\'')).map_or(text, str::trim)
}

/// Describes the first character in `text` that cannot occur in a correct TikTok key or secret.
pub(super) fn foreign_to_a_secret(text: &str) -> Option<&'static str> {
    foreign_to_a_url(text).or_else(|| {
        (!text.is_ascii()).then_some("a character other than ASCII letters, digits and punctuation")
    })
}

/// Describes the first character in `text` that cannot occur in a URL. A URL parser removes line breaks and encodes
/// quotes, so the URL that is sent would differ from the registered one.
pub(super) fn foreign_to_a_url(text: &str) -> Option<&'static str> {
    text.chars().find_map(|c| match c {
        '"'
        | '\''
        | '`'
        | '\u{ab}'
        | '\u{bb}'
        | '\u{2018}'..='\u{201f}'
        | '\u{2039}'
        | '\u{203a}'
        | '\u{ff02}' => Some("a quote"),
        '\r' | '\n' => Some("a line break"),
        '\u{fffd}' => Some("bytes that are not UTF-8"),
        _ if c.is_whitespace() => Some("a space"),
        _ if c.is_control() || is_invisible(c) => Some("an invisible character"),
        _ => None,
    })
}

/// Returns true for an invisible character: a soft hyphen, a joiner, or a directional mark in text copied from a web
/// page or a file manager.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Returns the reason why `text` is not the URL of a web page. The text is sent unchanged, so it must be valid without
/// the corrections that a URL parser makes.
pub(super) fn web_address_fault(text: &str) -> Option<String> {
    if let Some(fault) = foreign_to_a_url(text) {
        return Some(format!("contains {fault}"));
    }
    if text.contains(['<', '>', '{', '}', '|', '\\', '^']) {
        return Some("contains a character that must be encoded in a URL".to_owned());
    }
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "https" | "http") || !has_two_slashes(text) => {
            Some("does not start with https:// or http://".to_owned())
        }
        Ok(url) if has_user(&url) => Some("contains a user name or a password".to_owned()),
        Ok(_) => None,
        Err(_) => Some("is not a URL".to_owned()),
    }
}

/// Returns true when exactly two slashes precede the host. A URL parser accepts any number of them.
fn has_two_slashes(text: &str) -> bool {
    let after = text.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//"));
    after.is_some_and(|host| !host.starts_with('/'))
}

pub(super) fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}
