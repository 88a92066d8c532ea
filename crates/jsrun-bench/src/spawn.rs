//! The machine's own price of a process: start `/bin/true`, wait for its end.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::measurement::{Budget, Measurement, Stopwatch};

/// Starts and awaits processes, `threads` at a time.
pub(crate) async fn measure(threads: usize, budget: Budget) -> anyhow::Result<Measurement> {
    tokio::task::spawn_blocking(move || measure_blocking(threads, budget))
        .await
        .context("the measuring thread died")?
}

fn measure_blocking(threads: usize, budget: Budget) -> anyhow::Result<Measurement> {
    let start = Instant::now();
    let latencies = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| scope.spawn(move || drive(Stopwatch::new(budget, threads, start))))
            .collect();
        let mut latencies = Vec::new();
        for thread in running {
            latencies.extend(thread.join().expect("a measuring thread does not panic")?);
        }
        anyhow::Ok(latencies)
    })?;
    Measurement::new(latencies, start.elapsed().saturating_sub(budget.warm_up))
        .context("not one process ended within the time: measure longer")
}

fn drive(mut stopwatch: Stopwatch) -> anyhow::Result<Vec<Duration>> {
    loop {
        let started = Instant::now();
        let status =
            Command::new("/bin/true").stdin(Stdio::null()).status().context("cannot start /bin/true")?;
        ensure!(status.success(), "/bin/true failed: {status}");
        if !stopwatch.note(started) {
            return Ok(stopwatch.into_latencies());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn processes_are_counted() {
        let budget = Budget { warm_up: Duration::ZERO, duration: Duration::from_secs(30), operations: 6 };
        assert_eq!(measure(2, budget).await.expect("/bin/true is everywhere").count(), 6);
    }
}
