//! Why there is no zygote.

/// Why there is no zygote, or no longer one. Nothing of the process survives, and none of its workers.
#[derive(Debug, thiserror::Error)]
pub enum ZygoteError {
    /// The standard input is not the pool's control socket: somebody called the command by hand.
    #[error("the standard input is not a control socket; `jsrun serve` starts its zygote itself")]
    NoControlSocket,
    /// The process has more than one thread, and a fork would lose the others.
    #[error("the zygote has {count} threads where it may have one")]
    Threads {
        /// How many.
        count: usize,
    },
    /// No runtime could be made.
    #[error("cannot make a runtime")]
    Engine(#[from] jsrun::Error),
    /// The snapshot that the pool sent is none of this engine.
    #[error("cannot start from the snapshot")]
    Snapshot(#[from] jsrun::SnapshotError),
    /// The pool is gone, as it is when it wants the zygote to end.
    #[error("the pool is gone")]
    PoolGone,
    /// The pool said something undecodable.
    #[error("the control socket carries something else than frames")]
    Control(#[from] jsrun_proto::FrameError),
    /// The pool sent less than a frame, or not what was to come first.
    #[error("the control socket carries less than a frame, or another one first")]
    CutPacket,
    /// The system refused something.
    #[error("cannot {action}")]
    System {
        /// What, as an infinitive.
        action: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl ZygoteError {
    /// For `map_err`: the system refused this.
    pub(crate) fn system<E: Into<std::io::Error>>(action: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::System { action, source: source.into() }
    }
}
