//! The interpreter's end, which finds threads inside this module that Python does not wait for: runtimes' own whose Python function
//! does not return, and daemon threads.
//!
//! Such a thread never runs again: CPython stops it where it next needs the GIL, which may be anywhere in Python code. From 3.14 on it
//! sleeps for ever. Before that it calls `pthread_exit`, which in glibc unwinds the stack by force, and that aborts the process where
//! functions of Rust are on the stack that do not expect it. So threads that come here have it sleep for ever all the same.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;

/// The interpreter has begun to end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// The interpreter begins to end: its threads are stopped soon.
pub(crate) fn begin() {
    ENDING.store(true, Ordering::SeqCst);
}

/// Whether the interpreter ends, so that a thread which is waited for may have been stopped.
pub(crate) fn is_ending() -> bool {
    ENDING.load(Ordering::SeqCst)
}

/// To be called by each thread before functions of ours run Python code on it. An interpreter that ends has it sleep for ever, then,
/// instead of unwinding it.
pub(crate) fn prepare_thread() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    cleanup::register();
}

/// Attaches any thread to the interpreter, for a while; `None` when that has ended.
pub(crate) fn attach<R>(work: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    prepare_thread();
    Python::try_attach(work)
}

/// A cleanup handler of the thread, in the way of `pthread_cleanup_push` from before compilers knew of cleanups.
///
/// While `pthread_exit` unwinds, before each frame glibc calls the handlers of records that lie below it on the stack: those of functions
/// that have been left. A record outside of the stack counts as left from the beginning, so that its handler comes before all
/// frames. The functions are of the Linux Standard Base's stable interface.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod cleanup {
    use std::ffi::{c_int, c_void};
    use std::ptr;

    use super::is_ending;

    /// glibc's `struct _pthread_cleanup_buffer`.
    #[repr(C)]
    struct Record {
        routine: Option<extern "C" fn(*mut c_void)>,
        argument: *mut c_void,
        cancel_type: c_int,
        previous: *mut Record,
    }

    unsafe extern "C" {
        fn _pthread_cleanup_push(
            record: *mut Record,
            routine: extern "C" fn(*mut c_void),
            argument: *mut c_void,
        );
        fn _pthread_cleanup_pop(record: *mut Record, execute: c_int);
    }

    /// A handler that is registered until the thread's end.
    struct Registered(*mut Record);

    impl Registered {
        fn new() -> Self {
            let record = Record {
                routine: None,
                argument: ptr::null_mut(),
                cancel_type: 0,
                previous: ptr::null_mut(),
            };
            let record = Box::into_raw(Box::new(record));
            // SAFETY: the record lives until it is popped, on this thread. It is on the heap and not on the stack, nor in the
            // thread's static storage, which is on the stack's upper end.
            unsafe { _pthread_cleanup_push(record, sleep_if_ending, ptr::null_mut()) };
            Self(record)
        }
    }

    impl Drop for Registered {
        fn drop(&mut self) {
            // SAFETY: it was pushed on this thread. Records that were pushed after it belong to functions that have returned.
            unsafe {
                _pthread_cleanup_pop(self.0, 0);
                drop(Box::from_raw(self.0));
            }
        }
    }

    thread_local! {
        static REGISTERED: Registered = Registered::new();
    }

    pub(super) fn register() {
        // A thread whose storage is gone runs no Python any more.
        let _ = REGISTERED.try_with(|_| ());
    }

    /// What the thread does in `pthread_exit`. At other times than the interpreter's end, whoever calls that means it.
    extern "C" fn sleep_if_ending(_: *mut c_void) {
        while is_ending() {
            std::thread::park();
        }
    }
}
