//! Compares field names: the structs of C with the corresponding types in Rust and TypeScript.

mod differences;

use crate::c_header::{self, Structs};
use crate::fault::{Context, Fault, Result};
use crate::project;
use differences::{DIFFERENCES, Difference};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The name of a C struct without its prefix, and the names of its counterparts in Rust and TypeScript. A name is empty
/// if the language has no such type.
const TYPES: [(&str, &str, &str); 24] = [
    ("config_problem", "", "ConfigProblem"),
    ("login_start", "LoginStart", "LoginStart"),
    ("login_inspection", "LoginInspection", "LoginInspection"),
    ("login_result", "LoginResult", ""),
    ("tokens", "TokenSet", "TokenSet"),
    ("account", "Account", "Account"),
    ("user", "UserInfo", "UserInfo"),
    ("video", "Video", "Video"),
    ("video_page", "VideoPage", "VideoPage"),
    ("creator", "CreatorInfo", "CreatorInfo"),
    ("metrics", "AccountMetrics", "AccountMetrics"),
    ("growth", "Growth", "Growth"),
    ("history_point", "MetricsPoint", ""),
    ("history_gap", "MetricsGap", ""),
    ("history", "MetricsHistory", "MetricsHistory"),
    ("collect_progress", "CollectProgress", "CollectProgress"),
    ("collect_report", "", "CollectReport"),
    ("finding", "Finding", "Finding"),
    ("publish", "PublishOutcome", "PublishOutcome"),
    ("progress", "PublishProgress", "PublishProgress"),
    ("publish_record", "JournaledPublish", "JournaledPublish"),
    ("quota_window", "QuotaWindow", "QuotaWindow"),
    ("reseal_progress", "ResealProgress", "ResealProgress"),
    ("reseal_report", "", "ResealReport"),
];

type Names = BTreeSet<String>;

/// Compares all types. Returns the number of structs.
pub(crate) fn run(header: &str) -> Result<usize> {
    let c = c_header::structs(&c_header::without_comments(header));
    let rust = sources(&project::path("src"), "rs")?;
    let ts = sources(&project::path("js"), "ts")? + &sources(&project::path("js/types"), "ts")?;
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    for (of, in_rust, in_ts) in TYPES {
        let Some(fields) = of_c(&c, of) else {
            faults.push(format!("include/toklink.h has no struct toklink_{of}"));
            continue;
        };
        for (language, name, found) in
            [("Rust", in_rust, of_rust(&rust, in_rust)), ("TypeScript", in_ts, of_ts(&ts, in_ts))]
        {
            match found {
                _ if name.is_empty() => {}
                None => faults.push(format!("{language} has no type {name}")),
                Some(others) => {
                    faults.extend(compare(of, language, name, &fields, &others, &DIFFERENCES, &mut used));
                }
            }
        }
    }
    let stale = DIFFERENCES.iter().enumerate().filter(|(number, _)| !used.contains(number));
    faults.extend(
        stale.map(|(_, one)| format!("toklink_{}: the difference `{}` does not exist", one.of, one.why)),
    );
    if faults.is_empty() { Ok(TYPES.len()) } else { Err(Fault(faults.join("\n"))) }
}

/// Returns the fields that only one side has. Skips known differences, and adds their indexes to `used`.
fn compare(
    of: &str,
    language: &str,
    name: &str,
    c: &Names,
    others: &Names,
    known: &[Difference],
    used: &mut BTreeSet<usize>,
) -> Vec<String> {
    let mut only_c: Names = c.difference(others).cloned().collect();
    let mut only_other: Names = others.difference(c).cloned().collect();
    for (number, one) in known.iter().enumerate().filter(|(_, one)| one.of == of) {
        let taken = one.c.iter().filter(|field| only_c.remove(**field)).count()
            + one.others.iter().filter(|field| only_other.remove(**field)).count();
        if taken > 0 {
            used.insert(number);
        }
    }
    let in_c =
        only_c.into_iter().map(|field| format!("toklink_{of}.{field} is missing in {language} type {name}"));
    let in_other = only_other
        .into_iter()
        .map(|field| format!("{language} field {name}.{field} is missing in toklink_{of}"));
    in_c.chain(in_other).collect()
}

/// Returns a field name without its unit, because the languages represent times in different units.
fn without_unit(name: &str) -> String {
    ["_ms", "_sec", "_s"].iter().find_map(|unit| name.strip_suffix(unit)).unwrap_or(name).to_owned()
}

/// Returns the fields of a C struct, without the lengths of its arrays.
fn of_c(c: &Structs, of: &str) -> Option<Names> {
    let fields = c.get(&format!("toklink_{of}"))?;
    let names = fields.iter().map(|(_, name)| name.split('[').next().unwrap_or(name));
    Some(names.filter(|name| !name.ends_with("_count")).map(without_unit).collect())
}

fn of_rust(sources: &str, name: &str) -> Option<Names> {
    let body = body(sources, &format!("pub struct {name} {{\n"))?;
    let fields = body.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(':'));
    Some(fields.map(|(field, _)| without_unit(field)).collect())
}

fn of_ts(sources: &str, name: &str) -> Option<Names> {
    if let Some(body) = body(sources, &format!("export interface {name} {{\n")) {
        return Some(ts_fields(body));
    }
    let (_, rest) = sources.split_once(&format!("export interface {name} extends "))?;
    let (parent, rest) = rest.split_once(" {\n")?;
    let mut fields = of_ts(sources, parent)?;
    fields.extend(ts_fields(rest.split("\n}").next().unwrap_or_default()));
    Some(fields)
}

fn ts_fields(body: &str) -> Names {
    let fields = body.lines().filter_map(|line| {
        let field =
            line.strip_prefix("  ").filter(|field| field.starts_with(|c: char| c.is_ascii_lowercase()))?;
        let (name, _) = field.trim_start_matches("readonly ").split_once(':')?;
        Some(without_unit(&snake(name.trim_end_matches('?'))))
    });
    fields.collect()
}

fn body<'a>(sources: &'a str, start: &str) -> Option<&'a str> {
    let (_, rest) = sources.split_once(start)?;
    rest.split("\n}").next()
}

fn snake(camel: &str) -> String {
    let mut out = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Returns the text of all sources in a folder; for Rust, also of its subfolders.
fn sources(folder: &Path, extension: &str) -> Result<String> {
    let mut text = String::new();
    let doing = format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).context(&doing)? {
        let path = entry.context(&doing)?.path();
        if path.is_dir() && extension == "rs" {
            text += &sources(&path, extension)?;
        } else if path.extension().is_some_and(|kind| kind == extension) {
            text += &fs::read_to_string(&path).context(&doing)?;
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> Names {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn fields_are_parsed_in_three_languages() {
        let header = "\nstruct toklink_a {\n    const char *const *post_ids;\n    size_t post_id_count;\n    int64_t read_at_ms;\n};\n";
        assert_eq!(of_c(&c_header::structs(header), "a"), Some(set(&["post_ids", "read_at"])));
        let rust = "pub struct A {\n    /// Doc: x.\n    pub post_ids: Vec<String>,\n    secret: u8,\n}\n";
        assert_eq!(of_rust(rust, "A"), Some(set(&["post_ids"])));
        let ts = "export interface B {\n  readAt: Date;\n}\nexport interface A extends B {\n  /** x: y */\n  readonly postIds?: string[];\n}\n";
        assert_eq!(of_ts(ts, "A"), Some(set(&["post_ids", "read_at"])));
        assert_eq!(of_ts(ts, "C"), None);
    }

    #[test]
    fn field_missing_in_one_language_is_reported_unless_known() {
        let known = [Difference { of: "a", c: &["x"], others: &["y"], why: "because" }];
        let mut used = BTreeSet::new();
        let faults = compare("a", "Rust", "A", &set(&["x", "z"]), &set(&["y", "w"]), &known, &mut used);
        assert_eq!(
            faults,
            ["toklink_a.z is missing in Rust type A", "Rust field A.w is missing in toklink_a"]
        );
        assert_eq!(used, BTreeSet::from([0]));
    }
}
