//! Names the shared library by the number of its ABI, so that a program asks the loader for the one that it was linked
//! with and not for any.

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
        // A DLL carries no such name.
        "windows" => return Ok(()),
        _ => format!("-Wl,-soname,libtoklink.so.{abi}"),
    };
    println!("cargo::rustc-cdylib-link-arg={name}");
    Ok(())
}
