//! Says in one line what to do when the page, which the server embeds, is not there.

use std::path::Path;

fn main() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    tell(&format!("rerun-if-changed={}", page.display()));
    if !page.join("index.html").is_file() {
        tell("error=the page is not built: run `make web`");
    }
}

/// Cargo reads a build script's standard output.
fn tell(instruction: &str) {
    println!("cargo::{instruction}");
}
