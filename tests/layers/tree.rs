//! Lists the project's source files, and parses manifests and imports.

use std::fs;
use std::path::Path;

/// Folders with downloaded, built or generated files, which the checks skip.
const NOT_OURS: &[&str] = &["node_modules", "dist", "generated", "test-results", "playwright-report"];

/// Generated files in the repository, whose length is not limited.
const GENERATED: &[&str] = &[
    "include/toklink.h",
    "bindings/node/index.js",
    "bindings/node/index.d.ts",
    "examples/dashboard/next-env.d.ts",
];

const EXTENSIONS: &[&str] =
    &["rs", "ts", "tsx", "mts", "cts", "js", "mjs", "cjs", "c", "h", "cc", "cpp", "hpp", "css"];

/// Maximum number of lines in a source file.
const MAX_LINES: usize = 500;

/// A source file. `path` is relative to the project's root and uses forward slashes.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    /// Returns the module path of a file in the core; empty for `src/lib.rs`.
    pub(crate) fn module(&self) -> Vec<String> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut names: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if names.last().is_some_and(|last| last == "mod" || last == "lib") {
            names.pop();
        }
        names
    }

    /// Returns true if the file only contains tests.
    pub(crate) fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.ends_with("_tests.rs") || self.path.contains("/tests/")
    }
}

/// Returns all source files under `root`, sorted by path.
pub(crate) fn files(root: &Path) -> Vec<SourceFile> {
    let mut found = Vec::new();
    walk(root, "", &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            let hidden = name.starts_with('.') || name.starts_with("target");
            if !hidden && !NOT_OURS.contains(&name.as_str()) {
                walk(&entry.path(), &format!("{path}/"), found);
            }
        } else if kind.is_file()
            && name.rsplit_once('.').is_some_and(|(_, ext)| EXTENSIONS.contains(&ext))
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            found.push(SourceFile { path, text });
        }
    }
}

/// Reads a file. Fails if the file is missing or empty.
pub(crate) fn read(root: &Path, path: &str) -> String {
    let text = fs::read_to_string(root.join(path)).unwrap_or_default();
    assert!(!text.is_empty(), "{path} exists and is not empty");
    text
}

/// Returns a message for each file that is too long.
pub(crate) fn too_long(files: &[SourceFile]) -> Vec<String> {
    files
        .iter()
        .filter(|file| !GENERATED.contains(&file.path.as_str()))
        .map(|file| (file, file.text.lines().count()))
        .filter(|&(_, lines)| lines > MAX_LINES)
        .map(|(file, lines)| format!("{}: {lines} lines; split it (at most {MAX_LINES})", file.path))
        .collect()
}

/// Returns the `banned` crates that a manifest depends on, including renamed ones.
pub(crate) fn named_dependencies(manifest: &str, banned: &[&str]) -> Vec<String> {
    let mut in_dependencies = false;
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            in_dependencies = section.contains("dependencies");
            if let Some((_, name)) =
                section.rsplit_once("dependencies.").filter(|(_, name)| banned.contains(name))
            {
                found.push(format!("depends on `{name}`"));
            }
            continue;
        }
        let key = line.split(['=', '.', ' ']).next().unwrap_or_default();
        for name in banned {
            let renamed = line.replace(' ', "").contains(&format!("package=\"{name}\""));
            if in_dependencies && (key == *name || renamed) {
                found.push(format!("depends on `{name}`"));
            }
        }
    }
    found
}

/// Returns the TypeScript files that import the addon although they must not. Only `js/native/` may import
/// `toklink-native`; routes, adapters and the testing module must not import `js/native/` either.
pub(crate) fn addon_importers(files: &[SourceFile]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in
        files.iter().filter(|file| file.path.starts_with("js/") && !file.path.starts_with("js/native/"))
    {
        let neutral = file.path.starts_with("js/http/")
            || file.path.starts_with("js/react/")
            || file.path.starts_with("js/prisma/")
            || file.path.starts_with("js/testing/")
            || ["js/next.ts", "js/prisma.ts", "js/client-interface.ts", "js/types.ts"]
                .contains(&file.path.as_str());
        for (index, specifier) in specifiers(&file.text) {
            let addon = specifier == "toklink-native" || specifier.starts_with("toklink-native/");
            if addon || (neutral && specifier.contains("/native/")) {
                faults.push(format!("{}:{index}: may not import `{specifier}`", file.path));
            }
        }
    }
    faults
}

/// Returns the imports of a TypeScript file, including type imports, with their lines.
pub(crate) fn specifiers(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.trim_start();
        if code.starts_with("//") || code.starts_with('*') {
            continue;
        }
        for opener in ["from ", "import ", "import(", "require("] {
            for (at, _) in code.match_indices(opener) {
                let rest = &code[at + opener.len()..];
                let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
                if let Some((specifier, _)) = quote.and_then(|q| rest[1..].split_once(q)) {
                    found.push((index + 1, specifier.to_owned()));
                }
            }
        }
    }
    found
}
