//! The zygote, and the process that serves one runtime.
//!
//! [`zygote_main`] is all that the `jsrun zygote` command does. What the pool and these processes say to each other is
//! in `jsrun-proto`.

mod birth;
mod connection;
mod control;
mod ending;
mod error;
mod heap;
mod large_pages;
mod nursery;
mod sandbox;
mod service;
mod usage;
mod zygote;

pub use error::ZygoteError;
pub use zygote::{ZygoteOptions, zygote_main};
