//! Frames between the pool and its zygote and workers.
//!
//! A frame is a 4-byte little-endian length and a message in postcard. [`encode`] makes one, a [`Decoder`] takes them
//! out of a stream of bytes that nobody vouches for. The two ends are always the same build of the same program, so
//! the format has no version.

#![forbid(unsafe_code)]

pub mod exit_code;
mod frame;
mod message;

pub use frame::{Decoder, FrameError, MAX_NODES, encode, encode_within};
pub use message::{ExitStatus, FromWorker, FromZygote, Message, SessionSettings, ToWorker, ToZygote};
