use super::*;
use std::collections::BTreeSet;

const RELEASE: Release<'_> = Release { version: "0.1.0", abi: 0 };

/// Folder of a test with the output of a build; dropping the value removes it.
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
        let mut entries = layout::licences("# What is in this binary");
        entries.extend(layout::headers(&self.0.join("include")).unwrap());
        let built = self.0.join("built");
        let archive = built.join(Platform::HOST.archive());
        entries.extend(layout::libraries(Platform::HOST, RELEASE, &built, archive, &place.libdir));
        put(place, RELEASE, entries).unwrap()
    }
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
    assert_eq!(fs::read_to_string(notices).unwrap(), "# What is in this binary");
    assert!(place.prefix.join("share/doc/toklink/LICENSE-MIT").exists());
    let library = place.prefix.join("lib64/libtoklink.so");
    assert_eq!(fs::read_link(&library).unwrap(), Path::new("libtoklink.so.0"));
    assert_eq!(fs::read_to_string(library).unwrap(), "built/libtoklink.so");
    assert!(!place.prefix.join("include/notes.txt").exists());
    assert!(place.prefix.join("include/toklink/error.hpp").exists());
    uninstall(&place).unwrap();
    assert_eq!(everything(&place.prefix), before);
    assert!(uninstall(&place).is_err(), "what is gone is not removed twice");
}

#[cfg(target_os = "linux")]
#[test]
fn second_installation_replaces_only_files_of_the_first() {
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
fn destdir_receives_the_tree_and_files_name_the_prefix() {
    let folder = Folder::new("staged");
    let place = Place {
        prefix: PathBuf::from("/opt/toklink"),
        destdir: Some(folder.0.join("stage")),
        libdir: "lib".to_owned(),
    };
    folder.put(&place);
    let text = fs::read_to_string(folder.0.join("stage/opt/toklink/lib/pkgconfig/toklink.pc")).unwrap();
    assert!(text.starts_with("prefix=/opt/toklink\n"), "{text}");
    assert!(text.contains("\nLibs: -L${libdir} -ltoklink\nLibs.private: -lpthread -ldl -lm\n"), "{text}");
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
    let names = |platform| -> Vec<String> {
        let built = Path::new("built");
        let release = Release { version: "1.2.3", abi: 4 };
        layout::libraries(platform, release, built, PathBuf::from("made"), "lib")
            .into_iter()
            .map(|(path, _)| path)
            .collect()
    };
    let elf = ["lib/libtoklink.so.1.2.3", "lib/libtoklink.so.4", "lib/libtoklink.so", "lib/libtoklink.a"];
    assert_eq!(names(Platform::Elf), elf);
    assert_eq!(
        names(Platform::MacOs),
        ["lib/libtoklink.4.dylib", "lib/libtoklink.dylib", "lib/libtoklink.a"]
    );
    assert_eq!(names(Platform::Windows), ["bin/toklink.dll", "lib/toklink.dll.lib", "lib/toklink.lib"]);
}

#[test]
fn cmake_package_finds_its_root_from_any_libdir() {
    let text = texts::cmake(Platform::Elf, "lib/x86_64-linux-gnu", RELEASE);
    assert!(text.contains("\"${CMAKE_CURRENT_LIST_DIR}/../../../..\""), "{text}");
    assert!(text.contains("IMPORTED_SONAME \"libtoklink.so.0\""));
    assert!(text.contains("INTERFACE_LINK_LIBRARIES \"pthread;dl;m\""));
}

#[test]
fn minor_releases_below_1_0_are_incompatible() {
    let young = texts::cmake_version("0.1.0");
    assert!(young.contains("MAJOR EQUAL 0 AND PACKAGE_FIND_VERSION_MINOR EQUAL 1"));
    assert!(texts::cmake_version("2.1.0").contains("elseif(PACKAGE_FIND_VERSION_MAJOR EQUAL 2)"));
}
