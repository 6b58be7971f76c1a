//! Checks that the C programs produce the errors that the header documents for publish calls.

use crate::fault::{Fault, Result};
use std::collections::BTreeSet;

/// A function and a status that it can return.
type DocumentedError = (String, String);

/// Prefix of the calls whose documented errors the programs must produce.
const COVERED: &str = "publish";
/// The macro with which a program of tests/c checks for an error: `GIVES(STATUS, function, call)`.
const SHOWS: &str = "GIVES(";

/// Returns the documented errors: each status in the comment of a publish function. The comments of blocking functions
/// refer to these.
pub(crate) fn documented(header: &str) -> BTreeSet<DocumentedError> {
    let mut errors = BTreeSet::new();
    for part in header.split("/**").skip(1) {
        let Some((comment, code)) = part.split_once("*/") else { continue };
        let declaration = code.split(';').next().unwrap_or_default();
        let Some((before, _)) = declaration.split_once('(') else { continue };
        let name = before.rsplit([' ', '*']).next().unwrap_or_default();
        if !name.starts_with("toklink_") || !name.contains(COVERED) || name.ends_with("_blocking") {
            continue;
        }
        let given = words(comment).filter(|word| word.starts_with("TOKLINK_ERR_"));
        errors.extend(given.map(|status| (name.to_owned(), status.to_owned())));
    }
    errors
}

/// Returns the errors that the programs produce.
pub(crate) fn shown(sources: &str) -> BTreeSet<DocumentedError> {
    let calls = sources.split(SHOWS).skip(1);
    let pairs = calls.filter_map(|rest| {
        let mut words = words(rest);
        Some((words.next()?, words.next()?))
    });
    pairs
        .filter(|(status, _)| status.starts_with("TOKLINK_ERR_"))
        .map(|(s, f)| (f.to_owned(), s.to_owned()))
        .collect()
}

/// Fails and lists all documented errors that no program produces, and all produced errors that are not documented.
pub(crate) fn compare(
    documented: &BTreeSet<DocumentedError>,
    shown: &BTreeSet<DocumentedError>,
) -> Result<()> {
    if documented.is_empty() {
        return Err(Fault("no errors of publish calls found in the header".to_owned()));
    }
    let list =
        |from: &BTreeSet<DocumentedError>, but: &BTreeSet<DocumentedError>, message: &str| -> Vec<String> {
            from.difference(but)
                .map(|(function, status)| format!("{message}: {function} returns {status}"))
                .collect()
        };
    let mut faults =
        list(documented, shown, "documented in the header, but produced by no program in tests/c");
    faults.extend(list(
        shown,
        documented,
        "produced by a program in tests/c, but not documented in the header",
    ));
    if faults.is_empty() { Ok(()) } else { Err(Fault(faults.join("\n"))) }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "/**\n * Posts.\n * Errors: `TOKLINK_ERR_A`, `TOKLINK_ERR_B`.\n */\n\
                          toklink_status toklink_publish_it(int x);\n\
                          /** Not about it: `TOKLINK_ERR_C`. */\ntoklink_status toklink_accounts(void);\n\
                          /** `TOKLINK_ERR_D` */\ntoklink_status toklink_publish_it_blocking(void);\n";

    #[test]
    fn errors_are_read_from_comments_of_publish_calls() {
        let found: Vec<_> = documented(HEADER).into_iter().map(|(_, status)| status).collect();
        assert_eq!(found, ["TOKLINK_ERR_A", "TOKLINK_ERR_B"]);
    }

    #[test]
    fn documented_error_that_no_program_produces_is_reported() {
        let shows = "#define GIVES(status, function, ...) CHECK(1)\n\
                     GIVES(TOKLINK_ERR_A, toklink_publish_it, 1);\nGIVES(TOKLINK_ERR_C, toklink_publish_it, 1);";
        let Fault(message) = compare(&documented(HEADER), &shown(shows)).unwrap_err();
        assert!(
            message.contains("produced by no program in tests/c: toklink_publish_it returns TOKLINK_ERR_B")
        );
        assert!(message.contains("not documented in the header: toklink_publish_it returns TOKLINK_ERR_C"));
        let both = "GIVES(TOKLINK_ERR_A, toklink_publish_it);GIVES(TOKLINK_ERR_B, toklink_publish_it)";
        assert!(compare(&documented(HEADER), &shown(both)).is_ok());
        assert!(compare(&BTreeSet::new(), &shown(both)).is_err());
    }
}
