//! Compares the header's functions with those that the library exports.

use crate::fault::{Fault, Result};
use crate::run;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Returns the functions that the header declares.
pub(crate) fn declared(header: &str) -> BTreeSet<String> {
    let mut in_comment = false;
    let mut names = BTreeSet::new();
    for line in header.lines() {
        in_comment |= line.trim_start().starts_with("/*");
        if !in_comment && !line.starts_with([' ', '#', '}']) {
            names.extend(declared_in(line));
        }
        in_comment &= !line.contains("*/");
    }
    names
}

fn declared_in(line: &str) -> Option<String> {
    let (before, _) = line.split_once('(')?;
    let name = before.rsplit([' ', '*']).next()?;
    name.starts_with("toklink_").then(|| name.to_owned())
}

/// Returns the functions that none of the sources calls.
pub(crate) fn uncalled(declared: &BTreeSet<String>, sources: &str) -> Vec<String> {
    let words: BTreeSet<&str> = sources
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| word.starts_with("toklink_"))
        .collect();
    declared.iter().filter(|name| !words.contains(name.as_str())).cloned().collect()
}

/// Returns the symbols that a shared library exports, as listed by `nm`.
pub(crate) fn exported(library: &Path) -> Result<BTreeSet<String>> {
    defined(library, "--dynamic")
}

/// Returns the global symbols of an object file, as listed by `nm`.
pub(crate) fn global(object: &Path) -> Result<BTreeSet<String>> {
    defined(object, "--extern-only")
}

fn defined(path: &Path, which: &str) -> Result<BTreeSet<String>> {
    let listing = run::kept(Command::new("nm").args([which, "--defined-only", "--format=posix"]).arg(path))?;
    Ok(listing.stdout.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// Fails and lists all names that only one side has.
pub(crate) fn compare(declared: &BTreeSet<String>, exported: &BTreeSet<String>) -> Result<()> {
    if declared.is_empty() {
        return Err(Fault("no functions found in the header".to_owned()));
    }
    let missing =
        declared.difference(exported).map(|name| format!("declared in the header but not exported: {name}"));
    let extra =
        exported.difference(declared).map(|name| format!("exported but not declared in the header: {name}"));
    let faults: Vec<String> = missing.chain(extra).collect();
    if faults.is_empty() { Ok(()) } else { Err(Fault(faults.join("\n"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn functions_are_found_outside_comments() {
        let header = "/**\n * calls toklink_no(1)\ntoklink_nor(2)\n */\n#define TOKLINK_X (1)\n\
                      toklink_status toklink_a(int x,\n                         toklink_error **error);\n\
                      const toklink_finding *toklink_b(size_t i);\nvoid toklink_c(void);\n";
        assert_eq!(declared(header), set(&["toklink_a", "toklink_b", "toklink_c"]));
    }

    #[test]
    fn prefix_of_another_name_does_not_count_as_a_call() {
        let sources = "x = toklink_a(1);\nmy_toklink_b(); toklink_b_more();";
        assert_eq!(uncalled(&set(&["toklink_a", "toklink_b"]), sources), ["toklink_b"]);
    }

    #[test]
    fn undeclared_and_unexported_names_are_reported() {
        assert!(compare(&set(&["a"]), &set(&["a"])).is_ok());
        let Fault(message) = compare(&set(&["a", "b"]), &set(&["a", "c"])).unwrap_err();
        assert_eq!(
            message,
            "declared in the header but not exported: b\nexported but not declared in the header: c"
        );
        assert!(compare(&set(&[]), &set(&[])).is_err());
    }
}
