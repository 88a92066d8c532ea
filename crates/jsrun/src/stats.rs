//! What a runtime has done and holds.

use std::time::Duration;

use jsrun_types::ByteSize;
use serde::{Deserialize, Serialize};

use crate::call::{Call, What};
use crate::local::LocalRuntime;

/// What a runtime has done and holds; from [`Handle::stats`](crate::Handle::stats).
///
/// ```
/// use jsrun::{ExecutionKind, Runtime};
///
/// let runtime = Runtime::new()?;
/// runtime.eval("setTimeout(() => {}, 1000); 0")?;
/// let stats = runtime.stats()?;
/// assert_eq!((stats.active_timers, stats.last_execution_kind), (1, Some(ExecutionKind::EvalSync)));
/// assert!(stats.heap_used <= stats.heap_total);
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuntimeStats {
    /// V8's heap as it is committed.
    pub heap_total: ByteSize,
    /// What of it is in use.
    pub heap_used: ByteSize,
    /// The largest heap seen, with array buffers, since the runtime was made or last ran a program.
    pub heap_peak: ByteSize,
    /// Array buffers.
    pub external_memory: ByteSize,
    /// What of the heap is in physical memory.
    pub physical_total: ByteSize,
    /// Time in JavaScript, all calls together.
    pub total_execution: Duration,
    /// Time in JavaScript of the call that ended last.
    pub last_execution: Duration,
    /// The kind of the call that ended last.
    pub last_execution_kind: Option<ExecutionKind>,
    /// CPU time of the runtime's thread.
    pub cpu_time: Duration,
    /// Calls that have begun, by kind.
    pub counts: ExecutionCounts,
    /// Calls of async host functions that go on.
    pub active_async_ops: usize,
    /// What the event loop holds open besides: message ports and such.
    pub open_resources: usize,
    /// Timeouts that wait.
    pub active_timers: usize,
    /// Intervals that are set.
    pub active_intervals: usize,
    /// JavaScript functions that the host holds.
    pub tracked_functions: usize,
    /// Streams.
    pub streams: StreamStats,
}

/// Streams between JavaScript and the host.
///
/// ```
/// use jsrun::Runtime;
///
/// let runtime = Runtime::new()?;
/// let stream = runtime.eval("new ReadableStream()")?;
/// assert_eq!(runtime.stats()?.streams.active_from_javascript, 1);
/// drop(stream);
/// assert_eq!(runtime.stats()?.streams.active_from_javascript, 0);
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamStats {
    /// Streams of JavaScript that the host holds.
    pub active_from_javascript: usize,
    /// Streams of the host that JavaScript has not read to their end.
    pub active_to_javascript: usize,
    /// Streams of JavaScript that the host has ever held.
    pub total_from_javascript: u64,
    /// Streams that the host has ever made.
    pub total_to_javascript: u64,
    /// Bytes of strings and buffers that were chunks.
    pub bytes_from_javascript: ByteSize,
    /// Bytes of strings and buffers that were chunks.
    pub bytes_to_javascript: ByteSize,
}

/// What kind a call is.
///
/// ```
/// assert_eq!(jsrun::ExecutionKind::ModuleAsync.as_str(), "eval_module_async");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExecutionKind {
    /// A script, not waited for.
    EvalSync,
    /// A script, waited for.
    EvalAsync,
    /// A module, not waited for.
    ModuleSync,
    /// A module, waited for.
    ModuleAsync,
    /// A function, not waited for.
    FunctionSync,
    /// A function, waited for.
    FunctionAsync,
}

impl ExecutionKind {
    /// `eval_sync`, `eval_async`, `eval_module_sync`, `eval_module_async`, `call_function_sync`, `call_function_async`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EvalSync => "eval_sync",
            Self::EvalAsync => "eval_async",
            Self::ModuleSync => "eval_module_sync",
            Self::ModuleAsync => "eval_module_async",
            Self::FunctionSync => "call_function_sync",
            Self::FunctionAsync => "call_function_async",
        }
    }
}

/// How many calls of each kind have begun.
///
/// ```
/// use jsrun::{ExecutionKind, Runtime};
///
/// let runtime = Runtime::new()?;
/// runtime.eval("1")?;
/// assert_eq!(runtime.stats()?.counts.get(ExecutionKind::EvalSync), 1);
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionCounts([u64; 6]);

impl ExecutionCounts {
    /// How many of one kind.
    pub const fn get(&self, kind: ExecutionKind) -> u64 {
        self.0[kind as usize]
    }
}

/// What a runtime keeps count of itself.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    counts: ExecutionCounts,
    total: Duration,
    last: Duration,
    last_kind: Option<ExecutionKind>,
}

/// The time of one call in JavaScript.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Execution {
    kind: Option<ExecutionKind>,
    spent: Duration,
}

impl Execution {
    /// So much time in JavaScript was, perhaps among others, for this call.
    pub(crate) fn add(&mut self, time: Duration) {
        self.spent += time;
    }
}

impl Ledger {
    pub(crate) fn begin(&mut self, call: &Call, waits: bool) -> Execution {
        let kind = match (&call.what, waits) {
            (What::Eval { .. }, false) => Some(ExecutionKind::EvalSync),
            (What::Eval { .. }, true) => Some(ExecutionKind::EvalAsync),
            (What::Module { .. }, false) => Some(ExecutionKind::ModuleSync),
            (What::Module { .. }, true) => Some(ExecutionKind::ModuleAsync),
            (What::Function { .. }, false) => Some(ExecutionKind::FunctionSync),
            (What::Function { .. }, true) => Some(ExecutionKind::FunctionAsync),
            (What::StreamRead(_) | What::StreamCancel(_), _) => None,
        };
        if let Some(kind) = kind {
            self.counts.0[kind as usize] += 1;
        }
        Execution { kind, spent: Duration::ZERO }
    }

    pub(crate) fn end(&mut self, execution: Execution) {
        self.total += execution.spent;
        if execution.kind.is_some() {
            self.last = execution.spent;
            self.last_kind = execution.kind;
        }
    }
}

impl LocalRuntime {
    /// What the runtime has done and holds.
    pub fn stats(&mut self) -> RuntimeStats {
        let (heap_peak, external) = self.memory();
        let heap = self.js().v8_isolate().get_heap_statistics();
        let size = |bytes: usize| ByteSize::bytes(bytes as u64);
        let open_resources = self.js().op_state().borrow().resource_table.names().count();
        RuntimeStats {
            heap_total: size(heap.total_heap_size()),
            heap_used: size(heap.used_heap_size()),
            heap_peak: size(heap_peak.max(heap.used_heap_size() + external)),
            external_memory: size(external),
            physical_total: size(heap.total_physical_size()),
            total_execution: self.stats.total,
            last_execution: self.stats.last,
            last_execution_kind: self.stats.last_kind,
            cpu_time: self.cpu_clock.now(),
            counts: self.stats.counts,
            active_async_ops: self.state.bindings.pending(),
            open_resources,
            active_timers: self.state.timers.timeouts(),
            active_intervals: self.state.timers.intervals(),
            tracked_functions: self.state.handles.function_count(),
            streams: self.state.streams.stats(&self.state.handles),
        }
    }
}
