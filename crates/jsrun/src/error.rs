//! What can go wrong with a runtime itself, as opposed to the programs it runs.

/// What can go wrong with a runtime itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The runtime could not be made; nothing is left behind.
    #[error("cannot start a runtime: {0}")]
    Start(String),
    /// A thread for the runtime or its watchdog could not be started; nothing is left behind.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    /// The runtime is closed: it exceeded its memory limit, could not be cleaned after a run that was stopped, or its
    /// thread ended. Make another.
    #[error("the runtime is closed")]
    Closed,
}
