//! Generates the files with which pkg-config and `CMake` find the library.

use super::layout::{Entry, Platform};
use super::place::{Place, Release};

const SUMMARY: &str = "TikTok client: login, encrypted tokens, chunked publishing, exact rate limits";
const URL: &str = env!("CARGO_PKG_REPOSITORY");

/// Returns toklink.pc and the files of the `CMake` package.
pub(super) fn of(target: Option<&str>, place: &Place, release: Release<'_>) -> Vec<(String, Entry)> {
    let Place { libdir, .. } = place;
    let Release { version, .. } = release;
    let (platform, bytes) = (Platform::of(target), pointer_bytes(target));
    [
        (format!("{libdir}/pkgconfig/toklink.pc"), pkg_config(platform, libdir, version)),
        (format!("{libdir}/cmake/toklink/toklink-config.cmake"), cmake(platform, libdir, release)),
        (format!("{libdir}/cmake/toklink/toklink-config-version.cmake"), cmake_version(version, bytes)),
    ]
    .into_iter()
    .map(|(path, text)| (path, Entry::Text(text)))
    .collect()
}

/// Returns toklink.pc, which locates the library relative to itself. `Libs.private` lists the libraries that static
/// linking also requires.
pub(super) fn pkg_config(platform: Platform, libdir: &str, version: &str) -> String {
    let up = "/..".repeat(libdir.split('/').count() + 1);
    let system: Vec<_> = platform.system().iter().flat_map(|system| system.arguments()).collect();
    let system = system.join(" ");
    format!(
        "prefix=${{pcfiledir}}{up}
libdir=${{prefix}}/{libdir}
includedir=${{prefix}}/include

Name: toklink
Description: {SUMMARY}
URL: {URL}
Version: {version}
Cflags: -I${{includedir}}
Libs: -L${{libdir}} -ltoklink
Libs.private: {system}
"
    )
}

/// Returns the `CMake` configuration. It locates the library relative to itself, so that the prefix can be moved.
pub(super) fn cmake(platform: Platform, libdir: &str, release: Release<'_>) -> String {
    let Release { version, abi } = release;
    let up = "/..".repeat(libdir.split('/').count() + 2);
    let archive = platform.archive();
    let shared = match platform {
        Platform::Elf => format!(
            "IMPORTED_LOCATION \"${{toklink_root}}/{libdir}/libtoklink.so.{version}\"
        IMPORTED_SONAME \"libtoklink.so.{abi}\""
        ),
        Platform::MacOs => format!(
            "IMPORTED_LOCATION \"${{toklink_root}}/{libdir}/libtoklink.{abi}.dylib\"
        IMPORTED_SONAME \"@rpath/libtoklink.{abi}.dylib\""
        ),
        Platform::Windows | Platform::MinGw => format!(
            "IMPORTED_LOCATION \"${{toklink_root}}/bin/toklink.dll\"
        IMPORTED_IMPLIB \"${{toklink_root}}/{libdir}/{}\"",
            platform.import_library()
        ),
    };
    let libraries: Vec<_> = platform.system().iter().map(|system| system.in_cmake()).collect();
    let system = libraries.join(";");
    let threads = if libraries.iter().any(|name| name.starts_with("Threads")) {
        "include(CMakeFindDependencyMacro)\nfind_dependency(Threads)\n\n"
    } else {
        ""
    };
    format!(
        "# toklink::toklink is the shared library, toklink::toklink_static the static one.
{threads}get_filename_component(toklink_root \"${{CMAKE_CURRENT_LIST_DIR}}{up}\" ABSOLUTE)

if(NOT TARGET toklink::toklink)
    add_library(toklink::toklink SHARED IMPORTED)
    set_target_properties(toklink::toklink PROPERTIES
        {shared}
        INTERFACE_INCLUDE_DIRECTORIES \"${{toklink_root}}/include\")
    add_library(toklink::toklink_static STATIC IMPORTED)
    set_target_properties(toklink::toklink_static PROPERTIES
        IMPORTED_LOCATION \"${{toklink_root}}/{libdir}/{archive}\"
        INTERFACE_INCLUDE_DIRECTORIES \"${{toklink_root}}/include\"
        INTERFACE_LINK_LIBRARIES \"{system}\")
endif()

unset(toklink_root)
"
    )
}

/// Returns the `CMake` version file. Below 1.0, a minor release can change anything, so the minor version must match
/// exactly unless the caller specifies a range, as in `find_package(toklink 0.1...0.3)`. `bytes` is the size of a
/// pointer.
pub(super) fn cmake_version(version: &str, bytes: usize) -> String {
    let mut parts = version.split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let same = if major == "0" {
        format!("PACKAGE_FIND_VERSION_MAJOR EQUAL 0 AND PACKAGE_FIND_VERSION_MINOR EQUAL {minor}")
    } else {
        format!("PACKAGE_FIND_VERSION_MAJOR EQUAL {major}")
    };
    format!(
        "set(PACKAGE_VERSION \"{version}\")
set(PACKAGE_VERSION_COMPATIBLE FALSE)

if(PACKAGE_FIND_VERSION_RANGE)
    if(PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION_MIN)
        # Older than the range.
    elseif(PACKAGE_FIND_VERSION_RANGE_MAX STREQUAL \"INCLUDE\" AND PACKAGE_VERSION VERSION_LESS_EQUAL PACKAGE_FIND_VERSION_MAX)
        set(PACKAGE_VERSION_COMPATIBLE TRUE)
    elseif(PACKAGE_FIND_VERSION_RANGE_MAX STREQUAL \"EXCLUDE\" AND PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION_MAX)
        set(PACKAGE_VERSION_COMPATIBLE TRUE)
    endif()
elseif(NOT PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
elseif(PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)
    # Older than required.
elseif({same})
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
    if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
        set(PACKAGE_VERSION_EXACT TRUE)
    endif()
endif()

# A library of another word size does not link.
if(CMAKE_SIZEOF_VOID_P AND NOT CMAKE_SIZEOF_VOID_P EQUAL {bytes})
    set(PACKAGE_VERSION_UNSUITABLE TRUE)
endif()
"
    )
}

/// Returns the pointer size of a Rust target, in bytes.
pub(super) fn pointer_bytes(target: Option<&str>) -> usize {
    match target {
        None => size_of::<usize>(),
        Some(target) if ["i686-", "i586-", "arm", "thumb"].iter().any(|start| target.starts_with(start)) => 4,
        Some(_) => 8,
    }
}
