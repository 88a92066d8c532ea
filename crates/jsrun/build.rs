//! Makes the startup snapshot: an isolate with the web platform in place, from which every runtime starts.
//!
//! It must be a process of its own: V8 makes snapshots with a fixed random seed, for the whole process.

#[path = "src/extension.rs"]
mod extension;

use std::path::PathBuf;

use deno_core::snapshot::{CreateSnapshotOptions, create_snapshot};

fn main() {
    let options = CreateSnapshotOptions {
        cargo_manifest_dir: env!("CARGO_MANIFEST_DIR"),
        startup_snapshot: None,
        skip_op_registration: false,
        extensions: extension::extensions(),
        extension_transpiler: None,
        with_runtime_cb: None,
    };
    let snapshot = create_snapshot(options, None).expect("our own extensions make a snapshot");
    let path =
        PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("startup.snapshot");
    std::fs::write(&path, &snapshot.output).expect("OUT_DIR is writable");
    for path in ["build.rs", "src/extension.rs", "js"] {
        println!("cargo:rerun-if-changed={path}");
    }
}
