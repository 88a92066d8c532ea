//! Standard error: log lines, and the one line that says why the command failed.

use std::io::{IsTerminal, Write};

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::environment;

/// Logs to standard error what [`environment::LOG`] asks for.
///
/// # Errors
/// When the variable is not a filter.
pub(crate) fn start() -> anyhow::Result<()> {
    let filter = match std::env::var(environment::LOG) {
        Ok(text) => EnvFilter::try_new(&text)
            .with_context(|| format!("{} is not a log filter: {text:?}", environment::LOG))?,
        Err(std::env::VarError::NotPresent) => EnvFilter::new("info"),
        Err(error @ std::env::VarError::NotUnicode(_)) => {
            return Err(error).with_context(|| format!("{} is not a log filter", environment::LOG));
        }
    };
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    Ok(())
}

/// One line on standard error. Nobody is left to tell when that is closed.
pub(crate) fn say(line: &str) {
    let _closed = writeln!(std::io::stderr(), "{line}");
}
