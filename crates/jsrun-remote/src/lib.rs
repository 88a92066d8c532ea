//! A runtime in another process: both ends of the conversation with it.
//!
//! The host has a [`Remote`], which is to it what a [`jsrun::Handle`] is: calls side by side, host functions, modules,
//! streams, the console. A thread of its own speaks with the worker's process; host functions run on it. In the worker a
//! [`Link`] translates between frames and the handle of the [`jsrun::LocalRuntime`] there.
//!
//! Every byte from the worker is hostile to the host. What no worker of ours says is a *breach*: the worker is killed, and
//! all calls end with [`jsrun::CloseReason::Crashed`]. What is merely too large for a frame, the worker says so instead.

#![forbid(unsafe_code)]

mod failure;
mod host;
mod message;
mod worker;

pub use host::{Leash, OpenError, Permit, Remote, RemoteCanceller, RemoteOptions, StartedRemoteCall};
pub use worker::{Link, ListenError, failed_frame};

#[cfg(test)]
mod tests;
