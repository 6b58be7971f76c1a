//! Checks that toklink.hpp uses each function of the C header. Functions that it does not use must be listed in this
//! file with a reason.

use crate::fault::{Context, Fault, Result};
use crate::{project, symbols};
use std::collections::BTreeSet;
use std::fs;

/// Functions that C++ does not need, each with its replacement.
const NOT_IN_CPP: [(&str, &str); 0] = [];

/// Compares the C header with toklink.hpp and its parts. Returns the number of functions.
pub(crate) fn run(header: &str) -> Result<usize> {
    let declared = symbols::declared(header);
    let mut sources = project::read("include/toklink.hpp")?;
    let parts = project::path("include/toklink");
    for entry in fs::read_dir(&parts).context(format_args!("cannot list {}", parts.display()))? {
        let path = entry.context("cannot list the parts of toklink.hpp")?.path();
        let text = fs::read_to_string(&path).context(format_args!("cannot read {}", path.display()))?;
        sources.push_str(&text);
    }
    let faults = faults(&declared, &used(&sources), &NOT_IN_CPP);
    if faults.is_empty() { Ok(declared.len()) } else { Err(Fault(faults.join("\n"))) }
}

/// Returns the names that occur in code, without those that occur only in comments.
fn used(sources: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut rest = sources;
    while !rest.is_empty() {
        let comment = ["/*", "//"].into_iter().filter_map(|sign| rest.find(sign)).min();
        let (code, after) = rest.split_at(comment.unwrap_or(rest.len()));
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        names.extend(code.split(|letter| !is_letter(letter)).filter(|word| word.starts_with("toklink_")));
        let end = if after.starts_with("//") { "\n" } else { "*/" };
        rest = after.split_once(end).map_or("", |(_, code)| code);
    }
    names
}

fn faults(declared: &BTreeSet<String>, used: &BTreeSet<&str>, without: &[(&str, &str)]) -> Vec<String> {
    let is_excused = |name: &str| without.iter().any(|(excused, _)| *excused == name);
    let missing = declared.iter().filter(|name| !used.contains(name.as_str()) && !is_excused(name));
    let missing = missing.map(|name| {
        format!("{name} is not in toklink.hpp; wrap it, or give a reason in xtask/src/cpp_surface.rs")
    });
    let stale = without.iter().filter(|(name, _)| used.contains(name) || !declared.contains(*name));
    let stale =
        stale.map(|(name, _)| format!("xtask/src/cpp_surface.rs has an unnecessary exception for {name}"));
    missing.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_in_code_but_not_in_comments() {
        let source =
            "/** as toklink_a;\n * toklink_b */ x = toklink_c(1); // toklink_d\ndetail::out(toklink_e_f)";
        assert_eq!(used(source), BTreeSet::from(["toklink_c", "toklink_e_f"]));
        assert_eq!(used("toklink_a // without an end"), BTreeSet::from(["toklink_a"]));
    }

    #[test]
    fn function_must_be_wrapped_or_excepted_but_not_both() {
        let declared = ["toklink_a", "toklink_b", "toklink_c"].map(str::to_owned).into();
        let used = BTreeSet::from(["toklink_a"]);
        let found = faults(&declared, &used, &[("toklink_b", "because")]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("toklink_c is not in toklink.hpp"), "{found:?}");
        let stale = faults(
            &declared,
            &used,
            &[("toklink_a", ""), ("toklink_b", ""), ("toklink_c", ""), ("toklink_d", "")],
        );
        assert_eq!(stale.len(), 2, "{stale:?}");
    }
}
