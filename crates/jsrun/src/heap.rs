//! V8's heap under a limit that can be set after the isolate was made.

use std::ffi::{c_char, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use deno_core::v8;
use jsrun_types::LimitKind;

use crate::allocator::BufferBudget;
use crate::stop::{Stop, StopReason};

/// With what an isolate is made: 4 GiB, more than any run may have. V8 lets a limit be lowered at any time and raised
/// only when it is reached, where one large allocation would already have ended the process.
pub(crate) const LARGEST_HEAP: usize = 4 << 30;
/// What the heap may grow by after its limit, so that the program can be stopped rather than the process.
const ROOM_TO_STOP: usize = 64 << 20;

/// For what V8 counts with array buffers and is none: external strings, Wasm code. Buffers may take all of their limit.
const EXTERNAL_ROOM: usize = 4 << 20;

/// The heap limit of one isolate.
#[derive(Debug)]
pub(crate) struct HeapLimit {
    limit: AtomicUsize,
    /// As of the last collection.
    used: AtomicUsize,
}

/// What the callbacks of one isolate need. Lives as long as the isolate.
pub(crate) struct HeapWatch {
    heap: Arc<HeapLimit>,
    stop: Arc<Stop>,
    buffers: Arc<BufferBudget>,
}

impl HeapWatch {
    fn as_data(self: &Arc<Self>) -> *mut c_void {
        Arc::as_ptr(self).cast_mut().cast()
    }

    /// Stops the run when the heap is over its limit: one allocation can jump over it without a callback. So it does
    /// when what hangs on the heap is: resizable buffers, Wasm memories and buffers of the platform's own, which no
    /// allocator of ours sees.
    pub(crate) fn check(&self, isolate: &mut v8::Isolate) {
        let limit = self.heap.limit.load(Ordering::Relaxed);
        let external = isolate.get_heap_statistics().external_memory().saturating_sub(EXTERNAL_ROOM);
        let heap = self.measure(isolate);
        let over = match self.buffers.own_limit() {
            Some(own) => heap > limit || external > own,
            None => heap.saturating_add(external.max(self.buffers.used())) > limit,
        };
        if over {
            self.stop.request(StopReason::Limit(LimitKind::Memory));
        }
    }

    fn measure(&self, isolate: &mut v8::Isolate) -> usize {
        let used = self.heap.measure(isolate);
        self.buffers.note_heap(used);
        used
    }
}

impl HeapLimit {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit: AtomicUsize::new(limit), used: AtomicUsize::new(0) })
    }

    /// Takes note of a limit that is not in force yet: that of a runtime which has run nothing.
    pub(crate) fn expect(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, isolate: &mut v8::Isolate, watch: &Arc<HeapWatch>, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
        // Removing the callback is V8's only door to lowering the limit.
        isolate.remove_near_heap_limit_callback(near_limit, limit);
        isolate.add_near_heap_limit_callback(near_limit, watch.as_data());
    }

    /// Takes note of the heap's size as it is now, and returns it.
    fn measure(&self, isolate: &mut v8::Isolate) -> usize {
        let used = isolate.get_heap_statistics().used_heap_size();
        self.used.store(used, Ordering::Relaxed);
        used
    }

    /// Installs the callbacks. The watch must outlive the isolate.
    pub(crate) fn install(
        self: &Arc<Self>,
        isolate: &mut v8::Isolate,
        stop: Arc<Stop>,
        buffers: Arc<BufferBudget>,
    ) -> Arc<HeapWatch> {
        let watch = Arc::new(HeapWatch { heap: Arc::clone(self), stop, buffers });
        let data = watch.as_data();
        isolate.add_near_heap_limit_callback(near_limit, data);
        isolate.add_gc_prologue_callback(before_collection, data, v8::GCType::kGCTypeAll);
        isolate.add_gc_epilogue_callback(after_collection, data, v8::GCType::kGCTypeAll);
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
    if watch.buffers.is_refusing() && watch.heap.used.load(Ordering::Relaxed) < limit / 2 {
        // V8 asks in case that a larger heap helps the array buffer that our allocator has just refused. It does not.
        return current.saturating_add(1);
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
    // SAFETY: V8 calls with what `install` gave it.
    let (watch, mut isolate) = unsafe { of_collection(isolate, data) };
    watch.measure(&mut isolate);
}

unsafe extern "C" fn after_collection(
    isolate: v8::UnsafeRawIsolatePtr,
    kind: v8::GCType,
    _flags: v8::GCCallbackFlags,
    data: *mut c_void,
) {
    // SAFETY: V8 calls with what `install` gave it.
    let (watch, mut isolate) = unsafe { of_collection(isolate, data) };
    if kind == v8::GCType::kGCTypeMarkSweepCompact {
        watch.check(&mut isolate);
    } else {
        // What a smaller collection leaves may be garbage.
        watch.measure(&mut isolate);
    }
}

/// The watch, and the isolate that collects.
///
/// # Safety
/// To be called from a callback that `install` registered, with what V8 passed to it: the watch outlives the isolate,
/// and the isolate lives for the call.
unsafe fn of_collection<'a>(
    isolate: v8::UnsafeRawIsolatePtr,
    data: *mut c_void,
) -> (&'a HeapWatch, v8::Isolate) {
    // SAFETY: the caller's promise.
    unsafe { (&*data.cast::<HeapWatch>(), v8::Isolate::from_raw_isolate_ptr(isolate)) }
}

static OUT_OF_MEMORY_HOOK: OnceLock<fn() -> !> = OnceLock::new();

/// Sets what happens when V8 cannot go on for want of memory, such as after one huge allocation: `hook` is called
/// instead of V8's abort. It must end the process. The first call counts.
///
/// ```no_run
/// jsrun::set_out_of_memory_hook(|| std::process::exit(70));
/// ```
pub fn set_out_of_memory_hook(hook: fn() -> !) {
    let _ = OUT_OF_MEMORY_HOOK.set(hook);
}

unsafe extern "C" fn out_of_memory(_location: *const c_char, _details: &v8::OomDetails) {
    if let Some(hook) = OUT_OF_MEMORY_HOOK.get() {
        hook();
    }
    std::process::abort();
}
