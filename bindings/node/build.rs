//! Links the addon the way the platform's Node wants it.

fn main() {
    napi_build::setup();
}
