//! What can go wrong with a runtime itself, as opposed to the programs it runs.

/// What can go wrong with a runtime itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The runtime could not be made; nothing is left behind.
    #[error("cannot start a runtime: {0}")]
    Start(String),
    /// The runtime's thread could not be started; nothing is left behind.
    #[error("cannot start a thread for the runtime")]
    Thread(#[source] std::io::Error),
    /// The runtime is closed: it exceeded its memory limit, or its thread ended. Make another.
    #[error("the runtime is closed")]
    Closed,
}
