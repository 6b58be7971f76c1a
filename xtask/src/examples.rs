//! `test-examples`: builds the examples against the installed library only, and runs them with the emulator.

mod installation;
mod scenario;

use crate::emulator::Emulator;
use crate::fault::{Context, Fault, Result};
use crate::package::{self, Place};
use crate::progress::{say, timed};
use crate::{project, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];

/// Installs the library, builds the examples with `CMake` and with the flags of pkg-config, runs both builds, and
/// removes the installation.
pub(crate) fn run() -> Result<()> {
    for (needed, debian) in [("cmake", "cmake"), ("pkg-config", "pkg-config"), ("cc", "gcc"), ("c++", "g++")]
    {
        if !run::is_there(needed) {
            let advice = format!("install it (Debian: apt-get install {debian})");
            return Err(Fault(format!("the examples need {needed}; {advice}")));
        }
    }
    project::build("dev")?;
    let built = project::built("dev")?;
    let work = built.join("example-tests");
    if work.exists() {
        fs::remove_dir_all(&work).context(format_args!("cannot remove {}", work.display()))?;
    }
    let installed = Place { prefix: work.join("installed"), destdir: None, libdir: "lib".to_owned() };
    package::put_built(&installed, &built, None)?;
    installation::check(&installed)?;
    // Builds the programs with the moved tree, because no file in it may contain the prefix.
    let place = Place { prefix: work.join("moved"), ..installed };
    fs::rename(work.join("installed"), &place.prefix).context("cannot move the installation")?;
    let video = work.join("long.mp4");
    scenario::write_video(&video)?;
    let emulator = Emulator::start(&built)?;
    for (way, build) in
        [("cmake", by_cmake as fn(&Place, &Path) -> Result<()>), ("pkg-config", by_pkg_config)]
    {
        let programs = work.join(way);
        fs::create_dir(&programs).context(format_args!("cannot create {}", programs.display()))?;
        timed(&format!("examples built by {way}"), || build(&place, &programs))?;
        timed(&format!("examples of {way} with the emulator"), || {
            scenario::play(&emulator, &programs, &video)
        })?;
        say(&format!("  {way}: probe, login, metrics, stopped and resumed upload, webhook: passed"));
    }
    package::uninstall(&place)?;
    let left = fs::read_dir(&place.prefix).context("cannot list the prefix")?.count();
    if left > 0 {
        return Err(Fault(format!("{} has {left} entries after uninstall", place.prefix.display())));
    }
    say("  uninstall removed everything: passed");
    fs::remove_dir_all(&work).context(format_args!("cannot remove {}", work.display()))
}

/// Returns the folder of the installed examples.
fn examples(place: &Place) -> PathBuf {
    place.prefix.join("share/doc/toklink/examples")
}

/// Builds all examples with the shared library, and the webhook example also with the static library.
fn by_cmake(place: &Place, programs: &Path) -> Result<()> {
    for (folder, linked, targets) in [
        (programs.to_owned(), "OFF", ["all"].as_slice()),
        (programs.join("static"), "ON", &[scenario::ALSO_STATIC]),
    ] {
        let mut configure = Command::new("cmake");
        configure.arg("-S").arg(examples(place)).arg("-B").arg(&folder);
        configure.arg(format!("-DCMAKE_PREFIX_PATH={}", place.prefix.display()));
        configure.args([
            format!("-DTOKLINK_EXAMPLES_STATIC={linked}"),
            format!("-DCMAKE_C_FLAGS={}", WARNINGS.join(" ")),
            format!("-DCMAKE_CXX_FLAGS={}", WARNINGS.join(" ")),
        ]);
        run::kept(&mut configure)?;
        run::kept(Command::new("cmake").arg("--build").arg(&folder).arg("--target").args(targets))?;
    }
    Ok(())
}

fn by_pkg_config(place: &Place, programs: &Path) -> Result<()> {
    let library = place.prefix.join(&place.libdir);
    let flags = |options: &[&str]| -> Result<Vec<String>> {
        let mut asked = Command::new("pkg-config");
        asked.env("PKG_CONFIG_PATH", library.join("pkgconfig")).args(options).arg("toklink");
        let said = run::kept(&mut asked)?.stdout;
        Ok(said.split_whitespace().map(str::to_owned).collect())
    };
    let folder = examples(place);
    let all = [
        ("cc", "-std=c11", "c/probe.c", "probe"),
        ("cc", "-std=c11", "c/upload.c", "upload"),
        ("cc", "-std=c11", "c/desktop_login.c", "desktop_login"),
        ("cc", "-std=c11", "c/webhook_verify.c", "webhook_verify"),
        ("c++", "-std=c++17", "cpp/metrics.cpp", "metrics"),
    ];
    for (compiler, standard, source, name) in all {
        let mut command = Command::new(compiler);
        command.arg(standard).args(WARNINGS).arg(folder.join(source)).arg("-o").arg(programs.join(name));
        command.args(flags(&["--cflags", "--libs"])?);
        run::kept(command.arg(format!("-Wl,-rpath,{}", library.display())))?;
        if name == scenario::ALSO_STATIC {
            let made = programs.join("static");
            fs::create_dir(&made).context(format_args!("cannot create {}", made.display()))?;
            let mut command = Command::new(compiler);
            command.arg(standard).arg(folder.join(source)).arg("-o").arg(made.join(name));
            // The linker prefers the shared library. It takes the static one if shared libraries are off or this one is
            // missing.
            if cfg!(target_os = "linux") {
                command.arg("-static");
            } else {
                fs::remove_file(library.join("libtoklink.dylib"))
                    .context("cannot remove libtoklink.dylib")?;
            }
            run::kept(command.args(flags(&["--static", "--cflags", "--libs"])?))?;
        }
    }
    Ok(())
}
