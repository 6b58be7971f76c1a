//! Checks the sources against ARCHITECTURE.md: allowed dependencies, floors, import circles, pure modules and file
//! lengths.
//! Deliberate violations test each check.

#[path = "layers/areas.rs"]
mod areas;
#[path = "layers/graph.rs"]
mod graph;
#[path = "layers/imports.rs"]
mod imports;
#[path = "layers/paths.rs"]
mod paths;
#[path = "layers/planted.rs"]
mod planted;
#[path = "layers/rules.rs"]
mod rules;
#[path = "layers/tree.rs"]
mod tree;

use areas::{AREAS, Area};
use rules::violations;
use std::path::PathBuf;
use tree::{SourceFile, files};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Fails if there are violations, and lists all of them.
fn assert_clean(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn in_folder<'a>(all: &'a [SourceFile], folder: &str) -> impl Iterator<Item = &'a SourceFile> {
    all.iter().filter(move |file| file.path.starts_with(folder))
}

#[test]
fn core_files_only_use_allowed_modules() {
    let all = files(&root());
    let core: Vec<_> = in_folder(&all, "src/").filter(|file| !file.is_test()).collect();
    assert!(core.len() > 5, "too few files of the core were found");
    let faults: Vec<String> = core
        .iter()
        .flat_map(|file| {
            let module = file.module();
            let names: Vec<&str> = module.iter().map(String::as_str).collect();
            violations(&names, &file.text).into_iter().map(|fault| format!("{}: {fault}", file.path))
        })
        .collect();
    assert_clean(&faults);
}

#[test]
fn files_outside_the_core_have_no_import_circles() {
    let faults = of_each_area(|area, imports| graph::circle_faults(imports, area.circles));
    assert_clean(&faults);
}

#[test]
fn core_files_have_no_import_circles() {
    assert_clean(&graph::circle_faults(&imports::imports("src/", &files(&root())), rules::CIRCLES));
}

#[test]
fn modules_only_import_from_lower_floors() {
    let faults = of_each_area(|area, imports| graph::floor_faults(imports, area));
    assert_clean(&faults);
    for area in AREAS {
        assert!(area.upward.len() <= 6, "{} has too many allowed imports", area.folder);
        assert!(area.upward.iter().all(|allowed| !allowed.reason.is_empty()), "{}", area.folder);
    }
}

fn of_each_area(check: impl Fn(&Area, &imports::Imports) -> Vec<String>) -> Vec<String> {
    let all = files(&root());
    let mut faults = Vec::new();
    for area in AREAS {
        let imports = imports::imports(area.folder, &all);
        assert!(imports.values().flatten().count() > 5, "too few imports were found in {}", area.folder);
        faults.extend(check(area, &imports).iter().map(|fault| format!("{}: {fault}", area.folder)));
    }
    faults
}

#[test]
fn source_files_have_at_most_500_lines() {
    assert_clean(&tree::too_long(&files(&root())));
}

#[test]
fn emulator_depends_on_no_other_crate_of_the_repository() {
    let all = files(&root());
    let mut faults = tree::named_dependencies(&tree::read(&root(), "emulator/Cargo.toml"), &["toklink"]);
    for file in in_folder(&all, "emulator/src/") {
        let names = paths::paths(&[], &file.text);
        faults.extend(names.iter().filter(|path| path.segments[0] == "toklink").map(|path| {
            format!("{}:{}: the emulator must stay independent of the core", file.path, path.line)
        }));
    }
    assert_clean(&faults);
}

#[test]
fn bindings_only_use_the_public_api_of_the_core() {
    let root = root();
    let mut faults = Vec::new();
    for manifest in ["bindings/c/Cargo.toml", "bindings/node/Cargo.toml"] {
        let text = tree::read(&root, manifest);
        let policy = ["reqwest", "rusqlite", "aes-gcm", "dashmap", "toklink-emulator"];
        faults
            .extend(tree::named_dependencies(&text, &policy).into_iter().map(|f| format!("{manifest}: {f}")));
        if text.split("[dev-dependencies]").next().is_some_and(|shipped| shipped.contains("test-util")) {
            faults.push(format!("{manifest}: `test-util` is for tests"));
        }
    }
    for file in in_folder(&files(&root), "bindings/") {
        for door in ["include!(", "#[path"] {
            if paths::blank_literals(&file.text).contains(door) {
                faults.push(format!("{}: `{door}` bypasses the public API", file.path));
            }
        }
    }
    assert_clean(&faults);
}

#[test]
fn routes_import_the_interface_and_never_the_addon() {
    assert_clean(&tree::addon_importers(&files(&root())));
}

#[test]
fn use_of_a_module_that_is_not_allowed_is_reported() {
    for planted in [
        "use crate::client::Client;",
        "use crate::{error::Error, client::{self, Client}};",
        "use super::super::client::Client;",
        "fn f() { crate::client::Client::close(); }",
        "mod inner { use super::super::super::client::Client; }",
        "pub(in crate::client) fn f() {}",
    ] {
        let found = violations(&["transport", "http"], planted);
        assert!(!found.is_empty(), "{planted}");
        assert!(found[0].contains("`transport` may not use `client"), "{planted}: {found:?}");
    }
}

#[test]
fn runtime_clock_or_environment_in_a_pure_module_is_reported() {
    for planted in [
        "use tokio::fs::File;",
        "use {std::fmt, reqwest::Client};",
        "use std::{env, fmt};",
        "fn f() -> String { std::env::var(\"A\").unwrap_or_default() }",
        "fn f(clock: &dyn Clock) -> Timestamp { clock.now() }",
    ] {
        assert_eq!(violations(&["oauth", "pkce"], planted).len(), 1, "{planted}");
    }
}

#[test]
fn glob_and_indirect_imports_and_unknown_modules_are_reported() {
    assert_eq!(violations(&["quota"], "use crate::*;").len(), 1);
    assert_eq!(violations(&["helpers"], "").len(), 1);
    assert_eq!(violations(&["quota"], "use crate::Error;").len(), 1);
    assert_eq!(violations(&["pipeline"], "use crate::api::consumer::user::UserInfo;").len(), 1);
}

#[test]
fn allowed_uses_are_not_reported() {
    for (module, fine) in [
        ("transport", "use crate::{config::Config, error::{Error, Result}};\nuse super::Request;"),
        ("pipeline", "use crate::api::call::Call;"),
        ("oauth", "// use tokio::fs;\nconst S: &str = \"tokio::fs crate::client::X\";"),
        ("oauth", "#[cfg(test)]\nmod tests { use crate::client::Client; use tokio::fs; }"),
        ("oauth", "const C: char = '\"'; const D: &str = r#\"crate::client::\"x\"#; pub(crate) fn f() {}"),
        ("oauth", "fn f<'a>(x: &'a str) -> &'a str { x } /* reqwest::get */"),
    ] {
        assert_eq!(violations(&[module, "part"], fine), Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn long_files_and_forbidden_dependencies_are_reported() {
    let long = SourceFile { path: "src/long.rs".to_owned(), text: "x\n".repeat(501) };
    let generated = SourceFile { path: "include/toklink.h".to_owned(), text: "x\n".repeat(501) };
    assert_eq!(tree::too_long(&[long, generated]).len(), 1);

    for line in
        ["toklink = \"1\"", "toklink.workspace = true", "core = { package = \"toklink\", path = \"..\" }"]
    {
        let manifest = format!("[package]\nname = \"toklink-emulator\"\n[dev-dependencies]\n{line}\n");
        assert_eq!(tree::named_dependencies(&manifest, &["toklink"]).len(), 1, "{line}");
    }
    let innocent = "[package]\nname = \"toklink-emulator\"\n[dependencies]\ntoklinks = \"1\"\n";
    assert!(tree::named_dependencies(innocent, &["toklink"]).is_empty());

    for (path, import, faults) in [
        ("js/http/connect.ts", "import { Client } from 'toklink-native';", 1),
        ("js/next.ts", "const native = await import(\"./native/load.js\");", 1),
        ("js/http/connect.ts", "import type { TikTokApi } from '../client-interface.js';", 0),
        ("js/react/avatar.tsx", "import { load } from '../native/load.js';", 1),
        ("js/client.ts", "import { load } from './native/load.js';", 0),
        ("js/cli.ts", "import { x } from 'toklink-native';", 1),
        ("js/native/load.ts", "import { x } from 'toklink-native';", 0),
    ] {
        let file = SourceFile { path: path.to_owned(), text: import.to_owned() };
        assert_eq!(tree::addon_importers(&[file]).len(), faults, "{path}: {import}");
    }
}
