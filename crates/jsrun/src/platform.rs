//! V8's process-wide set-up.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use deno_core::{JsRuntime, v8};
use jsrun_types::ByteSize;

use crate::flags;

/// How V8 uses threads in this process.
///
/// ```
/// use jsrun::{EngineMode, initialize_v8};
///
/// // Before the first runtime.
/// initialize_v8(EngineMode::MultiThreaded);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineMode {
    /// V8's helper threads compile and collect garbage in the background. The default.
    MultiThreaded,
    /// V8 never makes a thread, so that the process can fork with a runtime in place.
    SingleThreaded,
    /// The same, and V8 interprets everything: no memory of the process is ever executable that was not from the start.
    /// Slower by far for programs that compute, and without `WebAssembly`.
    Jitless,
}

/// A page of Wasm memory: <https://webassembly.github.io/spec/core/exec/runtime.html#page-size>.
const WASM_PAGE: u64 = 64 << 10;

static PLATFORM: OnceLock<Option<v8::SharedRef<v8::Platform>>> = OnceLock::new();

/// Initialises V8 for this process. Flags and mode freeze with the first call; later calls do nothing.
///
/// Making a runtime calls this with [`EngineMode::MultiThreaded`].
///
/// ```
/// jsrun::initialize_v8(jsrun::EngineMode::MultiThreaded);
/// // Later calls do nothing.
/// jsrun::initialize_v8(jsrun::EngineMode::Jitless);
/// # let runtime = jsrun::Runtime::new()?;
/// # assert_eq!(runtime.eval("typeof WebAssembly")?.as_str(), Some("object"));
/// # Ok::<(), jsrun::Error>(())
/// ```
pub fn initialize_v8(mode: EngineMode) {
    PLATFORM.get_or_init(|| {
        set_wasm_flag(flags::DEFAULT_WASM_PAGES);
        v8::V8::set_flags_from_string(flags::ALWAYS);
        // V8 by itself opens a file and reads 4 KiB from it, three times for each runtime.
        v8::V8::set_entropy_source(|bytes| getrandom::fill(bytes).is_ok());
        let platform = match mode {
            // Without a platform of ours, deno_core makes one that hands foreground tasks to its event loop.
            EngineMode::MultiThreaded => None,
            EngineMode::SingleThreaded | EngineMode::Jitless => {
                if mode == EngineMode::Jitless {
                    v8::V8::set_flags_from_string("--jitless");
                }
                // Frozen flags are read-only memory, and a forked child sets its own random seed.
                v8::V8::set_flags_from_string("--single-threaded --no-freeze-flags-after-init");
                Some(v8::new_single_threaded_default_platform(false).make_shared())
            }
        };
        JsRuntime::init_platform(platform.clone());
        platform
    });
}

/// Sets how large a `WebAssembly.Memory` that is made from now on may become. Only where flags are not frozen:
/// [`EngineMode::SingleThreaded`].
pub(crate) fn limit_wasm_memory(limit: ByteSize) {
    if let Some(Some(_)) = PLATFORM.get() {
        // V8 has no more than 4 GiB of pages.
        set_wasm_flag((limit.as_u64() / WASM_PAGE).clamp(1, 1 << 16));
    }
}

fn set_wasm_flag(pages: u64) {
    static PAGES: AtomicU64 = AtomicU64::new(0);
    // Setting a flag takes some 10 µs.
    if PAGES.swap(pages, Ordering::Relaxed) != pages {
        v8::V8::set_flags_from_string(&flags::wasm_pages(pages));
    }
}

/// Whether V8 was initialised for several runtimes on threads of their own.
pub(crate) fn is_multi_threaded() -> bool {
    matches!(PLATFORM.get(), Some(None))
}

/// Runs the tasks that V8 posted for this thread; tells whether there were any.
pub(crate) fn run_foreground_tasks(isolate: &v8::Isolate) -> bool {
    let Some(Some(platform)) = PLATFORM.get() else { return false };
    let mut ran = false;
    while v8::Platform::pump_message_loop(platform, isolate, false) {
        ran = true;
    }
    ran
}
