//! `make bench`: requests per second and latency of a freshly started server, beside two references measured in
//! the same run, and what a run costs each process. `make soak`: what hostile programs do to honest ones. docs/benchmarks.md tells the method.

mod costs;
mod load;
mod machine;
mod measurement;
mod processes;
mod report;
mod server;
mod soak;
mod spawn;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;

use crate::costs::Costs;
use crate::load::{Load, Target};
use crate::machine::Machine;
use crate::measurement::Budget;
use crate::report::{Report, Row};
use crate::server::Server;

/// Measures `POST /execute` of `2 + 2`, with `GET /healthz` and starting `/bin/true` as references.
#[derive(Parser)]
struct Arguments {
    /// The binary to measure.
    #[arg(long, default_value = "target/release/jsrun")]
    server: PathBuf,
    /// Connections, each with one request at a time; several values measure one after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8])]
    connections: Vec<usize>,
    /// Seconds to measure each line for.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seconds to run each line before measuring it.
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// A line ends early after this many requests.
    #[arg(long, default_value_t = 200_000)]
    requests: usize,
    /// Instead, run hostile and honest programs together for so many seconds.
    #[arg(long, value_name = "SECONDS")]
    soak: Option<u64>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is closed, the exit code has to do.
            let _ = writeln!(std::io::stderr(), "jsrun-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if let Some(seconds) = arguments.soak {
        return soak(&arguments.server, Duration::from_secs(seconds));
    }
    let budget = arguments.budget()?;
    // One client thread: on a small machine the server needs the other cores.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (report, costs) = runtime.block_on(measure(arguments, budget))?;
    write!(std::io::stdout().lock(), "{report}\n{costs}").context("cannot print the report")
}

fn soak(server: &Path, duration: Duration) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(soak::soak(server, duration))?;
    write!(std::io::stdout().lock(), "{report}").context("cannot print the report")?;
    report.failure().map_or(Ok(()), |failure| Err(anyhow::anyhow!("{failure}")))
}

impl Arguments {
    fn budget(&self) -> anyhow::Result<Budget> {
        ensure!(
            self.connections.iter().all(|&count| (1..=1024).contains(&count)),
            "--connections: 1 to 1024"
        );
        ensure!(self.requests > 0, "--requests: at least 1");
        let duration = |name: &str, seconds: f64| {
            Duration::try_from_secs_f64(seconds)
                .ok()
                .filter(|duration| *duration <= Duration::from_mins(10))
                .with_context(|| format!("{name}: 0 to 600 seconds, not {seconds}"))
        };
        Ok(Budget {
            warm_up: duration("--warm-up", self.warm_up)?,
            duration: duration("--seconds", self.seconds)?,
            operations: self.requests,
        })
    }
}

async fn measure(arguments: &Arguments, budget: Budget) -> anyhow::Result<(Report, Costs)> {
    let server = Server::start(&arguments.server).await?;
    let mut rows = Vec::new();
    for &connections in &arguments.connections {
        let load = |target| Load { address: server.address(), target, connections, budget };
        rows.push(Row {
            connections,
            execute: load(Target::Execute).run().await.context("POST /execute")?,
            health: load(Target::Health).run().await.context("GET /healthz")?,
            process: spawn::measure(connections, budget).await.context("starting /bin/true")?,
        });
    }
    server.stop().await?;
    let costs = costs::measure(&arguments.server).await.context("what a run costs")?;
    Ok((Report { machine: Machine::read(), budget, rows }, costs))
}
