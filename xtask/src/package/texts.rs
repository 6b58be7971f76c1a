//! Files that pkg-config and `CMake` use to find the library.

use super::layout::{Entry, Platform};
use super::{Place, Release};

const SUMMARY: &str = "TikTok client: login, encrypted tokens, chunked publishing, exact rate limits";

/// Returns toklink.pc and the files of the `CMake` package.
pub(super) fn of(platform: Platform, place: &Place, release: Release<'_>) -> Vec<(String, Entry)> {
    let Place { libdir, .. } = place;
    let Release { version, .. } = release;
    [
        (format!("{libdir}/pkgconfig/toklink.pc"), pkg_config(platform, place, version)),
        (format!("{libdir}/cmake/toklink/toklink-config.cmake"), cmake(platform, libdir, release)),
        (format!("{libdir}/cmake/toklink/toklink-config-version.cmake"), cmake_version(version)),
    ]
    .into_iter()
    .map(|(path, text)| (path, Entry::Text(text)))
    .collect()
}

/// Returns toklink.pc. `Libs.private` lists what a static link also needs.
pub(super) fn pkg_config(platform: Platform, place: &Place, version: &str) -> String {
    let prefix = place.prefix.display();
    let Place { libdir, .. } = place;
    let system = platform.system_libraries();
    format!(
        "prefix={prefix}
libdir=${{prefix}}/{libdir}
includedir=${{prefix}}/include

Name: toklink
Description: {SUMMARY}
Version: {version}
Cflags: -I${{includedir}}
Libs: -L${{libdir}} -ltoklink
Libs.private: {system}
"
    )
}

/// Returns the `CMake` configuration. It finds the library relative to itself, so that the prefix can be moved.
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
        Platform::Windows => format!(
            "IMPORTED_LOCATION \"${{toklink_root}}/bin/toklink.dll\"
        IMPORTED_IMPLIB \"${{toklink_root}}/{libdir}/toklink.dll.lib\""
        ),
    };
    let libraries = platform.system_libraries().split(' ').map(|flag| flag.trim_start_matches("-l"));
    let system = libraries.collect::<Vec<_>>().join(";");
    format!(
        "# toklink::toklink is the shared library, toklink::toklink_static the static one.
get_filename_component(toklink_root \"${{CMAKE_CURRENT_LIST_DIR}}{up}\" ABSOLUTE)

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

/// Returns the `CMake` version file. Below 1.0 a minor release can change anything, so it must match exactly.
pub(super) fn cmake_version(version: &str) -> String {
    let mut parts = version.split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let same = if major == "0" {
        format!("PACKAGE_FIND_VERSION_MAJOR EQUAL 0 AND PACKAGE_FIND_VERSION_MINOR EQUAL {minor}")
    } else {
        format!("PACKAGE_FIND_VERSION_MAJOR EQUAL {major}")
    };
    let bytes = size_of::<usize>();
    format!(
        "set(PACKAGE_VERSION \"{version}\")

if(PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)
    set(PACKAGE_VERSION_COMPATIBLE FALSE)
elseif({same})
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
    if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
        set(PACKAGE_VERSION_EXACT TRUE)
    endif()
else()
    set(PACKAGE_VERSION_COMPATIBLE FALSE)
endif()

# A library of another word size does not link.
if(CMAKE_SIZEOF_VOID_P AND NOT CMAKE_SIZEOF_VOID_P EQUAL {bytes})
    set(PACKAGE_VERSION_UNSUITABLE TRUE)
endif()
"
    )
}
