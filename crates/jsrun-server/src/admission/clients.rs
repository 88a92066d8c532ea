//! What one client may ask for, whatever others do.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use super::AdmissionError;
use crate::ClientPolicy;
use crate::client::Client;

/// After so many checks, clients that have all their tokens again are forgotten.
const CHECKS_BETWEEN_TIDYING: u32 = 4096;

/// What each client may ask for.
#[derive(Debug)]
pub(super) struct ClientLimits {
    /// Runs at a time, going on or waiting.
    pub(super) runs: Option<usize>,
    rate: Option<Buckets>,
    crashes: Option<Buckets>,
    /// Clients that are slowed, and until when.
    slowed: Mutex<HashMap<Client, Instant>>,
}

/// A token bucket for each client.
#[derive(Debug)]
struct Buckets {
    limiter: DefaultKeyedRateLimiter<Client>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl ClientLimits {
    pub(super) fn new(policy: &ClientPolicy) -> Self {
        let rate = policy.rate.and_then(|rate| {
            let period = Duration::from_secs_f64(1.0 / f64::from(rate.get()));
            let burst = policy.burst.map_or(rate, |burst| burst.max(rate));
            Some(Quota::with_period(period)?.allow_burst(burst))
        });
        Self {
            runs: policy.runs.map(std::num::NonZeroUsize::get),
            rate: rate.map(Buckets::new),
            crashes: policy.crashes.map(|count| Buckets::new(Quota::per_minute(count))),
            slowed: Mutex::default(),
        }
    }

    /// Takes a token for one more run.
    pub(super) fn check(&self, client: Client) -> Result<(), AdmissionError> {
        if self.crashes.is_some()
            && let Some(wait) = self.slowed_for(client)
        {
            return Err(AdmissionError::ClientCrashes(wait));
        }
        self.rate.as_ref().map_or(Ok(()), |rate| rate.take(client).map_err(AdmissionError::ClientRate))
    }

    /// Takes a token for a crash. A client without one must wait until it has.
    pub(super) fn note_crash(&self, client: Client) {
        let Some(Err(wait)) = self.crashes.as_ref().map(|crashes| crashes.take(client)) else { return };
        tracing::warn!(?client, ?wait, "a client is slowed: its programs crash too often");
        let now = Instant::now();
        let mut slowed = self.lock();
        slowed.retain(|_, until| *until > now);
        if let Some(until) = now.checked_add(wait) {
            slowed.insert(client, until);
        }
    }

    fn slowed_for(&self, client: Client) -> Option<Duration> {
        let until = *self.lock().get(&client)?;
        let wait = until.saturating_duration_since(Instant::now());
        (!wait.is_zero()).then_some(wait)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Client, Instant>> {
        self.slowed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buckets {
    fn new(quota: Quota) -> Self {
        Self {
            limiter: DefaultKeyedRateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
        }
    }

    /// Takes a token; how long until there is one, if there is none.
    fn take(&self, client: Client) -> Result<(), Duration> {
        // Else every address that ever asked would stay in memory.
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_BETWEEN_TIDYING == CHECKS_BETWEEN_TIDYING - 1
        {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(&client).map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn count(count: u32) -> Option<NonZeroU32> {
        NonZeroU32::new(count)
    }

    fn client(number: u8) -> Client {
        Client::of([192, 0, 2, number].into())
    }

    #[test]
    fn a_burst_is_bounded_by_client() {
        let limits =
            ClientLimits::new(&ClientPolicy { rate: count(1), burst: count(3), ..ClientPolicy::default() });
        for _ in 0..3 {
            assert_eq!(limits.check(client(1)), Ok(()));
        }
        // Three are gone; each second brings one more.
        let error = std::iter::repeat_with(|| limits.check(client(1))).find_map(Result::err);
        let error = error.expect("there is no end");
        assert!(matches!(error, AdmissionError::ClientRate(wait) if wait <= Duration::from_secs(1)));
        assert_eq!(error.retry_after(), 1);
        assert_eq!(limits.check(client(2)), Ok(()));
    }

    #[test]
    fn who_crashes_too_often_is_slowed() {
        let limits = ClientLimits::new(&ClientPolicy { crashes: count(2), ..ClientPolicy::default() });
        for _ in 0..2 {
            limits.note_crash(client(1));
            assert_eq!(limits.check(client(1)), Ok(()));
        }
        limits.note_crash(client(1));
        let error = limits.check(client(1)).expect_err("it is one too many");
        assert!(matches!(error, AdmissionError::ClientCrashes(_)), "{error}");
        assert!(error.retry_after() > 20, "half a minute for each: {error}");
        assert_eq!(limits.check(client(2)), Ok(()));
    }

    #[test]
    fn without_a_policy_nothing_is_counted() {
        let limits = ClientLimits::new(&ClientPolicy::default());
        for _ in 0..1000 {
            limits.note_crash(client(1));
            assert_eq!(limits.check(client(1)), Ok(()));
        }
    }
}
