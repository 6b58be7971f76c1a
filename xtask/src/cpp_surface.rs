//! Which functions of the C header C++ reaches: each is used by a part of toklink.hpp, or stands here with a reason.

use crate::fault::{Context, Fault, Result};
use crate::{project, symbols};
use std::collections::BTreeSet;
use std::fs;

/// Functions that C++ does without, and what it has instead.
const NOT_IN_CPP: [(&str, &str); 1] =
    [("toklink_str_from", "a std::string_view knows its length, and takes a C string by itself")];

/// Compares the C header with toklink.hpp and its parts; gives the number of functions.
pub(crate) fn run(header: &str) -> Result<usize> {
    let declared = symbols::declared(header);
    let mut sources = project::read("include/toklink.hpp")?;
    let parts = project::path("include/toklink");
    for entry in fs::read_dir(&parts).context(format_args!("{} cannot be listed", parts.display()))? {
        let path = entry.context("a part of toklink.hpp cannot be seen")?.path();
        let text = fs::read_to_string(&path).context(format_args!("{} cannot be read", path.display()))?;
        sources.push_str(&text);
    }
    let faults = faults(&declared, &used(&sources), &NOT_IN_CPP);
    if faults.is_empty() { Ok(declared.len()) } else { Err(Fault(faults.join("\n"))) }
}

/// The names in the code; one in a comment reaches nothing.
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
        format!("{name} has no spelling in toklink.hpp: wrap it, or say in xtask/src/cpp_surface.rs why not")
    });
    let stale = without.iter().filter(|(name, _)| used.contains(name) || !declared.contains(*name));
    let stale = stale.map(|(name, _)| format!("xtask/src/cpp_surface.rs excuses {name} for nothing"));
    missing.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_in_code_and_not_in_a_comment() {
        let source =
            "/** as toklink_a;\n * toklink_b */ x = toklink_c(1); // toklink_d\ndetail::out(toklink_e_f)";
        assert_eq!(used(source), BTreeSet::from(["toklink_c", "toklink_e_f"]));
        assert_eq!(used("toklink_a // without an end"), BTreeSet::from(["toklink_a"]));
    }

    #[test]
    fn a_function_is_wrapped_or_excused_but_not_both() {
        let declared = ["toklink_a", "toklink_b", "toklink_c"].map(str::to_owned).into();
        let used = BTreeSet::from(["toklink_a"]);
        let found = faults(&declared, &used, &[("toklink_b", "because")]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("toklink_c has no spelling"), "{found:?}");
        let stale = faults(
            &declared,
            &used,
            &[("toklink_a", ""), ("toklink_b", ""), ("toklink_c", ""), ("toklink_d", "")],
        );
        assert_eq!(stale.len(), 2, "{stale:?}");
    }
}
