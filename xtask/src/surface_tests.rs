//! Tests that the surface check reports every kind of difference.

use super::*;

const RUST: &str = "pub const ALL: [ErrorKind; 2] = [\n Self::Config,\n Self::NotFound,\n];\n\
                    match self { Self::Config => \"CONFIG\",\n Self::NotFound => \"NOT_FOUND\", }";
const HEADER: &str = "TOKLINK_ENUM(toklink_status) {\n    /** = 7, */\n    TOKLINK_OK = 0, /**< = 8, */\n    \
                      TOKLINK_ERR_CONFIG = 1,\n    TOKLINK_ERR_NOT_FOUND = 2,\n    TOKLINK_ERR_PANIC = 1000,\n};\n";
const PAGE: &str = "| Rust | TypeScript | C | Number | Next |\n|---|---|---|---|---|\n\
                    | `Config` | `CONFIG` | `TOKLINK_ERR_CONFIG` | 1 | a |\n\
                    | `NotFound` | `NOT_FOUND` | `TOKLINK_ERR_NOT_FOUND` | 2 | b |\n";

fn kinds() -> Vec<String> {
    rust_kinds(RUST).unwrap()
}

#[test]
fn error_kinds_with_equal_names_pass_the_surface_check() {
    assert_eq!(kinds(), ["CONFIG", "NOT_FOUND"]);
    assert_eq!(names(&c_kinds(HEADER)), kinds());
    assert_eq!(ts_codes("export const ERROR_CODES = [\n 'CONFIG',\n 'NOT_FOUND',\n] as const;"), kinds());
    assert_eq!(misdocumented(&kinds(), &c_kinds(HEADER), &documented(PAGE)), Vec::<String>::new());
}

#[test]
fn code_that_does_not_match_its_kind_is_reported() {
    assert!(rust_kinds(&RUST.replace("\"NOT_FOUND\"", "\"MISSING\"")).is_err());
    assert!(rust_kinds("nothing of the sort").is_err());
}

#[test]
fn missing_extra_and_moved_kinds_are_reported() {
    let found = |codes: &[&str]| {
        differences("x", &kinds(), &codes.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(found(&["CONFIG"]), ["x lacks NOT_FOUND"]);
    assert_eq!(found(&["CONFIG", "NOT_FOUND", "NEW"]), ["x has NEW, which the core lacks"]);
    assert_eq!(found(&["NOT_FOUND", "CONFIG"]).len(), 1);
    assert_eq!(found(&["CONFIG", "NOT_FOUND", "CONFIG"]).len(), 1);
}

#[test]
fn wrong_number_or_spelling_in_errors_md_is_reported() {
    let faults = |page: &str| misdocumented(&kinds(), &c_kinds(HEADER), &documented(page));
    assert_eq!(faults(&PAGE.replace("| 2 |", "| 3 |")).len(), 1);
    assert_eq!(faults(&PAGE.replace("TOKLINK_ERR_CONFIG", "TOKLINK_CONFIG")).len(), 1);
    assert_eq!(faults("").len(), 2);
}

#[test]
fn operation_without_counterpart_is_reported() {
    let header = "void toklink_client_free(toklink_client *client);\nint toklink_quota_status(int x);\n\
                  int toklink_quota_status_blocking(int x);\n";
    let operations = c_operations(header);
    assert_eq!(operations, ["quota_status"]);
    assert!(unknown_operations(&operations, "fn quota_status(&self)", "\n  quotaStatus(a) {").is_empty());
    assert_eq!(unknown_operations(&operations, "fn quota(&self)", "\n  quota(a) {").len(), 2);
    assert_eq!(unknown_operations(&[], "", "").len(), 1);
}
