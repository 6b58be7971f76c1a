//! Tests the checks of floors and circles with deliberate violations.

use crate::areas::{Area, Upward};
use crate::graph::{circle_faults, floor_faults};
use crate::imports::{Imports, imports};
use crate::tree::SourceFile;

/// Returns the imports of these files, which are placed in the folder `x/`.
fn read(files: &[(&str, &str)]) -> Imports {
    let file =
        |(path, text): &(&str, &str)| SourceFile { path: format!("x/{path}"), text: (*text).to_owned() };
    imports("x/", &files.iter().map(file).collect::<Vec<_>>())
}

fn imported<'a>(imports: &'a Imports, file: &str) -> Vec<&'a str> {
    imports[file].iter().map(String::as_str).collect()
}

#[test]
fn rust_import_is_found_in_each_form() {
    for planted in [
        "use crate::low::Item;",
        "use super::low::Item;",
        "use crate::{other::X, low::{self, Item}};",
        "fn f() { crate::low::f(); }",
        "use crate::facade::Item;",
        "use crate::facade; fn f(item: facade::Item) {}",
        "use crate::folder::Item;",
        "use crate::{Item};",
    ] {
        let found = read(&[
            ("lib.rs", "pub use low::Item; mod a; mod low;"),
            ("a.rs", planted),
            ("low.rs", "pub struct Item;"),
            ("facade/mod.rs", "mod part; pub(crate) use crate::low::Item;"),
            ("folder/mod.rs", "mod part; use crate::low::Item;"),
            ("folder/part.rs", ""),
        ]);
        assert!(imported(&found, "a.rs").contains(&"low.rs"), "{planted}: {found:?}");
    }
}

#[test]
fn reexports_and_tests_do_not_count_as_imports() {
    let found = read(&[
        ("lib.rs", "pub use low::Item; mod low;"),
        ("low.rs", "#[cfg(test)] mod tests { use crate::high::Item; } // use crate::high::Item;"),
        ("high/mod.rs", "mod part; pub(crate) use part::Item;"),
        ("high/part.rs", "use serde::low::Item; fn f(_: super::Item) {}"),
        ("high/tests.rs", "use crate::low::Item;"),
        ("main.rs", "use x::low::Item;"),
    ]);
    assert!(found.values().all(std::collections::BTreeSet::is_empty), "{found:?}");
    assert!(!found.contains_key("high/tests.rs") && !found.contains_key("main.rs"), "{found:?}");
}

#[test]
fn import_of_a_child_module_by_name_is_found() {
    let found = read(&[("main.rs", "mod low; fn main() { low::run(); }"), ("low.rs", "use crate::say;")]);
    assert_eq!((imported(&found, "main.rs"), imported(&found, "low.rs")), (vec!["low.rs"], vec!["main.rs"]));
}

#[test]
fn typescript_import_is_found_in_each_form() {
    for planted in [
        "import { a } from './low.js';",
        "import type { A } from \"./low.js\";",
        "import {\n  type A,\n} from './low.js';",
        "export * from './low.js';",
        "export type { A } from './deep/../low.js';",
        "const low = await import('./low.js');",
    ] {
        let found = read(&[("a.ts", planted), ("low.tsx", ""), ("other.ts", "import fs from 'node:fs';")]);
        assert_eq!(imported(&found, "a.ts"), ["low.tsx"], "{planted}");
        assert!(imported(&found, "other.ts").is_empty());
    }
}

#[test]
fn import_circle_between_files_is_reported() {
    let circle = read(&[
        ("a.ts", "import type { B } from './folder/b.js';"),
        ("folder/b.ts", "import { c } from '../c.js';"),
        ("c.ts", "export type { A } from './a.js';"),
        ("d.ts", "import './a.js';"),
    ]);
    let files = &["a.ts", "c.ts", "folder/b.ts"][..];
    assert_eq!(circle_faults(&circle, &[]).len(), 1);
    assert!(circle_faults(&circle, &[])[0].contains("a.ts, c.ts, folder/b.ts;"));
    assert_eq!(circle_faults(&circle, &[files]), Vec::<String>::new());
    assert_eq!(circle_faults(&circle, &[&files[..2]]).len(), 1, "a file joined an allowed circle");
    let stale = circle_faults(&circle, &[&["a.ts", "c.ts", "folder/b.ts", "d.ts"]]);
    assert!(stale.len() == 1 && stale[0].starts_with("d.ts is no longer in an import circle"), "{stale:?}");
}

#[test]
fn import_from_the_same_or_a_higher_floor_is_reported() {
    let area = |floors, upward| Area { folder: "x/", floors, upward, circles: &[] };
    let found = read(&[
        ("lib.rs", "mod high; mod low; mod other;"),
        ("high.rs", "use crate::low::Item as Low; pub struct Item;"),
        ("low/mod.rs", "mod part;"),
        ("low/part.rs", "use crate::high::Item;"),
        ("other.rs", "use crate::low::Item;"),
    ]);
    let floors: &[&[&str]] = &[&["lib"], &["high"], &["low", "other"]];
    let faults = floor_faults(&found, &area(floors, &[]));
    assert_eq!(
        faults,
        [
            "low/part.rs may not import high.rs: it is not on a lower floor",
            "other.rs may not import low/mod.rs: it is not on a lower floor"
        ]
    );
    let allowed = &[
        Upward { from: "low/part.rs", to: "high.rs", reason: "planted" },
        Upward { from: "other.rs", to: "low/mod.rs", reason: "planted" },
        Upward { from: "other.rs", to: "high.rs", reason: "planted" },
    ];
    let stale = floor_faults(&found, &area(floors, allowed));
    assert_eq!(stale, ["other.rs no longer imports high.rs; remove it from the allowed imports"]);

    let unknown = floor_faults(&found, &area(&[&["lib"], &["high", "gone"], &["other"], &["low"]], &[]));
    assert!(unknown.contains(&"floor of `gone`: the module does not exist; remove it".to_owned()));
    let missing = floor_faults(&found, &area(&[&["lib"], &["high"], &["other"]], &[]));
    assert!(missing.iter().any(|fault| fault.starts_with("`low` has no floor")), "{missing:?}");
}

#[test]
fn entry_point_and_its_folder_have_their_own_floors() {
    let found = read(&[("prisma.ts", "export { a } from './prisma/a.js';"), ("prisma/a.ts", "")]);
    let area = |floors| Area { folder: "x/", floors, upward: &[], circles: &[] };
    assert_eq!(floor_faults(&found, &area(&[&["prisma.ts"], &["prisma"]])), Vec::<String>::new());
    assert_eq!(floor_faults(&found, &area(&[&["prisma"], &["prisma.ts"]])).len(), 1);
}
