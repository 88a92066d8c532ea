//! Modules: what a specifier means, where its source comes from, and V8's modules of both.
//!
//! `deno_core` has all of this, too. It is not used, because its error paths read an error's properties, and so run the
//! program's code where no deadline holds, and end the process when what they read is not what they expect.

mod dynamic_import;
mod error;
mod evaluation;
mod graph;
mod map;
mod meta;
mod record;
mod resolution;
mod source;
mod unfinished;
mod wasm;

pub use source::{LoadError, LoadedModule, ModuleContent, ModuleKind, ModuleSource};

pub(crate) use dynamic_import::NAMES_ATTRIBUTE;
pub(crate) use error::attached_position;
pub(crate) use graph::poll;
pub(crate) use map::Modules;

use deno_core::v8;

use crate::local::EngineState;

/// Makes V8 ask here for modules.
pub(crate) fn install(isolate: &mut v8::Isolate) {
    isolate.set_host_import_module_dynamically_callback(dynamic_import::import_dynamically);
    isolate.set_host_import_module_with_phase_dynamically_callback(dynamic_import::import_with_phase);
    isolate.set_host_initialize_import_meta_object_callback(meta::initialize);
}

/// Imports a module from outside of any program. The promise is that of the module's namespace.
pub(crate) fn import<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    specifier: &str,
) -> Option<v8::Local<'s, v8::Promise>> {
    dynamic_import::start(scope, state, dynamic_import::Import::from_host(specifier))
}
