//! Finds import circles between files, and imports that do not point to a lower floor.

use std::collections::{BTreeMap, BTreeSet};

use crate::areas::{Area, Upward};
use crate::imports::Imports;

/// Returns each import circle that `allowed` does not contain, and each allowed file that is no longer in a circle.
pub(crate) fn circle_faults(imports: &Imports, allowed: &[&[&str]]) -> Vec<String> {
    let circles = circles(imports);
    let is_allowed = |circle: &BTreeSet<String>| {
        allowed.iter().any(|files| circle.iter().all(|file| files.contains(&file.as_str())))
    };
    let found = circles.iter().filter(|circle| !is_allowed(circle)).map(|circle| {
        let files: Vec<&str> = circle.iter().map(String::as_str).collect();
        format!(
            "these files import each other in a circle: {}; move the shared part to a separate file",
            files.join(", ")
        )
    });
    let in_circle: BTreeSet<&str> = circles.iter().flatten().map(String::as_str).collect();
    let stale = allowed.iter().copied().flatten().filter(|file| !in_circle.contains(*file)).map(|file| {
        format!("{file} is no longer in an import circle; remove it from the list of allowed circles")
    });
    found.chain(stale).collect()
}

/// Returns the sets of files that can reach each other through imports.
fn circles(imports: &Imports) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        imports.keys().map(|file| (file, reachable(imports, file))).collect();
    let mut found: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for (file, others) in &reached {
        if others.contains(*file) {
            let mutual = others.iter().filter(|other| reached[**other].contains(*file));
            found.insert(mutual.map(|other| (*other).clone()).collect());
        }
    }
    found.into_iter().collect()
}

fn reachable<'a>(imports: &'a Imports, from: &str) -> BTreeSet<&'a String> {
    let mut open: Vec<&String> = imports.get(from).into_iter().flatten().collect();
    let mut seen = BTreeSet::new();
    while let Some(file) = open.pop() {
        if seen.insert(file) {
            open.extend(imports.get(file).into_iter().flatten());
        }
    }
    seen
}

/// Returns each import that neither points to a lower floor nor is allowed, each module without a floor, and each
/// allowed import that no longer exists.
pub(crate) fn floor_faults(imports: &Imports, area: &Area) -> Vec<String> {
    let modules: BTreeSet<&str> = imports.keys().map(|file| module(file)).collect();
    let mut faults: Vec<String> = Vec::new();
    for name in &modules {
        if floor(area, name).is_none() {
            faults
                .push(format!("`{name}` has no floor; add it to tests/layers/areas.rs and ARCHITECTURE.md"));
        }
    }
    let listed = area.floors.iter().copied().flatten().filter(|name| !modules.contains(*name));
    faults.extend(listed.map(|name| format!("floor of `{name}`: the module does not exist; remove it")));
    let upward = upward(imports, area);
    for (from, to) in &upward {
        if !area.upward.iter().any(|allowed| allowed.is(from, to)) {
            faults.push(format!("{from} may not import {to}: it is not on a lower floor"));
        }
    }
    let stale = area.upward.iter().filter(|allowed| !upward.iter().any(|(from, to)| allowed.is(from, to)));
    faults.extend(stale.map(|Upward { from, to, .. }| {
        format!("{from} no longer imports {to}; remove it from the allowed imports")
    }));
    faults
}

fn upward<'a>(imports: &'a Imports, area: &Area) -> Vec<(&'a String, &'a String)> {
    let pairs = imports.iter().flat_map(|(from, all)| all.iter().map(move |to| (from, to)));
    pairs
        .filter(|(from, to)| module(from) != module(to))
        .filter(|(from, to)| floor(area, module(from)) >= floor(area, module(to)))
        .collect()
}

/// Returns the module of a file, which is the first name in its path: `http` for `http/paths.ts`, `clock` for
/// `clock.rs`. Returns `prisma.ts` for an entry point beside a folder `prisma`.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

fn floor(area: &Area, module: &str) -> Option<usize> {
    area.floors.iter().position(|floor| floor.contains(&module))
}
