//! What makes a process with a runtime in place able to fork, and a child able to go on.

use std::io;

use deno_core::v8;

/// Lets children inherit V8's memory, which V8 maps as not to be inherited.
///
/// To be called just before forking, and again when V8 may have mapped more since.
pub(crate) fn inherit_all_mappings() -> io::Result<()> {
    for line in std::fs::read_to_string("/proc/self/maps")?.lines() {
        // The kernel's own pages, such as [vdso], take no advice.
        if line.contains("[v") {
            continue;
        }
        let Some((start, end)) = parse_range(line) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "cannot read /proc/self/maps"));
        };
        // SAFETY: the advice changes what a fork copies, not the memory; the range was just read from the kernel.
        let advised = unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_DOFORK) };
        if advised != 0 {
            let error = io::Error::last_os_error();
            // Mappings of devices take no advice either, and V8 has none.
            if error.raw_os_error() != Some(libc::EINVAL) {
                return Err(error);
            }
        }
    }
    Ok(())
}

fn parse_range(line: &str) -> Option<(usize, usize)> {
    let (start, end) = line.split(' ').next()?.split_once('-')?;
    Some((usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?))
}

/// Has the `getrandom` crate find its function, which it does once per process by asking the dynamic linker: some 50 µs
/// in each child if not here.
pub(crate) fn find_randomness() -> io::Result<()> {
    // Nobody gets this byte, which would be the same in all children.
    Ok(getrandom::fill(&mut [0])?)
}

/// Gives this process a random seed of its own; without it all children of one process draw the same numbers.
pub(crate) fn reseed() {
    let mut seed = [0_u8; 4];
    getrandom::fill(&mut seed).expect("the kernel gives random bytes");
    // Zero means "no seed" to V8, and the flag is a signed number.
    let seed = (u32::from_le_bytes(seed) >> 1).max(1);
    v8::V8::set_flags_from_string(&format!("--random-seed={seed}"));
}
