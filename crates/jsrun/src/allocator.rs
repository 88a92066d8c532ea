//! Array buffers under a budget. They are outside V8's heap, so its limit does not see them.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

use deno_core::v8;

/// V8 collects garbage and tries again this many times before it gives up on a buffer; see
/// `Heap::AllocateExternalBackingStore` in V8's source.
const ATTEMPTS: u8 = 4;

/// How many bytes of array buffers a runtime may have, and has.
#[derive(Debug)]
pub(crate) struct BufferBudget {
    limit: AtomicUsize,
    used: AtomicUsize,
    /// The most that buffers and the heap together have been seen to take.
    peak_with_heap: AtomicUsize,
    refusals: AtomicU8,
    /// Whether the heap takes from the same limit.
    shared: AtomicBool,
    /// The heap as it was last measured: it has not shrunk since, only collections make it shrink.
    heap: AtomicUsize,
    /// The length of a buffer that need not be cleared; 0 if there is none.
    uncleared: AtomicUsize,
}

impl BufferBudget {
    /// A budget for buffers alone.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Self::build(limit, false)
    }

    /// A budget that the heap takes from too.
    pub(crate) fn shared_with_heap(limit: usize) -> Arc<Self> {
        Self::build(limit, true)
    }

    fn build(limit: usize, shared: bool) -> Arc<Self> {
        Arc::new(Self {
            shared: AtomicBool::new(shared),
            heap: AtomicUsize::new(0),
            uncleared: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit),
            used: AtomicUsize::new(0),
            peak_with_heap: AtomicUsize::new(0),
            refusals: AtomicU8::new(0),
        })
    }

    /// Makes it a budget for buffers alone.
    pub(crate) fn set_own_limit(&self, limit: usize) {
        self.shared.store(false, Ordering::Relaxed);
        self.limit.store(limit, Ordering::Relaxed);
    }

    fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed)
    }

    /// Begins a run, whose memory limit is the limit of a shared budget.
    pub(crate) fn begin(&self, limit: usize) {
        if self.is_shared() {
            self.limit.store(limit, Ordering::Relaxed);
        }
        self.peak_with_heap.store(self.used_with_heap(), Ordering::Relaxed);
        self.refusals.store(0, Ordering::Relaxed);
    }

    /// Forgets refusals: what comes now is another call's.
    pub(crate) fn forgive(&self) {
        self.refusals.store(0, Ordering::Relaxed);
    }

    /// Takes note of the heap's size. To be called before and after each collection: between two of them the heap only
    /// grows, so that what both take together is most before a collection, or when a buffer was made after which others
    /// are freed at once.
    pub(crate) fn note_heap(&self, used: usize) {
        self.heap.store(used, Ordering::Relaxed);
        self.peak_with_heap.fetch_max(self.used_with_heap(), Ordering::Relaxed);
    }

    fn used_with_heap(&self) -> usize {
        self.heap.load(Ordering::Relaxed).saturating_add(self.used.load(Ordering::Relaxed))
    }

    /// The limit, if the heap does not take from it.
    pub(crate) fn own_limit(&self) -> Option<usize> {
        (!self.is_shared()).then(|| self.limit())
    }

    /// Whether a buffer was refused for good: not even collecting all garbage made room.
    pub(crate) fn exceeded(&self) -> bool {
        self.refusals.load(Ordering::Relaxed) >= ATTEMPTS
    }

    /// Whether the last buffer that was asked for has been refused.
    pub(crate) fn is_refusing(&self) -> bool {
        self.refusals.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// How many bytes there are.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The most that buffers and the heap together have been seen to take since the limit was set.
    pub(crate) fn peak_with_heap(&self) -> usize {
        self.peak_with_heap.load(Ordering::Relaxed)
    }

    fn reserve(&self, length: usize) -> bool {
        // Before V8 gives up on a refused buffer it collects, and then the heap's size is exact.
        let heap = self.heap.load(Ordering::Relaxed);
        let limit =
            self.limit.load(Ordering::Relaxed).saturating_sub(if self.is_shared() { heap } else { 0 });
        let reserved = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(length).filter(|total| *total <= limit)
        });
        match reserved {
            Ok(before) => {
                self.refusals.store(0, Ordering::Relaxed);
                self.peak_with_heap.fetch_max(heap.saturating_add(before + length), Ordering::Relaxed);
                true
            }
            Err(_) => {
                let refusals = self.refusals.load(Ordering::Relaxed);
                self.refusals.store(refusals.saturating_add(1), Ordering::Relaxed);
                false
            }
        }
    }

    /// Lets `work` make one buffer of this length whose memory nothing clears: it is to be filled before any program sees it.
    pub(crate) fn without_clearing<R>(&self, length: usize, work: impl FnOnce() -> R) -> R {
        self.uncleared.store(length, Ordering::Relaxed);
        let _unmark = Unmark(self);
        work()
    }

    fn release(&self, length: usize) {
        self.used.fetch_sub(length, Ordering::Relaxed);
    }
}

/// Takes away the mark for a buffer that was not made after all: the next of its length may be the program's.
struct Unmark<'a>(&'a BufferBudget);

impl Drop for Unmark<'_> {
    fn drop(&mut self) {
        self.0.uncleared.store(0, Ordering::Relaxed);
    }
}

/// An allocator for one isolate that keeps to the budget.
pub(crate) fn allocator(budget: Arc<BufferBudget>) -> v8::UniqueRef<v8::Allocator> {
    static VTABLE: v8::RustAllocatorVtable<BufferBudget> =
        v8::RustAllocatorVtable { allocate, allocate_uninitialized, free, drop: drop_budget };
    // SAFETY: the pointer comes from `Arc::into_raw` of the type that the functions expect, and `drop_budget` takes
    // it back.
    unsafe { v8::new_rust_allocator(Arc::into_raw(budget), &VTABLE) }
}

unsafe extern "C" fn allocate(budget: &BufferBudget, length: usize) -> *mut c_void {
    // Once: a second of its length is somebody else's.
    let is_filled = length != 0
        && budget.uncleared.compare_exchange(length, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok();
    if is_filled {
        // SAFETY: as of the caller, who fills it.
        return unsafe { allocate_uninitialized(budget, length) };
    }
    if !budget.reserve(length) {
        return std::ptr::null_mut();
    }
    // SAFETY: any size is allowed; zero may give null or a pointer that `free` takes.
    let data = unsafe { libc::calloc(length.max(1), 1) };
    if data.is_null() {
        budget.release(length);
    }
    data
}

unsafe extern "C" fn allocate_uninitialized(budget: &BufferBudget, length: usize) -> *mut c_void {
    if !budget.reserve(length) {
        return std::ptr::null_mut();
    }
    // SAFETY: as above.
    let data = unsafe { libc::malloc(length.max(1)) };
    if data.is_null() {
        budget.release(length);
    }
    data
}

unsafe extern "C" fn free(budget: &BufferBudget, data: *mut c_void, length: usize) {
    budget.release(length);
    // SAFETY: V8 hands back what one of the two functions above gave, once.
    unsafe { libc::free(data) };
}

unsafe extern "C" fn drop_budget(budget: *const BufferBudget) {
    // SAFETY: the pointer is the one that `allocator` made with `Arc::into_raw`, and V8 drops it once.
    drop(unsafe { Arc::from_raw(budget) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_that_of_the_sum_and_not_the_sum_of_peaks() {
        let budget = BufferBudget::shared_with_heap(1_000);
        budget.begin(1_000);
        budget.note_heap(100);
        assert!(budget.reserve(400));
        assert_eq!(budget.peak_with_heap(), 500);
        budget.release(400);
        budget.note_heap(450);
        assert_eq!(budget.peak_with_heap(), 500, "the buffer was gone when the heap had grown");
        assert!(budget.reserve(200));
        assert_eq!(budget.peak_with_heap(), 650);
        budget.note_heap(50);
        budget.begin(1_000);
        assert_eq!(budget.peak_with_heap(), 250, "what is there when a run begins");
        assert!(!budget.reserve(800));
        assert_eq!(budget.peak_with_heap(), 250, "a refused buffer takes nothing");
    }
}
