//! The table.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use crate::machine::Machine;
use crate::measurement::{Budget, Measurement};

/// One number of connections: the measured request beside its references.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) connections: usize,
    pub(crate) execute: Measurement,
    pub(crate) health: Measurement,
    pub(crate) process: Measurement,
}

/// All that was measured, printed as Markdown.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) budget: Budget,
    pub(crate) rows: Vec<Row>,
}

impl Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}; {}", self.machine, Method(self.budget))?;
        writeln!(formatter)?;
        writeln!(
            formatter,
            "| operation | at once | per second | p50 | p90 | p99 | max | rate beside `POST /execute` |"
        )?;
        writeln!(formatter, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
        for row in &self.rows {
            let lines = [
                ("`POST /execute` of `2 + 2`", &row.execute),
                ("`GET /healthz`", &row.health),
                ("start and await `/bin/true`", &row.process),
            ];
            for (operation, measurement) in lines {
                write!(formatter, "| {operation} | {} | {:.0} ", row.connections, measurement.rate())?;
                for percent in [50, 90, 99, 100] {
                    write!(formatter, "| {} ", Milliseconds(measurement.percentile(percent)))?;
                }
                writeln!(formatter, "| {:.2} × |", measurement.rate() / row.execute.rate())?;
            }
        }
        Ok(())
    }
}

struct Method(Budget);

impl Display for Method {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Budget { warm_up, duration, operations } = self.0;
        write!(
            formatter,
            "each line {duration:?} after {warm_up:?} of warm-up, at most {operations} operations"
        )
    }
}

struct Milliseconds(Duration);

impl Display for Milliseconds {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.2} ms", self.0.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(milliseconds: u64, count: usize) -> Measurement {
        Measurement::new(vec![Duration::from_millis(milliseconds); count], Duration::from_secs(1))
            .expect("not empty")
    }

    #[test]
    fn every_operation_has_a_line_with_its_ratio() {
        let budget =
            Budget { warm_up: Duration::from_secs(1), duration: Duration::from_secs(10), operations: 1000 };
        let row = Row {
            connections: 8,
            execute: measurement(2, 500),
            health: measurement(1, 1000),
            process: measurement(1, 250),
        };
        let text = Report { machine: Machine::read(), budget, rows: vec![row] }.to_string();
        let lines: Vec<_> = text.lines().skip(4).collect();
        assert_eq!(
            lines,
            [
                "| `POST /execute` of `2 + 2` | 8 | 500 | 2.00 ms | 2.00 ms | 2.00 ms | 2.00 ms | 1.00 × |",
                "| `GET /healthz` | 8 | 1000 | 1.00 ms | 1.00 ms | 1.00 ms | 1.00 ms | 2.00 × |",
                "| start and await `/bin/true` | 8 | 250 | 1.00 ms | 1.00 ms | 1.00 ms | 1.00 ms | 0.50 × |",
            ]
        );
        assert!(text.starts_with(|first: char| first.is_ascii_digit()), "{text}");
    }
}
