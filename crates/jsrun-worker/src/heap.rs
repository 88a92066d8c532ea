//! The allocator of a process that forks.

use std::ffi::c_int;
use std::hint::black_box;

/// Prepares the allocator for forks, once the process has all that it keeps.
///
/// Children have copies of the pages that they write to. What they allocate should hence be together on few pages, and on
/// new ones: a new page costs less than a copy. Measured, in a worker that runs `2 + 2`: 14 copied pages fewer of 205, and
/// 80 µs of CPU time.
pub(crate) fn prepare_fork() {
    one_arena();
    use_up_free_chunks();
}

/// Lets all threads allocate from the same arena. The others would cost each thread a mapping of 64 MiB, and a worker's few
/// threads allocate little.
fn one_arena() {
    // SAFETY: the call has no preconditions. It is glibc's, as `mallinfo` is.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

/// Allocates, for good, whatever is free between what is allocated, so that children's allocations come from the heap's
/// end: some 100 KB.
fn use_up_free_chunks() {
    /// Up to here the allocator keeps free chunks of each size apart. Larger ones are split as needed.
    const LARGEST_EXACT: usize = 1 << 10;
    /// Larger ones than this are mapped, each by itself.
    const LARGEST: usize = 64 << 10;
    const STEP: usize = 16;
    /// Of a chunk, what the allocator keeps for itself.
    const HEADER: usize = size_of::<usize>();
    let mut size = LARGEST;
    while size >= 2 * STEP {
        loop {
            let before = Heap::look();
            // SAFETY: any size is allowed. What is allocated is not used, and the compiler shall not know that.
            black_box(unsafe { libc::malloc(size - HEADER) });
            // Not from a free chunk but from the end, which may have been moved for it.
            if Heap::look() != before {
                break;
            }
        }
        size = if size > LARGEST_EXACT { size / 2 } else { size - STEP };
    }
}

/// What changes when an allocation does not come from a free chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Heap {
    size: c_int,
    end: c_int,
}

impl Heap {
    fn look() -> Self {
        // SAFETY: the call has no preconditions.
        let info = unsafe { libc::mallinfo() };
        Self { size: info.arena, end: info.keepcost }
    }
}
