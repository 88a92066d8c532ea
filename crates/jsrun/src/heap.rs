//! V8's heap under a limit that can be set after the isolate was made.

use std::ffi::{c_char, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use deno_core::v8;
use jsrun_types::LimitKind;

use crate::stop::{Stop, StopReason};

/// With what an isolate is made: 4 GiB, more than any run may have. V8 lets a limit be lowered at any time and raised
/// only when it is reached, where one large allocation would already have ended the process.
pub(crate) const LARGEST_HEAP: usize = 4 << 30;
/// What the heap may grow by after its limit, so that the program can be stopped rather than the process.
const ROOM_TO_STOP: usize = 64 << 20;

/// The heap limit of one isolate, and the largest heap seen.
#[derive(Debug)]
pub(crate) struct HeapLimit {
    limit: AtomicUsize,
    peak: AtomicUsize,
}

/// What the callbacks of one isolate need. Lives as long as the isolate.
pub(crate) struct HeapWatch {
    heap: Arc<HeapLimit>,
    stop: Arc<Stop>,
}

impl HeapWatch {
    fn as_data(&self) -> *mut c_void {
        std::ptr::from_ref(self).cast_mut().cast()
    }
}

impl HeapLimit {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit: AtomicUsize::new(limit), peak: AtomicUsize::new(0) })
    }

    pub(crate) fn set(&self, isolate: &mut v8::Isolate, watch: &HeapWatch, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
        // Removing the callback is V8's only door to lowering the limit.
        isolate.remove_near_heap_limit_callback(near_limit, limit);
        isolate.add_near_heap_limit_callback(near_limit, watch.as_data());
    }

    /// Takes note of the heap's size as it is now, and returns the largest so far.
    pub(crate) fn measure(&self, isolate: &mut v8::Isolate) -> usize {
        let used = isolate.get_heap_statistics().used_heap_size();
        self.peak.fetch_max(used, Ordering::Relaxed).max(used)
    }

    /// Installs the callbacks. The watch must outlive the isolate.
    #[expect(clippy::unnecessary_box_returns, reason = "the callbacks hold its address")]
    pub(crate) fn install(self: &Arc<Self>, isolate: &mut v8::Isolate, stop: Arc<Stop>) -> Box<HeapWatch> {
        let watch = Box::new(HeapWatch { heap: Arc::clone(self), stop });
        let data = watch.as_data();
        isolate.add_near_heap_limit_callback(near_limit, data);
        isolate.add_gc_prologue_callback(before_collection, data, v8::GCType::kGCTypeAll);
        isolate.set_oom_error_handler(out_of_memory);
        watch
    }
}

unsafe extern "C" fn near_limit(data: *mut c_void, current: usize, _initial: usize) -> usize {
    // SAFETY: `install` passed a watch that outlives the isolate, and nobody writes to it.
    let watch = unsafe { &*data.cast::<HeapWatch>() };
    let limit = watch.heap.limit.load(Ordering::Relaxed);
    if current < limit {
        // An earlier run had less.
        return limit;
    }
    watch.stop.request(StopReason::Limit(LimitKind::Memory));
    // V8 aborts the process when the limit stays as it is.
    current.saturating_add(ROOM_TO_STOP)
}

unsafe extern "C" fn before_collection(
    isolate: v8::UnsafeRawIsolatePtr,
    _kind: v8::GCType,
    _flags: v8::GCCallbackFlags,
    data: *mut c_void,
) {
    // SAFETY: as above; V8 passes the isolate that collects.
    let (watch, mut isolate) =
        unsafe { (&*data.cast::<HeapWatch>(), v8::Isolate::from_raw_isolate_ptr(isolate)) };
    watch.heap.measure(&mut isolate);
}

static OUT_OF_MEMORY_HOOK: OnceLock<fn() -> !> = OnceLock::new();

/// Sets what happens when V8 cannot go on for want of memory, such as after one huge allocation: `hook` is called
/// instead of V8's abort. It must end the process. The first call counts.
pub fn set_out_of_memory_hook(hook: fn() -> !) {
    let _ = OUT_OF_MEMORY_HOOK.set(hook);
}

unsafe extern "C" fn out_of_memory(_location: *const c_char, _details: &v8::OomDetails) {
    if let Some(hook) = OUT_OF_MEMORY_HOOK.get() {
        hook();
    }
    std::process::abort();
}
