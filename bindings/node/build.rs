//! Links the addon as Node requires it on this platform.

fn main() {
    napi_build::setup();
}
