//! What can go wrong between asking for a worker and having one.

/// What can go wrong between asking for a worker and having one.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The zygote could not be started; the pool does not exist.
    #[error("cannot start the zygote {program}")]
    Start {
        /// The program that was tried.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The pool is shutting down; no worker will come.
    #[error("the pool is closed")]
    Closed,
}
