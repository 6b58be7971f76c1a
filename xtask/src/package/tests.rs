use super::layout::Built;
use super::*;
use std::collections::BTreeSet;

const RELEASE: Release<'_> = Release { version: "0.1.0", abi: 0 };

/// A test's folder with the output of a build. Dropping the value removes the folder.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("toklink-xtask-{}-{name}", std::process::id()));
        for made in ["include/toklink", "built"] {
            fs::create_dir_all(folder.join(made)).unwrap();
        }
        let files = ["include/toklink.h", "include/toklink/error.hpp", "include/notes.txt"];
        for file in files.into_iter().chain(["built/libtoklink.so", "built/libtoklink.a"]) {
            fs::write(folder.join(file), file).unwrap();
        }
        Self(folder)
    }

    fn place(&self, libdir: &str) -> Place {
        Place { prefix: self.0.join("prefix"), destdir: None, libdir: libdir.to_owned() }
    }

    fn put(&self, place: &Place) -> usize {
        let mut entries = layout::licences("# Third-party software");
        entries.extend(layout::headers(&self.0.join("include")).unwrap());
        let built = built(self.0.join("built"), Platform::HOST);
        entries.extend(layout::libraries(Platform::HOST, RELEASE, built, &place.libdir));
        put(place, None, RELEASE, entries).unwrap()
    }
}

fn built(folder: PathBuf, platform: Platform) -> Built {
    let (shared, archive) = (folder.join(platform.shared()), folder.join(platform.archive()));
    Built { folder, shared, archive, symbols: None }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn everything(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.insert(path.display().to_string());
        if path.is_dir() && !path.is_symlink() {
            found.extend(everything(&path));
        }
    }
    found
}

#[cfg(target_os = "linux")]
#[test]
fn installation_is_found_by_its_abi_and_fully_removed() {
    let folder = Folder::new("whole");
    let place = folder.place("lib64");
    fs::create_dir_all(place.prefix.join("lib64")).unwrap();
    fs::write(place.prefix.join("lib64/other.so"), "of another").unwrap();
    let before = everything(&place.prefix);
    assert_eq!(folder.put(&place), 13);
    let notices = place.prefix.join("share/doc/toklink/THIRD_PARTY.md");
    assert_eq!(fs::read_to_string(notices).unwrap(), "# Third-party software");
    assert!(place.prefix.join("share/doc/toklink/LICENSE-MIT").exists());
    let library = place.prefix.join("lib64/libtoklink.so");
    assert_eq!(fs::read_link(&library).unwrap(), Path::new("libtoklink.so.0"));
    assert_eq!(fs::read_to_string(library).unwrap(), "built/libtoklink.so");
    assert!(!place.prefix.join("include/notes.txt").exists());
    assert!(place.prefix.join("include/toklink/error.hpp").exists());
    uninstall(&place).unwrap();
    assert_eq!(everything(&place.prefix), before);
    assert!(uninstall(&place).is_err(), "a second uninstall fails");
}

#[cfg(target_os = "linux")]
#[test]
fn second_installation_only_replaces_files_of_the_first() {
    let folder = Folder::new("twice");
    let place = folder.place("lib");
    folder.put(&place);
    fs::write(place.prefix.join("include/toklink/own.hpp"), "of another").unwrap();
    fs::remove_file(folder.0.join("include/toklink/error.hpp")).unwrap();
    folder.put(&place);
    assert!(!place.prefix.join("include/toklink/error.hpp").exists());
    fs::remove_file(place.prefix.join("include/toklink/own.hpp")).unwrap();
    uninstall(&place).unwrap();
    assert_eq!(everything(&place.prefix), BTreeSet::new());
}

#[cfg(target_os = "linux")]
#[test]
fn destdir_receives_the_tree_and_no_file_names_the_prefix() {
    let folder = Folder::new("staged");
    let place = Place {
        prefix: PathBuf::from("/opt/toklink"),
        destdir: Some(folder.0.join("stage")),
        libdir: "lib".to_owned(),
    };
    folder.put(&place);
    let text = fs::read_to_string(folder.0.join("stage/opt/toklink/lib/pkgconfig/toklink.pc")).unwrap();
    assert!(text.starts_with("prefix=${pcfiledir}/../..\n"), "{text}");
    let private = "\nLibs: -L${libdir} -ltoklink\nLibs.private: -lutil -lrt -lpthread -ldl -lm\n";
    assert!(text.contains(private), "{text}");
}

#[test]
fn manifest_with_a_path_outside_the_prefix_is_rejected() {
    let folder = Folder::new("planted");
    let place = folder.place("lib");
    fs::create_dir_all(place.prefix.join("lib/toklink")).unwrap();
    for planted in ["file ../../built/libtoklink.a", "file /etc/passwd", "directory ..", "file ", "nonsense"]
    {
        fs::write(place.prefix.join("lib/toklink/installed.txt"), format!("{planted}\n")).unwrap();
        assert!(uninstall(&place).is_err(), "{planted}");
    }
    assert!(folder.0.join("built/libtoklink.a").exists());
    let relative = Place { prefix: PathBuf::from("here"), destdir: None, libdir: "lib".to_owned() };
    assert!(relative.check().is_err());
    assert!(folder.place("../lib").check().is_err());
}

#[test]
fn library_names_depend_on_the_platform() {
    let names = |platform: Platform, symbols: Option<&str>| -> Vec<String> {
        let release = Release { version: "1.2.3", abi: 4 };
        let symbols = symbols.map(PathBuf::from);
        let built = Built { symbols, ..built(PathBuf::from("built"), platform) };
        layout::libraries(platform, release, built, "lib").into_iter().map(|(path, _)| path).collect()
    };
    let elf = ["lib/libtoklink.so.1.2.3", "lib/libtoklink.so.4", "lib/libtoklink.so"];
    assert_eq!(names(Platform::Elf, None)[..3], elf);
    assert_eq!(
        names(Platform::Elf, Some("made"))[3..],
        ["lib/libtoklink.so.1.2.3.debug", "lib/libtoklink.a"]
    );
    assert_eq!(
        names(Platform::MacOs, None),
        ["lib/libtoklink.4.dylib", "lib/libtoklink.dylib", "lib/libtoklink.a"]
    );
    assert_eq!(
        names(Platform::MacOs, Some("made"))[2..4],
        [
            "lib/libtoklink.4.dylib.dSYM/Contents/Info.plist",
            "lib/libtoklink.4.dylib.dSYM/Contents/Resources/DWARF/libtoklink.dylib"
        ]
    );
    assert_eq!(
        names(Platform::Windows, Some("made")),
        ["bin/toklink.dll", "lib/toklink.dll.lib", "bin/toklink.pdb", "lib/toklink.lib"]
    );
    assert_eq!(names(Platform::MinGw, None), ["bin/toklink.dll", "lib/libtoklink.dll.a", "lib/libtoklink.a"]);
}

#[test]
fn target_determines_the_platform() {
    let of = |target: &str| Platform::of(Some(target));
    assert_eq!(of("aarch64-unknown-linux-musl"), Platform::Elf);
    assert_eq!(of("x86_64-apple-darwin"), Platform::MacOs);
    assert_eq!(of("x86_64-pc-windows-msvc"), Platform::Windows);
    assert_eq!(of("x86_64-pc-windows-gnu"), Platform::MinGw);
    assert_eq!(texts::pointer_bytes(Some("i686-pc-windows-msvc")), 4);
    assert_eq!(texts::pointer_bytes(Some("aarch64-apple-darwin")), 8);
}

#[test]
fn cmake_package_finds_its_root_from_any_libdir() {
    let text = texts::cmake(Platform::Elf, "lib/x86_64-linux-gnu", RELEASE);
    assert!(text.contains("\"${CMAKE_CURRENT_LIST_DIR}/../../../..\""), "{text}");
    assert!(text.contains("IMPORTED_SONAME \"libtoklink.so.0\""));
    assert!(text.contains("find_dependency(Threads)"));
    assert!(text.contains("INTERFACE_LINK_LIBRARIES \"util;rt;Threads::Threads;dl;m\""));
    let mac = texts::cmake(Platform::MacOs, "lib", RELEASE);
    assert!(mac.contains("\"-framework Security;-framework CoreFoundation;iconv;m\""), "{mac}");
    assert!(texts::cmake(Platform::MinGw, "lib", RELEASE).contains("lib/libtoklink.dll.a"));
}

#[test]
fn pkg_config_file_finds_its_root_from_any_libdir() {
    let text = texts::pkg_config(Platform::Elf, "lib/x86_64-linux-gnu", "0.1.0");
    assert!(
        text.starts_with("prefix=${pcfiledir}/../../..\nlibdir=${prefix}/lib/x86_64-linux-gnu\n"),
        "{text}"
    );
}

#[test]
fn minor_releases_below_1_0_are_incompatible() {
    let young = texts::cmake_version("0.1.0", 8);
    assert!(young.contains("MAJOR EQUAL 0 AND PACKAGE_FIND_VERSION_MINOR EQUAL 1"));
    assert!(texts::cmake_version("2.1.0", 8).contains("elseif(PACKAGE_FIND_VERSION_MAJOR EQUAL 2)"));
}

#[test]
fn links_in_installed_pages_resolve() {
    let entries = layout::documents().unwrap();
    let pages: Vec<_> = entries
        .iter()
        .filter_map(|(path, entry)| if let Entry::Text(text) = entry { Some((path, text)) } else { None })
        .collect();
    assert_eq!(pages.len(), 6);
    assert!(pages[0].1.contains("](https://github.com/toklink/toklink/blob/main/docs/EMULATOR.md"));
    let mut faults = Vec::new();
    for (path, text) in pages {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if target.is_empty() || target.contains([' ', ':']) {
                continue;
            }
            let full = match target.strip_prefix("../") {
                Some(rest) => format!("share/doc/toklink/{rest}"),
                None => format!("share/doc/toklink/docs/{target}"),
            };
            if !entries.iter().any(|(installed, _)| *installed == full) {
                faults.push(format!("{path}: {target}"));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn vcpkg_port_has_the_version_of_the_library() {
    let text = project::read("packaging/vcpkg/toklink/vcpkg.json").unwrap();
    let port: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(port["version-semver"], env!("CARGO_PKG_VERSION"));
    assert_eq!(port["name"], "toklink");
}
