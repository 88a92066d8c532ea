//! How zygote and workers end: at once.

/// Ends the process with all its threads, without running anything on the way: no destructors, no exit handlers.
/// V8's isolate is never torn down in a process that forks or was forked, and a worker that ends has nothing to save.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` is async-signal-safe, has no preconditions and does not return.
    unsafe { libc::_exit(code) }
}

/// For V8, when it cannot go on for want of memory.
pub(crate) fn out_of_memory() -> ! {
    exit_now(jsrun_proto::exit_code::OUT_OF_MEMORY)
}
