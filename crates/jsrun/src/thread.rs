//! A runtime on a thread of its own.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use jsrun_types::{Event, Outcome, RunRequest};

use crate::{Canceller, Error, LocalRuntime, RuntimeBuilder};

/// How many runs may wait for the runtime; more block their caller.
const WAITING_RUNS: usize = 16;

/// A runtime on a thread of its own, usable from any thread. Dropping it ends the thread.
#[derive(Debug)]
pub struct Runtime {
    commands: Option<SyncSender<Command>>,
    canceller: Canceller,
    thread: Option<JoinHandle<()>>,
}

struct Command {
    request: RunRequest,
    on_event: Box<dyn FnMut(Event) + Send>,
    answer: SyncSender<Result<Outcome, Error>>,
}

impl Runtime {
    /// Starts a thread and makes a runtime on it, with the defaults of [`RuntimeBuilder`].
    ///
    /// # Errors
    /// [`Error::Thread`] or [`Error::Start`] when the system refuses what the runtime needs.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Settings for a runtime that differs from the default.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::default()
    }

    pub(crate) fn start(builder: RuntimeBuilder) -> Result<Self, Error> {
        // V8's threads are to descend from whoever makes the first runtime, not from the runtime's thread.
        crate::initialize_v8(crate::EngineMode::MultiThreaded);
        let (commands, receiver) = sync_channel(WAITING_RUNS);
        let (ready, started) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("jsrun-runtime".to_owned())
            .spawn(move || match builder.build_local() {
                Ok(runtime) => {
                    let _ = ready.send(Ok(runtime.canceller()));
                    serve(runtime, &receiver);
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            })
            .map_err(Error::Thread)?;
        let canceller = started.recv().map_err(|_| Error::Closed)??;
        Ok(Self { commands: Some(commands), canceller, thread: Some(thread) })
    }

    /// Runs a program and waits for its end; see [`LocalRuntime::run`]. Runs are served in order.
    ///
    /// # Errors
    /// [`Error::Closed`] when the runtime is closed.
    pub fn run(
        &self,
        request: RunRequest,
        on_event: impl FnMut(Event) + Send + 'static,
    ) -> Result<Outcome, Error> {
        let (answer, outcome) = sync_channel(1);
        let command = Command { request, on_event: Box::new(on_event), answer };
        let commands = self.commands.as_ref().ok_or(Error::Closed)?;
        commands.send(command).map_err(|_| Error::Closed)?;
        outcome.recv().map_err(|_| Error::Closed)?
    }

    /// Stops the current run, from any thread.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // The thread ends when it finds no more commands. Nothing runs: every run borrows the runtime.
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut runtime: LocalRuntime, commands: &Receiver<Command>) {
    for Command { request, on_event, answer } in commands {
        let _ = answer.send(runtime.run(&request, on_event));
    }
}
