//! Compares an older header of the same ABI (`tests/c/abi/toklink.h`) with the present one: structs may only have grown at their
//! ends, functions may not have changed. `tests/c/old_header.c`, built with the older header, shows the same with the library.

use crate::c_header::{Structs, functions, structs, without_comments};
use crate::fault::{Fault, Result};
use crate::project;

/// The folder of the older header.
pub(crate) const OLDER: &str = "tests/c/abi";
const VERSION: &str = "#define TOKLINK_ABI_VERSION ";

/// Fails with every struct and function of the older header that the present one does not continue.
pub(crate) fn run() -> Result<()> {
    let (older, present) =
        (project::read(&format!("{OLDER}/toklink.h"))?, project::read("include/toklink.h")?);
    let abi = |header: &str| header.lines().find(|line| line.starts_with(VERSION)).map(str::to_owned);
    if abi(&older).is_none() || abi(&older) != abi(&present) {
        let advice = "derive another one from the present header";
        return Err(Fault(format!("{OLDER}/toklink.h does not have the ABI of include/toklink.h; {advice}")));
    }
    let [older, present] = [older, present].map(|header| without_comments(&header));
    let mut faults = moved(&structs(&older), &structs(&present));
    let there = functions(&present);
    for (name, declaration) in functions(&older) {
        if there.get(&name) != Some(&declaration) {
            faults.push(format!("{declaration} is not in include/toklink.h"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Fault(faults.join("\n"))) }
}

/// Returns the structs whose older fields are not the first ones of the present struct.
fn moved(older: &Structs, present: &Structs) -> Vec<String> {
    let continues = |name: &String, fields: &[(String, String)]| {
        present.get(name).is_some_and(|now| now.starts_with(fields))
    };
    let moved = older.iter().filter(|(name, fields)| !continues(name, fields));
    moved
        .map(|(name, _)| format!("{name} changed other than at its end, without another ABI version"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn struct_that_grows_elsewhere_than_at_its_end_is_reported() {
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
    fn older_header_is_continued_by_the_present_one() {
        assert_eq!(run(), Ok(()));
    }
}
