//! The host's end.

mod calls;
mod finish;
mod foreign;
mod leash;
mod outbox;
mod permits;
mod remote;
mod session;
mod shared;
mod started;
mod targets;
mod tasks;
mod wake;

pub use leash::Leash;
pub use permits::Permit;
pub use remote::{OpenError, Remote, RemoteCanceller, RemoteOptions};
pub use started::StartedRemoteCall;
