//! The playground contract's request and answer.

use std::time::Duration;

use jsrun_types::{Limits, Outcome, RunRequest, Status};
use serde::{Deserialize, Serialize};

use super::field::number;
use super::run::program;
use crate::ServerConfig;
use crate::error::ApiError;

/// The body of `POST /execute`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExecuteBody {
    code: String,
    /// Seconds.
    #[serde(default, deserialize_with = "number")]
    timeout: Option<f64>,
}

impl ExecuteBody {
    /// # Errors
    /// [`ApiError::CodeTooLarge`], [`ApiError::InvalidField`] for a timeout out of range.
    pub(crate) fn into_run_request(self, config: &ServerConfig) -> Result<RunRequest, ApiError> {
        let wall = match self.timeout {
            Some(seconds) => timeout(seconds, config.maximum_limits.wall)?,
            None => config.default_limits.wall,
        };
        // The timeout is the only limit of time that the contract knows: CPU time must not end the run before it.
        let cpu = config.default_limits.cpu.max(wall);
        Ok(RunRequest {
            limits: Limits { wall, cpu, ..config.default_limits },
            ..RunRequest::new(program(self.code, config)?)
        })
    }
}

fn timeout(seconds: f64, maximum: Duration) -> Result<Duration, ApiError> {
    if seconds > 0.0 && seconds <= maximum.as_secs_f64() {
        // The engine's clock needs a moment: what is shorter than a millisecond counts as one.
        Ok(Duration::from_secs_f64(seconds).max(Duration::from_millis(1)))
    } else {
        Err(ApiError::InvalidField {
            field: "timeout".to_owned(),
            reason: format!(
                "{seconds} is out of range; it must be more than 0 and at most {} (seconds)",
                maximum.as_secs_f64()
            ),
        })
    }
}

/// The answer of `POST /execute`.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct ExecuteAnswer {
    success: bool,
    result: Option<String>,
    error: Option<String>,
}

impl ExecuteAnswer {
    /// The outcome of a run that had `limits`.
    pub(crate) fn new(outcome: &Outcome, limits: &Limits) -> Self {
        let result = match &outcome.status {
            Status::Ok(value) => Some(value.to_text()),
            Status::Error(_) | Status::Limit(_) | Status::Cancelled | Status::Crashed => None,
        };
        Self { success: result.is_some(), result, error: outcome.status.error_text(limits) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsrun_types::{LimitKind, Preview, Usage};

    fn request(timeout: Option<f64>) -> Result<RunRequest, ApiError> {
        ExecuteBody { code: "2 + 2".to_owned(), timeout }.into_run_request(&ServerConfig::default())
    }

    #[test]
    fn a_timeout_is_seconds_up_to_the_maximum() {
        assert_eq!(request(None).expect("the default").limits.wall, Duration::from_secs(5));
        assert_eq!(request(Some(0.5)).expect("in range").limits.wall, Duration::from_millis(500));
        assert_eq!(request(Some(1e-300)).expect("in range").limits.wall, Duration::from_millis(1));
        let longest = request(Some(30.0)).expect("in range").limits;
        assert_eq!((longest.wall, longest.cpu), (Duration::from_secs(30), Duration::from_secs(30)));
        for wrong in [0.0, -0.0, -1.0, 30.001, 1e300, f64::NAN, f64::INFINITY] {
            let error = request(Some(wrong)).expect_err("out of range").to_string();
            assert!(error.starts_with("`timeout`: ") && error.contains("at most 30"), "{error}");
        }
    }

    #[test]
    fn code_over_the_size_limit_is_refused() {
        let config = ServerConfig::default();
        let of_length = |length| ExecuteBody { code: " ".repeat(length), timeout: None };
        assert!(of_length(1 << 20).into_run_request(&config).is_ok());
        let error = of_length((1 << 20) + 1).into_run_request(&config).expect_err("too long").to_string();
        assert!(error.contains("`code`") && error.contains("at most 1 MiB"), "{error}");
    }

    #[test]
    fn an_answer_has_a_result_or_an_error() {
        let limits = Limits::default();
        let answer = |status| ExecuteAnswer::new(&Outcome { status, usage: Usage::default() }, &limits);
        let ok = answer(Status::Ok(Preview::Number(4.0)));
        assert_eq!(ok, ExecuteAnswer { success: true, result: Some("4".to_owned()), error: None });
        let limit = answer(Status::Limit(LimitKind::Wall));
        let error = Some("wall time limit exceeded (5 s)".to_owned());
        assert_eq!(limit, ExecuteAnswer { success: false, result: None, error });
    }
}
