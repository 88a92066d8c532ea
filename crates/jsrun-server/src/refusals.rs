//! What the log says of runs that are refused for want of capacity.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsrun_pool::PoolStatus;

use crate::admission::AdmissionError;
use crate::error::ApiError;

/// How long the log stays silent after a warning.
const SILENCE: Duration = Duration::from_mins(1);

/// Refused runs. Under load there are thousands in a second, so that a warning stands for many.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    tally: Mutex<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    warned: Option<Instant>,
    /// Since the last warning.
    count: u64,
}

impl Tally {
    /// Counts one more refusal. How many a warning stands for, if there is to be one.
    fn add(&mut self, now: Instant) -> Option<u64> {
        self.count += 1;
        if self.warned.is_some_and(|warned| now.duration_since(warned) < SILENCE) {
            return None;
        }
        self.warned = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

impl Refusals {
    /// Tells of a run that was refused: at debug, and now and then as a warning.
    pub(crate) fn log(&self, error: &ApiError, workers: PoolStatus) {
        tracing::debug!(%error, ?workers, "refused a run");
        if matches!(error, ApiError::Admission(AdmissionError::Closed)) {
            // Whoever stops the service knows.
            return;
        }
        let count = self.tally.lock().unwrap_or_else(PoisonError::into_inner).add(Instant::now());
        if let Some(count) = count {
            tracing::warn!(
                %error, count, ?workers,
                "refused runs; of more in the next minute only the log at debug tells"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_one_warning() {
        let mut tally = Tally::default();
        let start = Instant::now();
        assert_eq!(tally.add(start), Some(1));
        assert_eq!(tally.add(start), None);
        assert_eq!(tally.add(start + SILENCE / 2), None);
        assert_eq!(tally.add(start + SILENCE), Some(3));
        assert_eq!(tally.add(start + SILENCE), None);
    }
}
