"""Builds the C library with cargo and packages what `xtask install` installs."""

import os
import re

from conan import ConanFile
from conan.errors import ConanException, ConanInvalidConfiguration
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"

ARCHITECTURES = {"x86_64": "x86_64", "armv8": "aarch64"}


class ToklinkConan(ConanFile):
    name = "toklink"
    description = "TikTok client: login, encrypted tokens, chunked publishing, exact rate limits"
    license = "MIT OR Apache-2.0"
    url = "https://github.com/toklink/toklink"
    homepage = "https://github.com/toklink/toklink"
    topics = ("tiktok", "oauth", "upload", "rate-limit")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}

    def set_version(self):
        manifest = load(self, os.path.join(self.recipe_folder, "..", "..", "Cargo.toml"))
        self.version = re.search(r'^version = "(.+)"$', manifest, re.MULTILINE).group(1)

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..")
        without = ("target*", "node_modules/*", "*/node_modules/*", ".git/*", "dist/*", "*/.next/*", "*.node")
        copy(self, "*", src=root, dst=self.export_sources_folder, excludes=without)

    def validate(self):
        self._target()

    def _target(self):
        """Returns the Rust target of the settings."""
        system, architecture = str(self.settings.os), ARCHITECTURES.get(str(self.settings.arch))
        if architecture is None:
            raise ConanInvalidConfiguration("toklink is built for x86_64 and armv8")
        if system == "Linux":
            return f"{architecture}-unknown-linux-gnu"
        if system == "Macos":
            return f"{architecture}-apple-darwin"
        if system == "Windows":
            return f"{architecture}-pc-windows-{'msvc' if self.settings.compiler == 'msvc' else 'gnu'}"
        raise ConanInvalidConfiguration("toklink is built for Linux, macOS and Windows")

    def build(self):
        profile = "dev" if self.settings.build_type == "Debug" else "dist"
        place = os.path.join(self.build_folder, "installed")
        os.environ["CARGO_TARGET_DIR"] = os.path.join(self.build_folder, "cargo")
        self.run(
            f'cargo run --quiet --package xtask -- install --prefix "{place}" --profile {profile} --target {self._target()}',
            cwd=self.source_folder,
        )

    def package(self):
        copy(self, "*", src=os.path.join(self.build_folder, "installed"), dst=self.package_folder)
        copy(self, "LICENSE-*", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        rmdir(self, os.path.join(self.package_folder, "lib", "toklink"))
        # One kind of library, as the option says.
        library = os.path.join(self.package_folder, "lib")
        shared = r"libtoklink\.so|libtoklink.*\.dylib|.*toklink\.dll"
        unwanted = r"libtoklink\.a$|toklink\.lib$" if self.options.shared else shared
        for name in os.listdir(library):
            if re.match(unwanted, name):
                path = os.path.join(library, name)
                rmdir(self, path) if os.path.isdir(path) else os.remove(path)
        if not self.options.shared:
            rmdir(self, os.path.join(self.package_folder, "bin"))

    def package_info(self):
        self.cpp_info.libs = ["toklink.dll" if self.settings.compiler == "msvc" and self.options.shared else "toklink"]
        self.cpp_info.set_property("cmake_target_name", "toklink::toklink")
        self.cpp_info.set_property("pkg_config_name", "toklink")
        if self.options.shared:
            return
        # The libraries that a static link needs, as in the installed toklink.pc.
        pc = load(self, os.path.join(self.package_folder, "lib", "pkgconfig", "toklink.pc"))
        private = re.search(r"^Libs\.private: (.+)$", pc, re.MULTILINE)
        if private is None:
            raise ConanException("toklink.pc has no Libs.private")
        flags = private.group(1)
        self.cpp_info.frameworks = re.findall(r"-framework (\S+)", flags)
        self.cpp_info.system_libs = re.findall(r"-l(\S+)", flags)
