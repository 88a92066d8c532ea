//! V8's flags wherever programs run. The build script includes this file too: code that it makes V8 compile is only of use
//! where flags are the same.

/// What is always set.
///
/// - With loop unrolling V8 15.0 takes the stack check out of `while (true) new Array(1000)`, and so nothing stops that loop.
/// - Where heaps may be large, V8 otherwise maps its builtins once more for each isolate, close to what it compiles. That makes a
///   runtime larger by a third of a MiB and later by 0.1 ms, and programs no faster that were measured.
pub(crate) const ALWAYS: &str = "--no-turboshaft-loop-unrolling --no-short-builtin-calls";

/// The largest `WebAssembly.Memory` where it is not set otherwise, in pages: 128 MiB, the default memory limit. Wasm memory is
/// outside V8's heap and its allocator, and this flag is the only bound that V8 has for it.
pub(crate) const DEFAULT_WASM_PAGES: u64 = 2048;

/// The flag for that.
pub(crate) fn wasm_pages(pages: u64) -> String {
    format!("--wasm-max-mem-pages={pages}")
}
