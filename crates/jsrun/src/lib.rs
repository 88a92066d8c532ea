//! A V8 runtime with limits, console events and structured exceptions.
//!
//! Two layers: [`LocalRuntime`] is confined to its thread and does everything; [`Runtime`] owns a thread with one of
//! them and can be used from anywhere.

mod allocator;
mod builder;
mod console;
mod error;
mod evaluation;
mod event_loop;
mod exception;
mod extension;
mod fork;
mod heap;
mod intrinsics;
mod local;
mod platform;
mod preview;
mod property;
mod repl;
mod stack_trace;
mod stop;
mod thread;
mod uncaught;
mod watchdog;

pub use builder::{Globals, RuntimeBuilder};
pub use error::Error;
pub use heap::set_out_of_memory_hook;
pub use local::LocalRuntime;
pub use platform::{EngineMode, initialize_v8};
pub use stop::Canceller;
pub use thread::Runtime;

/// What hosts and the engine speak, re-exported for hosts that need no other crate.
pub use jsrun_types::*;
