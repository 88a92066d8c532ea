//! The codes with which a worker ends itself on purpose.
//!
//! They lie above 101, with which a Rust program ends after a panic, and below 126, where shells' codes begin. What a
//! worker says by its exit code is as little trusted as its frames: a code can only choose between outcomes that harm
//! nobody but the run.

/// The worker has served: its outcome is sent.
pub const SERVED: i32 = 0;

/// V8 asked for memory that the limits do not allow and cannot go on.
pub const OUT_OF_MEMORY: i32 = 110;

/// The worker's own code failed; it said why before, if it could.
pub const FAILED: i32 = 111;

/// The pool closed the connection, or sent something undecodable or out of turn.
pub const DISCONNECTED: i32 = 112;
