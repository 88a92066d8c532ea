//! What `GET /metrics` tells, in the format of `OpenMetrics`.

use std::fmt;
use std::time::Duration;

use jsrun_pool::{Pool, PoolStatus};
use jsrun_types::Outcome;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::admission::{Admission, Crowd};
use crate::error::ApiError;

/// Counts of runs since the start, and what pool and admission tell when they are asked.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    outcomes: Family<StatusLabel, Counter>,
    refusals: Family<ReasonLabel, Counter>,
    waits: Histogram,
    wall: Histogram,
    cpu: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabel {
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

/// From a quarter of a millisecond, which no run takes, to 30 s, which is the most that a run may ask for by default.
const SECONDS: [f64; 12] = [0.000_25, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 10.0, 30.0];

impl Metrics {
    pub(crate) fn new(pool: Pool, admission: Admission) -> Self {
        let (outcomes, refusals) = (Family::default(), Family::default());
        let [waits, wall, cpu] = std::array::from_fn(|_| Histogram::new(SECONDS));
        let mut registry = Registry::with_prefix("jsrun");
        registry.register("runs", "Programs that were run, by how they ended", Family::clone(&outcomes));
        registry.register(
            "refusals",
            "Programs that were not run for want of capacity, by reason",
            Family::clone(&refusals),
        );
        let mut time = |name, help, histogram: &Histogram| {
            registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
        };
        time("admission_wait", "How long programs waited for their turn and a worker", &waits);
        time("run_wall", "Wall time of programs", &wall);
        time("run_cpu", "CPU time of programs", &cpu);
        registry.register_collector(Box::new(Service { pool, admission }));
        Self { registry, outcomes, refusals, waits, wall, cpu }
    }

    /// A run was let in and has its worker.
    pub(crate) fn note_start(&self, waited: Duration) {
        self.waits.observe(waited.as_secs_f64());
    }

    /// A run has ended.
    pub(crate) fn note_outcome(&self, outcome: &Outcome) {
        self.outcomes.get_or_create(&StatusLabel { status: outcome.status.as_str() }).inc();
        self.wall.observe(outcome.usage.wall.as_secs_f64());
        self.cpu.observe(outcome.usage.cpu.as_secs_f64());
    }

    /// A program was not run.
    pub(crate) fn note_refusal(&self, error: &ApiError) {
        self.refusals.get_or_create(&ReasonLabel { reason: error.kind() }).inc();
    }

    /// All of it as text.
    pub(crate) fn to_text(&self) -> String {
        let mut buffer = String::new();
        text::encode(&mut buffer, &self.registry).expect("a string takes any text");
        buffer
    }
}

/// What is known without counting here.
#[derive(Debug)]
struct Service {
    pool: Pool,
    admission: Admission,
}

impl Collector for Service {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Crowd { running, waiting } = self.admission.crowd();
        let PoolStatus {
            ready,
            busy,
            alive,
            zygote_pid,
            spawned_total,
            crashed_total,
            zygotes_total,
            failed_births_total,
        } = self.pool.status();
        let zygotes = usize::from(zygote_pid.is_some());
        for (name, help, value) in [
            ("admission_running", "Programs that have their turn", running),
            ("admission_waiting", "Programs that wait for their turn", waiting),
            ("workers_ready", "Workers that wait for a program", ready),
            ("workers_busy", "Workers that have a program", busy),
            ("workers_alive", "Worker processes that exist or were asked for", alive),
            (
                "zygotes",
                "Zygotes that workers are asked of: one, or none while it is replaced after its death",
                zygotes,
            ),
        ] {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        for (name, help, value) in [
            ("workers_spawned", "Workers that were forked", spawned_total),
            ("workers_crashed", "Workers that died by a signal that was not ours", crashed_total),
            (
                "worker_births_failed",
                "Workers that could not be forked or did not become ready",
                failed_births_total,
            ),
            ("zygotes_started", "Zygotes that came up", zygotes_total),
        ] {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)?;
        }
        Ok(())
    }
}
