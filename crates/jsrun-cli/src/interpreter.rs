//! One runtime, and the programs that the command line runs in it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use jsrun::{Call, Handle, Runtime, Value};
use jsrun_types::{Exception, LimitKind, Limits, Position, Preview, RunRequest, Status};

use crate::allowance::Allowance;
use crate::colours::Colours;
use crate::console::Console;
use crate::interrupts::Interrupts;
use crate::source::Source;
use crate::{disk_modules, exit_code, failure, logging};

/// Puts a list into the global `arguments`, where V8's own shell has it.
const SET_ARGUMENTS: &str = "(value) => { Object.defineProperty(globalThis, 'arguments', \
                             { value, writable: true, configurable: true }); }";

/// One runtime, and the programs that the command line runs in it, one after the other.
pub(crate) struct Interpreter {
    runtime: Runtime,
    console: Console,
    interrupts: Interrupts,
    allowance: Allowance,
    /// When the time is over that all programs have together.
    deadline: Option<Instant>,
    folder: PathBuf,
    /// Texts of programs by their URLs, to draw lines of.
    texts: HashMap<String, String>,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// By itself, with a value.
    Value(Preview),
    /// With an error, which has been told.
    Failed,
    /// Of a limit, which has been told.
    Exceeded(LimitKind),
    /// By Ctrl-C.
    Interrupted,
    /// Nobody reads its output any more.
    OutputClosed,
}

impl Ending {
    /// What the command ends with, when this was the last that it did.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Value(_) => return ExitCode::SUCCESS,
            Self::Failed | Self::Exceeded(LimitKind::Cpu | LimitKind::Output) => exit_code::ERROR,
            Self::Exceeded(LimitKind::Wall) => exit_code::TIMED_OUT,
            Self::Exceeded(LimitKind::Memory) => exit_code::OUT_OF_MEMORY,
            Self::Interrupted => exit_code::INTERRUPTED,
            Self::OutputClosed => exit_code::OUTPUT_CLOSED,
        })
    }
}

impl Interpreter {
    /// Starts a runtime, with modules from the disk and these arguments.
    ///
    /// # Errors
    /// When the system refuses what it needs.
    pub(crate) fn start(allowance: Allowance, arguments: &[String]) -> anyhow::Result<Self> {
        jsrun::set_out_of_memory_hook(out_of_memory);
        let interrupts = Interrupts::listen()?;
        let folder = std::env::current_dir().context("cannot find the working folder")?;
        let runtime = new_runtime(allowance, &folder)?;
        let list = arguments.iter().map(|argument| Value::from(argument.as_str())).collect();
        if let Value::Function(set) = runtime.eval(SET_ARGUMENTS)? {
            runtime.call(Call::function(&set, [Value::Array(list)]))?;
        }
        let (console, texts) = (Console::default(), HashMap::new());
        let mut interpreter = Self { runtime, console, interrupts, allowance, deadline: None, folder, texts };
        interpreter.restart_clock();
        Ok(interpreter)
    }

    /// From now on programs have all their time again.
    pub(crate) fn restart_clock(&mut self) {
        self.deadline = self.allowance.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    }

    /// Begins anew with another runtime, in which nothing is left.
    ///
    /// # Errors
    /// When the system refuses what it needs.
    pub(crate) fn restart(&mut self) -> anyhow::Result<()> {
        self.runtime = new_runtime(self.allowance, &self.folder)?;
        Ok(())
    }

    /// The runtime, for who completes names.
    pub(crate) fn handle(&self) -> Handle {
        self.runtime.handle()
    }

    /// Runs a program to its end, and tells of an error. Output goes where it belongs as it happens.
    ///
    /// # Errors
    /// When the runtime can run nothing more, or standard output cannot be written to.
    pub(crate) fn run(&mut self, source: &Source) -> anyhow::Result<Ending> {
        let limits = self.limits();
        let request = RunRequest { limits, ..source.request() };
        self.texts.insert(request.name.clone(), source.code.clone());
        let (console, canceller) = (self.console.clone(), self.runtime.canceller());
        let run = || {
            self.runtime.run(request, move |event| {
                if !console.show(event) {
                    canceller.cancel();
                }
            })
        };
        let (outcome, interrupted) = self.interrupts.during(self.runtime.canceller(), run);
        if let Some(error) = self.console.failure() {
            return output_closed(error);
        }
        let status = outcome?.status;
        if interrupted && status != Status::Cancelled {
            // It came too late, and would stop what runs next.
            self.runtime.run(RunRequest::new(""), |_| ())?;
        }
        Ok(match status {
            Status::Ok(value) => Ending::Value(value),
            Status::Error(exception) => {
                self.tell(&exception);
                Ending::Failed
            }
            Status::Limit(kind) => {
                // Not those of this run: its time was what others had left.
                logging::say(&format!("jsrun: {}", self.allowance.limits().exceeded(kind)));
                Ending::Exceeded(kind)
            }
            Status::Cancelled if interrupted => Ending::Interrupted,
            Status::Cancelled | Status::Crashed => {
                logging::say("jsrun: the program was stopped");
                Ending::Failed
            }
        })
    }

    /// Writes a value to standard output, unless it is `undefined`.
    ///
    /// # Errors
    /// When that cannot be written to.
    pub(crate) fn print(&self, value: &Preview) -> anyhow::Result<Option<Ending>> {
        if *value == Preview::Undefined { Ok(None) } else { self.write(&value.to_text()) }
    }

    /// Writes a line to standard output. Tells whether nobody reads that any more.
    ///
    /// # Errors
    /// When it cannot be written to.
    pub(crate) fn write(&self, line: &str) -> anyhow::Result<Option<Ending>> {
        if self.console.write(&format!("{line}\n")) {
            return Ok(None);
        }
        self.console.failure().map(output_closed).transpose()
    }

    fn limits(&self) -> Limits {
        let limits = self.allowance.limits();
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        Limits { wall: left.unwrap_or(Duration::MAX), ..limits }
    }

    fn tell(&self, exception: &Exception) {
        let colours = Colours::of_stderr();
        let text = failure::describe(exception, colours, |position| self.line_of(position));
        logging::say(text.trim_end());
    }

    /// A line of a program, or of a file that it imported.
    fn line_of(&self, position: &Position) -> Option<String> {
        let path = self.folder.join(&position.file);
        let url = url::Url::from_file_path(&path).ok()?;
        let read;
        let text = match self.texts.get(url.as_str()) {
            Some(text) => text,
            None => {
                read = std::fs::read_to_string(&path).ok()?;
                &read
            }
        };
        text.lines().nth(usize::try_from(position.line).ok()?.checked_sub(1)?).map(str::to_owned)
    }
}

fn new_runtime(allowance: Allowance, folder: &Path) -> anyhow::Result<Runtime> {
    let runtime = Runtime::builder().limits(allowance.limits()).build()?;
    disk_modules::provide(&runtime, folder)?;
    Ok(runtime)
}

/// A reader that has seen enough is no error.
fn output_closed(error: io::Error) -> anyhow::Result<Ending> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(Ending::OutputClosed),
        _ => Err(error).context("cannot write to standard output"),
    }
}

/// For V8, when it cannot go on for want of memory.
fn out_of_memory() -> ! {
    logging::say("jsrun: out of memory");
    std::process::exit(exit_code::OUT_OF_MEMORY.into())
}
