//! What a run costs beside its latency: CPU time by process, the wait for a worker, memory of a worker that waits.

use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jsrun_pool::{Checkout, Pool, PoolConfig};
use jsrun_types::ByteSize;
use tokio::time::sleep;

use crate::load::{Load, Target};
use crate::measurement::{Budget, Measurement};
use crate::processes::{children_of, cpu_time, cpu_time_of_reaped, private_memory};
use crate::server::Server;

/// Workers kept ready where workers themselves are measured, and how often so many are taken.
const READY: usize = 32;
const ROUNDS: usize = 16;

/// Requests whose CPU time is measured, and as many before them.
const REQUESTS: usize = 2000;
const WARM_UP: usize = 200;

/// What a slow machine may take until so many workers are ready or reaped.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a run costs.
#[derive(Debug)]
pub(crate) struct Costs {
    run: RunCost,
    workers: WorkerCost,
}

/// CPU time of one `POST /execute`, from the request to the reaped worker, by process.
#[derive(Clone, Copy, Debug)]
struct RunCost {
    server: Duration,
    zygote: Duration,
    worker: Duration,
}

/// What workers cost before their runs.
#[derive(Debug)]
struct WorkerCost {
    checkout: Measurement,
    /// CPU time from the order to the fork, and from there until the worker is confined and ready.
    zygote: Duration,
    worker: Duration,
    /// `None` where this user may not look.
    memory: Option<ByteSize>,
}

/// Measures them, each with processes of their own.
pub(crate) async fn measure(binary: &Path) -> anyhow::Result<Costs> {
    Ok(Costs { run: measure_run(binary).await?, workers: measure_workers(binary).await? })
}

async fn measure_run(binary: &Path) -> anyhow::Result<RunCost> {
    let server = Server::start(binary).await?;
    let load = |operations| Load {
        address: server.address(),
        target: Target::Execute,
        connections: 1,
        budget: Budget { warm_up: Duration::ZERO, duration: Duration::from_mins(1), operations },
    };
    load(WARM_UP).run().await?;
    let zygote = *children_of(server.pid()).first().context("the server has no zygote")?;
    let before = RunCost::so_far(server.pid(), zygote)?;
    let measurement = load(REQUESTS).run().await?;
    let after = RunCost::so_far(server.pid(), zygote)?;
    server.stop().await?;
    let count = u32::try_from(measurement.count())?;
    let each = |after: Duration, before: Duration| after.saturating_sub(before) / count;
    Ok(RunCost {
        server: each(after.server, before.server),
        zygote: each(after.zygote, before.zygote),
        worker: each(after.worker, before.worker),
    })
}

impl RunCost {
    /// What the processes have used so far. Of thousands of workers, those that are not reaped yet do not matter.
    fn so_far(server: u32, zygote: u32) -> anyhow::Result<Self> {
        let worker = cpu_time_of_reaped(zygote)?;
        Ok(Self { server: cpu_time(server)?, zygote: cpu_time(zygote)?, worker })
    }

    fn sum(self) -> Duration {
        self.server + self.zygote + self.worker
    }
}

async fn measure_workers(binary: &Path) -> anyhow::Result<WorkerCost> {
    let config = PoolConfig { ready: READY, max_workers: 2 * READY, ..PoolConfig::new(binary) };
    let pool = Pool::start(config).await?;
    settle(&pool, 0).await?;
    let zygote = pool.status().zygote_pid.context("there is no zygote")?;
    let idle = children_of(zygote);
    let worker = median(idle.iter().map(|pid| cpu_time(*pid)).collect::<Result<_, _>>()?);
    let memory = idle.iter().map(|pid| private_memory(*pid)).collect::<Option<_>>().and_then(median);
    let mut latencies = Vec::new();
    let mut births = Vec::new();
    for _ in 0..ROUNDS {
        let before = cpu_time(zygote)?;
        let mut taken: Vec<Checkout> = Vec::new();
        for _ in 0..READY {
            let start = Instant::now();
            taken.push(pool.checkout().await?);
            latencies.push(start.elapsed());
        }
        // The zygote has made as many again, and nobody has ended.
        settle(&pool, READY).await?;
        births.push(cpu_time(zygote)?.saturating_sub(before) / u32::try_from(READY)?);
        drop(taken);
        settle(&pool, 0).await?;
    }
    pool.close().await;
    Ok(WorkerCost {
        checkout: Measurement::new(latencies, Duration::ZERO).context("no checkout")?,
        zygote: median(births).context("no births")?,
        worker: worker.context("no workers")?,
        memory,
    })
}

/// Waits until all workers are ready but those that are taken, and none is left that has ended.
async fn settle(pool: &Pool, taken: usize) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let status = pool.status();
        if status.ready == READY && status.busy == taken && status.alive == READY + taken {
            return Ok(());
        }
        ensure!(start.elapsed() < PATIENCE, "the pool does not settle: {status:?}");
        sleep(Duration::from_millis(1)).await;
    }
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

impl Display for Costs {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { run, workers } = self;
        let mut row = |what: &str, figure: String, parts: String, wanted: &str| {
            writeln!(formatter, "| {what} | {figure} | {parts} | {wanted} |")
        };
        row("what it costs", "figure".to_owned(), "of which".to_owned(), "wanted")?;
        row("---", "---:".to_owned(), "---".to_owned(), "---:")?;
        row(
            "CPU time of a `POST /execute` of `2 + 2`, from the fork to the reaped worker",
            milliseconds(run.sum()),
            format!(
                "server {}, zygote {}, worker {}",
                milliseconds(run.server),
                milliseconds(run.zygote),
                milliseconds(run.worker)
            ),
            "≤ 1.5 ms",
        )?;
        row(
            "CPU time from the fork until the worker is confined and ready",
            milliseconds(workers.zygote + workers.worker),
            format!("zygote {}, worker {}", milliseconds(workers.zygote), milliseconds(workers.worker)),
            "≤ 1 ms",
        )?;
        row(
            "checkout of a ready worker, p50",
            microseconds(workers.checkout.percentile(50)),
            format!("p99 {}", microseconds(workers.checkout.percentile(99))),
            "≤ 100 µs",
        )?;
        let memory = workers
            .memory
            .map_or("not for this user".to_owned(), |memory| format!("{} KiB", memory.as_u64() >> 10));
        row("private memory of a ready worker", memory, String::new(), "≤ 1 MiB")
    }
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

fn microseconds(duration: Duration) -> String {
    format!("{:.0} µs", duration.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cost_has_a_line() {
        let checkout = Measurement::new(vec![Duration::from_micros(20); 3], Duration::ZERO);
        let costs = Costs {
            run: RunCost {
                server: Duration::from_micros(200),
                zygote: Duration::from_micros(300),
                worker: Duration::from_micros(900),
            },
            workers: WorkerCost {
                checkout: checkout.expect("not empty"),
                zygote: Duration::from_micros(250),
                worker: Duration::from_micros(450),
                memory: Some(ByteSize::kib(220)),
            },
        };
        let lines: Vec<_> = costs.to_string().lines().skip(2).map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "| CPU time of a `POST /execute` of `2 + 2`, from the fork to the reaped worker | 1.40 ms | server 0.20 ms, zygote 0.30 ms, worker 0.90 ms | ≤ 1.5 ms |",
                "| CPU time from the fork until the worker is confined and ready | 0.70 ms | zygote 0.25 ms, worker 0.45 ms | ≤ 1 ms |",
                "| checkout of a ready worker, p50 | 20 µs | p99 20 µs | ≤ 100 µs |",
                "| private memory of a ready worker | 220 KiB |  | ≤ 1 MiB |",
            ]
        );
    }
}
