//! A V8 runtime with limits, console events and structured exceptions.
//!
//! Two layers: [`LocalRuntime`] is confined to its thread and does everything; [`Runtime`] owns a thread with one of
//! them and can be used from anywhere.

mod allocator;
mod bind;
mod bindings;
mod builder;
mod call;
mod calls;
mod console;
mod convert;
mod dialect;
mod error;
mod evaluation;
mod event_loop;
mod exception;
mod extension;
mod fork;
mod handle;
mod handles;
mod heap;
mod host_function;
mod inspector;
mod intrinsics;
mod last_value;
mod local;
mod module_settings;
mod modules;
mod names;
mod platform;
mod preview;
mod program;
mod property;
mod reactor;
mod repl;
mod slice;
mod snapshot;
mod sources;
mod stack_trace;
mod started;
mod stats;
mod stop;
mod streams;
mod syntax;
mod thread;
mod timers;
mod transpile;
mod uncaught;
mod watchdog;

pub use builder::{Globals, RuntimeBuilder};
pub use call::Call;
pub use error::{CloseReason, Error, Thrown};
pub use handle::{CallCanceller, Handle};
pub use heap::set_out_of_memory_hook;
pub use host_function::{Binding, HostError, HostFunction, HostFuture, HostReply, async_function};
pub use inspector::{InspectorEndpoints, InspectorOptions};
pub use local::LocalRuntime;
pub use module_settings::ImportMapError;
pub use modules::{LoadError, LoadedModule, ModuleContent, ModuleKind, ModuleSource};
pub use platform::{EngineMode, initialize_v8};
pub use snapshot::{Snapshot, SnapshotBuilder, SnapshotError, serve_snapshot_builder};
pub use started::{Later, StartedCall};
pub use stats::{ExecutionCounts, ExecutionKind, RuntimeStats, StreamStats};
pub use stop::Canceller;
pub use streams::{Chunk, HostStream};
pub use syntax::{Syntax, check_syntax};
pub use thread::Runtime;

/// What hosts and the engine speak, re-exported for hosts that need no other crate.
pub use jsrun_types::*;
