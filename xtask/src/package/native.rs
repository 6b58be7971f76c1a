//! System libraries that the static library requires on each platform.

use super::layout::Platform;
use crate::fault::{Fault, Result};

/// The prefix with which rustc lists the libraries that a static Rust library requires.
const NOTE: &str = "native-static-libs: ";

/// Libraries that every C compiler links by default. On Windows the host chooses the runtime.
const OF_THE_COMPILER: [&str; 8] = ["c", "System", "gcc_s", "gcc", "gcc_eh", "msvcrt", "mingw32", "mingwex"];

/// A system library or a macOS framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Library(&'static str),
    Framework(&'static str),
}

use System::{Framework, Library};

/// Libraries on Linux, in linker order.
const ELF: [System; 5] = [Library("util"), Library("rt"), Library("pthread"), Library("dl"), Library("m")];

/// Security and `CoreFoundation` read the system's certificates.
const MAC_OS: [System; 4] =
    [Framework("Security"), Framework("CoreFoundation"), Library("iconv"), Library("m")];

/// The standard library's dependencies, then libraries for random numbers (bcrypt, advapi32) and for the system's
/// certificates (schannel: crypt32, secur32).
const WINDOWS: [System; 9] = [
    Library("kernel32"),
    Library("ntdll"),
    Library("userenv"),
    Library("ws2_32"),
    Library("dbghelp"),
    Library("bcrypt"),
    Library("advapi32"),
    Library("crypt32"),
    Library("secur32"),
];

impl Platform {
    /// Returns the libraries that a host must link with the static library.
    pub(super) fn system(self) -> &'static [System] {
        match self {
            Self::Elf => &ELF,
            Self::MacOs => &MAC_OS,
            Self::Windows | Self::MinGw => &WINDOWS,
        }
    }
}

impl System {
    /// Returns the linker arguments.
    pub(super) fn arguments(self) -> Vec<String> {
        match self {
            Library(name) => vec![format!("-l{name}")],
            Framework(name) => vec!["-framework".to_owned(), name.to_owned()],
        }
    }

    /// Returns the library's entry in a `CMake` list. `CMake` finds the thread library itself.
    pub(super) fn in_cmake(self) -> String {
        match self {
            Library("pthread") => "Threads::Threads".to_owned(),
            Library(name) => name.to_owned(),
            Framework(name) => format!("-framework {name}"),
        }
    }
}

/// Fails if rustc lists a library that hosts of the static library would not link. `printed` is the output of its
/// build.
pub(super) fn check(platform: Platform, printed: &str) -> Result<()> {
    let Some((_, rest)) = printed.split_once(NOTE) else {
        return Err(Fault("rustc did not print the system libraries of the static library".to_owned()));
    };
    let known: Vec<_> = platform.system().iter().flat_map(|system| system.arguments()).collect();
    let mut missing = Vec::new();
    let mut words = rest.lines().next().unwrap_or_default().split_whitespace();
    while let Some(word) = words.next() {
        let is_framework = word == "-framework";
        let word = if is_framework { words.next().unwrap_or_default() } else { word };
        let name = word.trim_start_matches("-l").trim_start_matches("/defaultlib:").trim_end_matches(".lib");
        let argument = if is_framework { name.to_owned() } else { format!("-l{name}") };
        let is_known = OF_THE_COMPILER.contains(&name) || name.starts_with(':') || known.contains(&argument);
        if !is_known {
            missing.push(name);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Fault(format!("add {} to the system libraries in xtask/src/package/native.rs", missing.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices;
    use std::fs;
    use std::path::Path;

    #[test]
    fn library_that_hosts_do_not_link_is_reported() {
        let note = |list: &str| format!("note: {NOTE}{list}\n");
        let linux = note("-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc");
        assert_eq!(check(Platform::Elf, &linux), Ok(()));
        let mac = note("-framework Security -framework CoreFoundation -liconv -lSystem -lc -lm");
        assert_eq!(check(Platform::MacOs, &mac), Ok(()));
        let windows = note(
            "kernel32.lib advapi32.lib bcrypt.lib ntdll.lib userenv.lib ws2_32.lib dbghelp.lib /defaultlib:msvcrt",
        );
        assert_eq!(check(Platform::Windows, &windows), Ok(()));
        let Fault(message) = check(Platform::Elf, &note("-lpthread -lz -framework Security")).unwrap_err();
        assert!(message.starts_with("add z, Security to"), "{message}");
        assert!(check(Platform::Elf, "nothing").is_err());
    }

    /// Returns the libraries that a source file declares, except those that the linker can link without an import
    /// library.
    fn declared(source: &str) -> Vec<String> {
        let links = source.split("link(name = \"").skip(1);
        let names = links.filter_map(|rest| {
            let (name, rest) = rest.split_once('"')?;
            let options = rest.split(')').next()?;
            (!options.contains("raw-dylib")).then(|| name.to_owned())
        });
        names.collect()
    }

    fn sources(folder: &Path, found: &mut Vec<String>, of: &dyn Fn(&str) -> bool) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found, of);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                if of(&format!("{} {source}", path.display())) {
                    found.extend(declared(&source));
                }
            }
        }
    }

    /// Library that is only linked with `job-bless`, a feature of security-framework that is off.
    const NOT_LINKED: &str = "ServiceManagement";

    #[test]
    fn libraries_that_linked_crates_declare_are_listed() {
        // Crates either have a file named after the operating system, or declare frameworks.
        for (platform, target, mark) in [
            (Platform::MacOs, "aarch64-apple-darwin", "kind = \"framework\""),
            (Platform::MacOs, "aarch64-apple-darwin", "/apple/"),
            (Platform::Windows, "x86_64-pc-windows-msvc", "/windows.rs "),
        ] {
            let mut found = Vec::new();
            for folder in notices::sources_for("toklink-c", target).unwrap() {
                let code = folder.join("src");
                let code = if code.exists() { code } else { folder };
                sources(&code, &mut found, &|source| source.contains(mark));
            }
            assert!(!found.is_empty(), "{target}: no crate declares a library in a file with {mark}");
            for name in found.iter().filter(|name| *name != NOT_LINKED) {
                let listed = platform.system().iter().any(|system| {
                    system.arguments().iter().any(|word| word.trim_start_matches("-l") == *name)
                });
                assert!(listed, "{target}: a crate links {name}");
            }
        }
    }
}
