//! Checks the pages: SECURITY.md names existing tests, docs/ERRORS.md lists every error kind, ARCHITECTURE.md names the
//! file of each behavior, and links lead to existing files.

use std::fs;
use std::path::{Path, PathBuf};
use toklink::ErrorKind;

const PAGES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/ACCOUNTS.md",
    "docs/C_API.md",
    "docs/DISTRIBUTION.md",
    "docs/GUIDE_C.md",
    "docs/GUIDE_EXISTING_APP.md",
    "docs/GUIDE_NEXTJS.md",
    "docs/REACT.md",
    "docs/TIKTOK_INTEGRATION.md",
    "docs/ERRORS.md",
    "docs/EMULATOR.md",
    "docs/STORES.md",
    "docs/README.md",
    "docs/style.md",
    "docs/adr/README.md",
    "examples/dashboard/README.md",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn page(name: &str) -> String {
    read(&root().join(name))
}

/// Returns the texts between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Returns the text of all sources that contain tests.
fn tests() -> String {
    let mut all = String::new();
    for folder in ["src", "tests", "emulator", "bindings/c/src", "bindings/node/src"] {
        gather(&root().join(folder), &mut all);
    }
    all
}

fn gather(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, all);
        } else if path
            .extension()
            .is_some_and(|ext| ["rs", "ts", "feature", "c"].iter().any(|one| ext == *one))
        {
            all.push_str(&read(&path));
        }
    }
}

fn is_test(name: &str, tests: &str) -> bool {
    let scenario = |kind: &str| tests.lines().any(|line| line.trim() == format!("{kind}: {name}"));
    tests.contains(&format!("fn {name}("))
        || tests.contains(&format!("static void {name}("))
        || tests.contains(&format!("('{name}'"))
        || scenario("Scenario")
        || scenario("Scenario Outline")
}

#[test]
fn threat_model_names_only_existing_tests() {
    let security = page("SECURITY.md");
    let tests = tests();
    let threats: Vec<&str> =
        security.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| threat ")).collect();
    assert!(threats.len() > 15, "too few threats were found in the table");
    for threat in threats {
        let proofs = threat.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap_or_default();
        assert!(quoted(proofs).count() > 0, "SECURITY.md names no test for the threat: {threat}");
        for name in quoted(proofs) {
            assert!(is_test(name, &tests), "SECURITY.md names the test `{name}`, which does not exist");
        }
    }
    assert!(!is_test("missing_test_name", &tests), "a string in a source file does not count as a test");
}

#[test]
fn error_table_lists_every_kind_with_its_names_and_number() {
    let text = page("docs/ERRORS.md");
    let rows: Vec<&str> =
        text.lines().filter(|line| line.contains("`TOKLINK_ERR_") && line.starts_with("| ")).collect();
    assert_eq!(rows.len(), ErrorKind::ALL.len());
    for (index, (row, kind)) in rows.iter().zip(ErrorKind::ALL).enumerate() {
        let (code, number) = (kind.code(), index + 1);
        let expected = format!("| `{kind:?}` | `{code}` | `TOKLINK_ERR_{code}` | {number} |");
        assert!(row.starts_with(&expected), "expected {expected}\nfound    {row}");
    }
}

/// Removes fenced code blocks, because C++ lambdas look like links.
fn without_code(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

#[test]
fn page_links_lead_to_existing_files() {
    for name in PAGES {
        let text = without_code(&page(name));
        let folder = root().join(name).parent().map(Path::to_path_buf).unwrap_or_default();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let local = target.split('#').next().unwrap_or_default();
            if !target.contains("://") && !local.is_empty() {
                assert!(folder.join(local).exists(), "{name} links to {target}, which does not exist");
            }
        }
    }
}

#[test]
fn architecture_lists_every_module_of_the_core() {
    let text = page("ARCHITECTURE.md");
    for entry in fs::read_dir(root().join("src")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // Skips files that only contain a module's tests.
        if name.ends_with("_tests.rs") {
            continue;
        }
        let shown = if entry.file_type().unwrap().is_dir() { format!("{name}/") } else { name };
        assert!(text.contains(&shown), "ARCHITECTURE.md does not list src/{shown}");
    }
}

/// Returns each row of "Where things are" whose file is missing or lacks the item, and the number of rows.
fn misplaced(architecture: &str) -> (Vec<String>, usize) {
    let section = architecture.split("## Where things are").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows: Vec<&str> =
        section.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    let wrong = rows.iter().filter(|row| {
        let [file, item] = quoted(row).collect::<Vec<_>>()[..] else { return true };
        let text = fs::read_to_string(root().join(file)).unwrap_or_default();
        !text.lines().any(|line| defines(line, item))
    });
    (wrong.map(|row| (*row).to_owned()).collect(), rows.len())
}

/// Returns true if the line defines `item`, such as `fn seal`. A longer name does not count.
fn defines(line: &str, item: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    line.split_once(item).is_some_and(|(_, rest)| ends(rest))
}

#[test]
fn architecture_names_the_file_of_each_behavior() {
    let (wrong, rows) = misplaced(&page("ARCHITECTURE.md"));
    assert_eq!((wrong, rows), (Vec::new(), 12));
    let planted = |row: &str| misplaced(&format!("## Where things are\n\n{row}\n\n## Next\n| `a` |\n"));
    let missing_file = "| A token is encrypted | `src/vault/missing.rs` | `fn seal` |";
    let missing_item = "| A token is encrypted | `src/vault/sealed.rs` | `fn sea` |";
    for row in [missing_file, missing_item] {
        assert_eq!(planted(row), (vec![row.to_owned()], 1));
    }
}
