//! `jsrun eval`.

use std::process::ExitCode;

use clap::Args;

use crate::allowance::Allowance;
use crate::interpreter::{Ending, Interpreter};
use crate::run::{language, refuse};
use crate::source::Source;

/// What to evaluate.
#[derive(Args)]
pub(crate) struct EvalArguments {
    /// A program; `-` is standard input.
    #[arg(value_name = "CODE", allow_hyphen_values = true)]
    code: String,
    /// What the program finds in the global `arguments`.
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
    /// The program is TypeScript.
    #[arg(long)]
    typescript: bool,
    #[command(flatten)]
    allowance: Allowance,
}

/// Runs a program and prints its value, unless that is `undefined`.
///
/// # Errors
/// When the engine does not start, or standard output cannot be written to.
pub(crate) fn eval(arguments: &EvalArguments) -> anyhow::Result<ExitCode> {
    let language = language(arguments.typescript);
    let source = match arguments.code.as_str() {
        "-" => Source::standard_input(language),
        code => Source::unnamed("[eval]", code.to_owned(), language),
    };
    let source = match source {
        Ok(source) => source,
        Err(error) => return Ok(refuse(&error)),
    };
    let mut interpreter = Interpreter::start(arguments.allowance, &arguments.arguments)?;
    let mut ending = interpreter.run(&source)?;
    if let Ending::Value(value) = &ending
        && let Some(closed) = interpreter.print(value)?
    {
        ending = closed;
    }
    Ok(ending.exit_code())
}
