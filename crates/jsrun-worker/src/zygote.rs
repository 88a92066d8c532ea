//! The process that workers are forked from.

use std::convert::Infallible;
use std::error::Error as _;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use jsrun::{EngineMode, LocalRuntime, RuntimeOptions};
use jsrun_proto::{FromZygote, ToZygote};
use rustix::fs::{Mode, OFlags};

use crate::control::Control;
use crate::ending::{exit_now, out_of_memory};
use crate::error::ZygoteError;
use crate::nursery::{Departed, Nursery};

/// Is a zygote until the pool closes the control socket, which is the standard input.
///
/// To be called first thing in `main`, while the process has one thread. Returns only when the process never was a
/// zygote; it says why on the standard error.
pub fn zygote_main() -> ExitCode {
    match Zygote::start() {
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
}

impl Zygote {
    /// Makes the process ready to fork.
    fn start() -> Result<Self, ZygoteError> {
        let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
            .map_err(ZygoteError::system("open /dev/null"))?;
        let control = Control::take_stdin(&null)?;
        jsrun::set_out_of_memory_hook(out_of_memory);
        jsrun::initialize_v8(EngineMode::SingleThreaded);
        let mut runtime = LocalRuntime::new(RuntimeOptions::default())?;
        // Once for all forks: V8 does nothing in this process from here on, so that it maps nothing more.
        runtime.prepare_fork().map_err(ZygoteError::system("let children inherit V8's memory"))?;
        let count = std::fs::read_dir("/proc/self/task")
            .map_err(ZygoteError::system("count the process's threads"))?
            .count();
        if count != 1 {
            return Err(ZygoteError::Threads { count });
        }
        Ok(Self { control, runtime, nursery: Nursery::default() })
    }

    /// Does what the pool says until it closes the socket, which is an error only in name.
    fn live(&mut self) -> Result<Infallible, ZygoteError> {
        self.control.send(FromZygote::Hello { pid: std::process::id() }, &[])?;
        loop {
            let news = self.nursery.wait(&self.control).map_err(ZygoteError::system("wait"))?;
            // Deaths first: a new child may get the id of one that was just reaped.
            for Departed { pid, status, cpu } in news.departed {
                self.control.send(FromZygote::Exited { pid, status, cpu }, &[])?;
            }
            if news.control {
                match self.control.receive()? {
                    ToZygote::Spawn => self.spawn()?,
                }
            }
        }
    }

    fn spawn(&mut self) -> Result<(), ZygoteError> {
        match self.nursery.fork(&mut self.runtime) {
            Ok(newborn) => self.control.send(
                FromZygote::Spawned { pid: newborn.pid },
                &[newborn.socket.as_fd(), newborn.pidfd.as_fd()],
            ),
            Err(error) => {
                self.control.send(FromZygote::SpawnFailed { errno: error.raw_os_error().unwrap_or(0) }, &[])
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
