//! A V8 runtime with limits, console events and structured exceptions.
//!
//! Two layers: [`LocalRuntime`] is confined to its thread and does everything; [`Runtime`] owns a thread with one of
//! them and can be used from anywhere, through [`Handle`]s.
//!
//! # Calls
//!
//! A [`Call`] evaluates a script, imports a module or calls a function. Its result is a [`Value`]; functions come as handles.
//!
//! ```
//! use jsrun::{Call, Runtime, Value};
//! use std::time::Duration;
//!
//! let runtime = Runtime::new()?;
//! let Value::Function(twice) = runtime.eval("(x) => 2 * x")? else { panic!("not a function") };
//! assert_eq!(runtime.call_function(&twice, [Value::from(21)])?, Value::from(42));
//!
//! // `call` does not wait for promises; `call_and_wait` and the async forms turn the event loop.
//! let call = Call::eval("new Promise((done) => setTimeout(done, 1, 'late'))").wall(Duration::from_secs(1));
//! assert_eq!(runtime.call_and_wait(call)?.as_str(), Some("late"));
//!
//! let typescript = Call::eval("const x: number = 5; x").named("five.ts");
//! assert_eq!(runtime.call(typescript)?.as_f64(), Some(5.0));
//! # Ok::<(), jsrun::Error>(())
//! ```
//!
//! # Host functions and streams
//!
//! Any [`HostFunction`], such as a closure, can be a global, and an object of [`Binding`]s too. A [`HostError`] is thrown.
//! A [`HostStream`] is a `ReadableStream` to JavaScript, and one of JavaScript a [`StreamHandle`] to the host.
//!
//! ```
//! use jsrun::{Binding, Chunk, HostError, HostStream, Runtime, Value, async_function};
//! use std::sync::{Arc, Mutex};
//!
//! struct Countdown(Mutex<u32>);
//! impl HostStream for Countdown {
//!     fn next(&self) -> Chunk {
//!         let mut left = self.0.lock().expect("nobody panics");
//!         let chunk = (*left > 0).then(|| Value::from(*left));
//!         *left = left.saturating_sub(1);
//!         Box::pin(async move { Ok(chunk) })
//!     }
//! }
//!
//! let runtime = Runtime::new()?;
//! runtime.bind_function("fetchName", async_function(|_| async { Ok(Value::from("Ada")) }))?;
//! let fail = |_: Vec<Value>| Err(HostError::new("ValueError", "no such thing"));
//! let bindings = vec![
//!     ("version".into(), Binding::Value(Value::from(3))),
//!     ("fail".into(), Binding::Function(Arc::new(fail))),
//! ];
//! runtime.bind_object("host", bindings)?;
//! assert_eq!(runtime.call_and_wait("fetchName()")?.as_str(), Some("Ada"));
//! assert_eq!(runtime.eval("try { host.fail() } catch (e) { e.name }")?.as_str(), Some("ValueError"));
//!
//! let stream = runtime.create_stream(Countdown(Mutex::new(3)))?;
//! assert_eq!(runtime.read_stream(&stream)?, Some(Value::from(3)));
//! # Ok::<(), jsrun::Error>(())
//! ```
//!
//! # Modules
//!
//! Hosts add static modules, resolve specifiers, load sources now or later, and set an import map. Nothing is fetched otherwise.
//!
//! ```
//! use jsrun::{LoadError, LoadedModule, ModuleContent, ModuleKind, ModuleSource, Runtime, Value};
//!
//! let runtime = Runtime::new()?;
//! runtime.set_module_resolver(|specifier, _importer| Ok(Some(format!("host:{specifier}"))))?;
//! runtime.set_module_loader(|url| match url {
//!     "host:answer" => LoadedModule::Now(Ok(ModuleSource {
//!         content: ModuleContent::Text("export const answer: number = 42;".to_owned()),
//!         kind: Some(ModuleKind::TypeScript),
//!     })),
//!     _ => LoadedModule::Now(Err(LoadError::new(format!("there is no {url}")))),
//! })?;
//! assert_eq!(runtime.eval_module("answer")?.get("answer"), Some(&Value::from(42)));
//! # Ok::<(), jsrun::Error>(())
//! ```
//!
//! # Runs
//!
//! A [`RunRequest`] is a whole program, which [runs](Handle::run) to its end, with [`Event`]s on the way and one [`Outcome`].
//!
//! ```
//! use jsrun::{Event, LocalRuntime, Outcome, RunRequest, Status};
//!
//! let (sender, texts) = std::sync::mpsc::channel();
//! let mut runtime = LocalRuntime::new()?;
//! let request = RunRequest::new("console.log('hi'); [1, 2]");
//! let Outcome { status, usage } = runtime.run(&request, move |event| match event {
//!     Event::Console(console) => sender.send(console.text).expect("somebody listens"),
//! })?;
//! assert!(matches!(status, Status::Ok(value) if value.to_text() == "[ 1, 2 ]"));
//! assert_eq!(texts.iter().collect::<Vec<_>>(), ["hi"]);
//! assert!(usage.peak_heap.as_u64() > 0);
//! # Ok::<(), jsrun::Error>(())
//! ```
//!
//! # Limits and errors
//!
//! [`Limits`] bound wall time, CPU time, memory and output, of getters and proxies too; [`ConversionLimits`] what crosses.
//! Every [`Error`] says what survives it: the runtime goes on, except after its limit of memory, or when it was closed.
//! [`Handle::canceller`] stops whatever runs, a [`CallCanceller`] one call, and [`Handle::stats`] tells what a runtime holds.
//!
//! ```
//! use jsrun::{Call, CloseReason, Error, ExecutionKind, LimitKind, Runtime};
//! use std::time::Duration;
//!
//! let runtime = Runtime::new()?;
//! let stopped = runtime.call(Call::eval("for (;;);").wall(Duration::from_millis(20)));
//! assert!(matches!(stopped, Err(Error::Limit { kind: LimitKind::Wall, .. })));
//! let Err(Error::Exception(thrown)) = runtime.eval("null.x") else { panic!("it throws") };
//! assert_eq!(thrown.exception.name.as_deref(), Some("TypeError"));
//! assert_eq!(runtime.stats()?.counts.get(ExecutionKind::EvalSync), 2);
//!
//! runtime.terminate();
//! assert!(matches!(runtime.eval("1"), Err(Error::Closed(CloseReason::Terminated))));
//! # Ok::<(), jsrun::Error>(())
//! ```
//!
//! # Snapshots and debuggers
//!
//! A [`Snapshot`], from a [`SnapshotBuilder`], has libraries in place. With [`InspectorOptions`] Chrome's `DevTools` attach.
//!
//! ```no_run
//! use jsrun::{InspectorOptions, Runtime, SnapshotBuilder};
//! use std::process::Command;
//!
//! let snapshot = SnapshotBuilder::new()
//!     .script("library.js", "const twice = (x) => 2 * x;")
//!     .build(Command::new("jsrun").arg("snapshot-builder"))?;
//! let inspector = InspectorOptions { wait_for_connection: true, ..InspectorOptions::default() };
//! let runtime = Runtime::builder().snapshot(snapshot).inspector(inspector).build()?;
//! if let Some(endpoints) = runtime.inspector_endpoints()? {
//!     println!("open {}", endpoints.devtools_frontend_url);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod abandon;
mod allocator;
mod bind;
mod bindings;
mod builder;
mod call;
mod call_control;
mod calls;
mod configure;
mod console;
mod convert;
mod debugger_console;
mod dialect;
mod error;
mod evaluation;
mod event_loop;
mod exception;
mod extension;
mod flags;
mod fork;
mod handle;
mod handles;
mod heap;
mod host_function;
mod inspector;
mod intrinsics;
mod last_value;
mod line;
mod local;
mod lookout;
mod module_settings;
mod modules;
mod names;
mod owners;
mod perform;
mod platform;
mod platform_scripts;
mod preview;
mod program;
mod property;
mod reactor;
mod recent_scripts;
mod repl;
mod slice;
mod snapshot;
mod sources;
mod spare;
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
mod undisturbed;
mod watchdog;

pub use builder::{Globals, RuntimeBuilder};
pub use call::Call;
pub use error::{CloseReason, Error, Thrown};
pub use handle::{CallCanceller, Handle};
pub use heap::set_out_of_memory_hook;
pub use host_function::{Binding, HostError, HostFunction, HostFuture, HostReply, async_function};
pub use inspector::{InspectorEndpoints, InspectorOptions};
pub use local::LocalRuntime;
pub use lookout::Lookout;
pub use module_settings::ImportMapError;
pub use modules::{LoadError, LoadedModule, ModuleContent, ModuleKind, ModuleSource};
pub use platform::{EngineMode, initialize_v8};
pub use snapshot::{Snapshot, SnapshotBuilder, SnapshotError, serve_snapshot_builder};
pub use spare::end_spare;
pub use started::{Later, StartedCall};
pub use stats::{ExecutionCounts, ExecutionKind, RuntimeStats, StreamStats};
pub use stop::Canceller;
pub use streams::{Chunk, HostStream};
pub use syntax::{Syntax, check_syntax};
pub use thread::Runtime;

/// What hosts and the engine speak, re-exported for hosts that need no other crate.
pub use jsrun_types::*;
