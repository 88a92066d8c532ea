//! The `jsrun` command.

mod allowance;
mod capacity;
mod colours;
mod console;
mod disk_modules;
mod doctor;
mod environment;
mod eval;
mod exit_code;
mod failure;
mod interpreter;
mod interrupts;
mod logging;
mod repl;
mod repl_input;
mod run;
mod serve;
mod snapshot;
mod source;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

/// JavaScript and TypeScript over V8: a self-hosted playground, and a shell's interpreter.
///
/// Without a command, a program on standard input is run, as by `jsrun run`.
#[derive(Parser)]
#[command(name = "jsrun", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the playground: the page and the HTTP API.
    Serve(Box<serve::ServeArguments>),
    /// Run programs from files, or from standard input.
    ///
    /// Programs import files relative to their own. Nothing confines them but their memory and time: they have no access to
    /// files, network or processes but through what is imported. Ends with 0, or with 1 after an uncaught error, 2 when
    /// there is no such program, 124 after --timeout, 130 after Ctrl-C, 137 over --memory, 141 when nobody reads the output.
    Run(run::RunArguments),
    /// Run a program from the command line and print its value.
    ///
    /// Ends as `jsrun run` does.
    Eval(eval::EvalArguments),
    /// Take programs line by line, and show their values.
    ///
    /// `.help` lists what it has besides. Where standard input is no terminal, its lines are taken one by one without a prompt.
    Repl(repl::ReplArguments),
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
        let options = jsrun_worker::ZygoteOptions::from_arguments(std::env::args_os().skip(2));
        return jsrun_worker::zygote_main(options);
    }
    let result = match CommandLine::parse().command {
        Some(Command::Serve(arguments)) => serve::serve(*arguments).map(|()| ExitCode::SUCCESS),
        Some(Command::Run(arguments)) => run::run(&arguments),
        Some(Command::Eval(arguments)) => eval::eval(&arguments),
        Some(Command::Repl(arguments)) => repl::repl(&arguments),
        Some(Command::Doctor) => doctor::doctor(),
        Some(Command::Snapshot(arguments)) => snapshot::snapshot(&arguments).map(|()| ExitCode::SUCCESS),
        Some(Command::SnapshotBuilder) => Ok(jsrun::serve_snapshot_builder()),
        Some(Command::Zygote) => unreachable!("`zygote` as the first argument is dispatched above"),
        None if std::io::stdin().is_terminal() => {
            logging::say(&CommandLine::command().render_help().to_string());
            Ok(ExitCode::from(exit_code::USAGE))
        }
        None => run::run_standard_input(),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            logging::say(&format!("jsrun: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
