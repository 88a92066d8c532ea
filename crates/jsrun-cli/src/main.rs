//! The `jsrun` command.

mod environment;
mod logging;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    Serve(serve::ServeArguments),
    /// What workers are forked from; the server starts it.
    #[command(hide = true)]
    Zygote,
}

fn main() -> ExitCode {
    // Before everything else: a zygote forks, so that no thread may exist, and it needs nothing that follows.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == "zygote") {
        return jsrun_worker::zygote_main();
    }
    let result = match CommandLine::parse().command {
        Command::Serve(arguments) => serve::serve(arguments),
        Command::Zygote => unreachable!("`zygote` as the first argument is dispatched above"),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            logging::say(&format!("jsrun: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
