//! The process that workers are forked from.

use std::convert::Infallible;
use std::error::Error as _;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use jsrun::{EngineMode, LocalRuntime};
use jsrun_proto::{FromZygote, ToZygote};
use jsrun_types::{LayerReport, SandboxMode, SandboxReport};
use rustix::fs::{Mode, OFlags};

use crate::birth::Purpose;
use crate::control::Control;
use crate::ending::{exit_now, out_of_memory};
use crate::error::ZygoteError;
use crate::heap;
use crate::nursery::{Departed, Nursery};
use crate::sandbox::{self, Code, Sandbox};

/// Is a zygote until the pool closes the control socket, which is the standard input.
///
/// To be called first thing in `main`, while the process has one thread. Returns only when the process never was a
/// zygote; it says why on the standard error. The engine must not be [`EngineMode::MultiThreaded`], whose threads a fork
/// would lose.
pub fn zygote_main(mode: SandboxMode, engine: EngineMode) -> ExitCode {
    match Zygote::start(mode, engine) {
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
    fn start(mode: SandboxMode, engine: EngineMode) -> Result<Self, ZygoteError> {
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
        let mut runtime = LocalRuntime::new()?;
        // Loaded once here rather than in each worker.
        runtime.load_web_globals();
        heap::prepare_fork();
        // Once for all forks: V8 does nothing in this process from here on, so that it maps nothing more.
        runtime.prepare_fork().map_err(ZygoteError::system("let children inherit V8's memory"))?;
        let count = std::fs::read_dir("/proc/self/task")
            .map_err(ZygoteError::system("count the process's threads"))?
            .count();
        if count != 1 {
            return Err(ZygoteError::Threads { count });
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
        Ok(Self { control, runtime, nursery, sandbox, report })
    }

    /// Does what the pool says until it closes the socket, which is an error only in name.
    fn live(&mut self) -> Result<Infallible, ZygoteError> {
        let hello = FromZygote::Hello { sandbox: self.report.take() };
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

/// Leaves Ctrl-C, and whatever else is meant for the server but sent to its whole group, to the server: running
/// programs shall end in their own time. Workers inherit it. Both end by SIGKILL or with the control socket.
fn ignore_signals() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: no handler is installed, so that no code can run at a wrong time.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
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
