//! `header`: generates include/toklink.h from the C crate with a pinned version of cbindgen.

mod arrange;

use crate::fault::{Context, Fault, Result};
use crate::progress::say;
use crate::{project, symbols};
use std::fs;

const HEADER: &str = "include/toklink.h";
const C_CRATE: &str = "bindings/c";

/// Writes the header. With `check`, compares the header and the library's symbols instead.
pub(crate) fn run(check: bool) -> Result<()> {
    let made = generate()?;
    if !check {
        fs::write(project::path(HEADER), &made).context(format_args!("cannot write {HEADER}"))?;
        say(&format!(
            "{HEADER}: {} lines, {} functions",
            made.lines().count(),
            symbols::declared(&made).len()
        ));
        return Ok(());
    }
    if let Some(difference) = first_difference(&project::read(HEADER)?, &made) {
        let advice = "run `cargo run -p xtask -- header` and commit the result";
        return Err(Fault(format!("{HEADER} differs from {C_CRATE}; {advice}\n{difference}")));
    }
    say(&format!("{HEADER} matches {C_CRATE}"));
    project::build("dev")?;
    let exported = symbols::exported(&project::built("dev")?.join(crate::package::shared_library()))?;
    symbols::compare(&symbols::declared(&made), &exported)?;
    say(&format!("the shared library exports exactly the {} functions of {HEADER}", exported.len()));
    Ok(())
}

fn generate() -> Result<String> {
    let mut config = cbindgen::Config::from_file(project::path(C_CRATE).join("cbindgen.toml"))
        .context("bindings/c/cbindgen.toml")?;
    config.header = Some(project::read("bindings/c/preamble.txt")?.trim_end().to_owned());
    config.after_includes = Some(version_macros(env!("CARGO_PKG_VERSION"))?);
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_crate(project::path(C_CRATE))
        .generate()
        .context("cbindgen cannot read bindings/c")?;
    let mut header = Vec::new();
    bindings.write(&mut header);
    let header = String::from_utf8(header).context("the output of cbindgen is not UTF-8")?;
    let header = without_trailing_blanks(&header);
    undocumented(&header)
        .map_or(Ok(()), |line| Err(Fault(format!("{HEADER}: no documentation for `{line}`"))))?;
    let header = arrange::arrange(&header, &project::path("bindings/c/src"))?;
    Ok(without_trailing_blanks(&header))
}

/// Returns macros with the workspace version, which `toklink_version` and `toklink_version_number` return too.
fn version_macros(version: &str) -> Result<String> {
    let parts = version.split('.').map(str::parse).collect::<std::result::Result<Vec<u32>, _>>();
    let parts = parts.context(format_args!("a part of the version {version} is not a number"))?;
    let [major, minor, patch] = parts[..] else {
        return Err(Fault(format!("the version {version} must have three parts")));
    };
    if parts.iter().any(|part| *part > 255) {
        return Err(Fault(format!("each part of the version {version} must be at most 255")));
    }
    Ok(format!(
        "
/**
 * The version of this header. toklink_version and toklink_version_number return the version of the loaded library.
 */
#define TOKLINK_VERSION \"{version}\"
#define TOKLINK_VERSION_MAJOR {major}
#define TOKLINK_VERSION_MINOR {minor}
#define TOKLINK_VERSION_PATCH {patch}
/**
 * The version as one number: major * 65536 + minor * 256 + patch.
 */
#define TOKLINK_VERSION_NUMBER {}",
        major << 16 | minor << 8 | patch
    ))
}

fn without_trailing_blanks(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// Returns the first declaration or enumerator that has no comment.
fn undocumented(header: &str) -> Option<&str> {
    let lines: Vec<&str> = header.lines().collect();
    let is_item = |line: &str| {
        line.starts_with("typedef struct ")
            || line.starts_with("enum toklink_")
            || line.trim_start().starts_with("TOKLINK_")
            || (line.contains(" toklink_") || line.contains(" *toklink_"))
                && line.contains('(')
                && !line.contains("* ")
    };
    lines.windows(2).find_map(|pair| match pair {
        [before, line] if is_item(line) && !line.starts_with(' ') && !before.ends_with("*/") => Some(*line),
        [before, line] if line.starts_with("    TOKLINK_") && !before.ends_with("*/") => Some(*line),
        _ => None,
    })
}

fn first_difference(old: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let (mut old, mut new) = (old.lines(), new.lines());
    for number in 1_usize.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (was, is) if was != is => {
                let shown = |line: Option<&str>| line.unwrap_or("(the end)").to_owned();
                return Some(format!("line {number}\n- {}\n+ {}", shown(was), shown(is)));
            }
            _ => {}
        }
    }
    Some("the line endings differ".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_number_packs_all_parts() {
        let macros = version_macros("1.2.3").unwrap();
        assert!(macros.contains("#define TOKLINK_VERSION_NUMBER 66051"), "{macros}");
        assert!(macros.contains("#define TOKLINK_VERSION_PATCH 3"));
        assert!(version_macros("1.2").is_err());
        assert!(version_macros("1.2.300").is_err());
        assert!(version_macros("1.2.3-rc.1").is_err());
    }

    #[test]
    fn difference_shows_the_changed_line_and_its_number() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n").unwrap(), "line 2\n- b\n+ c");
        assert_eq!(first_difference("a\n", "a\nc\n").unwrap(), "line 2\n- (the end)\n+ c");
        assert!(first_difference("a\r\n", "a\n").is_some());
    }

    #[test]
    fn declaration_without_a_comment_is_reported() {
        let good = "/**\n * It.\n */\nint toklink_it(void);\n";
        assert_eq!(undocumented(good), None);
        assert_eq!(undocumented("\nint toklink_it(void);\n"), Some("int toklink_it(void);"));
        assert_eq!(undocumented("{\n    TOKLINK_OK = 0,\n"), Some("    TOKLINK_OK = 0,"));
    }
}
