//! What can go wrong between asking for a worker and having one.

use jsrun_types::Shortcoming;

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
    /// The sandbox is required and not whole; the pool does not exist.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The pool is shutting down; no worker will come.
    #[error("the pool is closed")]
    Closed,
}

/// Workers cannot be confined as is required. None was made.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox is required, but {}", list(.shortcomings))]
pub struct SandboxError {
    /// What is missing; at least one.
    pub shortcomings: Vec<Shortcoming>,
}

fn list(shortcomings: &[Shortcoming]) -> String {
    shortcomings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
