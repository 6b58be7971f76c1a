//! Builds captions with hashtags and mentions. Rejects text that TikTok would truncate or not turn into a link
//! (docs/tiktok-api.md 5.3).

use super::post::with_line_feeds;
use crate::error::{Error, Owner, Reason, Result};
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Builder for a caption. TikTok only links a `#tag` or `@handle` between spaces or line ends, so the builder inserts
/// spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caption {
    text: String,
    /// True when the last part is a hashtag or a mention.
    open: bool,
}

impl Caption {
    /// Creates an empty caption.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds plain text. A line break counts as one character and is sent as `
    /// `, even if the text contains `\r
    /// ` or `\r`.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        // Text directly after a tag would become part of it.
        if self.open && !text.starts_with(char::is_whitespace) {
            self.part();
        }
        self.open = false;
        self.text.push_str(text);
        self
    }

    /// Adds a hashtag, with or without its `#` or full-width `＃`.
    ///
    /// The text after the `#` must consist of letters of any script with their combining marks, decimal digits and `_`.
    /// It must not start with a combining mark.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when the tag is empty or contains any other character (spaces, punctuation,
    /// symbols, emoji, zero-width characters, another `#`). The message names the first invalid character and its
    /// position.
    pub fn hashtag(mut self, tag: &str) -> Result<Self> {
        let name = tag.strip_prefix(['#', '\u{ff03}']).unwrap_or(tag);
        if name.is_empty() {
            return refuse("the hashtag is empty; use letters, digits or _");
        }
        if let Some((at, c)) = name.chars().enumerate().find(|(at, c)| !in_hashtag(*c, *at == 0)) {
            return refuse(&format!(
                "a hashtag can only contain letters, digits and _; remove U+{:04X} at position {}",
                u32::from(c),
                at + 1
            ));
        }
        self.part();
        self.text.push('#');
        self.text.push_str(name);
        self.open = true;
        Ok(self)
    }

    /// Adds a mention of a username, with or without its `@`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when `handle` is not a valid username.
    pub fn mention(mut self, handle: &str) -> Result<Self> {
        let name = handle.strip_prefix('@').unwrap_or(handle);
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
        if name.is_empty() || name.ends_with('.') || !name.bytes().all(fits) {
            return refuse("a handle can only contain letters, digits, _ and ., and cannot end with a .");
        }
        self.part();
        self.text.push('@');
        self.text.push_str(name);
        self.open = true;
        Ok(self)
    }

    /// Returns the length in UTF-16 code units, which TikTok counts.
    #[must_use]
    pub fn utf16_units(&self) -> usize {
        with_line_feeds(&self.text).encode_utf16().count()
    }

    /// Returns the caption, which may have at most `most` UTF-16 code units. A caption is never truncated.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when the caption is longer.
    pub fn build(self, most: usize) -> Result<String> {
        let units = self.utf16_units();
        if units > most {
            return refuse(&format!(
                "the caption has {units} UTF-16 code units, but at most {most} are allowed; shorten it by {}",
                units - most
            ))
            .map_err(|error| error.with_reason(Reason::TitleTooLong));
        }
        Ok(with_line_feeds(&self.text).into_owned())
    }

    fn part(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(char::is_whitespace) {
            self.text.push(' ');
        }
    }
}

/// Returns true when `c` may appear in a hashtag. A combining mark must follow a letter. Invisible characters, such as
/// zero-width joiners and variation selectors, are rejected because they would make two different tags look alike.
fn in_hashtag(c: char, is_first: bool) -> bool {
    use GeneralCategory::{
        DecimalNumber, LowercaseLetter, ModifierLetter, NonspacingMark, OtherLetter, SpacingMark,
        TitlecaseLetter, UppercaseLetter,
    };
    if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) {
        return false;
    }
    match CodePointMapData::<GeneralCategory>::new().get(c) {
        UppercaseLetter | LowercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter
        | DecimalNumber => true,
        NonspacingMark | SpacingMark => !is_first,
        _ => c == '_',
    }
}

fn refuse<T>(message: &str) -> Result<T> {
    Err(Error::invalid(message).with_owner(Owner::User))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_and_mentions_are_separated_by_spaces() {
        let caption =
            Caption::new().text("Morning run").hashtag("running").unwrap().mention("@ana.makes").unwrap();
        assert_eq!(
            caption.clone().text("\nsee you").hashtag("#läuft").unwrap().text("!").build(2200).unwrap(),
            "Morning run #running @ana.makes\nsee you #läuft !"
        );
        assert_eq!(caption.utf16_units(), 31);
    }

    #[test]
    fn text_that_tiktok_would_not_link_is_rejected() {
        for bad in [
            "",
            "#",
            "two words",
            "a#b",
            "tag!",
            "a\nb",
            "50%",
            "東京！",
            "run—fast",
            "50€",
            "a\u{200b}b",
            "\u{feff}a",
            "a\u{fe0f}",
            "a\u{3164}",
            "#\u{fe0f}\u{20e3}",
            "\u{301}a",
            "＃＃a",
            "½",
            "a·b",
            "a🎬",
            "a\u{200d}b",
        ] {
            assert!(Caption::new().hashtag(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "@", "an a", "ana.", "añá", "a@b"] {
            assert!(Caption::new().mention(bad).is_err(), "{bad:?}");
        }
    }

    #[derive(serde::Deserialize)]
    struct Case {
        parts: Vec<(String, String)>,
        most: usize,
        built: Option<String>,
        units: Option<usize>,
        refused: Option<String>,
    }

    #[test]
    fn captions_match_the_table_shared_with_javascript() {
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../../../tests/caption-cases.json")).unwrap();
        for case in cases {
            let whole =
                case.parts.iter().try_fold(Caption::new(), |caption, (kind, word)| match kind.as_str() {
                    "hashtag" => caption.hashtag(word),
                    "mention" => caption.mention(word),
                    _ => Ok(caption.text(word)),
                });
            if let (Some(units), Ok(caption)) = (case.units, &whole) {
                assert_eq!(caption.utf16_units(), units, "{:?}", case.parts);
            }
            match (whole.and_then(|caption| caption.build(case.most)), case.refused) {
                (Ok(built), None) => assert_eq!(Some(built), case.built),
                (Err(error), Some(refused)) => assert_eq!(error.message(), refused),
                (outcome, _) => panic!("{:?} came to {outcome:?}", case.parts),
            }
        }
    }

    proptest! {
        #[test]
        fn caption_is_built_in_full_or_rejected(given in "[^\r]{0,20}(\r\n|\r)?.{0,40}", most in 0..120_usize) {
            let caption = Caption::new().text(&given);
            let text = with_line_feeds(&given);
            let units = text.encode_utf16().count();
            match caption.build(most) {
                Ok(built) => prop_assert!(built == text && units <= most),
                Err(error) => {
                    let names_count = error.message().contains(&units.to_string());
                    prop_assert!(names_count && units > most);
                }
            }
        }
    }
}
