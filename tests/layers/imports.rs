//! Finds the imports between the files of one folder, in Rust or TypeScript.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::{Path, paths};
use crate::tree::{SourceFile, specifiers};

/// The imported files of each file, as paths relative to the folder.
pub(crate) type Imports = BTreeMap<String, BTreeSet<String>>;

/// Returns the imports between the files in `folder`, whose path ends in a slash. Ignores files that only contain
/// tests.
pub(crate) fn imports(folder: &str, all: &[SourceFile]) -> Imports {
    let files: BTreeMap<&str, &str> = all
        .iter()
        .filter(|file| !file.is_test())
        .filter_map(|file| Some((file.path.strip_prefix(folder)?, file.text.as_str())))
        .collect();
    if files.contains_key("lib.rs") || files.contains_key("main.rs") {
        Crate::new(&files).imports(&files)
    } else {
        let named = |(path, text): (&&str, &&str)| ((*path).to_owned(), typescript(path, text, &files));
        files.iter().map(named).collect()
    }
}

fn typescript(path: &str, text: &str, files: &BTreeMap<&str, &str>) -> BTreeSet<String> {
    let resolved = |specifier: &str| {
        let mut parts: Vec<&str> = path.split('/').collect();
        parts.pop();
        for part in specifier.split('/') {
            match part {
                "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        let stem = parts.join("/").trim_end_matches(".js").to_owned();
        [".ts", ".tsx"]
            .map(|end| format!("{stem}{end}"))
            .into_iter()
            .find(|at| files.contains_key(at.as_str()))
    };
    let relative = specifiers(text).into_iter().filter(|(_, specifier)| specifier.starts_with('.'));
    relative.filter_map(|(_, specifier)| resolved(&specifier)).filter(|to| to != path).collect()
}

/// Modules and aliases of a crate.
struct Crate {
    /// Files by module path: `["oauth", "pkce"]` is `oauth/pkce.rs`, and the empty path is the crate root.
    modules: BTreeMap<Vec<String>, String>,
    /// Items that a module imports or re-exports: their names in the module, and their original paths.
    aliases: BTreeMap<Vec<String>, Vec<(String, Vec<String>)>>,
}

impl Crate {
    fn new(files: &BTreeMap<&str, &str>) -> Self {
        let root = if files.contains_key("lib.rs") { "lib.rs" } else { "main.rs" };
        // If there is a library, `main.rs` is a separate crate that uses the public API.
        let in_crate = files.keys().filter(|path| **path == root || !matches!(**path, "lib.rs" | "main.rs"));
        let modules: BTreeMap<_, _> = in_crate.map(|path| (module_of(path), (*path).to_owned())).collect();
        let mut all = Self { modules, aliases: BTreeMap::new() };
        for (module, path) in &all.modules {
            let named = read(module, files[path.as_str()]).into_iter().filter(|path| path.is_use);
            let absolute: Vec<_> = named
                .filter_map(|path| {
                    let name = path.renamed.as_ref().or(path.segments.last())?.clone();
                    Some((name, all.absolute(module, &path.segments)?))
                })
                .collect();
            all.aliases.insert(module.clone(), absolute);
        }
        all
    }

    fn imports(&self, files: &BTreeMap<&str, &str>) -> Imports {
        let of = |(module, path): (&Vec<String>, &String)| {
            (path.clone(), self.imports_of(module, path, files[path.as_str()]))
        };
        self.modules.iter().map(of).collect()
    }

    /// Returns the files that a module imports. A `pub use` does not count: its users depend on the file that defines
    /// the item.
    fn imports_of(&self, module: &[String], file: &str, text: &str) -> BTreeSet<String> {
        let named = read(module, text);
        let absolute: Vec<_> = named
            .iter()
            .filter(|path| !path.is_reexport)
            .filter_map(|path| self.absolute(module, &path.segments))
            .collect();
        // `use crate::oauth::token;` makes `token::Form` a path in that module.
        let modules = self.aliases[module].iter().filter(|(_, path)| self.modules.contains_key(path));
        let imported: BTreeMap<&str, &[String]> =
            modules.map(|(name, path)| (name.as_str(), path.as_slice())).collect();
        let through_import = named.iter().filter_map(|path| {
            let (first, rest) = path.segments.split_first()?;
            Some([imported.get(first.as_str())?, rest].concat())
        });
        let all: Vec<_> = absolute.iter().cloned().chain(through_import).collect();
        all.iter().filter_map(|path| self.file_of(path, 4)).filter(|to| to != file).collect()
    }

    /// Returns a path from the crate root; `None` if the path belongs to another crate or starts at an imported item.
    fn absolute(&self, module: &[String], segments: &[String]) -> Option<Vec<String>> {
        let (first, rest) = segments.split_first()?;
        if first == "crate" {
            return Some(rest.to_vec());
        }
        let child = [module, std::slice::from_ref(first)].concat();
        self.modules.contains_key(&child).then(|| [child, rest.to_vec()].concat())
    }

    /// Returns the file that defines the item. Follows at most `hops` aliases.
    fn file_of(&self, path: &[String], hops: usize) -> Option<String> {
        let module =
            (0..=path.len()).rev().map(|end| &path[..end]).find(|part| self.modules.contains_key(*part))?;
        let rest = &path[module.len()..];
        let aliased = |item: &String| self.aliases[module].iter().find(|(name, _)| name == item);
        let alias = rest.first().filter(|_| hops > 0).and_then(aliased);
        match alias {
            Some((_, original)) => self.file_of(&[original, &rest[1..]].concat(), hops - 1),
            None => self.modules.get(module).cloned(),
        }
    }
}

fn read(module: &[String], text: &str) -> Vec<Path> {
    let names: Vec<&str> = module.iter().map(String::as_str).collect();
    paths(&names, text)
}

fn module_of(path: &str) -> Vec<String> {
    let mut names: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        names.pop();
    }
    names
}
