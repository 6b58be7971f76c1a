//! `surface`: checks that each name has the same spelling in Rust, TypeScript and C. The check reads the sources as
//! text, so that it requires no build.

use crate::fault::{Context, Fault, Result};
use crate::progress::say;
use crate::{cpp_surface, field_surface, project, symbols};
use std::collections::BTreeSet;
use std::fs;

/// Status codes that are not error kinds of the core.
const OUTSIDE: [&str; 2] = ["OK", "PANIC"];

/// C functions that are not operations of the client: life cycle, texts, and callbacks.
const NOT_OPERATIONS: [&str; 14] = [
    "abi_version",
    "account_id",
    "account_id_split",
    "build_caption",
    "cancel",
    "client_close",
    "client_new",
    "dispatch",
    "make_key",
    "reason_name",
    "status_name",
    "store_reply_add",
    "version",
    "version_number",
];

/// C operations that have another name in Rust and TypeScript because a C type already has that name, and the desktop
/// login, which only exists in C.
const RENAMED: [(&str, &str); 3] =
    [("list_accounts", "accounts"), ("load_account", "account"), ("login", "begin_login")];

/// Rust and C operations that TypeScript offers in another form: `client.on`.
const NOT_IN_TYPESCRIPT: [&str; 2] = ["events", "call_events"];

/// Compares errors and operations in all languages.
pub(crate) fn run() -> Result<()> {
    let header = project::read("include/toklink.h")?;
    let kinds = rust_kinds(&project::read("src/error.rs")?)?;
    let c = c_kinds(&header);
    let mut faults = differences("js/errors.ts", &kinds, &ts_codes(&project::read("js/errors.ts")?));
    faults.extend(differences("include/toklink.h", &kinds, &names(&c)));
    let documented = documented(&project::read("docs/ERRORS.md")?);
    faults.extend(misdocumented(&kinds, &c, &documented));

    let mut client = String::new();
    for entry in fs::read_dir(project::path("src/client")).context("cannot list src/client")? {
        let path = entry.context("cannot list src/client")?.path();
        client += &fs::read_to_string(&path).context(format_args!("cannot read {}", path.display()))?;
    }
    let operations = c_operations(&header);
    faults.extend(unknown_operations(&operations, &client, &project::read("js/client.ts")?));
    if !faults.is_empty() {
        return Err(Fault(faults.join("\n")));
    }
    say(&format!("{} error kinds have the same name in Rust, TypeScript, C and docs/ERRORS.md", kinds.len()));
    say(&format!("{} operations of the C header exist in Rust and TypeScript", operations.len()));
    let functions = cpp_surface::run(&header)?;
    say(&format!("{functions} functions of the C header are available in C++"));
    let structs = field_surface::run(&header)?;
    say(&format!(
        "the fields of {structs} structs of the C header have the same names in Rust and TypeScript"
    ));
    Ok(())
}

/// Returns the error kinds in the order of `ErrorKind::ALL`, as codes in upper snake case.
fn rust_kinds(source: &str) -> Result<Vec<String>> {
    let all = between(source, "pub const ALL", "];").unwrap_or_default();
    let listed: Vec<&str> = all.split("Self::").skip(1).filter_map(|rest| rest.split(',').next()).collect();
    let code = |kind: &str| {
        let code = between(source, &format!("Self::{kind} => \""), "\"").map(str::to_owned);
        code.filter(|code| *code == upper_snake(kind))
            .ok_or_else(|| Fault(format!("src/error.rs: the code of {kind} must be {}", upper_snake(kind))))
    };
    let kinds = listed.iter().map(|kind| code(kind.trim())).collect::<Result<Vec<_>>>()?;
    if kinds.is_empty() {
        Err(Fault("src/error.rs: cannot find ErrorKind::ALL".to_owned()))
    } else {
        Ok(kinds)
    }
}

fn ts_codes(source: &str) -> Vec<String> {
    let list = between(source, "ERROR_CODES = [", "]").unwrap_or_default();
    list.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Returns the numbers and codes of `toklink_status`.
fn c_kinds(header: &str) -> Vec<(u32, String)> {
    let body = between(header, "TOKLINK_ENUM(toklink_status)", "};").unwrap_or_default();
    let enumerator = |line: &str| {
        let code = line.split("/*").next().unwrap_or_default();
        let (name, number) = code.trim().trim_end_matches(',').split_once(" = ")?;
        let name = name.strip_prefix("TOKLINK_ERR_").or_else(|| name.strip_prefix("TOKLINK_"))?;
        Some((number.parse().ok()?, name.to_owned()))
    };
    body.lines().filter_map(enumerator).collect()
}

/// Returns the error kinds among the statuses, ordered by number.
fn names(c: &[(u32, String)]) -> Vec<String> {
    let mut kinds: Vec<_> = c.iter().filter(|(_, name)| !OUTSIDE.contains(&name.as_str())).collect();
    kinds.sort_by_key(|(number, _)| *number);
    kinds.into_iter().map(|(_, name)| name.clone()).collect()
}

/// A row in the table of docs/ERRORS.md.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    rust: String,
    ts: String,
    c: String,
    number: u32,
}

fn documented(page: &str) -> Vec<Row> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, rust, ts, c, number, ..] = cells[..] else {
            return None;
        };
        let number = number.parse().ok()?;
        Some(Row { rust: rust.to_owned(), ts: ts.to_owned(), c: c.to_owned(), number })
    };
    page.lines().filter(|line| line.starts_with('|')).filter_map(row).collect()
}

fn misdocumented(kinds: &[String], c: &[(u32, String)], rows: &[Row]) -> Vec<String> {
    let mut faults =
        differences("docs/ERRORS.md", kinds, &rows.iter().map(|row| row.ts.clone()).collect::<Vec<_>>());
    for row in rows {
        let Row { rust, ts, c: c_name, number } = row;
        if upper_snake(rust) != *ts || *c_name != format!("TOKLINK_ERR_{ts}") {
            faults.push(format!("docs/ERRORS.md: {rust}, {ts} and {c_name} differ"));
        }
        if !c.contains(&(*number, ts.clone())) {
            faults.push(format!(
                "docs/ERRORS.md: {c_name} has the number {number}, but the header has another one"
            ));
        }
    }
    faults
}

fn differences(place: &str, kinds: &[String], found: &[String]) -> Vec<String> {
    let (expected, there): (BTreeSet<_>, BTreeSet<_>) = (kinds.iter().collect(), found.iter().collect());
    let missing = expected.difference(&there).map(|kind| format!("{place} lacks {kind}"));
    let extra = there.difference(&expected).map(|kind| format!("{place} has {kind}, which the core lacks"));
    let mut faults: Vec<String> = missing.chain(extra).collect();
    if faults.is_empty() && kinds != found {
        faults.push(format!("{place} must list each kind once, in the order of the core"));
    }
    faults
}

/// Returns the operations of the C client, in lower snake case.
fn c_operations(header: &str) -> Vec<String> {
    let is_operation = |name: &str| !NOT_OPERATIONS.contains(&name) && !name.ends_with("_free");
    let functions = symbols::declared(header);
    let all = functions.iter().filter_map(|name| name.strip_prefix("toklink_"));
    // A blocking function counts as the same operation.
    let once: BTreeSet<_> = all.map(|name| name.strip_suffix("_blocking").unwrap_or(name)).collect();
    let spelled = |name: &str| {
        let renamed = RENAMED.iter().find(|(c, _)| *c == name);
        renamed.map_or(name, |(_, rust)| *rust).to_owned()
    };
    once.into_iter().filter(|name| is_operation(name)).map(spelled).collect()
}

fn unknown_operations(operations: &[String], rust: &str, ts: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if operations.is_empty() {
        faults.push("include/toklink.h: no client operations found".to_owned());
    }
    for operation in operations {
        if !rust.contains(&format!("fn {operation}(")) {
            faults.push(format!("toklink_{operation} has no counterpart Client::{operation} in src/client"));
        }
        let camel = lower_camel(operation);
        let promised = !NOT_IN_TYPESCRIPT.contains(&operation.as_str());
        let spelled = ["", "async "].iter().any(|way| ts.contains(&format!("  {way}{camel}(")));
        if promised && !spelled {
            faults.push(format!("toklink_{operation} has no counterpart {camel} in js/client.ts"));
        }
    }
    faults
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

fn upper_snake(camel: &str) -> String {
    let mut out = String::new();
    for (index, letter) in camel.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_uppercase());
    }
    out
}

fn lower_camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(word.len().min(1));
        out.extend([first.to_ascii_uppercase().as_str(), rest]);
    }
    out
}

#[cfg(test)]
#[path = "surface_tests.rs"]
mod tests;
