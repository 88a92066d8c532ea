//! `RuntimeStats`.

use std::time::Duration;

use jsrun::{ExecutionKind, RuntimeStats as Stats};
use pyo3::prelude::*;

/// What a runtime has done and holds, as of one moment; from `Runtime.get_stats`. Sizes are in bytes, times in
/// milliseconds.
///
/// >>> _ = runtime.eval("setTimeout(() => {}, 1000)")
/// >>> stats = runtime.get_stats()
/// >>> stats.active_timers, stats.last_execution_kind
/// (1, 'eval_sync')
#[pyclass(frozen, get_all, module = "jsrun")]
pub(crate) struct RuntimeStats {
    /// V8's heap as it is committed.
    heap_total_bytes: u64,
    /// What of it is in use.
    heap_used_bytes: u64,
    /// Array buffers.
    external_memory_bytes: u64,
    /// What of the heap is in physical memory.
    physical_total_bytes: u64,
    /// Time in JavaScript, all calls together.
    total_execution_time_ms: u64,
    /// Time in JavaScript of the call that ended last.
    last_execution_time_ms: u64,
    /// Its kind: eval_sync, eval_async, eval_module_sync, eval_module_async, call_function_sync, call_function_async, or
    /// None.
    last_execution_kind: Option<&'static str>,
    /// Calls of eval.
    eval_sync_count: u64,
    /// Calls of eval_async.
    eval_async_count: u64,
    /// Calls of eval_module.
    eval_module_sync_count: u64,
    /// Calls of eval_module_async.
    eval_module_async_count: u64,
    /// Calls of functions.
    call_function_sync_count: u64,
    /// Calls of functions by call_async.
    call_function_async_count: u64,
    /// Calls of coroutine functions that go on.
    active_async_ops: usize,
    /// What the event loop holds open besides.
    open_resources: usize,
    /// Timeouts that wait.
    active_timers: usize,
    /// Intervals that are set.
    active_intervals: usize,
    /// Streams of JavaScript that Python holds.
    active_js_streams: usize,
    /// Streams of Python that JavaScript has not read to their end.
    active_py_streams: usize,
    /// Streams of JavaScript that Python has ever held.
    total_js_streams: u64,
    /// Streams of Python that were ever made.
    total_py_streams: u64,
    /// Bytes of strings and buffers in chunks from JavaScript.
    bytes_streamed_js_to_py: u64,
    /// Bytes of strings and buffers in chunks from Python.
    bytes_streamed_py_to_js: u64,
}

impl From<Stats> for RuntimeStats {
    fn from(stats: Stats) -> Self {
        let count = |kind| stats.counts.get(kind);
        let streams = stats.streams;
        Self {
            heap_total_bytes: stats.heap_total.as_u64(),
            heap_used_bytes: stats.heap_used.as_u64(),
            external_memory_bytes: stats.external_memory.as_u64(),
            physical_total_bytes: stats.physical_total.as_u64(),
            total_execution_time_ms: milliseconds(stats.total_execution),
            last_execution_time_ms: milliseconds(stats.last_execution),
            last_execution_kind: stats.last_execution_kind.map(ExecutionKind::as_str),
            eval_sync_count: count(ExecutionKind::EvalSync),
            eval_async_count: count(ExecutionKind::EvalAsync),
            eval_module_sync_count: count(ExecutionKind::ModuleSync),
            eval_module_async_count: count(ExecutionKind::ModuleAsync),
            call_function_sync_count: count(ExecutionKind::FunctionSync),
            call_function_async_count: count(ExecutionKind::FunctionAsync),
            active_async_ops: stats.active_async_ops,
            open_resources: stats.open_resources,
            active_timers: stats.active_timers,
            active_intervals: stats.active_intervals,
            active_js_streams: streams.active_from_javascript,
            active_py_streams: streams.active_to_javascript,
            total_js_streams: streams.total_from_javascript,
            total_py_streams: streams.total_to_javascript,
            bytes_streamed_js_to_py: streams.bytes_from_javascript.as_u64(),
            bytes_streamed_py_to_js: streams.bytes_to_javascript.as_u64(),
        }
    }
}

#[pymethods]
impl RuntimeStats {
    fn __repr__(&self) -> String {
        format!(
            "RuntimeStats(heap_used_bytes={}, heap_total_bytes={}, external_memory_bytes={}, \
             total_execution_time_ms={}, last_execution_kind={})",
            self.heap_used_bytes,
            self.heap_total_bytes,
            self.external_memory_bytes,
            self.total_execution_time_ms,
            self.last_execution_kind.map_or("None".to_owned(), |kind| format!("'{kind}'")),
        )
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
