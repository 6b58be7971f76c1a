//! Compares the current header with an older header of the same ABI (`tests/c/abi/toklink.h`): new fields may only be
//! appended to structs, and functions must not change. `tests/c/old_header.c`, compiled with the older header, checks
//! the same against the library.

use crate::c_header::{Structs, functions, structs, without_comments};
use crate::fault::{Fault, Result};
use crate::project;

/// Folder of the older header.
pub(crate) const OLDER: &str = "tests/c/abi";
const VERSION: &str = "#define TOKLINK_ABI_VERSION ";

/// Fails if the current header breaks compatibility, and lists every affected struct and function of the older header.
pub(crate) fn run() -> Result<()> {
    let (older, present) =
        (project::read(&format!("{OLDER}/toklink.h"))?, project::read("include/toklink.h")?);
    let abi = |header: &str| header.lines().find(|line| line.starts_with(VERSION)).map(str::to_owned);
    if abi(&older).is_none() || abi(&older) != abi(&present) {
        let advice = "derive a new one from include/toklink.h";
        return Err(Fault(format!("{OLDER}/toklink.h does not have the ABI of include/toklink.h; {advice}")));
    }
    let [older, present] = [older, present].map(|header| without_comments(&header));
    let mut faults = moved(&structs(&older), &structs(&present));
    let there = functions(&present);
    for (name, declaration) in functions(&older) {
        if there.get(&name) != Some(&declaration) {
            faults.push(format!("{declaration} is missing in include/toklink.h or was changed"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Fault(faults.join("\n"))) }
}

/// Returns the structs of the older header whose fields are not the first fields of the current struct.
fn moved(older: &Structs, present: &Structs) -> Vec<String> {
    let continues = |name: &String, fields: &[(String, String)]| {
        present.get(name).is_some_and(|now| now.starts_with(fields))
    };
    let moved = older.iter().filter(|(name, fields)| !continues(name, fields));
    moved
        .map(|(name, _)| format!("{name} has changes other than appended fields; increase TOKLINK_ABI_VERSION or append the fields"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn struct_with_a_change_other_than_appended_fields_is_reported() {
        let of = |fields: &[&str]| -> Structs {
            let fields = fields.iter().map(|name| ("int".to_owned(), (*name).to_owned())).collect();
            [("toklink_a".to_owned(), fields)].into()
        };
        assert_eq!(moved(&of(&["a", "b"]), &of(&["a", "b", "c"])), Vec::<String>::new());
        assert_eq!(moved(&of(&["a", "b"]), &of(&["a", "c", "b"])).len(), 1);
        assert_eq!(moved(&of(&["a", "b"]), &of(&["a"])).len(), 1);
        assert_eq!(moved(&of(&["a"]), &Structs::new()).len(), 1);
    }

    #[test]
    fn current_header_is_compatible_with_the_older_one() {
        assert_eq!(run(), Ok(()));
    }
}
