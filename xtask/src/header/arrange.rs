//! Arranges cbindgen's declarations in groups, in the order of the sources, with short comments.

use crate::fault::{Context, Fault, Result};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The groups of the header, and the source files of each group in order.
const GROUPS: [(&str, &[&str]); 13] = [
    ("Version", &["ffi/version"]),
    ("Errors and texts", &["ffi/status", "ffi/reason", "ffi/error", "ffi/text"]),
    ("Operations", &["runtime/callback", "runtime/operations", "client/entry"]),
    ("Store of your own", &["store/host_store"]),
    (
        "Client",
        &[
            "runtime/queue",
            "runtime/log",
            "quota/policy",
            "client/options",
            "client/mod",
            "client/account_id",
        ],
    ),
    ("Login", &["login/options", "login/desktop", "login/web", "login/authorize", "login/tokens"]),
    ("Accounts", &["account/accounts", "account/user", "account/video", "account/creator"]),
    ("Metrics", &["metrics/account", "metrics/history", "metrics/collect"]),
    (
        "Publishing",
        &[
            "publish/probe",
            "publish/caption",
            "publish/outcome",
            "publish/source",
            "publish/options",
            "publish/calls",
            "publish/record",
        ],
    ),
    ("Quotas", &["quota/windows", "client/quota"]),
    ("Events", &["client/events"]),
    ("Webhooks", &["webhook/mod"]),
    ("Encryption keys", &["client/reseal"]),
];

/// Maximum line length of the header.
const WIDTH: usize = 120;

/// A declaration with its comment.
#[derive(Debug)]
struct Item {
    name: String,
    comment: Vec<String>,
    code: Vec<String>,
}

/// Returns the header with its declarations arranged in groups.
pub(super) fn arrange(header: &str, sources: &Path) -> Result<String> {
    let start = header.find("/**\n * The version of this header").ok_or_else(|| unread("the version"))?;
    let (preamble, rest) = header.split_at(start);
    let opening = "#ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n";
    let (types, functions) = rest.split_once(opening).ok_or_else(|| unread("extern \"C\""))?;
    let functions = functions.split("#ifdef __cplusplus").next().unwrap_or_default();
    let (macros, types) = types.split_at(types.find("/**\n * Increases with every").unwrap_or(0));
    let places = places(sources)?;
    let mut items: BTreeMap<usize, Vec<(usize, Item)>> = BTreeMap::new();
    let mut forward = String::new();
    for block in blocks(types).into_iter().chain(blocks(functions)) {
        let item = item(&block)?;
        let (group, order) = *places.get(&item.name).ok_or_else(|| unread(&item.name))?;
        if item.code.iter().any(|line| line.starts_with("struct ") || line.starts_with("typedef struct ")) {
            let line = format!("typedef struct {0} {0};\n", item.name);
            if !forward.contains(&line) {
                forward += &line;
            }
        }
        items.entry(group).or_default().push((order, item));
    }
    let mut out = index(preamble);
    let _ = write!(out, "{macros}{}{forward}\n{opening}", shared());
    for (group, mut items) in items {
        items.sort_by_key(|(order, _)| *order);
        let name = GROUPS.get(group).map_or("", |(name, _)| name);
        let _ = write!(out, "\n/* ---- {name} {} */\n", "-".repeat(WIDTH.saturating_sub(name.len() + 13)));
        for (_, item) in items {
            out += &shown(&item);
        }
    }
    out += "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* TOKLINK_H */\n";
    Ok(out)
}

fn unread(what: &str) -> Fault {
    Fault(format!("cannot arrange the header: {what} is missing or has moved in the output of cbindgen"))
}

/// Adds the list of groups to the end of the first comment.
fn index(preamble: &str) -> String {
    let names: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
    let names = filled(&format!("Groups of this header: {}.", names.join("; ")), WIDTH - 4);
    let listed = format!(" *\n * {}\n */\n\n#ifndef", names.join("\n * "));
    preamble.replacen(" */\n\n#ifndef", &listed, 1)
}

/// Returns definitions that all declarations use.
fn shared() -> &'static str {
    "/** Declares an enum with the type uint32_t in every language version. */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define TOKLINK_ENUM(name) enum name : uint32_t
#else
#define TOKLINK_ENUM(name) typedef uint32_t name; enum name
#endif

/** Initialises a struct of options with its defaults and its size in this header. */
#ifdef __cplusplus
 template <class T> inline T toklink_init() { T options = T(); options.size = sizeof(T); return options; }
#define TOKLINK_INIT(type) toklink_init<type>()
#else
#define TOKLINK_INIT(type) {.size = sizeof(type)}
#endif

"
}

/// Returns the group and the position of each item, from the files that define the items.
fn places(sources: &Path) -> Result<BTreeMap<String, (usize, usize)>> {
    let mut places = BTreeMap::new();
    for (group, (_, files)) in GROUPS.iter().enumerate() {
        for (number, file) in files.iter().enumerate() {
            let path = sources.join(format!("{file}.rs"));
            let source = fs::read_to_string(&path).context(format_args!("cannot read {}", path.display()))?;
            for (line, text) in source.lines().enumerate() {
                if let Some(name) = defined(text) {
                    places.entry(name.to_owned()).or_insert((group, number * 100_000 + line));
                }
            }
        }
    }
    Ok(places)
}

fn defined(line: &str) -> Option<&str> {
    let rest = [
        "pub struct ",
        "pub enum ",
        "pub type ",
        "pub const ",
        "pub unsafe extern \"C\" fn ",
        "pub extern \"C\" fn ",
    ]
    .iter()
    .find_map(|start| line.strip_prefix(start))?;
    let name = rest.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next()?;
    name.to_ascii_lowercase().starts_with("toklink").then_some(name)
}

/// Splits cbindgen's output into declarations, each of which starts with a comment.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    for line in text.lines() {
        if line == "/**" {
            blocks.push(String::new());
        }
        if let Some(block) = blocks.last_mut() {
            *block += line;
            block.push('\n');
        }
    }
    blocks
}

fn item(block: &str) -> Result<Item> {
    let (comment, code) = block.split_once("\n */\n").ok_or_else(|| unread("a comment"))?;
    let comment =
        comment.lines().skip(1).map(|line| line.trim_start_matches(" *").trim().to_owned()).collect();
    let is_noise =
        |line: &str| line.starts_with('#') && !line.starts_with("#define") || line.trim() == ": uint32_t";
    let code: Vec<String> =
        code.lines().filter(|line| !is_noise(line) && !line.trim().is_empty()).map(without_tags).collect();
    let joined = code.join(" ");
    let name = joined
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .find(|word| word.starts_with("toklink_") && is_named(&joined, word) || word.starts_with("TOKLINK_"))
        .ok_or_else(|| unread(&joined))?;
    Ok(Item { name: name.to_owned(), comment, code })
}

/// Returns true if the word is the declared name and not a type that the declaration uses.
fn is_named(code: &str, word: &str) -> bool {
    let after = code.split_once(word).map_or("", |(_, after)| after);
    let defines =
        code.starts_with("typedef struct") || code.starts_with("enum") || code.starts_with("struct");
    defines
        || code.contains(&format!("(*{word})"))
        || code.starts_with("typedef") && code.ends_with(&format!(" {word};"))
        || !code.starts_with("typedef") && after.starts_with('(')
}

fn without_tags(line: &str) -> String {
    let definition = line.starts_with("typedef struct") || line.starts_with("struct");
    if definition {
        line.trim_end().to_owned()
    } else {
        line.replace("struct toklink_", "toklink_").trim_end().to_owned()
    }
}

fn shown(item: &Item) -> String {
    let first = item.code.first().map(String::as_str).unwrap_or_default();
    let comment = commented(&item.comment, "");
    if first.starts_with("typedef struct") && first.ends_with(';') {
        // An opaque type consists only of its forward declaration.
        return format!("\n{comment}struct {};\n", item.name);
    }
    if first.starts_with("typedef struct") {
        let mut out = format!("\n{comment}struct {} {{\n{}}};\n", item.name, members(&item.code));
        if item.code.iter().any(|line| line.trim() == "size_t size;") {
            let init = item.name.to_ascii_uppercase();
            let _ = writeln!(out, "#define {init}_INIT TOKLINK_INIT({})", item.name);
        }
        return out;
    }
    if first.starts_with("enum") {
        return format!("\n{comment}TOKLINK_ENUM({}) {{\n{}}};\n", item.name, members(&item.code));
    }
    format!("\n{comment}{}", wrapped(&item.code.join(" ")))
}

/// Returns fields or enumerators, each followed by its comment, or preceded by it if the line would be too long.
fn members(code: &[String]) -> String {
    let (mut out, mut comment, mut declaration) = (String::new(), Vec::new(), String::new());
    let mut is_comment = false;
    for line in code.iter().skip(1) {
        let text = line.trim();
        match text {
            "/**" => is_comment = true,
            "*/" => is_comment = false,
            _ if is_comment => comment.push(text.trim_start_matches('*').trim().to_owned()),
            _ if text.starts_with('}') || text == "{" || text.starts_with("typedef") => {}
            _ => {
                let space = if declaration.is_empty() { "" } else { " " };
                declaration += space;
                declaration += text;
                if text.ends_with([',', ';']) && balanced(&declaration) {
                    let inline = format!("    {declaration} /**< {} */\n", comment.join(" "));
                    if inline.len() <= WIDTH + 1 {
                        out += &inline;
                    } else {
                        out += &commented(&comment, "    ");
                        for line in wrapped(&declaration).lines() {
                            let _ = writeln!(out, "    {line}");
                        }
                    }
                    (comment, declaration) = (Vec::new(), String::new());
                }
            }
        }
    }
    out
}

fn balanced(text: &str) -> bool {
    text.matches('(').count() == text.matches(')').count()
}

/// Returns a comment with each paragraph wrapped again.
fn commented(lines: &[String], indent: &str) -> String {
    let mut paragraphs: Vec<String> = vec![String::new()];
    for line in lines {
        match paragraphs.last_mut() {
            _ if line.is_empty() => paragraphs.push(String::new()),
            Some(last) if last.is_empty() => last.clone_from(line),
            Some(last) => {
                last.push(' ');
                *last += line;
            }
            None => {}
        }
    }
    let filled: Vec<String> = paragraphs
        .iter()
        .flat_map(|paragraph| filled(paragraph, WIDTH.saturating_sub(indent.len() + 7)))
        .collect();
    format!("{indent}/** {} */\n", filled.join(&format!("\n{indent} *  ")))
}

fn filled(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        if let Some(last) = lines.last_mut() {
            if last.is_empty() {
                word.clone_into(last);
            } else if last.chars().count() + 1 + word.chars().count() <= width {
                last.push(' ');
                *last += word;
            } else {
                lines.push(word.to_owned());
            }
        }
    }
    lines
}

/// Returns a declaration with its arguments wrapped.
fn wrapped(code: &str) -> String {
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(");
    let (mut out, mut column) = (String::new(), 0);
    for argument in code.split_inclusive(", ") {
        if column + argument.trim_end().len() > WIDTH && column > 0 {
            out.truncate(out.trim_end().len());
            out += "\n    ";
            column = 4;
        }
        out += argument;
        column += argument.len();
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_name_is_found_in_each_kind_of_declaration() {
        let named = |code: &str| item(&format!("/**\n * It.\n */\n{code}\n")).unwrap().name;
        assert_eq!(named("toklink_status toklink_a(const struct toklink_client *client);"), "toklink_a");
        assert_eq!(
            named("typedef void (*toklink_done)(void *data, const struct toklink_error *error);"),
            "toklink_done"
        );
        assert_eq!(named("typedef uint64_t toklink_op;"), "toklink_op");
        assert_eq!(named("typedef struct toklink_b {\n    toklink_status a;\n} toklink_b;"), "toklink_b");
    }

    #[test]
    fn comments_are_wrapped_and_short_ones_follow_their_field() {
        let code = ["struct x {", "    /**", "     * The id.", "     */", "    const char *id;", "}"]
            .map(str::to_owned);
        assert_eq!(members(&code), "    const char *id; /**< The id. */\n");
        let lines = ["One".to_owned(), "two.".to_owned(), String::new(), "Three.".to_owned()];
        assert_eq!(commented(&lines, ""), "/** One two.\n *  Three. */\n");
    }
}
