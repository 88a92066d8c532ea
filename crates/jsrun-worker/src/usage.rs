//! What a process has used, as the kernel counts it.

use jsrun_types::ByteSize;

use crate::large_pages;

/// The most memory that this process has had so far, shared pages of the zygote's and of the program file included.
pub(crate) fn own_peak_memory() -> ByteSize {
    // SAFETY: all of `rusage` are integers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a live variable of the right type. The call cannot fail with these arguments.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    peak_memory(&usage)
}

/// The most memory that the process of this record had, without the large pages that the program was moved to: wherever it is, it
/// is the same for all processes.
pub(crate) fn peak_memory(usage: &libc::rusage) -> ByteSize {
    // Linux counts it in units of 1,024 bytes.
    let peak = ByteSize::kib(u64::try_from(usage.ru_maxrss).unwrap_or(0));
    ByteSize::bytes(peak.as_u64().saturating_sub(large_pages::moved().as_u64()))
}
