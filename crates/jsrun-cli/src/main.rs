//! The `jsrun` command.

mod capacity;
mod doctor;
mod environment;
mod logging;
mod serve;
mod snapshot;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jsrun::EngineMode;
use jsrun_types::SandboxMode;

/// A self-hosted JavaScript playground over V8.
#[derive(Parser)]
#[command(name = "jsrun", version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the playground: the page and the HTTP API.
    Serve(Box<serve::ServeArguments>),
    /// Tell which layers of the sandbox hold on this machine, why others do not, and what to do.
    ///
    /// Ends with 0 if `jsrun serve --sandbox require` would start.
    Doctor,
    /// Make a snapshot of the engine with scripts in place, from which runtimes start.
    Snapshot(snapshot::SnapshotArguments),
    /// What `jsrun snapshot`, and programs that embed the engine, start to make one.
    #[command(hide = true)]
    SnapshotBuilder,
    /// What workers are forked from; the server starts it.
    #[command(hide = true)]
    Zygote,
}

fn main() -> ExitCode {
    // Before everything else: a zygote forks, so that no thread may exist, and it needs nothing that follows.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == "zygote") {
        // Whoever does not say otherwise gets what can be had.
        let mode = std::env::args_os().nth(2);
        let mode = mode.and_then(|mode| mode.to_str()?.parse().ok()).unwrap_or(SandboxMode::Auto);
        let jitless = std::env::args_os().nth(3).is_some_and(|argument| argument == "jitless");
        let engine = if jitless { EngineMode::Jitless } else { EngineMode::SingleThreaded };
        return jsrun_worker::zygote_main(mode, engine);
    }
    let result = match CommandLine::parse().command {
        Command::Serve(arguments) => serve::serve(*arguments).map(|()| ExitCode::SUCCESS),
        Command::Doctor => doctor::doctor(),
        Command::Snapshot(arguments) => snapshot::snapshot(&arguments).map(|()| ExitCode::SUCCESS),
        Command::SnapshotBuilder => Ok(jsrun::serve_snapshot_builder()),
        Command::Zygote => unreachable!("`zygote` as the first argument is dispatched above"),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            logging::say(&format!("jsrun: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
