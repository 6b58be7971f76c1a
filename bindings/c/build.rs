//! Sets the shared library's name to include its ABI number, so that the loader only accepts a library with the ABI
//! that the program was linked with.

use std::env;
use std::error::Error;
use std::fs;

const VERSION: &str = "src/ffi/version.rs";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={VERSION}");
    let source = fs::read_to_string(VERSION)?;
    let (_, rest) =
        source.split_once("TOKLINK_ABI_VERSION: u32 = ").ok_or("src/ffi/version.rs names no ABI")?;
    let abi: u32 = rest.split(';').next().unwrap_or_default().parse()?;
    let name = match env::var("CARGO_CFG_TARGET_OS")?.as_str() {
        "macos" => format!("-Wl,-install_name,@rpath/libtoklink.{abi}.dylib"),
        // A DLL has no such name.
        "windows" => return Ok(()),
        _ => format!("-Wl,-soname,libtoklink.so.{abi}"),
    };
    println!("cargo::rustc-cdylib-link-arg={name}");
    Ok(())
}
