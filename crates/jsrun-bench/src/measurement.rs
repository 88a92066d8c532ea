//! What one line of the table is made of.

use std::time::{Duration, Instant};

/// How long and how often an operation is measured; whichever is reached first ends it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Operations that begin within this time are not counted.
    pub(crate) warm_up: Duration,
    /// The measured time after the warm-up.
    pub(crate) duration: Duration,
    /// The measured operations of all connections together.
    pub(crate) operations: usize,
}

/// Counts one connection's operations against a [`Budget`].
#[derive(Debug)]
pub(crate) struct Stopwatch {
    begin: Instant,
    end: Instant,
    remaining: usize,
    latencies: Vec<Duration>,
}

impl Stopwatch {
    /// A stopwatch for one of `connections` that started together at `start`.
    pub(crate) fn new(budget: Budget, connections: usize, start: Instant) -> Self {
        let begin = start + budget.warm_up;
        let remaining = budget.operations.div_ceil(connections);
        Self { begin, end: begin + budget.duration, remaining, latencies: Vec::new() }
    }

    /// Notes an operation that just ended; false when the budget is spent.
    pub(crate) fn note(&mut self, started: Instant) -> bool {
        let now = Instant::now();
        if started >= self.begin {
            self.latencies.push(now - started);
            self.remaining -= 1;
        }
        now < self.end && self.remaining > 0
    }

    /// The measured latencies.
    pub(crate) fn into_latencies(self) -> Vec<Duration> {
        self.latencies
    }
}

/// The latencies of one operation over all connections, sorted.
#[derive(Debug)]
pub(crate) struct Measurement {
    latencies: Vec<Duration>,
    elapsed: Duration,
}

impl Measurement {
    /// `elapsed` is the measured time, without the warm-up. None without a single operation.
    pub(crate) fn new(mut latencies: Vec<Duration>, elapsed: Duration) -> Option<Self> {
        latencies.sort_unstable();
        (!latencies.is_empty()).then_some(Self { latencies, elapsed })
    }

    /// How many operations were measured.
    pub(crate) fn count(&self) -> usize {
        self.latencies.len()
    }

    /// Operations per second, over all connections.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(crate) fn rate(&self) -> f64 {
        self.count() as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The latency that `percent` (1 to 100) of the operations do not exceed, by nearest rank.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.count() * percent).div_ceil(100).clamp(1, self.count());
        self.latencies[rank - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let measurement =
            Measurement::new(milliseconds((1..=200).rev()), Duration::from_secs(2)).expect("not empty");
        assert_eq!(measurement.percentile(50), Duration::from_millis(100));
        assert_eq!(measurement.percentile(99), Duration::from_millis(198));
        assert_eq!(measurement.percentile(100), Duration::from_millis(200));
        assert!((measurement.rate() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn one_operation_is_every_percentile() {
        let measurement = Measurement::new(milliseconds([7]), Duration::from_secs(1)).expect("not empty");
        assert_eq!(
            [1, 50, 99, 100].map(|percent| measurement.percentile(percent)),
            [Duration::from_millis(7); 4]
        );
        assert!(Measurement::new(Vec::new(), Duration::from_secs(1)).is_none());
    }

    #[test]
    fn a_stopwatch_skips_the_warm_up_and_stops_at_its_count() {
        let start = Instant::now();
        let budget =
            Budget { warm_up: Duration::from_mins(1), duration: Duration::from_mins(1), operations: 3 };
        let mut warming = Stopwatch::new(budget, 1, start);
        assert!(warming.note(start));
        assert!(warming.into_latencies().is_empty());

        let mut measuring = Stopwatch::new(Budget { warm_up: Duration::ZERO, ..budget }, 2, start);
        assert!(measuring.note(start), "two of the three operations are this connection's share");
        assert!(!measuring.note(start));
        assert_eq!(measuring.into_latencies().len(), 2);
    }
}
