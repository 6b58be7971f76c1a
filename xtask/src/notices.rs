//! `THIRD_PARTY.md` of a binary: the linked crates, their licences, and the texts that these licences require.
//! `cargo metadata` lists the crates; their sources contain the texts.

use crate::fault::{Context, Fault, Result};
use crate::{project, run};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    #[serde(default)]
    authors: Vec<String>,
    license: Option<String>,
    repository: Option<String>,
    manifest_path: String,
    /// Source of the crate; `None` for crates of this repository.
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// Kind of the dependency: `build`, `dev`, or `None` for a linked crate.
    kind: Option<String>,
}

impl Package {
    fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    fn license(&self) -> &str {
        self.license.as_deref().unwrap_or("see its source")
    }
}

/// Returns the page for `crate_name` and the Rust target `target`, or this machine if `target` is `None`.
pub(crate) fn of(crate_name: &str, target: Option<&str>) -> Result<String> {
    let metadata = metadata(target)?;
    let linked = linked_into(&metadata, crate_name)?;
    // Lists each text once with its crates, in order of first use, because many crates share a text.
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for package in &linked {
        for text in texts_of(package)? {
            match texts.iter_mut().find(|(known, _)| *known == text) {
                Some((_, crates)) => crates.push(package.title()),
                None => texts.push((text, vec![package.title()])),
            }
        }
    }
    let rows = linked.iter().map(|package| {
        let repository = package.repository.as_deref().unwrap_or_default();
        format!("| {} | {} | {repository} |\n", package.title(), package.license())
    });
    let sections = texts.iter().map(|(text, of)| format!("\n## {}\n\n{}\n", of.join(", "), indented(text)));
    Ok(format!(
        "# Third-party software in this binary\n\n\
         The Rust standard library (MIT OR Apache-2.0, https://github.com/rust-lang/rust), and:\n\n\
         | Crate | Licence | Source |\n|---|---|---|\n{}{}",
        rows.collect::<String>(),
        sections.collect::<String>()
    ))
}

fn metadata(target: Option<&str>) -> Result<Metadata> {
    let mut command = Command::new("cargo");
    command.current_dir(project::path(".")).args(["metadata", "--format-version", "1", "--locked"]);
    command.args(["--filter-platform", &target.map_or_else(host, |target| Ok(target.to_owned()))?]);
    serde_json::from_str(&run::kept(&mut command)?.stdout)
        .context("cannot parse the output of cargo metadata")
}

/// Returns the folder with a crate's source.
pub(crate) fn source_of(crate_name: &str) -> Result<PathBuf> {
    let metadata = metadata(None)?;
    let package = metadata.packages.iter().find(|package| package.name == crate_name);
    let folder = package.and_then(|package| Path::new(&package.manifest_path).parent().map(Path::to_owned));
    folder.ok_or_else(|| Fault(format!("crate {crate_name} does not exist")))
}

/// Returns the folders of the external crates that are linked into a crate for a target.
#[cfg(test)]
pub(crate) fn sources_for(crate_name: &str, target: &str) -> Result<Vec<PathBuf>> {
    let metadata = metadata(Some(target))?;
    let linked = linked_into(&metadata, crate_name)?;
    let folder = |package: &&Package| Path::new(&package.manifest_path).parent().map(Path::to_owned);
    Ok(linked.iter().filter_map(folder).collect())
}

/// Returns the Rust target of this machine.
pub(crate) fn host() -> Result<String> {
    let told = run::kept(Command::new("rustc").arg("-vV"))?.stdout;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Fault("the output of rustc -vV contains no host".to_owned()))
}

/// Returns the external crates that are linked into the binary, excluding build and test dependencies.
fn linked_into<'a>(metadata: &'a Metadata, crate_name: &str) -> Result<Vec<&'a Package>> {
    let start = metadata.packages.iter().find(|package| package.name == crate_name);
    let start = start.ok_or_else(|| Fault(format!("crate {crate_name} does not exist")))?;
    let nodes: HashMap<_, _> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let (mut seen, mut open) = (HashSet::new(), vec![start.id.as_str()]);
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let linked = dependencies.filter(|one| one.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        open.extend(linked.map(|one| one.pkg.as_str()));
    }
    let of_others = |package: &&Package| package.source.is_some() && seen.contains(package.id.as_str());
    let mut linked: Vec<_> = metadata.packages.iter().filter(of_others).collect();
    linked.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    Ok(linked)
}

/// Returns a crate's licence texts. If MIT is an option, returns only the MIT text.
fn texts_of(package: &Package) -> Result<Vec<String>> {
    let folder = Path::new(&package.manifest_path).parent().unwrap_or(Path::new("."));
    let doing = format!("cannot read the licence of {}", package.title());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).context(&doing)? {
        let name = entry.context(&doing)?.file_name().to_string_lossy().into_owned();
        let lower = name.to_lowercase();
        if ["licence", "license", "copying", "notice", "unlicense"].iter().any(|word| lower.starts_with(word))
        {
            names.push(name);
        }
    }
    names.sort();
    let words: Vec<_> = package.license().split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
    if words.contains(&"MIT") && !words.contains(&"AND") && names.iter().any(|name| is_mit(name)) {
        names.retain(|name| is_mit(name));
    }
    // Skips folders and files that are not text.
    let read = names.iter().filter_map(|name| fs::read_to_string(folder.join(name)).ok());
    let mut texts: Vec<_> = read.map(|text| text.replace("\r\n", "\n").trim().to_owned()).collect();
    texts.retain(|text| !text.is_empty());
    if texts.is_empty() {
        let authors = package.authors.join(", ");
        let authors = if authors.is_empty() { format!("the authors of {}", package.name) } else { authors };
        texts.push(format!("{}\n\nCopyright (c) {authors}", package.license()));
    }
    Ok(texts)
}

fn is_mit(name: &str) -> bool {
    name.to_lowercase().contains("mit")
}

fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("    {line}") };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_list_linked_crates_but_no_build_or_test_crates() {
        let page = of("toklink-c", None).unwrap();
        for linked in ["| tokio ", "| serde_json ", "| ring ", "| rusqlite "] {
            assert!(page.contains(linked), "{linked}");
        }
        for other in ["| proptest ", "| cbindgen ", "| toklink ", "| napi "] {
            assert!(!page.contains(other), "{other}");
        }
        assert!(page.contains("    Permission is hereby granted"));
        assert_eq!(
            of("no-such-crate", None).unwrap_err(),
            Fault("crate no-such-crate does not exist".to_owned())
        );
    }
}
