//! The stack on which programs are parsed and changed.
//!
//! The parser and the transforms recurse over the program's nesting, which is the program's to choose. They run on a stack of
//! their own, of this thread, of which only what is used takes memory; what would not fit there is refused.

/// The size of the stack: a worker's limit of private memory has room for it (`jsrun-worker/src/sandbox/resources.rs`).
const STACK: usize = 64 << 20;

/// How much of it the parser leaves for what it does without asking for tokens: above all for dropping
/// the longest chain (`chains.rs`).
const RESERVED: usize = 32 << 20;

/// Calls a function with room for deep recursion.
pub(crate) fn on_large_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::grow(STACK, work)
}

/// Whether the parser may go deeper.
pub(super) fn has_room_to_parse() -> bool {
    stacker::remaining_stack().is_some_and(|remaining| remaining >= RESERVED)
}
