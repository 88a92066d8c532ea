//! The host's end.

mod calls;
mod foreign;
mod leash;
mod outbox;
mod remote;
mod session;
mod shared;
mod started;
mod targets;
mod tasks;
mod wake;

pub use leash::Leash;
pub use remote::{OpenError, Remote, RemoteCanceller, RemoteOptions};
pub use started::StartedRemoteCall;
