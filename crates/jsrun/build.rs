//! Makes the startup snapshot: an isolate with the web platform in place, from which every runtime starts.
//!
//! It must be a process of its own: V8 makes snapshots with a fixed random seed, for the whole process.

#[path = "src/extension.rs"]
mod extension;

#[path = "src/flags.rs"]
mod flags;

#[path = "build/code_cache.rs"]
mod code_cache;
#[path = "build/platform_scripts.rs"]
mod platform_scripts;
#[path = "build/primordials.rs"]
mod primordials;

use std::path::PathBuf;

use deno_core::snapshot::{CreateSnapshotOptions, create_snapshot};
use deno_core::v8;

fn main() {
    if let Some(folder) = code_cache::folder() {
        return code_cache::serve(&folder);
    }
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    platform_scripts::keep(&folder);
    // V8's own read-only heap in every snapshot: isolates that are alive at the same time share it.
    v8::V8::set_flags_from_string("--no-extensible-ro-snapshot");
    let mut extensions = extension::extensions();
    primordials::keep_used(&mut extensions);
    let options = CreateSnapshotOptions {
        cargo_manifest_dir: env!("CARGO_MANIFEST_DIR"),
        startup_snapshot: None,
        skip_op_registration: false,
        extensions,
        extension_transpiler: None,
        with_runtime_cb: Some(Box::new(|runtime| {
            runtime.v8_isolate().set_prepare_stack_trace_callback(call_sites);
            runtime
                .execute_script("ext:jsrun/intrinsics.js", include_str!("js/intrinsics.js"))
                .expect("the globals are in place");
        })),
    };
    let snapshot = create_snapshot(options, None).expect("our own extensions make a snapshot");
    std::fs::write(folder.join("startup.snapshot"), &snapshot.output).expect("OUT_DIR is writable");
    code_cache::make(&folder);
    for path in ["build.rs", "build", "src/extension.rs", "src/flags.rs", "js"] {
        println!("cargo:rerun-if-changed={path}");
    }
}

/// Makes an error's `stack` the array of its call sites.
fn call_sites<'s>(
    _: &mut v8::PinScope<'s, '_>,
    _: v8::Local<'s, v8::Value>,
    sites: v8::Local<'s, v8::Array>,
) -> v8::Local<'s, v8::Value> {
    sites.into()
}
