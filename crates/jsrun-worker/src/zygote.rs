//! The process that workers are forked from.

use std::convert::Infallible;
use std::error::Error as _;
use std::ffi::OsStr;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use jsrun::{EngineMode, Globals, LocalRuntime, RuntimeBuilder, Snapshot};
use jsrun_proto::{FromZygote, ToZygote};
use jsrun_types::{LayerReport, SandboxMode, SandboxReport};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal};

use crate::birth::Purpose;
use crate::control::Control;
use crate::ending::{exit_now, out_of_memory};
use crate::error::ZygoteError;
use crate::heap;
use crate::large_pages;
use crate::nursery::{Departed, Nursery};
use crate::sandbox::{self, Code, Sandbox};

/// How a zygote is to be, which its pool says by the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZygoteOptions {
    /// Whether workers are to be confined. Whoever does not say gets what can be had.
    pub sandbox: SandboxMode,
    /// [`EngineMode::SingleThreaded`] or [`EngineMode::Jitless`]: a fork would lose the threads of the other.
    pub engine: EngineMode,
    /// What programs find in the global object.
    pub globals: Globals,
    /// Whether the pool sends a snapshot to start from.
    pub snapshot: bool,
    /// Whether to have the program in large pages of memory, so that workers find it in place.
    pub large_pages: bool,
    /// Whether to end with the thread that started the process: for pools whose process can be forked, when the control
    /// socket says nothing.
    pub tied: bool,
}

impl ZygoteOptions {
    /// From the arguments that follow the word `zygote`. Nobody but a pool gives them, so that unknown ones are ignored.
    pub fn from_arguments<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut options = Self {
            sandbox: SandboxMode::Auto,
            engine: EngineMode::SingleThreaded,
            globals: Globals::Web,
            snapshot: false,
            large_pages: false,
            tied: false,
        };
        for argument in arguments {
            match argument.as_ref().to_str().unwrap_or("") {
                "jitless" => options.engine = EngineMode::Jitless,
                "minimal" => options.globals = Globals::Minimal,
                "snapshot" => options.snapshot = true,
                "large-pages" => options.large_pages = true,
                "tied" => options.tied = true,
                mode => options.sandbox = mode.parse().unwrap_or(options.sandbox),
            }
        }
        options
    }
}

/// Is a zygote until the pool closes the control socket, which is the standard input.
///
/// To be called first thing in `main`, while the process has one thread. Returns only when the process never was a
/// zygote; it says why on the standard error.
pub fn zygote_main(options: ZygoteOptions) -> ExitCode {
    match Zygote::start(options) {
        Ok(mut zygote) => {
            let Err(error) = zygote.live();
            zygote.nursery.end();
            // The runtime stays as it is: V8 is not torn down here.
            match error {
                ZygoteError::PoolGone => exit_now(0),
                error => {
                    report(&error);
                    exit_now(1)
                }
            }
        }
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// The process that workers are forked from: a runtime that never runs anything here.
#[derive(Debug)]
struct Zygote {
    control: Control,
    runtime: LocalRuntime,
    nursery: Nursery,
    sandbox: Sandbox,
    /// What the pool is told of it.
    report: Option<SandboxReport>,
}

impl Zygote {
    /// Makes the process ready to fork.
    fn start(options: ZygoteOptions) -> Result<Self, ZygoteError> {
        let ZygoteOptions { sandbox: mode, engine, globals, snapshot, large_pages, tied } = options;
        let parent = rustix::process::getppid();
        let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
            .map_err(ZygoteError::system("open /dev/null"))?;
        let control = Control::take_stdin(&null)?;
        ignore_signals();
        // Signals for the terminal's foreground group, such as Ctrl-C, are the server's business. One session for all
        // workers: the kernel's scheduler may share the processor between sessions first (`CONFIG_SCHED_AUTOGROUP`), and
        // then each worker would count as much as the server.
        rustix::process::setsid().map_err(ZygoteError::system("have a session of its own"))?;
        // A sandboxed worker cannot read the machine's time zone; without a sandbox programs shall see the same.
        // SAFETY: the process has one thread, which is checked below before anything depends on it.
        unsafe { std::env::set_var("TZ", "UTC") };
        jsrun::set_out_of_memory_hook(out_of_memory);
        jsrun::initialize_v8(engine);
        let mut builder = RuntimeBuilder::default().globals(globals);
        if snapshot {
            builder = builder.snapshot(Snapshot::from_bytes(control.receive_snapshot()?)?);
        }
        let mut runtime = builder.build_local()?;
        if !snapshot {
            // Loaded once here rather than in each worker. What a snapshot's scripts have left is not touched.
            runtime.load_web_globals();
        }
        heap::prepare_fork();
        // Once for all forks: V8 does nothing in this process from here on, so that it maps nothing more.
        runtime.prepare_fork().map_err(ZygoteError::system("let children inherit V8's memory"))?;
        let count = std::fs::read_dir("/proc/self/task")
            .map_err(ZygoteError::system("count the process's threads"))?
            .count();
        if count != 1 {
            return Err(ZygoteError::Threads { count });
        }
        if large_pages {
            large_pages::load_program();
        }
        let mut nursery = Nursery::default();
        // Last: nothing can be opened any more.
        let (sandbox, report) = match mode {
            SandboxMode::Require | SandboxMode::Auto => {
                let (mut sandbox, layers) = Sandbox::enter(match engine {
                    EngineMode::Jitless => Code::Forbidden,
                    EngineMode::SingleThreaded | EngineMode::MultiThreaded => Code::Allowed,
                });
                let report = test(&mut sandbox, layers, &mut runtime, &mut nursery);
                (sandbox, Some(report))
            }
            SandboxMode::Off => {
                let sandbox = Sandbox::enter_nothing().map_err(ZygoteError::system("give up privileges"))?;
                (sandbox, None)
            }
        };
        // A change of user would undo it.
        if tied {
            tie_to(parent)?;
        }
        Ok(Self { control, runtime, nursery, sandbox, report })
    }

    /// Does what the pool says until it closes the socket, which is an error only in name.
    fn live(&mut self) -> Result<Infallible, ZygoteError> {
        let hello = FromZygote::Hello { sandbox: self.report.take(), program: large_pages::moved() };
        self.control.send(&hello, &[])?;
        loop {
            let news = self.nursery.wait(&self.control).map_err(ZygoteError::system("wait"))?;
            // Deaths first: a new child may get the id of one that was just reaped.
            for Departed { pid, status, cpu, memory } in news.departed {
                self.control.send(&FromZygote::Exited { pid, status, cpu, memory }, &[])?;
            }
            if news.control {
                match self.control.receive()? {
                    ToZygote::Spawn => self.spawn()?,
                    // It came before everything else, or not at all.
                    ToZygote::Snapshot => return Err(ZygoteError::CutPacket),
                }
            }
        }
    }

    fn spawn(&mut self) -> Result<(), ZygoteError> {
        match self.nursery.fork(&mut self.runtime, &self.sandbox, Purpose::Serve) {
            Ok(newborn) => self.control.send(
                &FromZygote::Spawned { pid: newborn.pid },
                &[newborn.socket.as_fd(), newborn.pidfd.as_fd()],
            ),
            Err(error) => {
                self.control.send(&FromZygote::SpawnFailed { errno: error.raw_os_error().unwrap_or(0) }, &[])
            }
        }
    }
}

/// Has the kernel kill this process when the thread ends that started it.
fn tie_to(parent: Option<Pid>) -> Result<(), ZygoteError> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(ZygoteError::system("end with the parent"))?;
    // It may have ended just before.
    if rustix::process::getppid() == parent { Ok(()) } else { Err(ZygoteError::PoolGone) }
}

/// Leaves Ctrl-C, and whatever else is meant for the server but sent to its whole group, to the server: running
/// programs shall end in their own time. Workers inherit it. Both end by SIGKILL or with the control socket.
fn ignore_signals() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: no handler is installed, so that no code can run at a wrong time.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    // Whoever started this may ignore the ends of its children, which programs inherit: the kernel would reap the workers then,
    // and nobody would hear of their ends.
    // SAFETY: as above.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

/// Tests the sandbox in a process that is born as a worker is and lives for nothing else.
fn test(
    sandbox: &mut Sandbox,
    mut layers: Vec<LayerReport>,
    runtime: &mut LocalRuntime,
    nursery: &mut Nursery,
) -> SandboxReport {
    loop {
        let tested = match nursery.fork(runtime, sandbox, Purpose::SelfTest) {
            Ok(newborn) => sandbox::examine(&newborn.socket),
            Err(error) => Err(format!("cannot fork: {error}")),
        };
        nursery.end();
        match tested {
            // It held in one process: from here on all have it from this one.
            Ok(_) if sandbox.share_filter() => {}
            Ok(attempts) => return SandboxReport { layers, attempts },
            Err(reason) => {
                if !sandbox.weaken(&mut layers, &reason) {
                    return SandboxReport { layers, attempts: Vec::new() };
                }
            }
        }
    }
}

/// Says on the standard error, which is the server's, why there is no zygote.
fn report(error: &ZygoteError) {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    // There is nowhere else to say it.
    let _ = writeln!(std::io::stderr(), "jsrun zygote: {error}{source}");
}
