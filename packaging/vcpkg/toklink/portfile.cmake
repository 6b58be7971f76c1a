# Builds with the cargo of the PATH: vcpkg has no port of Rust.
find_program(CARGO cargo)
if(NOT CARGO)
    message(FATAL_ERROR "toklink is built with Rust 1.88 or newer; install it from https://rustup.rs and open a new shell.")
endif()

vcpkg_from_github(
    OUT_SOURCE_PATH SOURCE_PATH
    REPO toklink/toklink
    REF "v${VERSION}"
    # The checksum of the archive of the tag, which exists after the release.
    SHA512 0
    HEAD_REF main
)

if(VCPKG_TARGET_ARCHITECTURE STREQUAL "x64")
    set(ARCHITECTURE x86_64)
else()
    set(ARCHITECTURE aarch64)
endif()
if(VCPKG_TARGET_IS_MINGW)
    set(RUST_TARGET ${ARCHITECTURE}-pc-windows-gnu)
elseif(VCPKG_TARGET_IS_WINDOWS)
    set(RUST_TARGET ${ARCHITECTURE}-pc-windows-msvc)
elseif(VCPKG_TARGET_IS_OSX)
    set(RUST_TARGET ${ARCHITECTURE}-apple-darwin)
else()
    set(RUST_TARGET ${ARCHITECTURE}-unknown-linux-gnu)
endif()

set(ENV{CARGO_TARGET_DIR} "${CURRENT_BUILDTREES_DIR}/${TARGET_TRIPLET}")
vcpkg_execute_required_process(
    COMMAND "${CARGO}" run --quiet --package xtask -- install
        --prefix "${CURRENT_PACKAGES_DIR}" --profile dist --target ${RUST_TARGET}
    WORKING_DIRECTORY "${SOURCE_PATH}"
    LOGNAME install-${TARGET_TRIPLET}
)

# One kind of library, as the triplet says.
if(VCPKG_LIBRARY_LINKAGE STREQUAL "static")
    file(GLOB SHARED "${CURRENT_PACKAGES_DIR}/lib/libtoklink.so*" "${CURRENT_PACKAGES_DIR}/lib/libtoklink*.dylib*"
        "${CURRENT_PACKAGES_DIR}/lib/*toklink.dll*")
    file(REMOVE_RECURSE ${SHARED} "${CURRENT_PACKAGES_DIR}/bin")
else()
    file(REMOVE "${CURRENT_PACKAGES_DIR}/lib/libtoklink.a" "${CURRENT_PACKAGES_DIR}/lib/toklink.lib")
endif()

vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/toklink)
vcpkg_fixup_pkgconfig()
file(REMOVE "${CURRENT_PACKAGES_DIR}/lib/toklink/installed.txt")
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/lib/toklink")
file(RENAME "${CURRENT_PACKAGES_DIR}/share/doc/toklink" "${CURRENT_PACKAGES_DIR}/share/toklink/doc")
# The library has no debug build: both configurations use the optimised one.
set(VCPKG_POLICY_MISMATCHED_NUMBER_OF_BINARIES enabled)
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE-MIT" "${SOURCE_PATH}/LICENSE-APACHE"
    "${CURRENT_PACKAGES_DIR}/share/toklink/doc/THIRD_PARTY.md")
