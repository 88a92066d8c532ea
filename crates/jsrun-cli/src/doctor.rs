//! `jsrun doctor`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context;
use jsrun_pool::{Pool, PoolConfig};
use jsrun_types::{Attempt, AttemptResult, LayerState, SandboxReport};

/// Starts a zygote and a worker as `jsrun serve` would, and tells what it found.
///
/// # Errors
/// When no worker comes up, whatever confines it.
pub(crate) fn doctor() -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let report = runtime.context("cannot start")?.block_on(examine())?;
    let mut text = tables(&report);
    let shortcomings = report.shortcomings();
    if shortcomings.is_empty() {
        text.push_str("\nAll that `jsrun serve --sandbox require` asks for is there.\n");
    } else {
        text.push_str("\n`jsrun serve --sandbox require` would not start:\n");
        for shortcoming in &shortcomings {
            let _infallible = writeln!(text, "  {shortcoming}");
        }
    }
    // Nobody is left to tell when standard output is closed.
    let _closed = std::io::stdout().write_all(text.as_bytes());
    Ok(if shortcomings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine() -> anyhow::Result<SandboxReport> {
    let program = std::env::current_exe().context("cannot find the program's own file")?;
    let pool = Pool::start(PoolConfig { ready: 1, ..PoolConfig::new(program) });
    let pool = pool.await.context("cannot start a worker")?;
    let report = pool.sandbox();
    pool.close().await;
    report.map(|report| SandboxReport::clone(&report)).context("the zygote told nothing of its sandbox")
}

fn tables(report: &SandboxReport) -> String {
    let mut text = String::from("Layers of the workers' sandbox:\n");
    for report in &report.layers {
        let (state, told) = match &report.state {
            LayerState::Holds(how) => ("ok", how),
            LayerState::Missing(reason) => ("missing", reason),
        };
        let _infallible = writeln!(text, "  {:<18} {state:<8} {told}", report.layer.name());
        if !report.holds() {
            let need = if report.layer.is_required() { "required" } else { "optional" };
            let _infallible = writeln!(text, "  {:<18} {need:<8} {}", "", report.layer.advice());
        }
    }
    text.push_str("\nSelf-test, in a process confined as workers are:\n");
    for attempt in Attempt::ALL {
        let result = match report.attempt(attempt) {
            Some(AttemptResult::Denied(errno)) => {
                format!("denied   {}", std::io::Error::from_raw_os_error(errno))
            }
            Some(AttemptResult::Succeeded) => "possible".to_owned(),
            None => "unknown  the self-test did not answer".to_owned(),
        };
        let _infallible = writeln!(text, "  {:<22} {result}", attempt.name());
    }
    text
}
