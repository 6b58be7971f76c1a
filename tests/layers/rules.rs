//! The allowed dependencies between modules of the core, as in ARCHITECTURE.md.

use crate::paths::{Path, calls, paths};

/// A module of the core, the modules that it may use, and whether it must be pure. A pure module uses no runtime,
/// network, environment or clock: it receives time and bytes as arguments.
struct Rule {
    module: &'static str,
    may_use: &'static [&'static str],
    pure: bool,
}

/// Files of the core that are allowed to import each other in a circle. This list may only shrink.
pub(crate) const CIRCLES: &[&[&str]] =
    &[&["quota/redis/failover.rs", "quota/redis/mod.rs", "quota/redis/permit.rs"]];

const fn rule(module: &'static str, may_use: &'static [&'static str]) -> Rule {
    Rule { module, may_use, pure: false }
}

const fn pure(module: &'static str) -> Rule {
    Rule { module, may_use: &["clock", "encoding", "error", "secret"], pure: true }
}

const RULES: &[Rule] = &[
    rule("error", &[]),
    Rule { module: "model", may_use: &["clock"], pure: true },
    Rule { module: "encoding", may_use: &["error"], pure: true },
    rule("secret", &[]),
    rule("clock", &["error"]),
    rule("names", &["clock"]),
    rule("tls", &["error"]),
    rule("config", &["error", "secret", "tls", "vault"]),
    // Pure like the vault, which it uses to encrypt the state of a login.
    Rule { module: "oauth", may_use: &["clock", "encoding", "error", "secret", "vault"], pure: true },
    pure("vault"),
    pure("media"),
    pure("api"),
    pure("webhook"),
    rule("store", &["clock", "error", "model"]),
    rule("quota", &["clock", "error", "model", "names", "secret", "store", "tls"]),
    rule("cache", &["clock", "error", "model", "secret"]),
    rule("metrics", &["api", "clock", "error", "model", "store"]),
    rule("transport", &["clock", "config", "error", "names", "oauth", "secret", "tls"]),
    rule(
        "session",
        &["clock", "config", "error", "model", "oauth", "quota", "secret", "store", "transport", "vault"],
    ),
    rule("family", &["api::endpoint", "config", "error", "quota", "secret", "transport"]),
    rule(
        "pipeline",
        &[
            "api::call",
            "api::endpoint",
            "cache",
            "clock",
            "config",
            "error",
            "family",
            "model",
            "quota",
            "secret",
            "session",
            "store",
            "transport",
        ],
    ),
    rule(
        "publish",
        &[
            "api",
            "clock",
            "config",
            "encoding",
            "error",
            "media",
            "model",
            "pipeline",
            "secret",
            "store",
            "transport",
            "vault",
        ],
    ),
    rule(
        "client",
        &[
            "api",
            "cache",
            "clock",
            "config",
            "error",
            "media",
            "metrics",
            "model",
            "oauth",
            "pipeline",
            "publish",
            "quota",
            "secret",
            "session",
            "store",
            "transport",
            "vault",
            "webhook",
        ],
    ),
];

/// Returns each forbidden use in a file as a sentence. `module` is the file's module path, `["oauth", "pkce"]` for
/// `src/oauth/pkce.rs`.
pub(crate) fn violations(module: &[&str], source: &str) -> Vec<String> {
    let Some(&top) = module.first() else {
        return Vec::new();
    };
    let Some(rule) = RULES.iter().find(|rule| rule.module == top) else {
        return vec![format!(
            "module `{top}` has no rule: add its allowed dependencies here and to ARCHITECTURE.md"
        )];
    };
    let named = paths(module, source);
    let mut found: Vec<String> =
        named.iter().filter_map(|path| Some(format!("line {}: {}", path.line, fault(rule, path)?))).collect();
    if let Some(line) = calls(source, "now").filter(|_| rule.pure) {
        found.push(format!("line {line}: `{top}` is pure: pass the time as an argument"));
    }
    found
}

fn fault(rule: &Rule, path: &Path) -> Option<String> {
    let top = rule.module;
    let names: Vec<&str> = path.segments.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["crate", "*", ..] => {
            Some("a glob import from the crate hides dependencies: import the used items by name".to_owned())
        }
        ["crate", target, rest @ ..] if *target != top => {
            let full = std::iter::once(target).chain(rest).copied().collect::<Vec<_>>().join("::");
            if RULES.iter().all(|known| known.module != *target) {
                return Some(format!(
                    "`crate::{full}` is a re-export from lib.rs: import it from the module that defines it"
                ));
            }
            let allowed =
                rule.may_use.iter().any(|may| full == *may || full.starts_with(&format!("{may}::")));
            (!allowed).then(|| format!("`{top}` may not use `{full}`"))
        }
        [runtime @ ("tokio" | "reqwest" | "rusqlite" | "hyper"), ..] if rule.pure => {
            Some(format!("`{top}` is pure: it may not use `{runtime}`"))
        }
        ["std", "env", ..] | ["env", "var" | "vars" | "var_os", ..] if rule.pure => {
            Some(format!("`{top}` is pure: it may not read the environment"))
        }
        ["toklink", ..] => Some("the core must refer to itself as `crate`".to_owned()),
        _ => None,
    }
}
