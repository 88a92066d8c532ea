//! The worker's end.

mod asks;
mod exported;
mod link;
mod stand_ins;

pub use link::{Link, ListenError, failed_frame};
