//! What `jsrun run`, `jsrun eval` and `jsrun repl` end with, as shells and their users know it.

/// The program threw, or a promise was rejected and nobody handled it.
pub(crate) const ERROR: u8 = 1;
/// There is no program to run, or the flags make no sense: nothing ran.
pub(crate) const USAGE: u8 = 2;
/// `--timeout` has passed; that of timeout(1).
pub(crate) const TIMED_OUT: u8 = 124;
/// Ctrl-C: 128 and SIGINT's number.
pub(crate) const INTERRUPTED: u8 = 130;
/// `--memory` was exceeded: 128 and SIGKILL's number, as when the system kills for want of memory.
pub(crate) const OUT_OF_MEMORY: u8 = 137;
/// Nobody reads the output any more: 128 and SIGPIPE's number.
pub(crate) const OUTPUT_CLOSED: u8 = 141;
