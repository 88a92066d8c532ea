//! How a pool is to be.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jsrun_types::SandboxMode;

/// How a pool is to be. Start from [`PoolConfig::new`].
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// The program that, called with the argument `zygote`, is the zygote: the `jsrun` binary.
    pub zygote_program: PathBuf,
    /// Arguments before `zygote`, for programs that are something else besides. Default none.
    pub zygote_arguments: Vec<OsString>,
    /// The zygote's environment. Default empty.
    pub zygote_environment: Vec<(OsString, OsString)>,
    /// Workers kept ready; at least one. Default 4.
    pub ready: usize,
    /// Workers alive at once, ready ones included; at least one. Default 64.
    pub max_workers: usize,
    /// How long after its limit a run may go on before its worker is killed. Default 50 ms: a run
    /// is to be over 100 ms after its limit.
    pub grace: Duration,
    /// How long a worker may take from its fork until it is ready, which is a millisecond but longer on a machine that
    /// swaps, and how long a zygote may owe an answer before it counts as hung and is killed. Default 10 s.
    pub birth_timeout: Duration,
    /// How many workers a zygote forks before another replaces it: they all share one address layout. Default 10,000.
    pub zygote_forks: u64,
    /// How old a zygote gets before another replaces it. Default 10 minutes.
    pub zygote_age: Duration,
    /// Whether workers must be confined by the operating system. Default [`SandboxMode::Auto`].
    pub sandbox: SandboxMode,
    /// Whether V8 interprets everything and compiles nothing to machine code: slower programs in a smaller engine, whose
    /// sandbox then allows no new executable memory. Default no.
    pub jitless: bool,
    /// What programs find in the global object. Default [`WorkerGlobals::Web`].
    pub globals: WorkerGlobals,
    /// The bytes of the snapshot that runtimes start from, if they start from one.
    pub snapshot: Option<Arc<[u8]>>,
    /// Whether the zygote has the program's text and constants in large pages of memory, where the kernel has any: some 50 MB for each
    /// zygote, for which each worker takes a quarter less CPU time to be made and to end. Default yes.
    pub large_pages: bool,
    /// Whether the zygote ends with the thread that started it, which is one of the tokio runtime: for runtimes of one thread
    /// in processes that others fork. Children without `exec` hold copies of the control socket, so that its end does not
    /// come. Default no.
    pub tied: bool,
}

/// What programs find in the global object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WorkerGlobals {
    /// The web platform.
    #[default]
    Web,
    /// ECMAScript's globals and few others.
    Minimal,
}

impl PoolConfig {
    /// The defaults, with this program as the zygote.
    pub fn new(zygote_program: impl Into<PathBuf>) -> Self {
        Self {
            zygote_program: zygote_program.into(),
            zygote_arguments: Vec::new(),
            zygote_environment: Vec::new(),
            ready: 4,
            max_workers: 64,
            grace: Duration::from_millis(50),
            birth_timeout: Duration::from_secs(10),
            zygote_forks: 10_000,
            zygote_age: Duration::from_mins(10),
            sandbox: SandboxMode::Auto,
            jitless: false,
            globals: WorkerGlobals::default(),
            snapshot: None,
            large_pages: true,
            tied: false,
        }
    }
}
