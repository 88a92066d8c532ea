//! `jsrun run`.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jsrun_types::Language;

use crate::allowance::Allowance;
use crate::interpreter::{Ending, Interpreter};
use crate::source::Source;
use crate::{exit_code, logging};

/// What to run.
#[derive(Args)]
pub(crate) struct RunArguments {
    /// Programs, which run one after the other in one runtime, as scripts of one page do, up to the first that fails.
    /// `-` is standard input, and the default where that is not a terminal.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the programs find in the global `arguments`.
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
    /// Everything is TypeScript, whatever its name: for standard input.
    #[arg(long)]
    typescript: bool,
    #[command(flatten)]
    allowance: Allowance,
}

/// Runs programs from files or from standard input.
///
/// # Errors
/// When the engine does not start, or standard output cannot be written to.
pub(crate) fn run(arguments: &RunArguments) -> anyhow::Result<ExitCode> {
    let language = language(arguments.typescript);
    let mut files = arguments.files.clone();
    if files.is_empty() {
        if std::io::stdin().is_terminal() {
            logging::say(
                "jsrun: there is no program: give a FILE, or - for standard input; jsrun repl takes lines as they are typed",
            );
            return Ok(ExitCode::from(exit_code::USAGE));
        }
        files.push(PathBuf::from("-"));
    }
    // All of them before anything runs: a mistyped name is to have no effect.
    let sources: anyhow::Result<Vec<Source>> = files
        .iter()
        .map(|file| match file.to_str() {
            Some("-") => Source::standard_input(language),
            _ => Source::file(file, language),
        })
        .collect();
    let sources = match sources {
        Ok(sources) => sources,
        Err(error) => return Ok(refuse(&error)),
    };
    let mut interpreter = Interpreter::start(arguments.allowance, &arguments.arguments)?;
    for source in &sources {
        match interpreter.run(source)? {
            Ending::Value(_) => {}
            ending => return Ok(ending.exit_code()),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs standard input, as `jsrun` alone does where that is not a terminal.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_standard_input() -> anyhow::Result<ExitCode> {
    run(&RunArguments {
        files: Vec::new(),
        arguments: Vec::new(),
        typescript: false,
        allowance: Allowance::default(),
    })
}

/// Says why there is nothing to run.
pub(crate) fn refuse(error: &anyhow::Error) -> ExitCode {
    logging::say(&format!("jsrun: {error:#}"));
    ExitCode::from(exit_code::USAGE)
}

/// What `--typescript` says.
pub(crate) fn language(typescript: bool) -> Language {
    if typescript { Language::TypeScript } else { Language::JavaScript }
}
